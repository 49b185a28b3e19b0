#include "health/queue_judge.hpp"

#include <gtest/gtest.h>

namespace toril::health {
namespace {

using namespace std::chrono_literals;

class QueueJudgeTest : public testing::Test {
protected:
    // A job that was added `age` ago and is next.
    void wait_with(const std::string& id, Millis age) {
        look.counts.waiting = 1;
        look.next = {Job{.id = id, .timestamp = now - age}};
    }
    QueueProgress see(Millis later = 5s) {
        look.now = now += later;
        return judge.on(look);
    }

    Timestamp now{Millis{1'700'000'000'000}};
    QueueLook look{};
    QueueJudge judge{"mail", WatchQueueOptions{.oldest_waiting_max = 60s}};
};

TEST_F(QueueJudgeTest, AnEmptyQueueGetsOn) {
    const QueueProgress progress = see();

    EXPECT_FALSE(progress.stuck);
    EXPECT_EQ(progress.oldest_waiting, std::nullopt);
}

TEST_F(QueueJudgeTest, IsStuckWhenTheSameJobWaitsTooLongAndNobodyWorks) {
    wait_with("1", 50s);
    EXPECT_FALSE(see().stuck);
    EXPECT_FALSE(see().stuck);  // 60 s: not longer
    const QueueProgress progress = see();

    EXPECT_TRUE(progress.stuck);
    EXPECT_EQ(progress.detail, "nothing is active, and the oldest job has waited for 65 s");
    EXPECT_EQ(progress.oldest_waiting, Millis{65'000});
}

TEST_F(QueueJudgeTest, OneLookIsNotEnough) {
    wait_with("1", 1h);

    EXPECT_FALSE(see().stuck);
    EXPECT_TRUE(see().stuck);
}

TEST_F(QueueJudgeTest, ABacklogOnWhichSomebodyWorksIsNotStuck) {
    wait_with("1", 1h);
    look.counts.active = 1;
    for (int i = 0; i < 5; ++i)
        EXPECT_FALSE(see().stuck);
}

TEST_F(QueueJudgeTest, AQueueWhoseNextJobChangesIsNotStuck) {
    for (int i = 0; i < 5; ++i) {
        wait_with(std::to_string(i), 1h);
        EXPECT_FALSE(see().stuck);
    }
}

TEST_F(QueueJudgeTest, PausedIsNotStuckAndNeitherIsLimited) {
    wait_with("1", 1h);
    look.paused = true;
    for (int i = 0; i < 3; ++i)
        EXPECT_FALSE(see().stuck);
    EXPECT_TRUE(see().paused);

    look.paused = false;
    look.held_back = true;
    for (int i = 0; i < 3; ++i)
        EXPECT_FALSE(see().stuck);
    look.held_back = false;
    EXPECT_TRUE(see().stuck);
}

TEST_F(QueueJudgeTest, ARetriedJobWaitsSinceItWasSeenAndNotSinceItWasAdded) {
    wait_with("1", 24h);
    look.next.front().attempts_made = 1;

    EXPECT_EQ(see().oldest_waiting, Millis{0});
    EXPECT_EQ(see().oldest_waiting, Millis{5'000});
    EXPECT_FALSE(see().stuck);
}

TEST_F(QueueJudgeTest, ADelayedJobWaitsSinceItWasDue) {
    wait_with("1", 24h);
    look.next.front().delay = 24h - 3s;

    EXPECT_EQ(see(0s).oldest_waiting, Millis{3'000});
}

TEST_F(QueueJudgeTest, CountsDelayedJobsThatNobodyPromotes) {
    look.delayed = {Job{.id = "late", .timestamp = now - 60s, .delay = 30s},
                    Job{.id = "soon", .timestamp = now, .delay = 30s},
                    Job{.id = "retried", .attempts_made = 1, .timestamp = now - 60s, .delay = 1s}};

    EXPECT_EQ(see(0s).delayed_overdue, 1u);
}

TEST_F(QueueJudgeTest, IsStuckWhenNoCanaryComesThrough) {
    judge = QueueJudge("mail", {.oldest_waiting_max = 60s, .canary_every = 10s});
    look.canary_age = 65s;
    see();
    EXPECT_FALSE(see().stuck);

    look.canary_age = 71s;
    EXPECT_TRUE(see().stuck);
    EXPECT_EQ(see().detail, "no canary has come through for 71 s");
}

}  // namespace
}  // namespace toril::health
