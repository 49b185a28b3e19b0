// Jobs that go through.

#include "worker_fixture.hpp"

#include <atomic>
#include <set>
#include <stdexcept>

using namespace std::chrono_literals;

namespace toril::worker {
namespace {

class WorkingTest : public WorkerTest {};

TEST_F(WorkingTest, CompletesAJobWithWhatItsHandlerReturns) {
    const auto engine = start([](JobContext& context) -> Result<Json> {
        return Json::unchecked("{\"got\":" + context.data().text() + "}");
    });
    const Job done = finished(add());

    EXPECT_EQ(done.state, JobState::completed);
    EXPECT_EQ(done.return_value->text(), "{\"got\":{}}");
    EXPECT_EQ(done.attempts_made, 1);
}

TEST_F(WorkingTest, TellsTheHandlerWhichJobItIs) {
    Notes seen;
    const JobId id = add({.attempts = 3});
    const auto engine = start(
        [&](JobContext& context) -> Result<Json> {
            const Job& job = context.job();
            seen.add(job.id + " " + job.queue + " " + job.name + " " + job.processed_by + " " +
                     std::to_string(context.attempt()) + " " + job.opts.text());
            return Json{};
        },
        {.name = "w1"});
    ASSERT_TRUE(seen.wait(1));
    EXPECT_EQ(seen.all().front(), id + " q n w1 1 {\"attempts\":3}");
}

TEST_F(WorkingTest, CompletesACanaryWithoutItsHandlerHooksOrCounts) {
    std::atomic<int> told = 0;
    const auto engine = start(
        [&](JobContext&) -> Result<Json> {
            ++told;
            return Json{};
        },
        {.hooks = {.active = [&](const Job&) { ++told; },
                   .completed = [&](const Job&, const Json&) { ++told; }}});
    const Job done = finished(queue_.add("toril.canary", Json::unchecked("{}"), {}).value().id);
    wait_until_idle(*engine);

    EXPECT_EQ(done.state, JobState::completed);
    EXPECT_EQ(told, 0);
    EXPECT_EQ(engine->stats().started, 0u);
    EXPECT_EQ(engine->stats().completed, 0u);
}

TEST_F(WorkingTest, CountsHowLongItsHandlerTook) {
    const auto engine = start([](JobContext&) -> Result<Json> { return Json{}; });
    finished(add());
    finished(add());
    wait_until_idle(*engine);
    std::uint64_t runs = 0;
    for (const std::uint64_t count : engine->stats().durations)
        runs += count;

    EXPECT_EQ(runs, 2u);
}

TEST_F(WorkingTest, RunsJobsInOrderAtConcurrencyOne) {
    for (int i = 0; i < 200; ++i)
        add();
    Notes order;
    const auto engine = start(
        [&](JobContext& context) -> Result<Json> {
            order.add(context.id());
            return Json{};
        },
        {.concurrency = 1});
    wait_until_idle(*engine);

    ASSERT_EQ(order.all().size(), 200u);
    for (std::size_t i = 0; i < 200; ++i)
        EXPECT_EQ(order.all()[i], std::to_string(i + 1));
}

TEST_F(WorkingTest, RunsAsManyAtATimeAsItsConcurrencyAndNoMore) {
    support::Signal begun;
    support::Signal go;
    std::atomic<int> running = 0;
    std::atomic<int> most = 0;
    const auto engine = start(
        [&](JobContext&) -> Result<Json> {
            most = std::max(most.load(), ++running);
            begun.raise();
            EXPECT_TRUE(go.wait());
            --running;
            return Json{};
        },
        {.concurrency = 7});
    for (int i = 0; i < 30; ++i)
        add();
    ASSERT_TRUE(begun.wait(7));
    EXPECT_EQ(engine->stats().running, 7);
    EXPECT_EQ(queue_.counts()->active, 7u);
    go.raise();
    wait_until_idle(*engine);

    EXPECT_EQ(most, 7);
    EXPECT_EQ(engine->stats().completed, 30u);
}

TEST_F(WorkingTest, RunsEachOfManyJobsOnce) {
    constexpr std::size_t count = 5'000;
    std::vector<NewJob> jobs(count, {.name = "n"});
    queue_.add_bulk(jobs);
    Notes ran;
    const auto engine = start(
        [&](JobContext& context) -> Result<Json> {
            ran.add(context.id());
            return Json{};
        },
        {.concurrency = 100});
    wait_until_idle(*engine);

    const auto all = ran.all();
    EXPECT_EQ(all.size(), count);
    EXPECT_EQ(std::set<std::string>(all.begin(), all.end()).size(), count);
    EXPECT_EQ(queue_.counts()->completed, count);
}

TEST_F(WorkingTest, WakesUpForAJobThatIsAddedWhileItWaits) {
    support::Signal drained;
    const auto engine = start(nothing, {.hooks = {.drained = [&] { drained.raise(); }}});
    ASSERT_TRUE(drained.wait());

    EXPECT_EQ(finished(add()).state, JobState::completed);
    EXPECT_EQ(finished(add()).state, JobState::completed);
}

TEST_F(WorkingTest, RunsADelayedJobWhenItIsDue) {
    const auto added_at = base::wall_now();
    const auto engine = start(nothing);
    const Job done = finished(add({.delay = 30ms}));

    EXPECT_GE(done.processed_on, added_at + 30ms);
}

TEST_F(WorkingTest, RetriesAFailedJobUntilItSucceeds) {
    std::atomic<int> runs = 0;
    const auto engine = start([&](JobContext& context) -> Result<Json> {
        EXPECT_EQ(context.attempt(), ++runs);
        if (runs < 3) return Error(ErrorCode::failed, "not yet");
        return Json{};
    });
    const Job done =
        finished(add({.attempts = 5, .backoff = {.kind = Backoff::Kind::fixed, .delay = 5ms}}));

    EXPECT_EQ(done.state, JobState::completed);
    EXPECT_EQ(done.attempts_made, 3);
    EXPECT_EQ(done.stacktrace, (std::vector<std::string>{"Error: not yet", "Error: not yet"}));
}

TEST_F(WorkingTest, FailsAJobWhoseAttemptsAreUsedUp) {
    const auto engine =
        start([](JobContext&) -> Result<Json> { throw std::runtime_error("no disk"); });
    const Job done = finished(add({.attempts = 2}));

    EXPECT_EQ(done.state, JobState::failed);
    EXPECT_EQ(done.failed_reason, "no disk");
    EXPECT_EQ(done.attempts_made, 2);
}

TEST_F(WorkingTest, FailsAnUnrecoverableJobAtOnce) {
    const auto engine = start([](JobContext&) -> Result<Json> {
        return Error(ErrorCode::unrecoverable, "not a picture");
    });
    const Job done = finished(add({.attempts = 9}));

    EXPECT_EQ(done.state, JobState::failed);
    EXPECT_EQ(done.attempts_made, 1);
}

TEST_F(WorkingTest, RemovesFinishedJobsAsItIsTold) {
    const auto engine = start(nothing, {.remove_on_complete = KeepJobs::none()});
    add();
    add();
    const JobId kept = add({.remove_on_complete = KeepJobs{.count = 10}});
    finished(kept);
    wait_until_idle(*engine);

    EXPECT_EQ(queue_.counts()->completed, 1u);
}

TEST_F(WorkingTest, PublishesWhatTheHandlerSaysWhileItRuns) {
    const auto engine = start([](JobContext& context) -> Result<Json> {
        EXPECT_TRUE(context.progress(Json::unchecked("40")));
        for (const char* row : {"one", "two", "three"})
            EXPECT_TRUE(context.log(row));
        EXPECT_TRUE(context.update_data(Json::unchecked("{\"new\":1}")));
        EXPECT_TRUE(context.extend_lock());
        return Json{};
    });
    const JobId id = add({.keep_logs = 2});
    const Job done = finished(id);

    EXPECT_EQ(done.progress.text(), "40");
    EXPECT_EQ(done.data.text(), "{\"new\":1}");
    EXPECT_EQ(queue_.logs(id, {.start = 0, .end = -1, .ascending = true})->rows,
              (std::vector<std::string>{"two", "three"}));
}

TEST_F(WorkingTest, TellsItsProgramWhatHappens) {
    Notes told;
    WorkerHooks hooks{
        .active = [&](const Job& job) { told.add("active " + job.name); },
        .completed = [&](const Job&, const Json& value) { told.add("completed " + value.text()); },
        .failed = [&](const Job&,
                      const std::string& reason,
                      bool final) { told.add((final ? "failed " : "retried ") + reason); },
        .drained = [] {}};
    std::atomic<int> runs = 0;
    const auto engine = start(
        [&](JobContext&) -> Result<Json> {
            if (++runs == 1) return Json::unchecked("1");
            return Error(ErrorCode::failed, "no");
        },
        {.concurrency = 1, .hooks = hooks});
    finished(add());
    finished(add({.attempts = 2}));
    ASSERT_TRUE(told.wait(6));

    auto all = told.all();
    std::sort(all.begin(), all.end());
    EXPECT_EQ(all,
              (std::vector<std::string>{
                  "active n", "active n", "active n", "completed 1", "failed no", "retried no"}));
    const WorkerStats stats = engine->stats();
    EXPECT_EQ(stats.started, 3u);
    EXPECT_EQ(stats.completed, 1u);
    EXPECT_EQ(stats.retried, 1u);
    EXPECT_EQ(stats.failed, 1u);
}

TEST_F(WorkingTest, SurvivesHooksThatThrow) {
    const auto bad = [](auto&&...) { throw std::runtime_error("hook"); };
    const auto engine = start(nothing, {.hooks = {.completed = bad, .drained = bad}});
    finished(add());
    EXPECT_EQ(finished(add()).state, JobState::completed);
}

TEST_F(WorkingTest, TakesNothingWhilePausedHere) {
    support::Signal drained;
    Notes ran;
    const auto engine = start(
        [&](JobContext& context) -> Result<Json> {
            ran.add(context.id());
            return Json{};
        },
        {.hooks = {.drained = [&] { drained.raise(); }}});
    ASSERT_TRUE(drained.wait());
    engine->pause();
    const JobId id = add();
    EXPECT_EQ(queue_.wait_until_finished(id, 20ms).error().code(), ErrorCode::timed_out);
    EXPECT_TRUE(ran.all().empty());

    engine->resume();
    EXPECT_EQ(finished(id).state, JobState::completed);
}

TEST_F(WorkingTest, GoesOnWhenAPausedQueueIsResumed) {
    ASSERT_TRUE(queue_.pause(PauseStyle::automatic));
    const JobId id = add();
    const auto engine = start(nothing);
    EXPECT_EQ(queue_.wait_until_finished(id, 20ms).error().code(), ErrorCode::timed_out);

    ASSERT_TRUE(queue_.resume(PauseStyle::automatic));
    EXPECT_EQ(finished(id).state, JobState::completed);
}

TEST_F(WorkingTest, StartsNoMoreThanItsRateLimitAllows) {
    Notes ran;
    const auto engine = start(
        [&](JobContext& context) -> Result<Json> {
            ran.add(context.id());
            return Json{};
        },
        {.concurrency = 10, .limit_max = 2, .limit_duration = 100ms});
    const auto began = std::chrono::steady_clock::now();
    for (int i = 0; i < 5; ++i)
        add();
    ASSERT_TRUE(ran.wait(5));

    EXPECT_GE(std::chrono::steady_clock::now() - began, 190ms) << "two windows were waited for";
}

TEST_F(WorkingTest, IsIdleWhenNothingWaitsRunsOrIsDueSoon) {
    const auto engine = start(nothing);
    const JobId soon = add({.delay = 40ms});
    const JobId later = add({.delay = 1h});
    ASSERT_TRUE(engine->wait_until_idle(10s, 5s));

    EXPECT_EQ(job(soon).state, JobState::completed);
    EXPECT_EQ(job(later).state, JobState::delayed);
}

TEST_F(WorkingTest, RefusesOptionsOutOfRange) {
    const auto refused = [&](WorkerOptions options) {
        const auto engine =
            start_engine({.store = store_, .queue = "q", .options = options}, nothing);
        return !engine && engine.error().code() == ErrorCode::invalid_argument;
    };
    EXPECT_TRUE(refused({.concurrency = 0}));
    EXPECT_TRUE(refused({.concurrency = 10'001}));
    EXPECT_TRUE(refused({.name = "a\n"}));
    EXPECT_TRUE(refused({.lock_duration = 999ms}));
    EXPECT_TRUE(refused({.stalled_interval = 99ms}));
    EXPECT_TRUE(refused({.max_stalled_count = -1}));
    EXPECT_TRUE(refused({.max_started_attempts = -1}));
    EXPECT_TRUE(refused({.limit_max = 1}));
    EXPECT_TRUE(refused({.block_timeout = 0ms}));
    EXPECT_TRUE(refused({.timeout = -1ms}));
    EXPECT_TRUE(refused({.remove_on_complete = {.count = -1}}));
    EXPECT_TRUE(refused({.metrics_points_max = -1}));
    EXPECT_TRUE(refused({.metrics_points_max = 2'000'000}));
    EXPECT_FALSE(start_engine({.store = store_, .queue = "a:b"}, nothing));
    EXPECT_FALSE(start_engine({.store = store_, .queue = "q"}, {}));
}

}  // namespace
}  // namespace toril::worker
