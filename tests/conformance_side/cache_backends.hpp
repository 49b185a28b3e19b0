#pragma once

// The stores that caches run on. The suite sees them through this: no test names one.

#include "contract/cache_store.hpp"

#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

namespace toril::conformance {

/// A place that no other test shares, and that any number of store objects may be opened on.
struct CachePlace {
    std::function<std::shared_ptr<contract::CacheStore>()> open{};
    /// For stores that measure by a server's clock; others go by the `now` of their calls.
    std::function<void(Millis)> pass_time = [](Millis) {};
    std::function<void()> clean_up = [] {};
};

struct CacheBackend {
    std::string name{};
    std::function<CachePlace()> make{};
};

inline void PrintTo(const CacheBackend& backend, std::ostream* out) {
    *out << backend.name;
}

std::vector<CacheBackend> cache_backends();

}  // namespace toril::conformance
