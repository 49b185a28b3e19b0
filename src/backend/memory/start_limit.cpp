#include "backend/memory/start_limit.hpp"

namespace toril::memory {
namespace {

// More starts than any limit allows. BullMQ's number.
constexpr std::int64_t held = 9'007'199'254'740'991;

}  // namespace

Millis StartLimit::left(std::int64_t max, Timestamp now) const {
    return starts_ < max ? Millis{0} : left(now);
}

Millis StartLimit::left(Timestamp now) const {
    return now < ends_at_ ? ends_at_ - now : Millis{0};
}

void StartLimit::count(Millis window, Timestamp now) {
    if (now >= ends_at_) {
        starts_ = 0;
        ends_at_ = now + window;
    }
    ++starts_;
}

void StartLimit::hold(Millis duration, Timestamp now) {
    starts_ = held;
    ends_at_ = duration > Millis{0} ? now + duration : Timestamp{};
}

std::optional<contract::RateLimit> joined(const std::optional<contract::RateLimit>& queue,
                                          const std::optional<contract::RateLimit>& worker) {
    if (!queue) return worker;
    return contract::RateLimit{.max = queue->max,
                               .duration = worker ? worker->duration : queue->duration};
}

}  // namespace toril::memory
