#pragma once

// Our scripts, by name. What each takes and answers is said at its top.

#include <toril/redis/connection.hpp>

namespace toril::redis_store {

struct Scripts {
    redis::Script active_locks;
    redis::Script add;
    redis::Script add_flow;
    redis::Script add_linked;
    redis::Script add_log;
    redis::Script cancel;
    redis::Script change_delay;
    redis::Script change_priority;
    redis::Script clean;
    redis::Script continue_scheduler;
    redis::Script counts;
    redis::Script counts_per_priority;
    redis::Script dependencies;
    redis::Script dependency_counts;
    redis::Script diagnose;
    redis::Script drain;
    redis::Script examine;
    redis::Script examine_ids;
    redis::Script finish_and_take;
    redis::Script job;
    redis::Script logs;
    redis::Script metrics;
    redis::Script move_many;
    redis::Script obliterate;
    redis::Script page;
    redis::Script pause;
    redis::Script promote;
    redis::Script publish_event;
    redis::Script rate_limit;
    redis::Script rate_limit_ttl;
    redis::Script recover_dead;
    redis::Script recover_stalled;
    redis::Script remove;
    redis::Script remove_deduplication;
    redis::Script remove_dependency;
    redis::Script remove_scheduler;
    redis::Script remove_unprocessed;
    redis::Script renew;
    redis::Script resume;
    redis::Script retry;
    redis::Script rights;
    redis::Script scheduler;
    redis::Script schedulers;
    redis::Script set_concurrency;
    redis::Script set_rate_limit;
    redis::Script update;
    redis::Script upsert_scheduler;
};

/// Made once: a script's SHA1 is its name on the server.
const Scripts& scripts();

}  // namespace toril::redis_store
