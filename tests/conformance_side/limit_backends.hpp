#pragma once

// The limit stores that the suite runs on. It sees them through this: no test names one.

#include "contract/limit_store.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

namespace toril::conformance {

/// An empty store that no other test shares.
struct OpenedLimits {
    std::shared_ptr<contract::LimitStore> store{};
    std::function<void()> clean_up = [] {};
};

struct LimitBackend {
    std::string name{};
    std::function<OpenedLimits()> open{};
};

inline void PrintTo(const LimitBackend& backend, std::ostream* out) {
    *out << backend.name;
}

/// Every backend this run covers.
std::vector<LimitBackend> limit_backends();

}  // namespace toril::conformance
