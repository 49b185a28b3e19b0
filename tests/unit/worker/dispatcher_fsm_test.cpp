#include "worker/dispatcher_fsm.hpp"

#include <gtest/gtest.h>

#include <ostream>

using namespace std::chrono_literals;

namespace toril::worker {

void PrintTo(const Step& step, std::ostream* out) {
    *out << "{what " << int(step.what) << ", lane " << step.lane << ", outcomes " << step.outcomes
         << ", take " << step.take << ", at most " << step.at_most.count() << " ms}";
}

namespace {

using Do = Step::Do;

Step call(int lane, std::size_t outcomes, std::size_t take) {
    return {.what = Do::call, .lane = lane, .outcomes = outcomes, .take = take};
}
Step watch(Millis at_most) {
    return {.what = Do::watch, .at_most = at_most};
}
Step rest(Millis at_most) {
    return {.what = Do::rest, .at_most = at_most};
}

constexpr Millis long_rest{3'600'000};

class DispatcherFsmTest : public testing::Test {
protected:
    // No stalled checks, so that they do not come between.
    static DispatcherFsm machine(std::size_t concurrency) {
        return DispatcherFsm(
            {.concurrency = concurrency, .block_timeout = 30s, .stalled_interval = 0ms});
    }
    Step next(DispatcherFsm& fsm) const { return fsm.next(now); }

    // A machine that has found its queue empty, and watches.
    DispatcherFsm idle(std::size_t concurrency) {
        DispatcherFsm fsm = machine(concurrency);
        next(fsm);
        fsm.call_answered(0, {}, now);
        EXPECT_EQ(next(fsm), watch(30s));
        return fsm;
    }
    // A handler has returned, and its outcome waits.
    static void finish(DispatcherFsm& fsm, std::size_t jobs = 1) {
        fsm.outcomes_wait(jobs);
        fsm.slots_freed(jobs);
    }

    Millis now{1'000'000};
};

TEST_F(DispatcherFsmTest, FirstTakesAsManyJobsAsItHasSlots) {
    DispatcherFsm fsm = machine(5);

    EXPECT_EQ(next(fsm), call(0, 0, 5));
    EXPECT_EQ(next(fsm), rest(long_rest));
}

TEST_F(DispatcherFsmTest, MakesOneCallAJobAtConcurrencyOne) {
    DispatcherFsm fsm = machine(1);
    EXPECT_EQ(next(fsm), call(0, 0, 1));
    for (int i = 0; i < 3; ++i) {
        fsm.call_answered(0, {.taken = 1}, now);
        EXPECT_EQ(next(fsm).what, Do::rest) << "while the job runs";
        finish(fsm);
        EXPECT_EQ(next(fsm), call(0, 1, 1));
        EXPECT_EQ(next(fsm).what, Do::rest);
    }
}

TEST_F(DispatcherFsmTest, JoinsOutcomesThatArriveWhileACallIsUnderWayToTheNext) {
    DispatcherFsm fsm = machine(8);
    next(fsm);
    fsm.call_answered(0, {.taken = 8}, now);
    finish(fsm);
    EXPECT_EQ(next(fsm), call(0, 1, 1));
    finish(fsm, 3);
    EXPECT_EQ(next(fsm).what, Do::rest) << "less than half is not worth the second lane";
    finish(fsm);
    EXPECT_EQ(next(fsm), call(1, 4, 4));
    finish(fsm, 3);
    EXPECT_EQ(next(fsm).what, Do::rest) << "both lanes are busy";

    fsm.call_answered(0, {.taken = 1}, now);
    finish(fsm);
    EXPECT_EQ(next(fsm), call(0, 4, 4));
}

TEST_F(DispatcherFsmTest, BoundsOneCall) {
    DispatcherFsm fsm = machine(1'000);
    EXPECT_EQ(next(fsm), call(0, 0, jobs_per_call_max));
    EXPECT_EQ(next(fsm), call(1, 0, jobs_per_call_max));
    EXPECT_EQ(next(fsm).what, Do::rest);
}

TEST_F(DispatcherFsmTest, NeverHasMoreJobsThanSlots) {
    DispatcherFsm fsm = machine(10);
    next(fsm);
    fsm.call_answered(0, {.taken = 10}, now);
    finish(fsm, 4);
    EXPECT_EQ(next(fsm), call(0, 4, 4));
    finish(fsm, 5);
    EXPECT_EQ(next(fsm), call(1, 5, 5)) << "four of the ten may come with the first call";
}

TEST_F(DispatcherFsmTest, WatchesAnEmptyQueueInsteadOfAskingAgain) {
    DispatcherFsm fsm = machine(3);
    next(fsm);
    EXPECT_TRUE(fsm.call_answered(0, {}, now)) << "drained";

    EXPECT_EQ(next(fsm), watch(30s));
    now += 29s;
    EXPECT_EQ(next(fsm).what, Do::rest);
    fsm.watch_answered({}, now);
    EXPECT_EQ(next(fsm), call(0, 0, 3));
    EXPECT_FALSE(fsm.call_answered(0, {}, now) && fsm.call_answered(0, {}, now));
}

TEST_F(DispatcherFsmTest, DoesNotWatchWhileItHasNoSlot) {
    DispatcherFsm fsm = machine(2);
    next(fsm);
    fsm.call_answered(0, {.taken = 2}, now);
    EXPECT_EQ(next(fsm).what, Do::rest);
}

TEST_F(DispatcherFsmTest, WatchesForTheFreeSlotsWhileOthersRun) {
    DispatcherFsm fsm = machine(2);
    next(fsm);
    fsm.call_answered(0, {.taken = 1}, now);
    EXPECT_EQ(next(fsm), watch(30s));
}

TEST_F(DispatcherFsmTest, AsksAnEmptyQueueAlongWithAnOutcome) {
    DispatcherFsm fsm = machine(2);
    next(fsm);
    fsm.call_answered(0, {.taken = 1}, now);
    next(fsm);  // watches
    finish(fsm);
    EXPECT_EQ(next(fsm), call(0, 1, 2));
}

TEST_F(DispatcherFsmTest, BelievesAWakeUpMoreThanAnAnswerThatWasUnderWay) {
    DispatcherFsm fsm = machine(2);
    next(fsm);
    fsm.call_answered(0, {.taken = 1}, now);
    next(fsm);  // watches
    finish(fsm);
    EXPECT_EQ(next(fsm), call(0, 1, 2));
    fsm.watch_answered({}, now);
    fsm.call_answered(0, {}, now);

    EXPECT_EQ(next(fsm), call(0, 0, 2)) << "the job came after the call had looked";
}

TEST_F(DispatcherFsmTest, WaitsNoLongerThanUntilTheNextJobIsDue) {
    DispatcherFsm fsm = machine(1);
    next(fsm);
    fsm.call_answered(0, {.due_in = 700ms}, now);
    EXPECT_EQ(next(fsm), watch(700ms));

    fsm.watch_answered(200ms, now);
    EXPECT_EQ(next(fsm), watch(200ms)) << "an earlier one was added";
    now += 200ms;
    fsm.watch_answered({}, now);
    EXPECT_EQ(next(fsm), call(0, 0, 1));
}

TEST_F(DispatcherFsmTest, AsksLessOftenWhenTheStoresClockIsBehind) {
    DispatcherFsm fsm = machine(1);
    Millis last{0};
    for (int i = 0; i < 12; ++i) {
        next(fsm);
        fsm.call_answered(0, {.due_in = -5ms}, now);
        const Step step = next(fsm);
        EXPECT_EQ(step.what, Do::watch);
        EXPECT_GE(step.at_most, last);
        last = step.at_most;
        now += last;
        fsm.watch_answered({}, now);
    }
    EXPECT_EQ(last, 1'024ms);
}

TEST_F(DispatcherFsmTest, WaitsOutARateLimit) {
    DispatcherFsm fsm = machine(4);
    next(fsm);
    fsm.call_answered(0, {.taken = 1, .limited_for = 500ms}, now);
    EXPECT_EQ(next(fsm), rest(500ms));
    finish(fsm);
    EXPECT_EQ(next(fsm), call(0, 1, 0)) << "outcomes are told meanwhile";
    fsm.call_answered(0, {}, now);
    now += 500ms;
    EXPECT_EQ(next(fsm), call(0, 0, 4));
}

TEST_F(DispatcherFsmTest, LooksAgainSoonWhenARateLimitIsLong) {
    DispatcherFsm fsm = machine(4);
    next(fsm);
    fsm.call_answered(0, {.taken = 0, .limited_for = 1h}, now);
    EXPECT_EQ(next(fsm), rest(blocked_look_after)) << "it may be lifted, or a job be due";
    EXPECT_TRUE(fsm.is_idle()) << "whoever waits for the end may look whether jobs are left";
}

TEST_F(DispatcherFsmTest, LooksAgainSoonWhenTheQueueIsBlocked) {
    DispatcherFsm fsm = machine(4);
    next(fsm);
    EXPECT_FALSE(fsm.call_answered(0, {.blocked = true}, now)) << "paused is not drained";
    EXPECT_EQ(next(fsm), watch(blocked_look_after));
}

TEST_F(DispatcherFsmTest, RepeatsAnUnansweredCallWithABackoffThatGrowsToASecond) {
    DispatcherFsm fsm = machine(4);
    next(fsm);
    Millis backoff{50};
    for (int i = 0; i < 8; ++i) {
        fsm.call_unanswered(0, false, now);
        EXPECT_EQ(next(fsm), rest(backoff));
        now += backoff;
        EXPECT_EQ(next(fsm), (Step{.what = Do::repeat, .lane = 0}));
        backoff = std::min<Millis>(backoff * 2, 1s);
    }
    fsm.call_answered(0, {.taken = 4}, now);
    finish(fsm, 4);
    next(fsm);
    fsm.call_unanswered(0, false, now);
    EXPECT_EQ(next(fsm), rest(50ms)) << "the back-off starts anew after an answer";
}

TEST_F(DispatcherFsmTest, StartsNothingNewWhileACallWaitsToBeRepeated) {
    DispatcherFsm fsm = machine(4);
    next(fsm);
    fsm.call_answered(0, {.taken = 4}, now);
    finish(fsm, 1);
    next(fsm);
    fsm.call_unanswered(0, false, now);
    finish(fsm, 3);

    EXPECT_EQ(next(fsm).what, Do::rest);
    EXPECT_EQ(fsm.used(), 1u) << "a job may come with the answer";
}

TEST_F(DispatcherFsmTest, TellsTheOutcomesOfARefusedCallOneByOne) {
    DispatcherFsm fsm = machine(4);
    next(fsm);
    fsm.call_answered(0, {.taken = 4}, now);
    finish(fsm, 2);
    EXPECT_EQ(next(fsm), call(0, 2, 2));
    fsm.call_refused(0, now);

    EXPECT_EQ(next(fsm), call(0, 1, 0));
    EXPECT_EQ(next(fsm), call(1, 1, 0));
    fsm.call_refused(0, now);  // this one is given up
    fsm.call_answered(1, {}, now);
    now += 1s;
    EXPECT_EQ(next(fsm), call(0, 0, 2));
}

TEST_F(DispatcherFsmTest, GivesNoSlotAwayThatAJobTookBack) {
    DispatcherFsm fsm = machine(2);
    next(fsm);
    fsm.call_answered(0, {.taken = 2}, now);
    finish(fsm, 2);
    EXPECT_EQ(next(fsm), call(0, 2, 2));
    fsm.call_answered(0, {.taken = 2}, now);
    fsm.slots_taken_back(1);
    finish(fsm);
    EXPECT_EQ(next(fsm), call(0, 1, 0)) << "two run, and one was not done after all";
    fsm.call_answered(0, {}, now);
    finish(fsm);
    EXPECT_EQ(next(fsm), call(0, 1, 1));
}

TEST_F(DispatcherFsmTest, TakesNothingWhilePausedAndGoesOnAfterwards) {
    DispatcherFsm fsm = idle(2);
    fsm.pause();
    fsm.watch_answered({}, now);
    EXPECT_EQ(next(fsm).what, Do::rest);

    fsm.resume();
    EXPECT_EQ(next(fsm), call(0, 0, 2));
}

TEST_F(DispatcherFsmTest, ClosesByEndingItsWatchAndTellingWhatIsLeft) {
    DispatcherFsm fsm = idle(2);
    fsm.close();
    EXPECT_EQ(next(fsm).what, Do::interrupt);
    EXPECT_FALSE(fsm.is_settled());
    fsm.watch_answered({}, now);
    EXPECT_TRUE(fsm.is_settled());

    fsm.outcomes_wait(2);
    EXPECT_EQ(next(fsm), call(0, 2, 0));
    EXPECT_FALSE(fsm.is_settled());
    fsm.call_answered(0, {}, now);
    EXPECT_TRUE(fsm.is_settled());
    EXPECT_EQ(next(fsm).what, Do::rest);
}

TEST_F(DispatcherFsmTest, ClosesWithoutATakeThatCertainlyGaveItNothing) {
    DispatcherFsm fsm = machine(2);
    next(fsm);
    fsm.call_unanswered(0, false, now);
    fsm.close();
    EXPECT_EQ(next(fsm).what, Do::rest);
    EXPECT_TRUE(fsm.is_settled());
    EXPECT_EQ(fsm.used(), 0u);
}

TEST_F(DispatcherFsmTest, ClosesOnlyWhenATakeThatMayHaveHappenedIsAnswered) {
    DispatcherFsm fsm = machine(2);
    next(fsm);
    fsm.call_unanswered(0, true, now);
    fsm.close();
    now += 1s;
    EXPECT_EQ(next(fsm), (Step{.what = Do::repeat, .lane = 0}));
    EXPECT_FALSE(fsm.is_settled());
}

TEST_F(DispatcherFsmTest, ChecksForStalledJobsAtTheStartAndThenOncePerInterval) {
    DispatcherFsm fsm({.concurrency = 1, .block_timeout = 30s, .stalled_interval = 10s});
    EXPECT_EQ(next(fsm).what, Do::recover);
    EXPECT_EQ(next(fsm).what, Do::call);
    fsm.call_answered(0, {.taken = 1}, now);
    EXPECT_EQ(next(fsm).what, Do::rest);
    now += 10s;
    EXPECT_EQ(next(fsm).what, Do::rest) << "the last check is not answered yet";
    fsm.recover_answered();
    EXPECT_EQ(next(fsm).what, Do::recover);
    fsm.recover_answered();
    EXPECT_EQ(next(fsm), rest(10s));
}

TEST_F(DispatcherFsmTest, IsIdleOnlyWithAnEmptyQueueAndNothingInHand) {
    DispatcherFsm fsm = machine(2);
    EXPECT_FALSE(fsm.is_idle());
    next(fsm);
    fsm.call_answered(0, {.taken = 1, .due_in = 3s}, now);
    EXPECT_FALSE(fsm.is_idle());
    finish(fsm);
    EXPECT_FALSE(fsm.is_idle());
    next(fsm);
    fsm.call_answered(0, {.due_in = 3s}, now);
    EXPECT_TRUE(fsm.is_idle());
    EXPECT_EQ(fsm.due_in(now + 1s), 2s);
}

}  // namespace
}  // namespace toril::worker
