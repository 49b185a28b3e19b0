#pragma once

// The scripts of caches, by name. What each takes and answers is said at its top.

#include <toril/redis/connection.hpp>

namespace toril::redis_store {

struct CacheScripts {
    redis::Script beat;
    redis::Script drop_unreadable;
    redis::Script expire;
    redis::Script get;
    redis::Script give_back;
    redis::Script invalidate;
    redis::Script remove;
    redis::Script set;
};

const CacheScripts& cache_scripts();

}  // namespace toril::redis_store
