// The public face, on a store in memory.

#include "base/sync.hpp"

#include <toril/store.hpp>
#include <toril/throttle.hpp>

#include <gtest/gtest.h>

#include <optional>

using namespace std::chrono_literals;

namespace toril {
namespace {

class ThrottleTest : public testing::Test {
protected:
    Throttle open(const ThrottleOptions& options = {}) {
        return Throttle::open(store, options).value();
    }

    std::vector<std::string> events{};
    Store store =
        Store::open("memory:",
                    {.log = [this](const LogRecord& record) { events.emplace_back(record.event); }})
            .value();
    const LimitRule rule{.max = 3, .per = 1h};
};

TEST_F(ThrottleTest, AllowsMaxAndThenSaysWhenToComeBack) {
    Throttle throttle = open();

    for (std::int64_t left : {2, 1, 0}) {
        const LimitAnswer answer = throttle.check("user:1", rule).value();
        EXPECT_TRUE(answer.allowed);
        EXPECT_EQ(answer.limit, 3);
        EXPECT_EQ(answer.remaining, left);
    }
    const LimitAnswer refused = throttle.check("user:1", rule).value();
    EXPECT_FALSE(refused.allowed);
    EXPECT_GT(refused.retry_after, 59min);
    EXPECT_LE(refused.retry_after, 64min);
    EXPECT_TRUE(throttle.check("user:2", rule)->allowed);
    EXPECT_EQ(throttle.stats().allowed, 4U);
    EXPECT_EQ(throttle.stats().refused, 1U);
}

// R13
TEST_F(ThrottleTest, SaysThatACostAboveTheLimitIsNeverAllowed) {
    const LimitAnswer answer = open().check("k", rule, 4).value();

    EXPECT_FALSE(answer.allowed);
    EXPECT_EQ(answer.retry_after, -1ms);
}

TEST_F(ThrottleTest, RefusesArgumentsOutOfRange) {
    Throttle throttle = open();

    EXPECT_EQ(throttle.check("", rule).error().code(), ErrorCode::invalid_argument);
    EXPECT_EQ(throttle.check("k", {}).error().code(), ErrorCode::invalid_argument);
    EXPECT_EQ(throttle.check("k", rule, 0).error().code(), ErrorCode::invalid_argument);
    EXPECT_EQ(throttle.check_all({}).error().code(), ErrorCode::invalid_argument);
    EXPECT_EQ(throttle.reset("").error().code(), ErrorCode::invalid_argument);
    EXPECT_EQ(Throttle::open(store, {.local_keys_max = 1}).error().code(),
              ErrorCode::invalid_argument);
}

TEST_F(ThrottleTest, PeeksRefundsAndForgets) {
    Throttle throttle = open();
    throttle.check("k", rule, 3).value();

    EXPECT_FALSE(throttle.peek("k", rule)->allowed);
    EXPECT_EQ(throttle.refund("k", rule, 2)->remaining, 2);
    EXPECT_EQ(throttle.peek("k", rule)->remaining, 2);
    EXPECT_TRUE(throttle.reset("k"));
    EXPECT_EQ(throttle.peek("k", rule)->remaining, 3);
    EXPECT_EQ(throttle.stats().allowed, 1U) << "only what was taken counts";
}

// R10
TEST_F(ThrottleTest, TakesFromAllOrFromNoneAndNamesTheOneThatRefused) {
    Throttle throttle = open();
    const std::vector<LimitAsk> asks{{.key = "user", .rule = rule},
                                     {.key = "tenant", .rule = {.max = 1, .per = 1h}}};
    EXPECT_EQ(throttle.check_all(asks)->refused_by, 1U) << "the least is left there";

    const LimitAnswer refused = throttle.check_all(asks).value();

    EXPECT_FALSE(refused.allowed);
    EXPECT_EQ(refused.refused_by, 1U);
    EXPECT_EQ(refused.limit, 1);
    EXPECT_EQ(throttle.peek("user", rule)->remaining, 2);
}

TEST_F(ThrottleTest, AnswersWithoutWaiting) {
    Throttle throttle = open();
    const auto answer = base::wait_for_answer<Result<LimitAnswer>>(
        20s, [&](auto done) { throttle.check_async("k", rule, 2, std::move(done)); });

    EXPECT_TRUE(answer->allowed);
    EXPECT_EQ(answer->remaining, 1);
}

TEST_F(ThrottleTest, OnlyCountsAndLogsWhenItObserves) {
    Throttle throttle = open({.only_observe = true});
    for (int i = 0; i < 10; ++i)
        EXPECT_TRUE(throttle.check("k", rule)->allowed);

    EXPECT_EQ(throttle.stats().allowed, 3U);
    EXPECT_EQ(throttle.stats().refused, 7U);
    EXPECT_EQ(events, std::vector<std::string>{"throttle.would_refuse"}) << "one line a second";
}

TEST_F(ThrottleTest, NamesShapesAndModes) {
    EXPECT_EQ(to_string(LimitShape::sliding), "sliding");
    EXPECT_EQ(to_string(LimitShape::gcra), "gcra");
    EXPECT_EQ(to_string(LimitShape::fixed), "fixed");
    EXPECT_EQ(to_string(LimitMode::store), "store");
    EXPECT_EQ(to_string(LimitMode::remembered), "remembered");
    EXPECT_EQ(to_string(LimitMode::local), "local");
    EXPECT_EQ(to_string(LimitMode::open), "open");
}

}  // namespace
}  // namespace toril
