#include "support/intercepted_store.hpp"
#include "worker_fixture.hpp"

#include <atomic>
#include <thread>

using namespace std::chrono_literals;

namespace toril::worker {
namespace {

class ClosingTest : public WorkerTest {};

TEST_F(ClosingTest, WaitsForARunningJobToFinish) {
    support::Signal begun;
    support::Signal go;
    const auto engine = start([&](JobContext&) -> Result<Json> {
        begun.raise();
        EXPECT_TRUE(go.wait());
        return Json{};
    });
    const JobId id = add();
    ASSERT_TRUE(begun.wait());
    std::thread closer([&] { EXPECT_EQ(engine->close(20s), 0u); });
    go.raise();
    closer.join();

    EXPECT_EQ(job(id).state, JobState::completed);
}

TEST_F(ClosingTest, TakesNothingAnyMore) {
    const auto engine = start(nothing);
    EXPECT_EQ(engine->close(5s), 0u);
    const JobId id = add();
    EXPECT_EQ(job(id).state, JobState::waiting);
}

TEST_F(ClosingTest, HandsBackWhatDoesNotFinishInTimeWithoutCostingAnAttempt) {
    support::Signal begun;
    const auto engine = start(
        [&](JobContext& context) -> Result<Json> {
            support::Signal asked;
            const std::stop_callback on_stop(context.stop_token(), [&] { asked.raise(); });
            begun.raise();
            EXPECT_TRUE(asked.wait());
            EXPECT_EQ(context.log("too late").error().code(), ErrorCode::cancelled);
            return Json{};
        },
        {.concurrency = 2});
    const JobId first = add();
    const JobId second = add();
    const JobId third = add();
    ASSERT_TRUE(begun.wait(2));

    EXPECT_EQ(engine->close(1ms), 2u);

    for (const JobId& id : {first, second, third})
        EXPECT_EQ(job(id).state, JobState::waiting);
    EXPECT_EQ(job(first).attempts_made, 0);
    EXPECT_EQ(queue_.counts()->active, 0u);
    EXPECT_EQ(engine->close(1ms), 2u) << "once more changes nothing";
}

TEST_F(ClosingTest, IsShortenedByASecondCall) {
    support::Signal begun;
    const auto engine = start([&](JobContext& context) -> Result<Json> {
        support::Signal asked;
        const std::stop_callback on_stop(context.stop_token(), [&] { asked.raise(); });
        begun.raise();
        EXPECT_TRUE(asked.wait());
        return Json{};
    });
    add();
    ASSERT_TRUE(begun.wait());
    std::thread patient([&] { EXPECT_EQ(engine->close(1h), 1u); });
    std::thread hasty([&] { EXPECT_EQ(engine->close(1ms), 1u); });
    patient.join();
    hasty.join();
}

TEST_F(ClosingTest, DoesNotWaitForAHandlerThatNeverReturns) {
    auto begun = std::make_shared<support::Signal>();
    auto go = std::make_shared<support::Signal>();
    auto ended = std::make_shared<support::Signal>();
    const JobId id = add();
    {
        const auto engine = start([=](JobContext& context) -> Result<Json> {
            begun->raise();
            go->wait();
            EXPECT_EQ(context.progress(Json{}).error().code(), ErrorCode::cancelled);
            ended->raise();
            return Json{};
        });
        ASSERT_TRUE(begun->wait());
        EXPECT_EQ(engine->close(0ms), 1u);
        EXPECT_EQ(job(id).state, JobState::waiting);
    }
    go->raise();
    EXPECT_TRUE(ended->wait()) << "what the handler uses is still there";
}

TEST_F(ClosingTest, HandsBackJobsThatArriveWhileItCloses) {
    auto store = std::make_shared<support::InterceptedStore>(store_);
    support::Signal asked;
    std::mutex mutex;
    std::vector<std::function<void()>> held;
    std::atomic<bool> holding = true;
    store->on_finish_and_take = [&](const contract::FinishAndTakeParams& params, auto& done) {
        if (params.take == 0 || !holding) return false;
        {
            const std::lock_guard lock(mutex);
            held.push_back([&store, params, done] { store->inner->finish_and_take(params, done); });
        }
        asked.raise();
        return true;
    };
    const JobId id = add();
    const auto engine = start_on(store, nothing);
    ASSERT_TRUE(asked.wait());
    std::thread closer([&] { EXPECT_EQ(engine->close(20s), 0u); });
    EXPECT_TRUE(engine->wait_until_idle(0ms, 20s)) << "until it closes";
    holding = false;
    held.front()();
    closer.join();

    EXPECT_EQ(job(id).state, JobState::waiting);
    EXPECT_EQ(engine->stats().started, 0u);
}

TEST_F(ClosingTest, EndsWhileTheStoreIsAway) {
    auto store = std::make_shared<support::InterceptedStore>(store_);
    support::Signal tried;
    store->on_finish_and_take = [&](const auto&, auto& done) {
        tried.raise();
        done(Error(ErrorCode::cancelled, "the store is closed"));
        return true;
    };
    const auto engine = start_on(store, nothing);
    ASSERT_TRUE(tried.wait());
    EXPECT_EQ(engine->close(0ms), 0u);
}

TEST_F(ClosingTest, EndsAWaitForIdleness) {
    ASSERT_TRUE(queue_.pause(PauseStyle::automatic));
    add();
    const auto engine = start(nothing);
    std::thread waiter([&] { EXPECT_TRUE(engine->wait_until_idle(0ms, 20s)); });
    engine->close(0ms);
    waiter.join();
}

TEST_F(ClosingTest, MayBeAskedForFromAHook) {
    // Shared, for the hook's thread is left to itself by a close that it asked for.
    auto closed = std::make_shared<support::Signal>();
    auto started = std::make_shared<support::Signal>();
    auto running = std::make_shared<Engine*>(nullptr);
    const auto engine = start(nothing, {.hooks = {.drained = [=] {
                                            started->wait();
                                            (*running)->close(0ms);
                                            closed->raise();
                                        }}});
    *running = &*engine;
    started->raise();
    EXPECT_TRUE(closed->wait());
}

}  // namespace
}  // namespace toril::worker
