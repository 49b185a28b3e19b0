#include "support/rate_vectors.hpp"

#include <gtest/gtest.h>

#include <map>

namespace toril::base {
namespace {

using contract::LimitParams;
using States = std::map<std::string, RateState>;

RateDecision decided(LimitParams::Kind kind, const RateUse& use, RateState& state, Micros now) {
    switch (kind) {
        case LimitParams::Kind::refund: return rate_refund(use.rule, state, now, use.cost);
        case LimitParams::Kind::debit: return rate_debit(use.rule, state, now, use.cost);
        case LimitParams::Kind::peek: return rate_peek(use.rule, state, now, use.cost);
        case LimitParams::Kind::take: return rate_take(use.rule, state, now, use.cost);
    }
    return {};
}

std::vector<RateDecision> decide(const LimitParams& params, States& states) {
    std::vector<RateUse> uses;
    for (const auto& ask : params.asks)
        uses.push_back({.rule = ask.rule, .state = states[ask.key], .cost = ask.cost});
    if (params.kind == LimitParams::Kind::take && uses.size() > 1)
        rate_take_all(uses, params.now);
    else
        for (RateUse& use : uses)
            use.decision = decided(params.kind, use, use.state, params.now);
    std::vector<RateDecision> found;
    for (std::size_t i = 0; i < uses.size(); ++i) {
        states[params.asks[i].key] = uses[i].state;
        found.push_back(uses[i].decision);
    }
    return found;
}

TEST(RateLimitTest, AnswersAsTheVectorsSay) {
    for (const auto& sequence : testing::rate_sequences()) {
        States states;
        for (std::size_t i = 0; i < sequence.steps.size(); ++i) {
            const auto& step = sequence.steps[i];
            ASSERT_EQ(decide(step.params, states), step.found)
                << "\"" << sequence.name << "\", step " << i;
        }
    }
}

}  // namespace
}  // namespace toril::base
