#include "base/sync.hpp"
#include "health/health_impl.hpp"

#include <toril/health.hpp>
#include <toril/queue.hpp>

#include <string>
#include <utility>

namespace toril {
namespace {

constexpr Millis duration_max{366LL * 86'400'000};
constexpr Millis interval_min{10};
constexpr int row_max = 1'000;
// The store answers by its own deadline; this much later nobody waits for it.
constexpr Millis answer_margin{1'000};

Error refused(std::string message) {
    return {ErrorCode::invalid_argument, std::move(message)};
}

Status check_duration(const char* name, Millis value, Millis least) {
    if (value >= least && value <= duration_max) return {};
    return refused(std::string(name) + " is " + std::to_string(value.count()) +
                   " ms; it must be from " + std::to_string(least.count()) + " ms to 366 days");
}

Status check_options(const HealthOptions& options) {
    if (Status s = check_duration("ping_every", options.ping_every, interval_min); !s) return s;
    if (Status s = check_duration("ping_timeout", options.ping_timeout, Millis{1}); !s) return s;
    if (Status s = check_duration("write_probe_every", options.write_probe_every, interval_min); !s)
        return s;
    if (Status s = check_duration("slow", options.slow, Millis{1}); !s) return s;
    if (options.bad_max < 1 || options.bad_max > row_max || options.good_min < 1 ||
        options.good_min > row_max)
        return refused("bad_max and good_min must be from 1 to 1000");
    return {};
}

Status check_options(const WatchQueueOptions& options) {
    if (Status s = check_duration("every", options.every, interval_min); !s) return s;
    if (Status s = check_duration("oldest_waiting_max", options.oldest_waiting_max, Millis{1}); !s)
        return s;
    if (options.canary_every == Millis{0}) return {};
    return check_duration("canary_every", options.canary_every, interval_min);
}

}  // namespace

Health::Health(std::shared_ptr<Impl> impl) noexcept : impl_(std::move(impl)) {}

Result<Health> Health::open(const Store& store, const HealthOptions& options) {
    if (Status s = check_options(options); !s) return s.error();
    if (!store.backend().health)
        return Error(ErrorCode::unavailable, "this store says nothing of itself");
    return Health(std::make_shared<Impl>(store, options));
}

std::shared_ptr<const HealthReport> Health::report() const {
    return impl_->core.snapshot().get();
}

std::shared_ptr<const HealthReport> Health::first_report(Millis at_most) const {
    return impl_->core.snapshot().wait_until_known(at_most);
}

bool Health::is_healthy() const {
    return status() != HealthStatus::unhealthy;
}

HealthStatus Health::status() const {
    return report()->status;
}

Result<std::chrono::microseconds> Health::ping(Millis deadline) const {
    contract::HealthSource& source = *impl_->core.store().backend().health;
    return base::wait_for_answer<Result<std::chrono::microseconds>>(
        deadline + answer_margin, [&](auto done) { source.ping(deadline, std::move(done)); });
}

Status Health::watch(const Queue& queue, const WatchQueueOptions& options) {
    if (Status s = check_options(options); !s) return s;
    return impl_->core.watched().add_queue(queue.name(), options);
}

void Health::watch(const Cache& cache) {
    impl_->core.watched().add_cache(cache);
}

void Health::add_check(std::string name,
                       bool optional,
                       Millis every,
                       std::function<CheckResult()> check) {
    impl_->core.watched().add_check(
        {.name = std::move(name), .optional = optional, .every = every, .check = std::move(check)});
}

void Health::on_change(std::function<void(const HealthReport&)> listener) {
    impl_->core.announcer().listen(std::move(listener));
}

}  // namespace toril
