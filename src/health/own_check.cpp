#include "health/own_check.hpp"

#include <algorithm>
#include <exception>
#include <utility>

namespace toril::health {
namespace {

constexpr Millis patience_min{5'000};

CheckResult ask(const std::function<CheckResult()>& check) {
    try {
        return check();
    } catch (const std::exception& thrown) {
        return {.ok = false, .detail = thrown.what()};
    } catch (...) {
        return {.ok = false, .detail = "unknown exception"};
    }
}

}  // namespace

struct OwnCheck::State {
    explicit State(CheckSetup given) : setup(std::move(given)) {}

    const CheckSetup setup;
    mutable base::Mutex mutex{};
    std::optional<CheckResult> last TORIL_GUARDED_BY(mutex){};
    double response_ms TORIL_GUARDED_BY(mutex) = 0;
    std::optional<SteadyTime> asked_at TORIL_GUARDED_BY(mutex){};  // and not answered

    void run() {
        const SteadyTime begun = std::chrono::steady_clock::now();
        {
            base::MutexLock lock(mutex);
            asked_at = begun;
        }
        CheckResult result = ask(setup.check);
        const std::chrono::duration<double, std::milli> taken =
            std::chrono::steady_clock::now() - begun;
        {
            base::MutexLock lock(mutex);
            last = std::move(result);
            response_ms = taken.count();
            asked_at.reset();
        }
        if (setup.on_result) setup.on_result();
    }
};

OwnCheck::OwnCheck(CheckSetup setup)
    : state_(std::make_shared<State>(std::move(setup))),
      repeater_(std::max(state_->setup.every, Millis{1}), [state = state_] { state->run(); }) {}

ServiceHealth OwnCheck::service(SteadyTime now) const {
    const CheckSetup& setup = state_->setup;
    ServiceHealth service{.name = setup.name, .optional = setup.optional};
    base::MutexLock lock(state_->mutex);
    const Millis patience = std::max(patience_min, setup.every * 2);
    if (state_->asked_at && now - *state_->asked_at > patience) {
        const auto waited =
            std::chrono::duration_cast<std::chrono::seconds>(now - *state_->asked_at);
        service.status = "down";
        service.reason = HealthReason::timed_out;
        service.error = "the check has not come back for " + std::to_string(waited.count()) + " s";
        return service;
    }
    if (!state_->last) {
        service.status = "starting";
        service.reason = HealthReason::starting;
        return service;
    }
    service.connected = state_->last->ok;
    service.status = state_->last->ok ? "up" : "down";
    service.response_ms = state_->response_ms;
    if (!state_->last->ok) {
        service.reason = HealthReason::disconnected;
        service.error = state_->last->detail.empty() ? "the check failed" : state_->last->detail;
    }
    return service;
}

}  // namespace toril::health
