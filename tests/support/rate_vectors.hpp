#pragma once

// tests/vectors/rate_limit.json: what every store must answer to sequences of asks. The file is
// made by make_rate_limit.py beside it, which shares no code with us.

#include "contract/limit_store.hpp"

#include <ostream>
#include <string>
#include <vector>

namespace toril::testing {

struct RateStep {
    contract::LimitParams params{};
    std::vector<base::RateDecision> found{};  // one an ask
};

struct RateSequence {
    std::string name{};
    std::vector<RateStep> steps{};
};

/// Throws when the file is missing or broken.
std::vector<RateSequence> rate_sequences();

/// For the message of a failed step.
std::string described(const base::RateDecision& decision);

}  // namespace toril::testing

namespace toril::base {

inline void PrintTo(const RateDecision& decision, std::ostream* out) {
    *out << testing::described(decision);
}

}  // namespace toril::base
