#include "backend/sqlite/side/side_link.hpp"

#include <utility>

namespace toril::sqlite_side {
namespace {

constexpr int smoothing = 8;  // a new time counts for an eighth

Millis age(SideLink::SteadyTime of) {
    return std::chrono::duration_cast<Millis>(std::chrono::steady_clock::now() - of);
}

}  // namespace

HealthReason reason_of(const Error& error) {
    switch (error.code()) {
        case ErrorCode::corrupt: return HealthReason::corrupt;
        case ErrorCode::timed_out: return HealthReason::timed_out;
        case ErrorCode::cancelled: return HealthReason::closed;
        default: return HealthReason::disk;
    }
}

SideLink::SideLink(std::string role, std::string name)
    : role_(std::move(role)), name_(std::move(name)) {}

void SideLink::succeeded(std::chrono::microseconds took) {
    {
        base::MutexLock lock(mutex_);
        last_ok_ = std::chrono::steady_clock::now();
        rtt_ = rtt_.count() == 0 ? took : rtt_ + (took - rtt_) / smoothing;
        if (state_ == State::ready) return;
        state_ = State::ready;
        reason_ = HealthReason::none;
        detail_.clear();
        since_ = *last_ok_;
        ++counts_.connects;
    }
    tell();
}

void SideLink::failed(HealthReason reason, std::string detail) {
    {
        base::MutexLock lock(mutex_);
        counts_.timeouts += reason == HealthReason::timed_out;
        if (state_ == State::degraded && reason_ == reason) return;
        if (state_ != State::degraded) since_ = std::chrono::steady_clock::now();
        counts_.disconnects += state_ == State::ready;
        state_ = State::degraded;
        reason_ = reason;
        detail_ = std::move(detail);
    }
    tell();
}

LinkHealth SideLink::health(std::size_t waiting) const {
    base::MutexLock lock(mutex_);
    constexpr std::string_view names[]{"idle", "ready", "degraded"};
    LinkHealth health{.role = role_,
                      .name = name_,
                      .state = std::string(names[static_cast<std::size_t>(state_)]),
                      .reason = reason_,
                      .detail = detail_,
                      .since = age(since_),
                      .rtt = rtt_,
                      .connects = counts_.connects,
                      .disconnects = counts_.disconnects,
                      .timeouts = counts_.timeouts,
                      .waiting = waiting};
    if (last_ok_) health.last_ok = age(*last_ok_);
    return health;
}

void SideLink::listen(std::weak_ptr<void> owner, std::function<void()> listener) {
    base::MutexLock lock(mutex_);
    std::erase_if(listeners_, [](const Listener& each) { return each.owner.expired(); });
    listeners_.push_back({std::move(owner), std::move(listener)});
}

void SideLink::tell() {
    std::vector<std::pair<std::shared_ptr<void>, std::function<void()>>> calls;
    {
        base::MutexLock lock(mutex_);
        for (const Listener& each : listeners_)
            if (auto owner = each.owner.lock()) calls.emplace_back(std::move(owner), each.call);
    }
    for (const auto& [owner, call] : calls)
        call();
}

}  // namespace toril::sqlite_side
