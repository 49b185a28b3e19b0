#include "commands.hpp"

#include "command.hpp"

#include <array>

namespace toril::cli {
namespace {

constexpr std::array<CommandEntry, 27> entries{{
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
    {"jobs", "Jobs of one state", "  toril jobs mail --state failed --end 9\n", make_jobs},
    {"job", "One job", "  toril job mail 42 --json\n", make_job},
    {"logs", "The log of a job", "  toril logs mail 42\n", make_logs},
    {"wait", "Wait until a job is finished", "  toril wait mail 42 --timeout 1m\n", make_wait},
    {"retry",
     "Run failed jobs again",
     "  toril retry mail 42\n  toril retry mail --state failed\n",
     make_retry},
    {"promote", "Run a delayed job now", "  toril promote mail 42\n", make_promote},
    {"remove", "Remove a job", "  toril remove mail 42\n", make_remove},
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
