#include "commands.hpp"

#include "command.hpp"

#include <array>

namespace toril::cli {
namespace {

constexpr std::array<CommandEntry, 55> entries{{
    {"add",
     "Add a job, or many from a file",
     "  toril add mail welcome '{\"to\":\"ada@example.org\"}' --delay 5s --attempts 3 "
     "--backoff exponential:2s\n"
     "  toril add mail --jsonl jobs.jsonl\n",
     make_add},
    {"work",
     "Run jobs with a program, a URL, or nothing",
     "  toril work mail --exec './send.sh' --concurrency 10\n"
     "  toril work mail sms --http http://127.0.0.1:3000/jobs --until-empty\n",
     make_work},
    {"counts", "Jobs of a queue by state", "  toril counts mail --json\n", make_counts},
    {"jobs",
     "Jobs of one state, or those that match",
     "  toril jobs mail --state failed --end 9\n"
     "  toril jobs mail --state failed --data user.id=42 --error timeout\n",
     make_jobs},
    {"job", "One job", "  toril job mail 42 --json\n", make_job},
    {"logs", "The log of a job", "  toril logs mail 42\n", make_logs},
    {"wait", "Wait until a job is finished", "  toril wait mail 42 --timeout 1m\n", make_wait},
    {"retry",
     "Run failed jobs again",
     "  toril retry mail 42\n  toril retry mail --state failed\n"
     "  toril retry mail --error timeout --dry-run\n",
     make_retry},
    {"promote", "Run a delayed job now", "  toril promote mail 42\n", make_promote},
    {"remove",
     "Remove a job, or those that match",
     "  toril remove mail 42\n  toril remove mail --state failed --name welcome --dry-run\n",
     make_remove},
    {"cancel", "End a job, also one that runs", "  toril cancel mail 42\n", make_cancel},
    {"explain", "Why a job is not running", "  toril explain mail 42\n", make_explain},
    {"events",
     "What happens in a queue",
     "  toril events mail\n  toril events mail --from 0 --no-follow --jsonl\n",
     make_events},
    {"workers", "Who takes jobs of a queue", "  toril workers mail\n", make_workers},
    {"flow add",
     "Add a job with the jobs that it waits for",
     "  echo '{\"name\":\"book\",\"queueName\":\"books\",\"children\":[{\"name\":\"page\","
     "\"queueName\":\"pages\"}]}' | toril flow add -\n",
     make_flow_add},
    {"flow tree", "A job and the jobs below it", "  toril flow tree books 42\n", make_flow_tree},
    {"schedule set",
     "Make jobs at intervals or at times",
     "  toril schedule set mail digest --pattern '0 7 * * 1-5' --tz Europe/Berlin\n"
     "  toril schedule set mail poll --every 30s --name check --opts '{\"attempts\":3}'\n",
     make_schedule_set},
    {"schedule ls", "Schedulers of a queue", "  toril schedule ls mail\n", make_schedule_ls},
    {"schedule get", "One scheduler", "  toril schedule get mail digest\n", make_schedule_get},
    {"schedule rm", "Remove a scheduler", "  toril schedule rm mail digest\n", make_schedule_rm},
    {"schedule next",
     "When a scheduler or a rule runs next",
     "  toril schedule next mail digest\n  toril schedule next --pattern '*/15 * * * *' --count "
     "3\n",
     make_schedule_next},
    {"update",
     "Change a job that waits",
     "  toril update mail 42 --priority 1\n  toril update mail 42 --data '{\"to\":\"b\"}'\n",
     make_update},
    {"queue ls", "Names of all queues", "  toril queue ls --json\n", make_queue_ls},
    {"queue show", "One queue at a glance", "  toril queue show mail\n", make_queue_show},
    {"queue pause",
     "Stop workers from taking jobs",
     "  toril queue pause mail\n",
     make_queue_pause},
    {"queue resume",
     "Let workers take jobs again",
     "  toril queue resume mail\n",
     make_queue_resume},
    {"queue concurrency",
     "Most jobs at a time over all workers",
     "  toril queue concurrency mail 20\n  toril queue concurrency mail none\n",
     make_queue_concurrency},
    {"queue limit",
     "Most starts in a time over all workers",
     "  toril queue limit mail 100/1m\n",
     make_queue_limit},
    {"queue metrics",
     "Finished jobs per minute",
     "  toril queue metrics mail\n  toril queue metrics mail --prometheus\n",
     make_queue_metrics},
    {"queue dedup",
     "Which job holds a deduplication id",
     "  toril queue dedup mail digest-42 --remove\n",
     make_queue_dedup},
    {"queue drain",
     "Remove all jobs that wait",
     "  toril queue drain mail --delayed --yes\n",
     make_queue_drain},
    {"queue clean",
     "Remove old jobs of one state",
     "  toril queue clean mail --state completed --older-than 1d --yes\n",
     make_queue_clean},
    {"queue obliterate",
     "Remove a queue with everything in it",
     "  toril queue obliterate mail --dry-run\n",
     make_queue_obliterate},
    {"cache get", "A value from the cache", "  toril cache get task:42\n", make_cache_get},
    {"cache set",
     "Put a value into the cache",
     "  toril cache set task:42 '{\"state\":\"done\"}' --ttl 60s --tag tasks\n",
     make_cache_set},
    {"cache rm", "Remove keys from the cache", "  toril cache rm task:42\n", make_cache_rm},
    {"cache invalidate",
     "Remove what has a tag, or matches a pattern",
     "  toril cache invalidate --tag tasks\n"
     "  toril cache invalidate --pattern 'tasks:list:*'\n",
     make_cache_invalidate},
    {"cache stats", "How the cache does", "  toril cache stats --json\n", make_cache_stats},
    {"lock run",
     "Run a command while nobody else does",
     "  toril lock run nightly-report -- ./report.sh --full\n"
     "  toril lock run deploy --wait 5m --ttl 30s -- make deploy\n",
     make_lock_run},
    {"lock status", "Who holds a lock", "  toril lock status deploy --json\n", make_lock_status},
    {"lock release",
     "Take a lock from its owner",
     "  toril lock release deploy --owner build-7\n",
     make_lock_release},
    {"limit check",
     "Whether something may happen now, by a rate limit",
     "  toril limit check user:42 --max 100 --per 1m && ./send.sh\n",
     make_limit_check},
    {"spool status",
     "What a producer's spool holds",
     "  toril spool status /var/lib/mail/spool.db --json\n",
     make_spool_status},
    {"spool flush",
     "Send the jobs of a spool to the store",
     "  toril spool flush /var/lib/mail/spool.db --for 1m\n",
     make_spool_flush},
    {"redis ping", "Whether Redis answers, and how fast", "", make_redis_ping},
    {"redis info", "What Redis says about itself", "  toril redis info memory\n", make_redis_info},
    {"redis memory", "Memory in use, peak, policy", "", make_redis_memory},
    {"redis clients", "Who is connected", "", make_redis_clients},
    {"redis dbsize", "Keys in the database", "", make_redis_dbsize},
    {"redis flushdb",
     "Remove every key of the database",
     "  toril redis flushdb --dry-run\n",
     make_redis_flushdb},
    {"health", "Whether the store answers", "  toril health --json\n", make_health},
    {"metrics",
     "The store and its queues as Prometheus text",
     "  toril metrics\n  toril metrics mail sms\n",
     make_metrics},
    {"doctor",
     "What is wrong with the store, and the remedy",
     "  toril doctor\n  toril doctor --repair\n",
     make_doctor},
    {"config explain", "Each setting and where it comes from", "", make_config_explain},
    {"version", "The version of this program", "", make_version},
}};

}  // namespace

std::span<const CommandEntry> commands() {
    return entries;
}

const CommandEntry* find_command(std::string_view name) {
    for (const CommandEntry& entry : entries)
        if (entry.name == name) return &entry;
    return nullptr;
}

bool is_command_group(std::string_view name) {
    for (const CommandEntry& entry : entries)
        if (entry.name.starts_with(name) && entry.name.size() > name.size() &&
            entry.name[name.size()] == ' ')
            return true;
    return false;
}

}  // namespace toril::cli
