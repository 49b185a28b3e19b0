#include "throttle/limit_check.hpp"

#include <gtest/gtest.h>

using namespace std::chrono_literals;

namespace toril::throttle {
namespace {

const LimitRule good{.max = 1, .per = 1s};

template <class Change>
bool is_accepted(Change change) {
    LimitRule rule = good;
    change(rule);
    return static_cast<bool>(check_rule(rule));
}

// R13
TEST(LimitCheckTest, RefusesRulesOutOfRange) {
    EXPECT_TRUE(check_rule(good));
    EXPECT_TRUE(is_accepted([](LimitRule& rule) { rule.max = 1'000'000'000; }));
    EXPECT_TRUE(is_accepted([](LimitRule& rule) { rule.per = 24h * 366; }));
    EXPECT_TRUE(is_accepted([](LimitRule& rule) { rule.name = "per user"; }));
    EXPECT_FALSE(is_accepted([](LimitRule& rule) { rule.max = 0; }));
    EXPECT_FALSE(is_accepted([](LimitRule& rule) { rule.max = 1'000'000'001; }));
    EXPECT_FALSE(is_accepted([](LimitRule& rule) { rule.per = 0ms; }));
    EXPECT_FALSE(is_accepted([](LimitRule& rule) { rule.per = 24h * 366 + 1ms; }));
    EXPECT_FALSE(is_accepted([](LimitRule& rule) { rule.burst = 1; })) << "not gcra";
    EXPECT_FALSE(is_accepted([](LimitRule& rule) {
        rule.shape = LimitShape::gcra;
        rule.burst = 2;
    })) << "more than max";
    EXPECT_FALSE(is_accepted([](LimitRule& rule) { rule.name = "a\"b"; }));
    EXPECT_FALSE(is_accepted([](LimitRule& rule) { rule.name = std::string(65, 'x'); }));
}

TEST(LimitCheckTest, RefusesKeysAndCostsOutOfRange) {
    EXPECT_TRUE(check_key("k"));
    EXPECT_FALSE(check_key(""));
    EXPECT_FALSE(check_key(std::string(513, 'x')));
    EXPECT_TRUE(check_cost(1));
    EXPECT_FALSE(check_cost(0));
    EXPECT_FALSE(check_cost(-1));
    EXPECT_FALSE(check_cost(1'000'000'001));
}

TEST(LimitCheckTest, RefusesToAskForNothingForTooMuchOrTwice) {
    const LimitAsk one{.key = "a", .rule = good};

    EXPECT_FALSE(check_asks({}));
    EXPECT_FALSE(check_asks(std::vector<LimitAsk>(17, one)));
    EXPECT_FALSE(check_asks(std::vector<LimitAsk>(2, one)));
    EXPECT_TRUE(check_asks(std::vector<LimitAsk>(1, one)));
}

TEST(LimitCheckTest, RefusesOptionsOutOfRange) {
    EXPECT_TRUE(check_options({}));
    EXPECT_FALSE(check_options({.store_timeout = 0ms}));
    EXPECT_FALSE(check_options({.local_keys_max = 999}));
    EXPECT_FALSE(check_options({.local_keys_max = 10'000'001}));
}

TEST(LimitCheckTest, TheAnswerForSeveralIsThatWhichRefusesForTheLongest) {
    using base::RateDecision;
    const RateDecision plenty{.allowed = true, .remaining = 5};
    const RateDecision few{.allowed = true, .remaining = 1};
    const RateDecision soon{.retry_after = 5us};
    const RateDecision later{.retry_after = 9us};
    const RateDecision never{.retry_after = -1us};

    EXPECT_EQ(deciding(std::vector{plenty, few}), 1U);
    EXPECT_EQ(deciding(std::vector{few, soon, plenty}), 1U);
    EXPECT_EQ(deciding(std::vector{soon, later, few}), 1U);
    EXPECT_EQ(deciding(std::vector{never, later}), 0U);
    EXPECT_EQ(deciding(std::vector{later, never}), 1U);
}

// R13: a wait is never said to be shorter than it is.
TEST(LimitCheckTest, RoundsWaitsUp) {
    const LimitAnswer answer =
        answer_of(good, {.retry_after = 1'001us, .reset_after = 1us}, LimitMode::store);

    EXPECT_EQ(answer.retry_after, 2ms);
    EXPECT_EQ(answer.reset_after, 1ms);
    EXPECT_EQ(answer_of(good, {.retry_after = -1us}, LimitMode::store).retry_after, -1ms);
}

}  // namespace
}  // namespace toril::throttle
