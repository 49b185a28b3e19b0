// Rate limits: the answers of the vectors, whole groups, everybody at once.

#include "base/sync.hpp"
#include "conformance_side/limit_backends.hpp"
#include "support/rate_vectors.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

using namespace std::chrono_literals;

namespace toril::conformance {
namespace {

using base::Micros;
using base::RateRule;
using base::RateShape;
using contract::LimitParams;
using contract::LimitReply;
using contract::RateAsk;

constexpr Millis patience{20'000};
constexpr Micros start = 2'200'000'000'123'457us;  // to come: no store's own clock ends a state

class Limit : public ::testing::TestWithParam<LimitBackend> {
protected:
    Limit() : opened(GetParam().open()), store(*opened.store) {}
    ~Limit() override {
        store.close(Millis{0});
        opened.clean_up();
    }

    Result<LimitReply> try_to_ask(LimitParams params) {
        params.timeout = Millis{5'000};
        return base::wait_for_answer<Result<LimitReply>>(
            patience, [&](auto done) { store.decide(std::move(params), std::move(done)); });
    }
    LimitReply ask(LimitParams params) {
        const std::size_t asks = params.asks.size();
        Result<LimitReply> reply = try_to_ask(std::move(params));
        if (reply && reply->found.size() == asks) return std::move(*reply);
        ADD_FAILURE() << (reply ? "an answer of another size" : reply.error().message());
        return {.found = std::vector<contract::LimitFound>(asks)};
    }
    contract::LimitFound take(const std::string& key, const RateRule& rule, Micros now = start) {
        return ask({.asks = {{.key = key, .rule = rule}}, .now = now}).found[0];
    }
    Status reset(const std::string& key) {
        return base::wait_for_answer<Status>(
            patience, [&](auto done) { store.reset(key, Millis{5'000}, std::move(done)); });
    }

    OpenedLimits opened;
    contract::LimitStore& store;
};

INSTANTIATE_TEST_SUITE_P(On, Limit, ::testing::ValuesIn(limit_backends()), [](const auto& tested) {
    return tested.param.name;
});

TEST_P(Limit, AnswersAsTheVectorsSay) {
    int number = 0;
    for (const auto& sequence : toril::testing::rate_sequences()) {
        const std::string own = std::to_string(++number) + ":";
        for (std::size_t i = 0; i < sequence.steps.size(); ++i) {
            LimitParams params = sequence.steps[i].params;
            for (RateAsk& one : params.asks)
                one.key = own + one.key;
            std::vector<base::RateDecision> found;
            for (const auto& one : ask(std::move(params)).found)
                found.push_back(one.decision);
            ASSERT_EQ(found, sequence.steps[i].found) << "\"" << sequence.name << "\", step " << i;
        }
    }
}

TEST_P(Limit, GivesTheStateThatItsAnswerIsOf) {
    for (const RateShape shape : {RateShape::sliding, RateShape::gcra, RateShape::fixed}) {
        const RateRule rule{.shape = shape, .max = 5, .per = 60s};
        const std::string key = "k" + std::to_string(static_cast<int>(shape));
        take(key, rule);

        const auto found = take(key, rule, start + 1s);

        const auto seen = base::rate_peek(rule, found.state, start + 1s, 0);
        EXPECT_EQ(seen.remaining, 3);
        EXPECT_EQ(seen.reset_after, found.decision.reset_after);
    }
}

TEST_P(Limit, ReadsItsOwnClockWhenNoTimeIsGiven) {
    const RateRule once_a_year{.max = 1, .per = 366 * 24h};

    const LimitReply first = ask({.asks = {{.key = "k", .rule = once_a_year}}});
    const LimitReply second = ask({.asks = {{.key = "k", .rule = once_a_year}}});

    EXPECT_GT(first.now, 1'700'000'000s);
    EXPECT_GE(second.now, first.now);
    EXPECT_TRUE(first.found[0].decision.allowed);
    EXPECT_FALSE(second.found[0].decision.allowed);
}

TEST_P(Limit, KeepsKeysApartWhateverBytesTheyHave) {
    const RateRule once{.max = 1, .per = 60s};
    const std::vector<std::string> keys{"a",
                                        "A",
                                        "a}",
                                        "{a",
                                        "a b",
                                        std::string("a\0b", 3),
                                        std::string("a\0c", 3),
                                        "\xff\xfe",
                                        std::string(512, 'x'),
                                        std::string(511, 'x')};
    for (const std::string& key : keys)
        EXPECT_TRUE(take(key, once).decision.allowed) << key;
    for (const std::string& key : keys)
        EXPECT_FALSE(take(key, once).decision.allowed) << key;
}

TEST_P(Limit, ChangesNothingByPeeking) {
    const RateRule rule{.max = 2, .per = 60s};
    for (int i = 0; i < 5; ++i)
        ask({.kind = LimitParams::Kind::peek, .asks = {{.key = "k", .rule = rule}}, .now = start});

    EXPECT_EQ(take("k", rule).decision.remaining, 1);
}

TEST_P(Limit, TakesFromAllOrFromNone) {
    const RateRule user{.max = 3, .per = 60s};
    const RateRule everyone{.shape = RateShape::gcra, .max = 1, .per = 60s};
    const LimitParams both{.asks = {{.key = "u", .rule = user}, {.key = "e", .rule = everyone}},
                           .now = start};
    ASSERT_TRUE(ask(both).found[1].decision.allowed);

    const LimitReply refused = ask(both);

    EXPECT_TRUE(refused.found[0].decision.allowed) << "this one would have";
    EXPECT_FALSE(refused.found[1].decision.allowed);
    EXPECT_EQ(take("u", user).decision.remaining, 1) << "and nothing was taken from it";
}

TEST_P(Limit, ForgetsAKeyThatIsReset) {
    const RateRule once{.max = 1, .per = 60s};
    take("k", once);
    take("other", once);

    EXPECT_TRUE(reset("k"));
    EXPECT_TRUE(reset("never there"));

    EXPECT_TRUE(take("k", once).decision.allowed);
    EXPECT_FALSE(take("other", once).decision.allowed);
}

TEST_P(Limit, AllowsNoMoreWhenEverybodyAsksAtOnce) {
    for (const RateShape shape : {RateShape::sliding, RateShape::gcra}) {
        const RateRule rule{.shape = shape, .max = 100, .per = 366 * 24h};
        const std::string key = "hot" + std::to_string(static_cast<int>(shape));
        std::atomic<int> allowed{0};
        std::vector<std::jthread> callers;
        for (int caller = 0; caller < 4; ++caller)
            callers.emplace_back([&] {
                for (int i = 0; i < 50; ++i)
                    if (take(key, rule, Micros{0}).decision.allowed) ++allowed;
            });
        callers.clear();

        EXPECT_EQ(allowed, 100);
    }
}

// Groups that go to the store in one call stay groups.
TEST_P(Limit, AnswersEachOfThoseWhoAskAtOnceForItself) {
    const RateRule rule{.max = 10, .per = 366 * 24h};
    std::atomic<int> wrong{0};
    std::vector<std::jthread> callers;
    for (int caller = 0; caller < 4; ++caller)
        callers.emplace_back([&, caller] {
            const std::string own = "own" + std::to_string(caller);
            for (int i = 0; i < 20; ++i) {
                const LimitReply reply =
                    ask({.asks = {{.key = own, .rule = rule}, {.key = own + "'", .rule = rule}}});
                for (const auto& found : reply.found)
                    if (found.decision.allowed != (i < 10) ||
                        found.decision.remaining != (i < 10 ? 9 - i : 0))
                        ++wrong;
            }
        });
    callers.clear();

    EXPECT_EQ(wrong, 0);
}

TEST_P(Limit, IsCancelledAfterTheStoreClosed) {
    store.close(Millis{0});

    const auto reply = try_to_ask({.asks = {{.key = "k", .rule = {.max = 1, .per = 60s}}}});

    ASSERT_FALSE(reply);
    EXPECT_EQ(reply.error().code(), ErrorCode::cancelled);
}

}  // namespace
}  // namespace toril::conformance
