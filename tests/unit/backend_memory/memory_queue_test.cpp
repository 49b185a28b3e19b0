// What only this store promises; what every store promises is in tests/conformance.

#include "backend/memory/memory_queues.hpp"

#include <gtest/gtest.h>

namespace toril::memory {
namespace {

using namespace std::chrono_literals;

class MemoryQueueTest : public testing::Test {
protected:
    std::vector<JobId> add(std::string token, std::size_t count = 1) {
        contract::AddParams params{.repeat_token = std::move(token)};
        params.jobs.assign(count, {.name = "send", .data = "{}", .opts = "{}"});
        std::vector<JobId> ids;
        for (auto& added : queue.add(params, now))
            ids.push_back(added->id);
        return ids;
    }
    Result<contract::FinishedAndTaken> call(std::uint64_t sequence) {
        return queue.finish_and_take(
            {.taker = {.worker = "w"}, .sequence = sequence, .take = 1, .token = "t"}, now);
    }

    MemoryQueues queues{"bull"};
    MemoryQueue& queue = queues.at("mail");
    Timestamp now{1'700'000'000'000ms};
};

TEST_F(MemoryQueueTest, ForgetsARepeatTokenAfterItsLifetime) {
    EXPECT_EQ(add("token"), add("token"));

    now += contract::repeat_token_lifetime + 1ms;
    add("another");
    add("token");

    EXPECT_EQ(queue.counts().waiting, 3u);
}

TEST_F(MemoryQueueTest, RefusesACallThatComesAfterALaterOneOfItsLane) {
    ASSERT_TRUE(call(1));
    ASSERT_TRUE(call(2));

    ASSERT_FALSE(call(1));
    EXPECT_EQ(call(1).error().code(), ErrorCode::invalid_argument);
}

TEST_F(MemoryQueueTest, PromotesAThousandJobsInOneStep) {
    contract::AddParams params;
    params.jobs.assign(1001, {.name = "later", .delay = 5ms});
    queue.add(params, now);
    now += 5ms;

    ASSERT_TRUE(call(1));
    EXPECT_EQ(queue.counts().delayed, 1u);
    EXPECT_EQ(queue.counts().waiting, 999u);
}

TEST_F(MemoryQueueTest, CountsWhatATakeWouldFind) {
    EXPECT_EQ(queue.available(now), 0u);
    add("", 3);
    EXPECT_EQ(queue.available(now), 3u);
    queue.set_concurrency(2);
    EXPECT_EQ(queue.available(now), 2u);
    ASSERT_TRUE(call(1));
    EXPECT_EQ(queue.available(now), 1u);
    queue.pause();
    EXPECT_EQ(queue.available(now), 0u);
}

TEST_F(MemoryQueueTest, ShowsASignOfWorkForEachWayInWhichThereMayBeMore) {
    std::uint64_t signs = queue.work_signs();
    const auto grew = [&] { return queue.work_signs() > std::exchange(signs, queue.work_signs()); };

    add("");
    EXPECT_TRUE(grew()) << "a job was added";
    ASSERT_TRUE(call(1));
    EXPECT_FALSE(grew()) << "a job was taken";
    queue.pause();
    EXPECT_FALSE(grew()) << "paused";
    queue.resume();
    EXPECT_TRUE(grew()) << "resumed";
    queue.set_concurrency(1);
    EXPECT_TRUE(grew()) << "another limit";
    EXPECT_TRUE(queue.obliterate(true, now));
    EXPECT_FALSE(grew()) << "everything is gone";
}

}  // namespace
}  // namespace toril::memory
