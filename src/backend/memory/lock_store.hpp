#pragma once

// Locks and records of one process.

#include "contract/lock_store.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>

namespace toril::memory {

/// What time it is; tests put their own in.
struct LockClocks {
    /// Never goes back, and no change of the wall clock moves it: locks end by it.
    std::function<std::chrono::steady_clock::time_point()> steady{};
    /// Microseconds since 1970: fences begin with it.
    std::function<std::uint64_t()> wall_micros{};

    static LockClocks real();
};

std::shared_ptr<contract::LockStore> open_lock_store(LockClocks clocks = LockClocks::real());

}  // namespace toril::memory
