#pragma once

#include <toril/time.hpp>

#include <chrono>
#include <functional>

namespace toril::base {

/// Wall-clock time in whole milliseconds. The rim's clock: machines get time as an argument.
inline Timestamp wall_now() {
    return std::chrono::floor<Millis>(std::chrono::system_clock::now());
}

/// A store's own clock; tests put their own in.
using Clock = std::function<Timestamp()>;

}  // namespace toril::base
