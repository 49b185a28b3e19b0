#pragma once

#include <memory>

namespace toril::cli {

class Command;

std::unique_ptr<Command> make_add();
std::unique_ptr<Command> make_work();
std::unique_ptr<Command> make_counts();
std::unique_ptr<Command> make_jobs();
std::unique_ptr<Command> make_job();
std::unique_ptr<Command> make_logs();
std::unique_ptr<Command> make_wait();
std::unique_ptr<Command> make_retry();
std::unique_ptr<Command> make_promote();
std::unique_ptr<Command> make_remove();
std::unique_ptr<Command> make_update();
std::unique_ptr<Command> make_queue_ls();
std::unique_ptr<Command> make_queue_show();
std::unique_ptr<Command> make_queue_pause();
std::unique_ptr<Command> make_queue_resume();
std::unique_ptr<Command> make_queue_drain();
std::unique_ptr<Command> make_queue_clean();
std::unique_ptr<Command> make_queue_obliterate();
std::unique_ptr<Command> make_cancel();
std::unique_ptr<Command> make_explain();
std::unique_ptr<Command> make_events();
std::unique_ptr<Command> make_workers();
std::unique_ptr<Command> make_flow_add();
std::unique_ptr<Command> make_flow_tree();
std::unique_ptr<Command> make_schedule_set();
std::unique_ptr<Command> make_schedule_ls();
std::unique_ptr<Command> make_schedule_get();
std::unique_ptr<Command> make_schedule_rm();
std::unique_ptr<Command> make_schedule_next();
std::unique_ptr<Command> make_queue_concurrency();
std::unique_ptr<Command> make_queue_limit();
std::unique_ptr<Command> make_queue_metrics();
std::unique_ptr<Command> make_queue_dedup();
std::unique_ptr<Command> make_doctor();
std::unique_ptr<Command> make_redis_ping();
std::unique_ptr<Command> make_redis_info();
std::unique_ptr<Command> make_redis_memory();
std::unique_ptr<Command> make_redis_clients();
std::unique_ptr<Command> make_redis_dbsize();
std::unique_ptr<Command> make_redis_flushdb();
std::unique_ptr<Command> make_cache_get();
std::unique_ptr<Command> make_cache_set();
std::unique_ptr<Command> make_cache_rm();
std::unique_ptr<Command> make_cache_invalidate();
std::unique_ptr<Command> make_cache_stats();
std::unique_ptr<Command> make_lock_run();
std::unique_ptr<Command> make_lock_status();
std::unique_ptr<Command> make_lock_release();
std::unique_ptr<Command> make_limit_check();
std::unique_ptr<Command> make_spool_status();
std::unique_ptr<Command> make_spool_flush();
std::unique_ptr<Command> make_health();
std::unique_ptr<Command> make_metrics();
std::unique_ptr<Command> make_config_explain();
std::unique_ptr<Command> make_version();

}  // namespace toril::cli
