#include "worker/handler_pool.hpp"

#include "support/signal.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <mutex>
#include <string>

using namespace std::chrono_literals;

namespace toril::worker {
namespace {

class Recorder final : public JobRunner {
public:
    void run(const RunningJobPtr& job) override {
        begun.raise();
        if (during) during(job);
        {
            const std::lock_guard lock(mutex);
            order.push_back(job->taken.id);
        }
        ended.raise();
    }

    std::function<void(const RunningJobPtr&)> during{};
    std::mutex mutex;
    std::vector<std::string> order;
    support::Signal begun;
    support::Signal ended;
};

std::vector<RunningJobPtr> jobs(int count) {
    std::vector<RunningJobPtr> made;
    for (int i = 0; i < count; ++i)
        made.push_back(
            std::make_shared<RunningJob>(contract::TakenJob{.id = std::to_string(i)}, "token"));
    return made;
}

TEST(HandlerPoolTest, RunsJobsInOrderOnOneThread) {
    auto runner = std::make_shared<Recorder>();
    HandlerPool pool(1);
    pool.push(jobs(100), runner);

    ASSERT_TRUE(runner->ended.wait(100));
    for (int i = 0; i < 100; ++i)
        EXPECT_EQ(runner->order[static_cast<std::size_t>(i)], std::to_string(i));
    EXPECT_EQ(pool.threads(), 1u);
}

TEST(HandlerPoolTest, SpreadsBlockingJobsOverAsManyThreads) {
    auto runner = std::make_shared<Recorder>();
    support::Signal go;
    runner->during = [&](const auto&) { EXPECT_TRUE(go.wait()); };
    HandlerPool pool(8);
    pool.push(jobs(12), runner);

    EXPECT_TRUE(runner->begun.wait(8)) << "eight at the same time";
    EXPECT_EQ(pool.threads(), 8u);
    EXPECT_EQ(runner->begun.count(), 8u);
    go.raise();
    EXPECT_TRUE(runner->ended.wait(12));
}

TEST(HandlerPoolTest, GivesBackWhatNoThreadHasBegun) {
    auto runner = std::make_shared<Recorder>();
    support::Signal go;
    runner->during = [&](const auto&) { EXPECT_TRUE(go.wait()); };
    HandlerPool pool(1);
    pool.push(jobs(3), runner);
    ASSERT_TRUE(runner->begun.wait());

    const auto back = pool.take_back();
    go.raise();

    ASSERT_EQ(back.size(), 2u);
    EXPECT_EQ(back[0]->taken.id, "1");
    EXPECT_TRUE(runner->ended.wait());
    EXPECT_EQ(pool.stop(5s), 0u);
    EXPECT_EQ(runner->ended.count(), 1u);
}

TEST(HandlerPoolTest, LeavesAThreadToItselfThatDoesNotReturn) {
    auto runner = std::make_shared<Recorder>();
    auto go = std::make_shared<support::Signal>();
    runner->during = [go](const auto&) { go->wait(); };
    std::weak_ptr<Recorder> alive = runner;
    auto ended = std::shared_ptr<support::Signal>(runner, &runner->ended);
    {
        HandlerPool pool(2);
        pool.push(jobs(1), runner);
        ASSERT_TRUE(runner->begun.wait());
        EXPECT_EQ(pool.stop(1ms), 1u);
        EXPECT_EQ(pool.stop(1ms), 1u) << "once more changes nothing";
    }
    go->raise();
    EXPECT_TRUE(ended->wait()) << "what it used is still there";
}

TEST(HandlerPoolTest, EndsThreadsThatWait) {
    auto runner = std::make_shared<Recorder>();
    HandlerPool pool(4);
    pool.push(jobs(50), runner);
    ASSERT_TRUE(runner->ended.wait(50));
    EXPECT_EQ(pool.stop(10s), 0u);
}

}  // namespace
}  // namespace toril::worker
