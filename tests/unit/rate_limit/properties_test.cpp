// What must hold for any arrivals. The seed of a failed run is in its message.

#include "support/rate_vectors.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <deque>
#include <random>
#include <vector>

using namespace std::chrono_literals;

namespace toril::base {
namespace {

constexpr Micros start = 1'763'745'000'123'457us;
constexpr RateShape shapes[]{RateShape::sliding, RateShape::gcra, RateShape::fixed};

std::uint64_t first_seed() {
    const char* given = std::getenv("TORIL_TEST_SEED");
    return given ? std::strtoull(given, nullptr, 10) : 1;
}

struct Random {
    explicit Random(std::uint64_t seed) : engine(seed) {}
    std::int64_t up_to(std::int64_t max) {
        return std::uniform_int_distribution<std::int64_t>(0, max)(engine);
    }
    template <class T>
    T one_of(std::initializer_list<T> all) {
        return *(all.begin() + up_to(static_cast<std::int64_t>(all.size()) - 1));
    }
    std::mt19937_64 engine;
};

RateRule some_rule(RateShape shape, Random& random) {
    RateRule rule{.shape = shape};
    rule.max = random.one_of<std::int64_t>({1, 3, 10, 97, 1'000});
    rule.per = random.one_of<Micros>({1ms, 17ms, 1s, 60s});
    if (shape == RateShape::gcra) rule.burst = random.one_of<std::int64_t>({0, 1, rule.max});
    return rule;
}

// Longer pauses and bunches, so that windows fill and empty.
Micros some_pause(const RateRule& rule, Random& random) {
    const auto per = rule.per.count();
    return Micros(random.one_of<std::int64_t>(
        {0, 0, 0, 1, random.up_to(per / rule.max + 1), random.up_to(per / 16), random.up_to(per)}));
}

// What was allowed, and the most of it in any window of `per`, both ends counted.
class Allowed {
public:
    explicit Allowed(Micros per) : per_(per) {}

    void add(Micros at, std::int64_t cost) {
        recent_.push_back({at, cost});
        sum_ += cost;
        while (recent_.front().at < at - per_) {
            sum_ -= recent_.front().cost;
            recent_.pop_front();
        }
        most_ = std::max(most_, sum_);
    }
    std::int64_t most() const { return most_; }

private:
    struct One {
        Micros at;
        std::int64_t cost;
    };
    const Micros per_;
    std::deque<One> recent_;
    std::int64_t sum_ = 0;
    std::int64_t most_ = 0;
};

// R1. The bounds that the public header states.
std::int64_t most_in_a_window(const RateRule& rule) {
    switch (rule.shape) {
        case RateShape::sliding: return rule.max;
        case RateShape::gcra: return (rule.burst > 0 ? rule.burst : rule.max) + rule.max;
        case RateShape::fixed: return 2 * rule.max;
    }
    return 0;
}

TEST(RatePropertiesTest, NeverAllowMoreInAnyWindowThanTheShapeStates) {
    for (std::uint64_t seed = first_seed(); seed < first_seed() + 200; ++seed)
        for (const RateShape shape : shapes) {
            Random random(seed);
            const RateRule rule = some_rule(shape, random);
            RateState state;
            Allowed allowed(rule.per);
            Micros now = start;
            for (int i = 0; i < 2'000; ++i) {
                now += some_pause(rule, random);
                const std::int64_t cost = 1 + random.up_to(std::max<std::int64_t>(rule.max / 5, 1));
                if (rate_take(rule, state, now, cost).allowed) allowed.add(now, cost);
            }
            ASSERT_LE(allowed.most(), most_in_a_window(rule)) << "seed " << seed;
        }
}

// R13. To the microsecond: not before, and then for certain.
TEST(RatePropertiesTest, AllowWhatWasRefusedAtRetryAfterAndNotAMicrosecondEarlier) {
    int refused = 0;
    for (std::uint64_t seed = first_seed(); seed < first_seed() + 200; ++seed)
        for (const RateShape shape : shapes) {
            Random random(seed);
            const RateRule rule = some_rule(shape, random);
            RateState state;
            Micros now = start;
            for (int i = 0; i < 300; ++i) {
                now += some_pause(rule, random);
                const std::int64_t cost = 1 + random.up_to(rule.max);
                const RateDecision decision = rate_take(rule, state, now, cost);
                if (decision.retry_after <= 0us) continue;
                ++refused;
                const Micros retry = decision.retry_after;
                ASSERT_FALSE(rate_peek(rule, state, now + retry - 1us, cost).allowed) << seed;
                ASSERT_TRUE(rate_peek(rule, state, now + retry, cost).allowed) << seed;
            }
        }
    EXPECT_GT(refused, 1'000);
}

TEST(RatePropertiesTest, SayExactlyHowMuchRemains) {
    for (std::uint64_t seed = first_seed(); seed < first_seed() + 100; ++seed)
        for (const RateShape shape : shapes) {
            Random random(seed);
            const RateRule rule = some_rule(shape, random);
            RateState state;
            Micros now = start;
            for (int i = 0; i < 300; ++i) {
                now += some_pause(rule, random);
                const auto decision = rate_take(rule, state, now, 1 + random.up_to(rule.max));
                ASSERT_TRUE(rate_peek(rule, state, now, decision.remaining).allowed) << seed;
                ASSERT_FALSE(rate_peek(rule, state, now, decision.remaining + 1).allowed) << seed;
            }
        }
}

TEST(RatePropertiesTest, HaveAllOfItAgainAtResetAfterAndNotBefore) {
    for (std::uint64_t seed = first_seed(); seed < first_seed() + 100; ++seed)
        for (const RateShape shape : shapes) {
            Random random(seed);
            const RateRule rule = some_rule(shape, random);
            const std::int64_t all =
                shape == RateShape::gcra && rule.burst > 0 ? rule.burst : rule.max;
            RateState state;
            Micros now = start;
            for (int i = 0; i < 200; ++i) {
                now += some_pause(rule, random);
                const auto decision = rate_take(rule, state, now, 1 + random.up_to(rule.max));
                const Micros reset = decision.reset_after;
                ASSERT_EQ(rate_lifetime(rule, state, now), reset);
                ASSERT_TRUE(rate_peek(rule, state, now + reset, all).allowed) << seed;
                ASSERT_EQ(rate_peek(rule, state, now + reset, 0).reset_after, 0us) << seed;
                if (reset == 0us) continue;
                ASSERT_FALSE(rate_peek(rule, state, now + reset - 1us, all).allowed) << seed;
            }
        }
}

// R5. A state with a refund never knows of less than was taken in truth.
TEST(RatePropertiesTest, NeverAllowMoreForAThingThatWasGivenBack) {
    for (std::uint64_t seed = first_seed(); seed < first_seed() + 200; ++seed) {
        Random random(seed);
        const RateRule rule = some_rule(RateShape::sliding, random);
        RateState state;
        std::vector<Micros> taken;
        Micros now = start;
        for (int i = 0; i < 1'000; ++i) {
            now += some_pause(rule, random);
            if (rate_take(rule, state, now, 1).allowed) taken.push_back(now);
            if (taken.empty() || random.up_to(5) > 0) continue;
            // Any of the last: it did not happen.
            const auto back = random.up_to(std::min<std::int64_t>(3, std::ssize(taken) - 1));
            if (taken[taken.size() - 1 - static_cast<std::size_t>(back)] < now - rule.per) continue;
            rate_refund(rule, state, now, 1);
            taken.erase(taken.end() - 1 - back);
        }
        Allowed allowed(rule.per);
        for (const Micros at : taken)
            allowed.add(at, 1);
        ASSERT_LE(allowed.most(), rule.max) << "seed " << seed;
    }
}

// R5. Being refused costs nothing.
TEST(RatePropertiesTest, ChangeNothingByRefusing) {
    for (const RateShape shape : shapes) {
        const RateRule rule{.shape = shape, .max = 3, .per = 1s};
        RateState state;
        rate_take(rule, state, start, 3);
        const RateState before = state;
        for (int i = 0; i < 100; ++i)
            rate_take(rule, state, start + i * 1us, 1);

        EXPECT_EQ(state, before);
    }
}

// R7. A clock that goes back by a year must not refuse for a year.
TEST(RatePropertiesTest, AllowAgainSoonAfterTheClockWentBack) {
    for (const RateShape shape : shapes) {
        const RateRule rule{.shape = shape, .max = 3, .per = 1s};
        RateState state;
        rate_take(rule, state, start, 3);
        const Micros earlier = start - 365 * 24h;

        const RateDecision refused = rate_take(rule, state, earlier, 1);

        EXPECT_FALSE(refused.allowed) << "nobody gets a fresh start";
        EXPECT_LE(refused.retry_after, 2 * rule.per);
        EXPECT_TRUE(rate_take(rule, state, earlier + refused.retry_after, 1).allowed);
    }
}

// R9. Whatever the rule becomes, who had used all of it has none left at once.
TEST(RatePropertiesTest, GiveNobodyAFreshStartByAnotherRule) {
    for (const RateShape from : shapes)
        for (const RateShape to : shapes)
            for (const Micros per : {Micros(1s), Micros(60s), Micros(3'600s)}) {
                const RateRule old{.shape = from, .max = 100, .per = 60s};
                const RateRule now_valid{.shape = to, .max = 50, .per = per};
                RateState state;
                rate_take(old, state, start, 100);

                const RateDecision decision = rate_take(now_valid, state, start + 1us, 1);

                EXPECT_EQ(decision.remaining, 0);
                EXPECT_LE(decision.retry_after, 2 * per) << "and nobody waits for ever";
            }
}

TEST(RatePropertiesTest, TakeFromAllOrFromNone) {
    std::vector<RateUse> uses{{.rule = {.shape = RateShape::sliding, .max = 2, .per = 1s}},
                              {.rule = {.shape = RateShape::gcra, .max = 1, .per = 1s}}};
    EXPECT_TRUE(rate_take_all(uses, start));

    EXPECT_FALSE(rate_take_all(uses, start));
    EXPECT_TRUE(uses[0].decision.allowed) << "this one would have";
    EXPECT_EQ(uses[0].decision.remaining, 1);
    EXPECT_FALSE(uses[1].decision.allowed);
    EXPECT_TRUE(rate_take_all(uses, start + 1s));
}

}  // namespace
}  // namespace toril::base
