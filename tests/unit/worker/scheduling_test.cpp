// A worker that takes runs of schedulers.

#include "backend/faulty/faulty_store.hpp"
#include "base/schedule.hpp"
#include "support/intercepted_store.hpp"
#include "worker_fixture.hpp"

#include <atomic>
#include <utility>

using namespace std::chrono_literals;

namespace toril::worker {
namespace {

constexpr Timestamp noon{Millis{1'700'049'600'000}};  // 2023-11-15 12:00 UTC

// Makes each job that is taken a run of scheduler "s", and keeps that scheduler.
class ScheduleStore final : public support::InterceptedStore {
public:
    explicit ScheduleStore(std::shared_ptr<contract::JobStore> store)
        : InterceptedStore(std::move(store)) {
        on_finish_and_take = [this](const contract::FinishAndTakeParams& params, auto& done) {
            for (const contract::Outcome& outcome : params.outcomes)
                steps.add(step_of(outcome));
            done = [this, inner_done = std::move(done)](Result<contract::FinishedAndTaken> answer) {
                if (answer && makes_runs)
                    for (contract::TakenJob& job : answer->jobs)
                        make_run(job);
                inner_done(std::move(answer));
            };
            return false;
        };
    }

    void scheduler(std::string, std::string id, Done<contract::Scheduler> done) override {
        asked.add(id);
        if (rule == Repeat{}) return done(Error(ErrorCode::not_found, "no scheduler " + id));
        done(contract::Scheduler{.id = id, .repeat = rule, .iteration_count = 1});
    }
    void continue_scheduler(contract::ContinueSchedulerParams params, Done<bool> done) override {
        if (const int left = away--; left > 0)
            return done(Error(ErrorCode::unavailable, "no connection"));
        if (refusal) return done(*refusal);
        continued.add(params.queue + " " + params.scheduler + " " + params.job + " +" +
                      std::to_string((params.next - noon).count()) + " " + params.opts);
        steps.add("continue");
        done(true);
    }

    // Before the worker starts.
    Repeat rule{};
    std::string opts = "{}";    // of the run
    Timestamp taken_at = noon;  // and due at noon
    int attempts_started = 1;
    bool makes_runs = true;
    std::atomic<int> away = 0;  // so many calls
    std::optional<Error> refusal{};

    Notes asked;
    Notes continued;
    Notes steps;

private:
    void make_run(contract::TakenJob& job) const {
        job.repeat_job_key = "s";
        job.opts = opts;
        job.processed_on = taken_at;
        job.attempts_started = attempts_started;
    }
    static std::string step_of(const contract::Outcome& outcome) {
        using Kind = contract::Outcome::Kind;
        switch (outcome.kind) {
            case Kind::complete: return "complete " + outcome.value;
            case Kind::fail: return "fail " + outcome.value;
            case Kind::hand_back: return "hand back";
            case Kind::postpone: return "postpone " + std::to_string(outcome.delay.count());
            default: return "other";
        }
    }
};

class SchedulingTest : public WorkerTest {
protected:
    Started start_scheduling(WorkerHooks hooks = {}) {
        return start_on(scheduled_,
                        [this](JobContext&) -> Result<Json> {
                            scheduled_->steps.add("run");
                            return Json::unchecked("7");
                        },
                        {.concurrency = 1, .hooks = std::move(hooks)});
    }
    JobId add_run() { return add({.id = run_id_}); }

    // As a scheduler's, but for the colons, which are not a user's to give.
    const JobId run_id_ = "run-1";
    std::shared_ptr<ScheduleStore> scheduled_ = std::make_shared<ScheduleStore>(store_);
};

TEST_F(SchedulingTest, MakesTheNextRunBeforeItRunsThisOne) {
    scheduled_->rule = {.every = 1h};
    scheduled_->opts = R"({"repeat":{"every":3600000,"count":1}})";
    const auto engine = start_scheduling();
    add_run();

    ASSERT_TRUE(scheduled_->steps.wait(3));
    EXPECT_EQ(scheduled_->steps.all(), (std::vector<std::string>{"continue", "run", "complete 7"}));
    EXPECT_EQ(scheduled_->continued.all().front(), "q s run-1 +-1700049600000 " + scheduled_->opts)
        << "the store works out the time itself";
}

TEST_F(SchedulingTest, GivesTheStoreThePatternsNextTime) {
    scheduled_->rule = {.pattern = "*/15 * * * *"};
    const auto engine = start_scheduling();
    add_run();

    ASSERT_TRUE(scheduled_->continued.wait(1));
    EXPECT_EQ(scheduled_->continued.all().front(), "q s run-1 +900000 {}");
}

TEST_F(SchedulingTest, MakesNoRunBeyondTheLimitButRunsTheLast) {
    scheduled_->rule = {.every = 1h, .limit = 3};
    scheduled_->opts = R"({"repeat":{"every":3600000,"count":3}})";
    const auto engine = start_scheduling();
    add_run();

    ASSERT_TRUE(scheduled_->steps.wait(2));
    EXPECT_EQ(scheduled_->steps.all(), (std::vector<std::string>{"run", "complete 7"}));
}

TEST_F(SchedulingTest, CompletesAMissedRunWithoutRunningIt) {
    scheduled_->rule = {.every = 1h, .missed = MissedRuns::skip};
    const std::int64_t due = noon.time_since_epoch().count();
    scheduled_->opts = R"({"prevMillis":)" + std::to_string(due) + "}";
    scheduled_->taken_at = noon + 2h;
    const auto engine = start_scheduling();
    const JobId id = add_run();

    EXPECT_EQ(finished(id).return_value->text(), "\"missed\"");
    EXPECT_EQ(scheduled_->steps.all(),
              (std::vector<std::string>{"continue", "complete \"missed\""}));
}

TEST_F(SchedulingTest, RunsAMissedRunAgainThatFailedBefore) {
    scheduled_->rule = {.every = 1h, .missed = MissedRuns::skip};
    const std::int64_t due = noon.time_since_epoch().count();
    scheduled_->opts = R"({"prevMillis":)" + std::to_string(due) + "}";
    scheduled_->taken_at = noon + 2h;
    scheduled_->attempts_started = 2;
    const auto engine = start_scheduling();

    EXPECT_EQ(finished(add_run()).return_value->text(), "7");
}

TEST_F(SchedulingTest, HandsTheRunBackRatherThanEndItsScheduleWhileTheStoreIsAway) {
    scheduled_->rule = {.every = 1h};
    scheduled_->away = 1;
    Notes errors;
    WorkerHooks hooks;
    hooks.error = [&](const Error& error) { errors.add(error.message()); };
    const auto engine = start_scheduling(hooks);
    add_run();

    ASSERT_TRUE(scheduled_->steps.wait(4));
    EXPECT_EQ(scheduled_->steps.all(),
              (std::vector<std::string>{"hand back", "continue", "run", "complete 7"}));
    ASSERT_TRUE(errors.wait(1));
    EXPECT_EQ(errors.all().front(),
              "the next run of scheduler s was not made, so job run-1 waits: no connection");
}

TEST_F(SchedulingTest, PutsARunOffWhoseScheduleItCannotContinue) {
    scheduled_->rule = {.pattern = "H * * * *"};  // Jenkins' way, known to some clients
    const auto engine = start_scheduling();
    add_run();

    ASSERT_TRUE(scheduled_->steps.wait(1));
    EXPECT_EQ(scheduled_->steps.all().front(), "postpone 30000");
}

TEST_F(SchedulingTest, RunsTheLastRunOfASchedulerThatIsGone) {
    scheduled_->opts = R"({"repeat":{"pattern":"H * * * *","count":1}})";
    const auto engine = start_scheduling();

    EXPECT_EQ(finished(add_run()).return_value->text(), "7");
}

TEST_F(SchedulingTest, ContinuesARepeatableThatHasItsRuleInItsJobsOnly) {
    scheduled_->opts = R"({"repeat":{"pattern":"0 * * * *","count":1},"prevMillis":1700049600000})";
    const auto engine = start_scheduling();
    add_run();

    ASSERT_TRUE(scheduled_->continued.wait(1));
    EXPECT_TRUE(scheduled_->continued.all().front().starts_with("q s run-1 +3600000 "));
}

TEST_F(SchedulingTest, AsksNothingForAPlainJob) {
    scheduled_->makes_runs = false;
    const auto engine = start_scheduling();

    EXPECT_EQ(finished(add_run()).state, JobState::completed);
    EXPECT_TRUE(scheduled_->asked.all().empty());
}

// ---- on a store that has schedulers -------------------------------------------------------------

class SchedulerTest : public WorkerTest {
protected:
    void upsert(const Repeat& repeat, Timestamp next = {}) {
        store_->upsert_scheduler(
            {.queue = "q", .scheduler = {.id = "s", .repeat = repeat, .name = "n"}, .next = next},
            [](const Result<contract::ScheduledRun>& run) { EXPECT_TRUE(run); });
    }
    Handler noting() {
        return [this](JobContext& context) -> Result<Json> {
            EXPECT_EQ(context.job().repeat_job_key, "s");
            ran_.add(context.id());
            return Json{};
        };
    }

    Notes ran_;
};

TEST_F(SchedulerTest, RunsAnIntervalAsOftenAsItsLimitSays) {
    upsert({.every = 10ms, .limit = 4});
    const auto engine = start(noting());
    ASSERT_TRUE(ran_.wait(4));
    wait_until_idle(*engine);

    EXPECT_EQ(ran_.all().size(), 4u);
    EXPECT_EQ(queue_.counts()->completed, 4u);
    EXPECT_EQ(queue_.counts()->delayed, 0u);
}

TEST_F(SchedulerTest, RunsEachRunOnceThoughEveryFirstAnswerGetsLost) {
    upsert({.every = 10ms, .limit = 4});
    const auto engine =
        start_on(faulty::inject_faults(store_, faulty::forget_every_first_answer()), noting());
    ASSERT_TRUE(ran_.wait(4));
    wait_until_idle(*engine);

    EXPECT_EQ(ran_.all().size(), 4u);
    EXPECT_EQ(queue_.counts()->completed, 4u);
}

TEST_F(SchedulerTest, GoesOnThoughEachRunFails) {
    upsert({.every = 10ms, .limit = 3});
    support::Signal failed;
    const auto engine = start([&](JobContext&) -> Result<Json> {
        failed.raise();
        return Error(ErrorCode::unrecoverable, "no");
    });
    ASSERT_TRUE(failed.wait(3));
    wait_until_idle(*engine);

    EXPECT_EQ(queue_.counts()->failed, 3u);
}

TEST_F(SchedulerTest, RunsAPatternAtItsTimes) {
    const auto now = std::chrono::floor<Millis>(std::chrono::system_clock::now());
    const Timestamp next = std::chrono::floor<std::chrono::seconds>(now) + 1s;
    upsert({.pattern = "* * * * * *", .limit = 2}, next);
    const auto engine = start(noting());

    ASSERT_TRUE(ran_.wait(2));
    EXPECT_EQ(ran_.all().front(), base::scheduled_job_id("s", next));
    const Timestamp second = base::scheduled_time("s", ran_.all().back()).value();
    EXPECT_GT(second, next);
    EXPECT_EQ((second - next) % 1s, 0ms);
}

}  // namespace
}  // namespace toril::worker
