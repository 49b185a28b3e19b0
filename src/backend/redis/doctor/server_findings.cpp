#include "backend/redis/doctor/server_findings.hpp"

#include <charconv>
#include <utility>

namespace toril::redis_store {
namespace {

using Severity = Finding::Severity;

// Beyond it delayed jobs of one host visibly run late on another.
constexpr Millis clock_skew_max{1'000};
// Of its limit: beyond it little is left for a burst of jobs.
constexpr std::int64_t memory_percent_max = 90;

std::int64_t number(std::string_view text) {
    std::int64_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

// "7.0.15" -> 7000: two parts are enough.
std::int64_t version_number(std::string_view text) {
    const std::size_t dot = text.find('.');
    if (dot == std::string_view::npos) return number(text) * 1000;
    return number(text.substr(0, dot)) * 1000 + number(text.substr(dot + 1));
}

Finding finding(Severity severity, std::string code, std::string cause, std::string remedy) {
    Finding made;
    made.severity = severity;
    made.code = std::move(code);
    made.cause = std::move(cause);
    made.remedy = std::move(remedy);
    return made;
}

void check_version(std::string_view info, std::vector<Finding>& into) {
    // Valkey and Dragonfly give a Redis version for old clients' sake.
    if (!info_field(info, "valkey_version").empty() ||
        !info_field(info, "dragonfly_version").empty())
        return;
    const std::string version(info_field(info, "redis_version"));
    if (version.empty() || version_number(version) >= 6'002) return;
    const bool too_old = version_number(version) < 5'000;
    into.push_back(
        finding(too_old ? Severity::error : Severity::warning,
                "version",
                "the server is Redis " + version +
                    (too_old ? ", which has no streams" : ", which is older than what is tested"),
                "upgrade to Redis 6.2 or later"));
}

void check_memory(std::string_view info, std::vector<Finding>& into) {
    const std::string policy(info_field(info, "maxmemory_policy"));
    if (!policy.empty() && policy != "noeviction")
        into.push_back(finding(
            Severity::error,
            "eviction_policy",
            "maxmemory-policy is " + policy + ": a full server removes jobs and locks silently",
            "redis-cli CONFIG SET maxmemory-policy noeviction, and in its "
            "configuration file"));
    const std::int64_t limit = number(info_field(info, "maxmemory"));
    const std::int64_t used = number(info_field(info, "used_memory"));
    if (limit <= 0 || used * 100 < limit * memory_percent_max) return;
    into.push_back(finding(used >= limit ? Severity::error : Severity::warning,
                           "memory_limit",
                           std::to_string(used * 100 / limit) + " % of the " +
                               std::to_string(limit >> 20u) +
                               " MiB that the server may use are in use; a full server takes no "
                               "jobs",
                           "raise maxmemory, or remove finished jobs: toril queue clean, "
                           "--remove-on-complete"));
}

void check_persistence(const ServerFacts& facts, std::vector<Finding>& into) {
    const std::string_view info = facts.info;
    const bool appends = info_field(info, "aof_enabled") == "1";
    if (!appends && facts.save && facts.save->empty())
        into.push_back(finding(Severity::error,
                               "persistence",
                               "the server keeps nothing on disk: all jobs are lost when it "
                               "restarts",
                               "redis-cli CONFIG SET appendonly yes, and in its configuration "
                               "file"));
    else if (!appends && info_field(info, "aof_enabled") == "0")
        into.push_back(finding(Severity::warning,
                               "persistence",
                               "the server saves snapshots only: a crash loses the jobs since the "
                               "last one",
                               "redis-cli CONFIG SET appendonly yes, and in its configuration "
                               "file"));
    for (const char* name : {"rdb_last_bgsave_status", "aof_last_write_status"})
        if (const auto status = info_field(info, name); !status.empty() && status != "ok")
            into.push_back(finding(Severity::error,
                                   "persistence_failing",
                                   std::string(name) + " is " + std::string(status) +
                                       ": the server cannot write its data to disk",
                                   "look into the server's log; often its disk is full"));
}

void check_links(const ServerFacts& facts, std::vector<Finding>& into) {
    if (facts.idle_timeout && *facts.idle_timeout > 0 &&
        Millis(*facts.idle_timeout * 1000) <= facts.block_timeout)
        into.push_back(finding(
            Severity::warning,
            "idle_timeout",
            "the server closes connections that are idle for " +
                std::to_string(*facts.idle_timeout) + " s, and workers may wait for " +
                std::to_string(facts.block_timeout.count() / 1000) + " s",
            "redis-cli CONFIG SET timeout 0, or a shorter --block-timeout (BULLMQ_BLOCK_TIMEOUT)"));
    const Millis skew = facts.clock_ahead.value_or(Millis{0});
    if (skew > clock_skew_max || skew < -clock_skew_max)
        into.push_back(finding(Severity::warning,
                               "clock_skew",
                               "this host's clock is " + std::to_string(std::abs(skew.count())) +
                                   " ms " + (skew > Millis{0} ? "behind" : "ahead of") +
                                   " the server's: Node workers here start delayed jobs at the "
                                   "wrong time",
                               "synchronise the clocks of all hosts with NTP"));
}

void check_rights(const std::vector<std::string>& forbidden, std::vector<Finding>& into) {
    if (forbidden.empty()) return;
    std::string names;
    std::string grants;
    for (const std::string& name : forbidden) {
        names += (names.empty() ? "" : ", ") + name;
        std::string lower = name;
        for (char& c : lower)
            c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
        grants += " +" + lower;
    }
    into.push_back(
        finding(Severity::error,
                "missing_rights",
                "this user may not run " + names,
                "redis-cli ACL SETUSER <user>" + grants +
                    ", and for keys and channels of the prefix ~<prefix>:* &<prefix>:*"));
}

}  // namespace

std::string_view info_field(std::string_view info, std::string_view name) {
    std::size_t at = 0;
    while (at < info.size()) {
        std::size_t end = info.find('\n', at);
        if (end == std::string_view::npos) end = info.size();
        std::string_view line = info.substr(at, end - at);
        if (line.ends_with('\r')) line.remove_suffix(1);
        if (line.size() > name.size() && line.starts_with(name) && line[name.size()] == ':')
            return line.substr(name.size() + 1);
        at = end + 1;
    }
    return {};
}

std::vector<Finding> server_findings(const ServerFacts& facts) {
    std::vector<Finding> found;
    check_version(facts.info, found);
    check_memory(facts.info, found);
    check_persistence(facts, found);
    check_links(facts, found);
    check_rights(facts.forbidden, found);
    return found;
}

}  // namespace toril::redis_store
