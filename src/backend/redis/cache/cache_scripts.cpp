#include "backend/redis/cache/cache_scripts.hpp"

#include "redis_cache_scripts.hpp"

namespace toril::redis_store {

const CacheScripts& cache_scripts() {
    static const CacheScripts all{.beat = {"cache beat", lua::beat},
                                  .drop_unreadable = {"cache drop", lua::drop_unreadable},
                                  .expire = {"cache expire", lua::expire},
                                  .get = {"cache get", lua::get},
                                  .give_back = {"cache give back", lua::give_back},
                                  .invalidate = {"cache invalidate", lua::invalidate},
                                  .remove = {"cache remove", lua::remove},
                                  .set = {"cache set", lua::set}};
    return all;
}

}  // namespace toril::redis_store
