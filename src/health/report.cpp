#include "health/report.hpp"

#include <algorithm>
#include <utility>

namespace toril::health {
namespace {

using State = Verdict::State;

void join(std::string& text, std::string_view separator, std::string_view part) {
    if (part.empty()) return;
    if (!text.empty()) text += separator;
    text += part;
}

// "cache:tasks" by "memory": "cache tasks works from memory"
std::string fallback_text(const Fallback& fallback) {
    std::string who = fallback.subsystem;
    std::replace(who.begin(), who.end(), ':', ' ');
    const bool several = who == "locks";
    if (fallback.mode == "open" || fallback.mode == "closed")
        return who + (several ? " are " : " is ") + fallback.mode;
    const std::string works = who + (several ? " work" : " works");
    if (fallback.mode == "memory") return works + " from memory";
    if (fallback.mode == "local") return works + " locally";
    if (fallback.mode == "spool") return who + " keeps jobs until it is back";
    return works + " by " + fallback.mode;
}

std::string fallbacks_text(const std::vector<Fallback>& fallbacks) {
    std::string text;
    for (const Fallback& fallback : fallbacks)
        if (fallback.active) join(text, ", ", fallback_text(fallback));
    return text;
}

bool takes_no_writes(HealthReason reason) {
    return reason == HealthReason::readonly || reason == HealthReason::oom ||
           reason == HealthReason::misconf || reason == HealthReason::noperm ||
           reason == HealthReason::disk;
}

std::string store_text(const Sight& sight, SteadyTime now) {
    const Verdict& verdict = sight.verdict;
    const Millis since = std::chrono::duration_cast<Millis>(now - verdict.since);
    if (verdict.state == State::starting)
        return verdict.trouble.reason == HealthReason::none
                   ? "starting: the store has not answered yet"
                   : "starting: the store has not answered yet (" +
                         std::string(to_string(verdict.trouble.reason)) + ")";
    if (verdict.state == State::down)
        return std::string(takes_no_writes(verdict.trouble.reason) ? "store takes no writes: "
                                                                   : "store is away: ") +
               std::string(to_string(verdict.trouble.reason)) + " since " + roughly(since);
    if (!verdict.slow) return {};
    return "store is slow: it takes " + roughly(std::chrono::duration_cast<Millis>(sight.rtt)) +
           " to answer";
}

// A link that is lost comes back by itself, mostly before anybody looks; the store's own verdict
// speaks of the one that is pinged.
bool is_missing(const LinkHealth& link, const HealthOptions& options) {
    const bool is_wanted = link.state != "ready" && link.state != "idle" &&
                           link.state != "closing" && link.state != "closed";
    return is_wanted && link.reason != HealthReason::none && link.since >= options.ping_every;
}

std::string links_text(const Sight& sight, const HealthOptions& options) {
    std::string text;
    if (sight.verdict.state != State::up) return text;
    for (const LinkHealth& link : sight.links)
        if (is_missing(link, options))
            join(text,
                 ", ",
                 "link " + link.role + " is away: " + std::string(to_string(link.reason)) +
                     " since " + roughly(link.since));
    return text;
}

std::string checks_text(const std::vector<ServiceHealth>& checks) {
    std::string text;
    for (const ServiceHealth& check : checks)
        if (check.status == "down") join(text, "; ", check.name + " is down: " + check.error);
    return text;
}

std::string queues_text(const std::vector<QueueProgress>& queues) {
    std::string text;
    for (const QueueProgress& queue : queues)
        if (queue.stuck) join(text, "; ", "queue " + queue.queue + " is stuck: " + queue.detail);
    return text;
}

ServiceHealth store_service(const Sight& sight, const HealthOptions& options) {
    const Verdict& verdict = sight.verdict;
    ServiceHealth store{.name = "store", .optional = options.store_optional};
    store.connected = verdict.state == State::up;
    store.status = verdict.state == State::starting ? "starting"
                   : verdict.state == State::down   ? "down"
                   : verdict.slow                   ? "degraded"
                                                    : "up";
    store.reason = verdict.trouble.reason;
    if (store.reason == HealthReason::none && verdict.state == State::starting)
        store.reason = HealthReason::starting;
    if (verdict.slow && verdict.state == State::up) store.reason = HealthReason::slow;
    if (store.connected && sight.rtt.count() > 0)
        store.response_ms = static_cast<double>(sight.rtt.count()) / 1'000;
    else if (store.connected)
        store.response_ms = 0;
    store.error = verdict.trouble.detail;
    if (store.error.empty() && store.reason != HealthReason::none)
        store.error = to_string(store.reason);
    for (const Fallback& fallback : sight.fallbacks)
        if (fallback.active && store.fallback.find(fallback.mode) == std::string::npos)
            join(store.fallback, ", ", fallback.mode);
    return store;
}

ServiceHealth subsystem_service(const Fallback& fallback) {
    ServiceHealth service{.name = fallback.subsystem, .status = "up", .connected = true};
    service.optional = true;
    if (!fallback.active) return service;
    service.status = "degraded";
    service.connected = false;
    service.error = fallback.reason;
    service.fallback = fallback.mode;
    return service;
}

std::vector<ServiceHealth> services_of(Sight& sight, const HealthOptions& options) {
    std::vector<ServiceHealth> services{store_service(sight, options)};
    // Dashboards look for it by what it is.
    if (sight.kind == "redis") {
        services.push_back(services.front());
        services.back().name = sight.kind;
    }
    for (const Fallback& fallback : sight.fallbacks)
        services.push_back(subsystem_service(fallback));
    std::move(sight.checks.begin(), sight.checks.end(), std::back_inserter(services));
    return services;
}

HealthStatus status_of(const Sight& sight, const HealthOptions& options) {
    const bool is_store_up = sight.verdict.state == State::up;
    const bool is_check_down =
        std::any_of(sight.checks.begin(), sight.checks.end(), [](const ServiceHealth& check) {
            return !check.optional && check.status == "down";
        });
    return (!is_store_up && !options.store_optional) || is_check_down ? HealthStatus::unhealthy
                                                                      : HealthStatus::healthy;
}

}  // namespace

std::string roughly(Millis duration) {
    const auto count = duration.count();
    if (count < 1'000) return std::to_string(count) + " ms";
    if (count < 120'000) return std::to_string(count / 1'000) + " s";
    if (count < 7'200'000) return std::to_string(count / 60'000) + " min";
    return std::to_string(count / 3'600'000) + " h";
}

HealthReport make_report(Sight sight, const HealthOptions& options, SteadyTime now) {
    HealthReport report;
    for (const std::string& part : {store_text(sight, now),
                                    fallbacks_text(sight.fallbacks),
                                    links_text(sight, options),
                                    checks_text(sight.checks),
                                    queues_text(sight.queues),
                                    sight.warning})
        join(report.cause, "; ", part);
    report.status = status_of(sight, options);
    // Whatever there is to say, it is not as it should be.
    if (report.status == HealthStatus::healthy && !report.cause.empty())
        report.status = HealthStatus::degraded;
    report.services = services_of(sight, options);
    report.store = std::move(sight.url);
    report.links = std::move(sight.links);
    report.fallbacks = std::move(sight.fallbacks);
    report.queues = std::move(sight.queues);
    report.cache_hit_rate = sight.cache_hit_rate;
    return report;
}

}  // namespace toril::health
