#include "base/backoff.hpp"

#include <algorithm>
#include <cmath>

namespace toril::base {

Millis backoff_delay(const Backoff& backoff, int attempts_made, double random) noexcept {
    if (backoff.kind == Backoff::Kind::none) return Millis{0};
    double delay = static_cast<double>(backoff.delay.count());
    if (backoff.kind == Backoff::Kind::exponential)
        delay = std::round(std::pow(2.0, attempts_made - 1) * delay);
    if (backoff.jitter > 0)
        delay = std::floor(random * delay * backoff.jitter + delay * (1 - backoff.jitter));
    return Millis(
        static_cast<Millis::rep>(std::min(delay, static_cast<double>(backoff_max.count()))));
}

}  // namespace toril::base
