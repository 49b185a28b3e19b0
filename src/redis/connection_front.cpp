#include "redis/connection_impl.hpp"

#include <utility>

namespace toril::redis {

bool ConnectionFront::push(Command& command, bool& wake) {
    base::MutexLock lock(mutex_);
    if (shut_) return false;
    wake = inbox_.empty();
    inbox_.push_back(std::move(command));
    return true;
}

void ConnectionFront::take(std::vector<Command>& commands) {
    base::MutexLock lock(mutex_);
    std::swap(commands, inbox_);
}

bool ConnectionFront::shut() {
    base::MutexLock lock(mutex_);
    return !std::exchange(shut_, true);
}

void ConnectionFront::set_listener(OnState listener) {
    auto shared = std::make_shared<const OnState>(std::move(listener));
    base::MutexLock lock(mutex_);
    on_state_ = std::move(shared);
}

void ConnectionFront::set_listener(OnPush listener) {
    auto shared = std::make_shared<const OnPush>(std::move(listener));
    base::MutexLock lock(mutex_);
    on_push_ = std::move(shared);
}

std::shared_ptr<const ConnectionFront::OnState> ConnectionFront::state_listener() {
    base::MutexLock lock(mutex_);
    return on_state_;
}

std::shared_ptr<const ConnectionFront::OnPush> ConnectionFront::push_listener() {
    base::MutexLock lock(mutex_);
    return on_push_;
}

ConnectionStats ConnectionFront::stats() const {
    constexpr auto order = std::memory_order_relaxed;
    return {.connects = figures.connects.load(order),
            .failures = figures.failures.load(order),
            .disconnects = figures.disconnects.load(order),
            .commands = figures.commands.load(order),
            .timeouts = figures.timeouts.load(order),
            .bytes_in = figures.bytes_in.load(order),
            .bytes_out = figures.bytes_out.load(order),
            .queued = figures.queued.load(order),
            .in_flight = figures.in_flight.load(order)};
}

void ConnectionFront::mark_closed() {
    {
        base::MutexLock lock(mutex_);
        closed_ = true;
        on_state_.reset();
        on_push_.reset();
    }
    changed_.notify_all();
}

bool ConnectionFront::is_closed() {
    base::MutexLock lock(mutex_);
    return closed_;
}

void ConnectionFront::wait_until_closed() {
    base::MutexLock lock(mutex_);
    while (!closed_)
        changed_.wait(mutex_);
}

ConnectionReport Connection::Impl::report() {
    ConnectionReport report{.role = setup_.role, .name = setup_.name, .profile = setup_.profile};
    report.state = front_.figures.state.load(std::memory_order_relaxed);
    report.stats = front_.stats();
    front_.view.show(report);
    return report;
}

}  // namespace toril::redis
