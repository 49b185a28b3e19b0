#include "backend/redis/scripts.hpp"

#include "redis_scripts.hpp"

namespace toril::redis_store {

const Scripts& scripts() {
    static const Scripts all{
        .active_locks = {"active_locks", lua::active_locks},
        .add = {"add", lua::add},
        .add_flow = {"add_flow", lua::add_flow},
        .add_linked = {"add_linked", lua::add_linked},
        .add_log = {"add_log", lua::add_log},
        .cancel = {"cancel", lua::cancel},
        .change_delay = {"change_delay", lua::change_delay},
        .change_priority = {"change_priority", lua::change_priority},
        .clean = {"clean", lua::clean},
        .continue_scheduler = {"continue_scheduler", lua::continue_scheduler},
        .counts = {"counts", lua::counts},
        .counts_per_priority = {"counts_per_priority", lua::counts_per_priority},
        .dependencies = {"dependencies", lua::dependencies},
        .dependency_counts = {"dependency_counts", lua::dependency_counts},
        .diagnose = {"diagnose", lua::diagnose},
        .drain = {"drain", lua::drain},
        .examine = {"examine", lua::examine},
        .examine_ids = {"examine_ids", lua::examine_ids},
        .finish_and_take = {"finish_and_take", lua::finish_and_take},
        .job = {"job", lua::job},
        .logs = {"logs", lua::logs},
        .metrics = {"metrics", lua::metrics},
        .move_many = {"move_many", lua::move_many},
        .obliterate = {"obliterate", lua::obliterate},
        .page = {"page", lua::page},
        .pause = {"pause", lua::pause},
        .promote = {"promote", lua::promote},
        .publish_event = {"publish_event", lua::publish_event},
        .rate_limit = {"rate_limit", lua::rate_limit},
        .rate_limit_ttl = {"rate_limit_ttl", lua::rate_limit_ttl},
        .recover_dead = {"recover_dead", lua::recover_dead},
        .recover_stalled = {"recover_stalled", lua::recover_stalled},
        .remove = {"remove", lua::remove},
        .remove_deduplication = {"remove_deduplication", lua::remove_deduplication},
        .remove_dependency = {"remove_dependency", lua::remove_dependency},
        .remove_scheduler = {"remove_scheduler", lua::remove_scheduler},
        .remove_unprocessed = {"remove_unprocessed", lua::remove_unprocessed},
        .renew = {"renew", lua::renew},
        .resume = {"resume", lua::resume},
        .retry = {"retry", lua::retry},
        .rights = {"rights", lua::rights},
        .scheduler = {"scheduler", lua::scheduler},
        .schedulers = {"schedulers", lua::schedulers},
        .set_concurrency = {"set_concurrency", lua::set_concurrency},
        .set_rate_limit = {"set_rate_limit", lua::set_rate_limit},
        .update = {"update", lua::update},
        .upsert_scheduler = {"upsert_scheduler", lua::upsert_scheduler}};
    return all;
}

}  // namespace toril::redis_store
