#pragma once

// The scripts of locks and records, by name. What each takes and answers is said at its top.

#include <toril/redis/connection.hpp>

namespace toril::redis_store {

struct LockScripts {
    redis::Script acquire;
    redis::Script begin;
    redis::Script finish;
    redis::Script forget;
    redis::Script release;
    redis::Script release_owner;
    redis::Script renew;
    redis::Script renew_records;
    redis::Script status;
};

/// Made once: a script's SHA1 is its name on the server.
const LockScripts& lock_scripts();

}  // namespace toril::redis_store
