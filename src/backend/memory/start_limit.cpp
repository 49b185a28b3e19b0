#include "backend/memory/start_limit.hpp"

namespace toril::memory {

Millis StartLimit::left(std::int64_t max, Timestamp now) const {
    return starts_ >= max && now < ends_at_ ? ends_at_ - now : Millis{0};
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
