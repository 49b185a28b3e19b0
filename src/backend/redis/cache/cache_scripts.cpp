#include "backend/redis/cache/cache_scripts.hpp"

#include "redis_cache_scripts.hpp"

namespace toril::redis_store {

const CacheScripts& cache_scripts() {
    static const CacheScripts all{.beat = {"cache beat", cache_lua::beat},
                                  .drop_unreadable = {"cache drop", cache_lua::drop_unreadable},
                                  .expire = {"cache expire", cache_lua::expire},
                                  .get = {"cache get", cache_lua::get},
                                  .give_back = {"cache give back", cache_lua::give_back},
                                  .invalidate = {"cache invalidate", cache_lua::invalidate},
                                  .remove = {"cache remove", cache_lua::remove},
                                  .set = {"cache set", cache_lua::set}};
    return all;
}

}  // namespace toril::redis_store
