#pragma once

// The lock stores that the suite runs on. It sees them through this: no test names one.

#include "contract/lock_store.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

namespace toril::conformance {

/// An empty store that no other test shares.
struct OpenedLocks {
    std::shared_ptr<contract::LockStore> store{};
    /// A time-to-live that does not end before the test has looked, and not long after.
    Millis ttl{60'000};
    /// Makes this much time pass, for the store.
    std::function<void(Millis)> pass_time = [](Millis) {};
    std::function<void()> clean_up = [] {};
};

struct LockBackend {
    std::string name{};
    std::function<OpenedLocks()> open{};
};

inline void PrintTo(const LockBackend& backend, std::ostream* out) {
    *out << backend.name;
}

/// Every backend this run covers.
std::vector<LockBackend> lock_backends();

}  // namespace toril::conformance
