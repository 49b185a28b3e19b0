// Settings that all workers of a queue share, and who they are.

#include "base/options_codec.hpp"
#include "queue/queue_client.hpp"

#include <toril/worker_info.hpp>

#include <algorithm>
#include <optional>
#include <utility>

namespace toril::queue {
namespace {

constexpr std::size_t priorities_a_step = 500;

Error refused(std::string message) {
    return {ErrorCode::invalid_argument, std::move(message)};
}

Status check_limit_duration(Millis duration) {
    constexpr Millis longest{366LL * 86'400'000};
    if (duration >= Millis{0} && duration <= longest) return {};
    return refused("the duration of a rate limit is " + std::to_string(duration.count()) +
                   " ms; it must be from 0 to 366 days");
}

}  // namespace

Result<QueueSettings> QueueClient::settings() const {
    auto info = ask<Result<contract::QueueInfo>>(
        Repeat::always,
        [&](contract::JobStore& store, auto done) { store.info(name_, std::move(done)); });
    if (!info) return info.error();
    return QueueSettings{.paused = info->paused,
                         .concurrency = info->concurrency.value_or(0),
                         .limit_max = info->limit ? info->limit->max : 0,
                         .limit_duration = info->limit ? info->limit->duration : Millis{0},
                         .version = std::move(info->version)};
}

Result<std::vector<WorkerInfo>> QueueClient::workers() const {
    return ask<Result<std::vector<WorkerInfo>>>(
        Repeat::always,
        [&](contract::JobStore& store, auto done) { store.workers(name_, std::move(done)); });
}

Status QueueClient::set_concurrency(std::int64_t jobs_max) {
    if (jobs_max < 0) return refused("the most jobs at a time must not be negative; 0 is no limit");
    const auto max = jobs_max == 0 ? std::nullopt : std::optional(jobs_max);
    return ask<Status>(Repeat::always, [&](contract::JobStore& store, auto done) {
        store.set_concurrency(name_, max, std::move(done));
    });
}

Status QueueClient::set_rate_limit(std::int64_t starts_max, Millis duration) {
    if (starts_max < 0) return refused("the most starts must not be negative; 0 is no limit");
    if (Status s = check_limit_duration(duration); !s) return s;
    std::optional<contract::RateLimit> limit;
    if (starts_max > 0) {
        if (duration == Millis{0}) return refused("a rate limit needs a duration of at least 1 ms");
        limit = contract::RateLimit{.max = starts_max, .duration = duration};
    }
    return ask<Status>(Repeat::always, [&](contract::JobStore& store, auto done) {
        store.set_rate_limit(name_, limit, std::move(done));
    });
}

Status QueueClient::rate_limit(Millis duration) {
    if (Status s = check_limit_duration(duration); !s) return s;
    return ask<Status>(Repeat::always, [&](contract::JobStore& store, auto done) {
        store.rate_limit_for(name_, duration, {}, std::move(done));
    });
}

Result<Millis> QueueClient::rate_limit_ttl(std::int64_t starts_max) const {
    if (starts_max < 0) return refused("the most starts must not be negative; 0 is the queue's");
    return ask<Result<Millis>>(Repeat::always, [&](contract::JobStore& store, auto done) {
        store.rate_limit_ttl(name_, starts_max, {}, std::move(done));
    });
}

Result<std::map<int, std::uint64_t>> QueueClient::counts_per_priority(
    std::span<const int> priorities) const {
    for (const int priority : priorities)
        if (Status s = base::check_options({.priority = priority}); !s) return s.error();
    std::map<int, std::uint64_t> counts;
    while (!priorities.empty()) {
        const auto step = priorities.first(std::min(priorities.size(), priorities_a_step));
        const std::vector<int> asked(step.begin(), step.end());
        auto answer = ask<Result<std::vector<std::uint64_t>>>(
            Repeat::always, [&](contract::JobStore& store, auto done) {
                store.counts_per_priority(name_, asked, std::move(done));
            });
        if (!answer) return answer.error();
        for (std::size_t i = 0; i < std::min(asked.size(), answer->size()); ++i)
            counts[asked[i]] = (*answer)[i];
        priorities = priorities.subspan(step.size());
    }
    return counts;
}

}  // namespace toril::queue
