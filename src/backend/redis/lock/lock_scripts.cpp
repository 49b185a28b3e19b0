#include "backend/redis/lock/lock_scripts.hpp"

#include "redis_lock_scripts.hpp"

namespace toril::redis_store {

const LockScripts& lock_scripts() {
    static const LockScripts all{.acquire = {"lock.acquire", lock_lua::acquire},
                                 .begin = {"lock.begin", lock_lua::begin},
                                 .finish = {"lock.finish", lock_lua::finish},
                                 .forget = {"lock.forget", lock_lua::forget},
                                 .release = {"lock.release", lock_lua::release},
                                 .release_owner = {"lock.release_owner", lock_lua::release_owner},
                                 .renew = {"lock.renew", lock_lua::renew},
                                 .renew_records = {"lock.renew_records", lock_lua::renew_records},
                                 .status = {"lock.status", lock_lua::status}};
    return all;
}

}  // namespace toril::redis_store
