#include "health/store_judge.hpp"

#include <gtest/gtest.h>

namespace toril::health {
namespace {

using namespace std::chrono_literals;
using State = Verdict::State;

class StoreJudgeTest : public testing::Test {
protected:
    void pong(std::chrono::microseconds rtt = 300us) { judge.ponged(rtt, now += 1s); }
    void miss(HealthReason reason = HealthReason::timed_out) {
        judge.ping_failed({reason, "no answer"}, now += 1s);
    }
    void bring_up() {
        judge.wrote(now);
        pong();
        ASSERT_EQ(judge.verdict().state, State::up);
    }

    SteadyTime now{1h};
    StoreJudge judge{HealthOptions{}, now};  // 2 bad, 3 good
};

TEST_F(StoreJudgeTest, StartsWithoutAnOpinion) {
    EXPECT_EQ(judge.verdict().state, State::starting);
    EXPECT_EQ(judge.verdict().trouble.reason, HealthReason::none);
    EXPECT_TRUE(judge.wants_write());
}

TEST_F(StoreJudgeTest, IsUpOnceAPingAndAWriteWorked) {
    pong();
    EXPECT_EQ(judge.verdict().state, State::starting);
    judge.wrote(now);
    EXPECT_EQ(judge.verdict().state, State::up);
    EXPECT_FALSE(judge.wants_write());
}

TEST_F(StoreJudgeTest, OneMissedPingIsNothing) {
    bring_up();
    for (int i = 0; i < 10; ++i) {
        miss();
        EXPECT_EQ(judge.verdict().state, State::up);
        pong();
    }
}

TEST_F(StoreJudgeTest, TwoInARowAreAnOutageThatBeganThen) {
    bring_up();
    miss();
    miss();
    EXPECT_EQ(judge.verdict().state, State::down);
    EXPECT_EQ(judge.verdict().trouble.reason, HealthReason::timed_out);
    const SteadyTime from = now;
    miss(HealthReason::refused);
    EXPECT_EQ(judge.verdict().since, from);
    EXPECT_EQ(judge.verdict().trouble.reason, HealthReason::refused);
}

TEST_F(StoreJudgeTest, ALostLinkCountsAsAMissedPing) {
    bring_up();
    judge.link_lost({HealthReason::refused, "Connection refused"}, now);
    EXPECT_EQ(judge.verdict().state, State::up);
    miss(HealthReason::refused);
    EXPECT_EQ(judge.verdict().state, State::down);
}

TEST_F(StoreJudgeTest, ComesBackAfterThreeGoodPingsAndAProvedWrite) {
    bring_up();
    miss();
    miss();
    EXPECT_TRUE(judge.wants_write());
    pong();
    pong();
    judge.wrote(now);
    EXPECT_EQ(judge.verdict().state, State::down);
    pong();
    EXPECT_EQ(judge.verdict().state, State::up);
    EXPECT_EQ(judge.verdict().since, now);
    EXPECT_EQ(judge.verdict().trouble.reason, HealthReason::none);
}

TEST_F(StoreJudgeTest, AStoreThatAnswersPingAndTakesNoWritesIsDownAtOnce) {
    for (const HealthReason reason : {HealthReason::readonly,
                                      HealthReason::oom,
                                      HealthReason::misconf,
                                      HealthReason::loading,
                                      HealthReason::noperm,
                                      HealthReason::auth}) {
        judge = StoreJudge(HealthOptions{}, now);
        bring_up();
        judge.write_failed({reason, "refused"}, now);
        EXPECT_EQ(judge.verdict().state, State::down);
        EXPECT_EQ(judge.verdict().trouble.reason, reason);
        for (int i = 0; i < 10; ++i)
            pong();
        EXPECT_EQ(judge.verdict().state, State::down);
        judge.wrote(now);
        EXPECT_EQ(judge.verdict().state, State::up);
    }
}

TEST_F(StoreJudgeTest, WritesThatTimeOutBringItDownThoughPingsComeBack) {
    bring_up();
    judge.write_failed({HealthReason::timed_out, "no answer"}, now);
    EXPECT_EQ(judge.verdict().state, State::up);
    EXPECT_TRUE(judge.wants_write());
    pong();
    judge.write_failed({HealthReason::timed_out, "no answer"}, now);
    EXPECT_EQ(judge.verdict().state, State::down);
}

TEST_F(StoreJudgeTest, DoesNotFlapWithAStoreThatFlaps) {
    bring_up();
    miss();
    miss();
    const SteadyTime from = judge.verdict().since;
    for (int i = 0; i < 20; ++i) {
        pong();
        judge.wrote(now);
        pong();
        miss();
    }
    EXPECT_EQ(judge.verdict().state, State::down);
    EXPECT_EQ(judge.verdict().since, from);
}

TEST_F(StoreJudgeTest, NeverUpItSaysWhyItIsStillStarting) {
    miss(HealthReason::refused);
    EXPECT_EQ(judge.verdict().state, State::starting);
    EXPECT_EQ(judge.verdict().trouble.reason, HealthReason::refused);
    miss(HealthReason::refused);
    EXPECT_EQ(judge.verdict().state, State::down);
}

TEST_F(StoreJudgeTest, IsSlowAfterSeveralSlowAnswersAndNotAfterOne) {
    bring_up();
    pong(150ms);
    EXPECT_FALSE(judge.verdict().slow);
    for (int i = 0; i < 6; ++i)
        pong(150ms);
    EXPECT_TRUE(judge.verdict().slow);
    EXPECT_EQ(judge.verdict().state, State::up);
    for (int i = 0; i < 20; ++i)
        pong(1ms);
    EXPECT_FALSE(judge.verdict().slow);
}

}  // namespace
}  // namespace toril::health
