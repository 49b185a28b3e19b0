#pragma once

// The stores that the suite runs on. It sees them through this: no test names one.

#include "base/clock.hpp"
#include "contract/job_store.hpp"

#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

namespace toril::conformance {

/// An empty store that no other test shares.
struct Opened {
    std::shared_ptr<contract::JobStore> store{};
    /// Makes this much time pass for what the store measures by a server's clock: locks, rate
    /// windows, stall checks. Stores that go by the `now` of their calls need nothing.
    std::function<void(Millis)> pass_time = [](Millis) {};
    /// Removes what the test left outside the process.
    std::function<void()> clean_up = [] {};
};

struct Backend {
    std::string name{};
    std::function<Opened(base::Clock)> open{};
};

inline void PrintTo(const Backend& backend, std::ostream* out) {
    *out << backend.name;
}

/// Every backend this run covers, bare.
std::vector<Backend> backends();

/// And each again in a store that loses every first answer to `add` and `finish_and_take`:
/// the suite's client repeats those calls, as every caller above a store does.
std::vector<Backend> backends_under_test();

}  // namespace toril::conformance
