// Answers of handlers that are no failure, and refusals of answers because of children.

#include "support/intercepted_store.hpp"
#include "worker_fixture.hpp"

#include <atomic>
#include <stdexcept>
#include <utility>

using namespace std::chrono_literals;

namespace toril::worker {
namespace {

using Kind = contract::Outcome::Kind;

// Notes what the store is told, and answers it as the test says.
class MovingTest : public WorkerTest {
protected:
    MovingTest() {
        watched_->on_finish_and_take = [this](const contract::FinishAndTakeParams& params,
                                              auto& done) {
            for (const contract::Outcome& outcome : params.outcomes)
                note(outcome);
            if (params.outcomes.empty() || !refusal_) return false;
            const bool refused = params.outcomes.front().kind == refused_kind_;
            if (!refused) return false;
            done(contract::FinishedAndTaken{.finished = {Status(*refusal_)}});
            return true;
        };
    }

    void note(const contract::Outcome& outcome) {
        {
            const std::lock_guard lock(mutex_);
            outcomes_.push_back(outcome);
        }
        told_.raise();
    }

    // The first outcome that a worker with this handler tells.
    contract::Outcome outcome_of(Handler handler, const JobOptions& options = {}) {
        const auto engine = start_on(watched_, std::move(handler));
        add(options);
        EXPECT_TRUE(told_.wait());
        return outcome(0);
    }
    contract::Outcome outcome(std::size_t index) {
        const std::lock_guard lock(mutex_);
        return outcomes_.at(index);
    }
    void refuse(Kind kind, Error error) {
        refused_kind_ = kind;
        refusal_ = std::move(error);
    }

    std::shared_ptr<support::InterceptedStore> watched_ =
        std::make_shared<support::InterceptedStore>(store_);
    std::mutex mutex_;
    std::vector<contract::Outcome> outcomes_;
    support::Signal told_;
    std::optional<Error> refusal_;
    Kind refused_kind_ = Kind::complete;
};

TEST_F(MovingTest, PostponesAJobWhoseHandlerReturnsThat) {
    const auto outcome = outcome_of(
        [](JobContext& context) -> Result<Json> { return context.move_to_delayed(5min); });

    EXPECT_EQ(outcome.kind, Kind::postpone);
    EXPECT_EQ(outcome.delay, 5min);
    EXPECT_TRUE(outcome.value.empty());
}

TEST_F(MovingTest, WaitsForChildrenWhenTheHandlerReturnsThat) {
    const auto outcome = outcome_of(
        [](JobContext& context) -> Result<Json> { return context.move_to_waiting_children(); });
    EXPECT_EQ(outcome.kind, Kind::wait_children);
}

TEST_F(MovingTest, LimitsTheQueueWhenTheHandlerReturnsThat) {
    const auto outcome =
        outcome_of([](JobContext& context) -> Result<Json> { return context.rate_limit(90s); });
    EXPECT_EQ(outcome.kind, Kind::rate_limit);
    EXPECT_EQ(outcome.delay, 90s);
}

TEST_F(MovingTest, TakesTheMoveThatIsReturnedOfSeveral) {
    const auto outcome = outcome_of([](JobContext& context) -> Result<Json> {
        const Error wanted = context.move_to_delayed(1min);
        static_cast<void>(context.move_to_delayed(2min));
        static_cast<void>(context.rate_limit(3min));
        return wanted;
    });
    EXPECT_EQ(outcome.kind, Kind::postpone);
    EXPECT_EQ(outcome.delay, 1min);
}

TEST_F(MovingTest, IgnoresAMoveThatIsNotReturned) {
    const auto outcome = outcome_of([](JobContext& context) -> Result<Json> {
        static_cast<void>(context.move_to_delayed(1min));
        return Json::unchecked("7");
    });
    EXPECT_EQ(outcome.kind, Kind::complete);
    EXPECT_EQ(outcome.value, "7");
}

TEST_F(MovingTest, FailsAnAttemptThatThrowsItsMove) {
    const auto outcome = outcome_of([](JobContext& context) -> Result<Json> {
        throw Exception(context.move_to_delayed(1min));
    });
    EXPECT_EQ(outcome.kind, Kind::fail);
    EXPECT_EQ(outcome.value, "to run again in 1m");
}

TEST_F(MovingTest, FailsAnAttemptWithAMoveOfItsOwnMaking) {
    const auto outcome = outcome_of(
        [](JobContext&) -> Result<Json> { return Error(ErrorCode::moved, "elsewhere"); });
    EXPECT_EQ(outcome.kind, Kind::fail);
    EXPECT_EQ(outcome.value, "elsewhere");
}

TEST_F(MovingTest, NeverAsksForANegativeDelayOrAnEndlessOne) {
    EXPECT_EQ(outcome_of([](JobContext& context) -> Result<Json> {
                  return context.move_to_delayed(-1s);
              }).delay,
              0ms);
}

TEST_F(MovingTest, RetriesAJobWhoseCompletionIsRefusedForPendingChildren) {
    refuse(Kind::complete, Error(ErrorCode::failed, "job 1 has pending children"));
    Notes notes;
    WorkerOptions options;
    options.hooks.failed = [&](const Job&, const std::string& reason, bool final) {
        notes.add((final ? "failed: " : "again: ") + reason);
    };
    options.hooks.completed = [&](const Job&, const Json&) { notes.add("completed"); };
    const auto engine = start_on(watched_, nothing, options);
    const JobId id = add({.attempts = 2});
    const Job done = finished(id);

    ASSERT_TRUE(notes.wait(2));
    EXPECT_EQ(notes.all(),
              (std::vector<std::string>{"again: job 1 has pending children",
                                        "failed: job 1 has pending children"}));
    EXPECT_EQ(done.state, JobState::failed);
    EXPECT_EQ(done.attempts_made, 2);
    EXPECT_EQ(engine->stats().lost, 0u);
}

TEST_F(MovingTest, FailsAJobForGoodWhoseCompletionIsRefusedForFailedChildren) {
    refuse(Kind::complete, Error(ErrorCode::unrecoverable, "it has at least one failed child"));
    const auto engine = start_on(watched_, nothing);
    const Job done = finished(add({.attempts = 5}));

    EXPECT_EQ(done.state, JobState::failed);
    EXPECT_EQ(done.failed_reason, "it has at least one failed child");
    EXPECT_EQ(done.attempts_made, 1);
}

TEST_F(MovingTest, FailsAJobForGoodThatMayNotWaitForItsFailedChildren) {
    refuse(Kind::wait_children, Error(ErrorCode::unrecoverable, "a child failed"));
    const auto engine = start_on(watched_, [](JobContext& context) -> Result<Json> {
        return context.move_to_waiting_children();
    });
    EXPECT_EQ(finished(add({.attempts = 5})).failed_reason, "a child failed");
}

TEST_F(MovingTest, KeepsTheSlotOfARefusedJobUntilItsFailureIsTold) {
    refuse(Kind::complete, Error(ErrorCode::unrecoverable, "no"));
    auto engine = start_on(watched_, nothing, {.concurrency = 1});
    for (int i = 0; i < 20; ++i)
        add();
    wait_until_idle(*engine);
    engine->close(5s);

    EXPECT_EQ(queue_.counts()->failed, 20u);
    EXPECT_EQ(queue_.counts()->active, 0u);
}

TEST_F(MovingTest, FailsAJobThatStartedTooOftenWithoutRunningIt) {
    support::Signal ran;
    for (std::uint64_t i = 1; i <= 2; ++i) {
        if (i == 1) add();
        store_->finish_and_take({.queue = "q",
                                 .taker = {.worker = "other"},
                                 .sequence = 2 * i - 1,
                                 .take = 1,
                                 .token = "t"},
                                [](const auto&) {});
        store_->finish_and_take({.queue = "q",
                                 .taker = {.worker = "other"},
                                 .sequence = 2 * i,
                                 .outcomes = {{.id = "1", .token = "t", .kind = Kind::hand_back}}},
                                [](const auto&) {});
    }
    const auto engine = start(
        [&](JobContext&) -> Result<Json> {
            ran.raise();
            return Json{};
        },
        {.max_started_attempts = 2});
    const Job done = finished("1");

    EXPECT_EQ(done.state, JobState::failed);
    EXPECT_EQ(done.failed_reason, "job started more than allowable limit");
    EXPECT_EQ(ran.count(), 0u);
}

TEST_F(MovingTest, RunsAPostponedJobAgainWithoutCostingAnAttempt) {
    std::atomic<int> runs = 0;
    const auto engine = start([&](JobContext& context) -> Result<Json> {
        if (++runs < 3) return context.move_to_delayed(runs == 1 ? 20ms : 0ms);
        return Json::unchecked(std::to_string(context.attempt()));
    });
    const Job done = finished(add());

    EXPECT_EQ(done.return_value->text(), "1");
    EXPECT_EQ(done.attempts_made, 1);
    EXPECT_EQ(done.attempts_started, 3);
}

TEST_F(MovingTest, RunsARateLimitedJobAgainAndNoOtherBeforeIt) {
    std::atomic<int> runs = 0;
    Notes ran;
    const auto engine = start(
        [&](JobContext& context) -> Result<Json> {
            if (++runs == 1) return context.rate_limit(30ms);
            ran.add(context.id());
            return Json{};
        },
        {.concurrency = 1, .limit_max = 1'000, .limit_duration = 1s});
    const JobId first = add();
    const JobId second = add();
    finished(second);

    EXPECT_EQ(ran.all(), (std::vector<std::string>{first, second}));
    EXPECT_EQ(job(first).attempts_made, 1);
}

}  // namespace
}  // namespace toril::worker
