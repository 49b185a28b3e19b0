#include <toril/config.hpp>

#include <array>
#include <limits>

namespace toril {
namespace {

using enum SettingKind;

constexpr std::int64_t int_max = std::numeric_limits<int>::max();

// docs/reference/configuration.md has a row for each; a test compares.
constexpr std::array<SettingSpec, 20> specs{{
    {"store", "--store", "TORIL_STORE", url, "", "where jobs are kept, as a URL"},
    {"prefix", "--prefix", "TORIL_PREFIX", text, "bull", "first part of every key"},
    {"command-timeout",
     "--command-timeout",
     "TORIL_COMMAND_TIMEOUT",
     duration,
     "15s",
     "longest wait for one answer of the store"},
    {"spool",
     "--spool",
     "TORIL_SPOOL",
     text,
     "",
     "a file that keeps added jobs while the store is away"},
    {"block-timeout",
     "--block-timeout",
     "BULLMQ_BLOCK_TIMEOUT",
     seconds,
     "30s",
     "longest wait in the store for a job before looking again"},
    {"redis.url", "", "REDIS_URL", url, "", "a Redis"},
    {"redis.host", "", "REDIS_HOST", text, "", "a Redis, in parts: its host"},
    {"redis.port", "", "REDIS_PORT", integer, "6379", "with redis.host", 1, 65'535},
    {"redis.username", "", "REDIS_USERNAME", text, "", "with redis.host"},
    {"redis.password", "--password", "REDIS_PASSWORD", secret, "", "with redis.host"},
    {"redis.db", "", "REDIS_DB", integer, "0", "with redis.host", 0, 65'535},
    {"redis.disabled",
     "",
     "REDIS_DISABLED",
     boolean,
     "false",
     "pass over every Redis that is not given as a flag"},
    {"log-level",
     "--log-level",
     "TORIL_LOG_LEVEL",
     choice,
     "info",
     "least important record that is logged",
     0,
     0,
     "debug info warning error"},
    {"log-format",
     "--log-format",
     "TORIL_LOG_FORMAT",
     choice,
     "auto",
     "auto: text on a terminal, JSON elsewhere",
     0,
     0,
     "auto text json"},
    {"work.concurrency",
     "--concurrency",
     "TORIL_CONCURRENCY",
     integer,
     "5",
     "jobs at the same time, of each queue",
     1,
     10'000},
    {"work.lock", "--lock", "TORIL_LOCK", duration, "30s", "life of a job's lock"},
    {"work.stalled-interval",
     "--stalled-interval",
     "TORIL_STALLED_INTERVAL",
     duration,
     "30s",
     "how often lost workers are looked for"},
    {"work.max-stalled",
     "--max-stalled",
     "TORIL_MAX_STALLED",
     integer,
     "1",
     "how often a job may lose its worker before it fails",
     0,
     int_max},
    {"work.grace",
     "--grace",
     "TORIL_GRACE",
     duration,
     "30s",
     "time to finish after SIGTERM or SIGINT"},
    {"work.timeout", "--timeout", "TORIL_TIMEOUT", duration, "0", "limit of one run; 0: none"},
}};

}  // namespace

std::span<const SettingSpec> setting_specs() {
    return specs;
}

}  // namespace toril
