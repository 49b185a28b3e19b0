#include "spool/spool_fsm.hpp"

#include <gtest/gtest.h>

using namespace std::chrono_literals;

namespace toril {
void PrintTo(SpoolState state, std::ostream* out) {
    *out << to_string(state);
}
}  // namespace toril

namespace toril::spool {

using Do = Step::Do;

void PrintTo(Do what, std::ostream* out) {
    const char* const names[] = {
        "wait", "look", "send", "send_again", "spool_batch", "append", "forward"};
    *out << names[static_cast<int>(what)];
}

namespace {

class SpoolFsmTest : public testing::Test {
protected:
    SpoolFsmTest() { fsm_.looked(now_, false); }

    Do next(bool adds_wait = false) { return fsm_.next(now_, adds_wait).what; }
    Millis waits(bool adds_wait = false) {
        const Step step = fsm_.next(now_, adds_wait);
        EXPECT_EQ(step.what, Do::wait);
        return std::chrono::ceil<Millis>(step.until - now_);
    }
    void pass(Millis time) { now_ += time; }

    // A store that is away: one batch, sent and spooled.
    void begin_to_spool() {
        fsm_.sent(now_);
        pass(1s);
        fsm_.spooled(now_);
    }

    SteadyTime now_{1h};
    SpoolFsm fsm_{SpoolTiming{}};
};

TEST_F(SpoolFsmTest, SendsAnAddToTheStoreAtOnce) {
    EXPECT_EQ(next(true), Do::send);
    EXPECT_EQ(fsm_.state(), SpoolState::direct);
}

TEST_F(SpoolFsmTest, HasOneBatchUnderWayAtATime) {
    fsm_.sent(now_);

    EXPECT_EQ(waits(true), 1s);
    EXPECT_TRUE(fsm_.has_batch());
}

TEST_F(SpoolFsmTest, SendsTheNextBatchWhenOneIsAnswered) {
    fsm_.sent(now_);
    fsm_.answered();

    EXPECT_EQ(next(true), Do::send);
    EXPECT_FALSE(fsm_.has_batch());
}

TEST_F(SpoolFsmTest, SpoolsABatchThatIsNotAnsweredWithinItsPatience) {
    fsm_.sent(now_);

    pass(999ms);
    EXPECT_EQ(waits(), 1ms);
    pass(1ms);
    EXPECT_EQ(next(), Do::spool_batch);
}

TEST_F(SpoolFsmTest, SendsABatchAgainWithGrowingPausesWhileItsPatienceLasts) {
    fsm_.sent(now_);
    for (const Millis pause : {50ms, 100ms, 150ms, 200ms, 250ms}) {
        fsm_.away(now_);
        EXPECT_EQ(waits(true), pause);
        pass(pause);
        EXPECT_EQ(next(true), Do::send_again);
        fsm_.sent_again();
    }
    fsm_.away(now_);

    EXPECT_EQ(next(true), Do::spool_batch) << "the next attempt would come too late";
}

TEST_F(SpoolFsmTest, SpoolsAtOnceWithoutPatience) {
    SpoolFsm fsm(SpoolTiming{.patience = 0ms});
    fsm.looked(now_, false);
    fsm.sent(now_);

    EXPECT_EQ(fsm.next(now_, false).what, Do::spool_batch);
}

TEST_F(SpoolFsmTest, AppendsAddsWhileTheStoreIsAway) {
    begin_to_spool();

    EXPECT_EQ(fsm_.state(), SpoolState::spooling);
    EXPECT_EQ(next(true), Do::append);
    EXPECT_EQ(waits(), 50ms);
    pass(50ms);
    EXPECT_EQ(next(true), Do::append) << "callers come first";
    EXPECT_EQ(next(), Do::forward);
}

TEST_F(SpoolFsmTest, AppendsAddsWhileABatchIsForwarded) {
    begin_to_spool();
    pass(50ms);
    fsm_.forwarding();

    EXPECT_EQ(next(true), Do::append);
    EXPECT_TRUE(fsm_.next(now_, false).adds_matter);
    EXPECT_GT(waits(), 24h) << "the store answers by its own deadline";
}

TEST_F(SpoolFsmTest, ForwardsWithPausesThatGrowToTheLongestAndStay) {
    begin_to_spool();
    Millis pause{0};
    for (int failures = 1; failures <= 60; ++failures) {
        pass(pause);
        fsm_.forwarding();
        fsm_.forward_failed(now_);
        pause = waits();
        EXPECT_EQ(pause, std::min(50ms * (failures + 1), 2'000ms)) << failures;
        EXPECT_EQ(fsm_.state(), SpoolState::spooling);
    }
}

TEST_F(SpoolFsmTest, DrainsBatchAfterBatchWhenTheStoreIsBack) {
    begin_to_spool();
    fsm_.forwarding();
    fsm_.forwarded();

    EXPECT_EQ(fsm_.state(), SpoolState::draining);
    EXPECT_EQ(next(), Do::forward);
    EXPECT_EQ(next(true), Do::append) << "new adds go behind those of the spool";
}

TEST_F(SpoolFsmTest, SpoolsAgainWhenTheStoreGoesWhileItDrains) {
    begin_to_spool();
    fsm_.forwarding();
    fsm_.forwarded();
    fsm_.forwarding();
    fsm_.forward_failed(now_);

    EXPECT_EQ(fsm_.state(), SpoolState::spooling);
    EXPECT_EQ(waits(), 50ms) << "failures in a row are counted anew";
}

TEST_F(SpoolFsmTest, IsDirectAgainWhenTheSpoolIsEmpty) {
    begin_to_spool();
    fsm_.forwarding();
    fsm_.forwarded();
    fsm_.emptied(now_);

    EXPECT_EQ(fsm_.state(), SpoolState::direct);
    EXPECT_EQ(next(true), Do::send);
}

TEST_F(SpoolFsmTest, LooksForJobsOfOthersWhenItHasNothingToDo) {
    EXPECT_EQ(waits(), 1s);
    pass(1s);

    EXPECT_EQ(next(), Do::look);
    fsm_.looked(now_, false);
    EXPECT_EQ(waits(), 1s);
}

TEST_F(SpoolFsmTest, DrainsAtOnceWhatItFindsInTheSpool) {
    fsm_.looked(now_, true);

    EXPECT_EQ(fsm_.state(), SpoolState::draining);
    EXPECT_EQ(next(), Do::forward);
}

TEST_F(SpoolFsmTest, AsksForItsTurnAgainWhileAnotherProcessForwards) {
    fsm_.looked(now_, true);
    fsm_.turn_taken(now_);

    EXPECT_EQ(fsm_.state(), SpoolState::draining);
    EXPECT_EQ(next(true), Do::append);
    EXPECT_EQ(waits(), 50ms);
    pass(50ms);
    EXPECT_EQ(next(), Do::forward);
}

TEST_F(SpoolFsmTest, ForwardsNowWhenSomebodyWaitsForIt) {
    begin_to_spool();
    fsm_.hurry();
    EXPECT_EQ(next(), Do::forward);

    fsm_.emptied(now_);
    fsm_.hurry();
    EXPECT_EQ(next(), Do::look);
}

}  // namespace
}  // namespace toril::spool
