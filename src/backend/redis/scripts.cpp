#include "backend/redis/scripts.hpp"

#include "redis_scripts.hpp"

namespace toril::redis_store {

const Scripts& scripts() {
    static const Scripts all{.add = {"add", lua::add},
                             .add_log = {"add_log", lua::add_log},
                             .change_delay = {"change_delay", lua::change_delay},
                             .change_priority = {"change_priority", lua::change_priority},
                             .clean = {"clean", lua::clean},
                             .counts = {"counts", lua::counts},
                             .diagnose = {"diagnose", lua::diagnose},
                             .drain = {"drain", lua::drain},
                             .finish_and_take = {"finish_and_take", lua::finish_and_take},
                             .job = {"job", lua::job},
                             .logs = {"logs", lua::logs},
                             .move_many = {"move_many", lua::move_many},
                             .obliterate = {"obliterate", lua::obliterate},
                             .page = {"page", lua::page},
                             .pause = {"pause", lua::pause},
                             .promote = {"promote", lua::promote},
                             .recover_stalled = {"recover_stalled", lua::recover_stalled},
                             .remove = {"remove", lua::remove},
                             .renew = {"renew", lua::renew},
                             .resume = {"resume", lua::resume},
                             .retry = {"retry", lua::retry},
                             .set_concurrency = {"set_concurrency", lua::set_concurrency},
                             .update = {"update", lua::update}};
    return all;
}

}  // namespace toril::redis_store
