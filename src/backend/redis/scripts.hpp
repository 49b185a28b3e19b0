#pragma once

// Our scripts, by name. What each takes and answers is said at its top.

#include <toril/redis/connection.hpp>

namespace toril::redis_store {

struct Scripts {
    redis::Script add;
    redis::Script add_log;
    redis::Script change_delay;
    redis::Script change_priority;
    redis::Script clean;
    redis::Script counts;
    redis::Script diagnose;
    redis::Script drain;
    redis::Script finish_and_take;
    redis::Script job;
    redis::Script logs;
    redis::Script move_many;
    redis::Script obliterate;
    redis::Script page;
    redis::Script pause;
    redis::Script promote;
    redis::Script recover_stalled;
    redis::Script remove;
    redis::Script renew;
    redis::Script resume;
    redis::Script retry;
    redis::Script set_concurrency;
    redis::Script update;
};

/// Made once: a script's SHA1 is its name on the server.
const Scripts& scripts();

}  // namespace toril::redis_store
