// Lost answers, lost locks, handlers that do not return.

#include "backend/faulty/faulty_store.hpp"
#include "support/intercepted_store.hpp"
#include "worker_fixture.hpp"

#include <atomic>

using namespace std::chrono_literals;

namespace toril::worker {
namespace {

class TroubleTest : public WorkerTest {
protected:
    Handler noting() {
        return [this](JobContext& context) -> Result<Json> {
            ran_.add(context.id());
            return Json{};
        };
    }

    Notes ran_;
    Notes errors_;
    WorkerHooks noting_errors_{
        .error = [this](const Error& error) { errors_.add(error.message()); }};
};

TEST_F(TroubleTest, FinishesEachJobOnceThoughEveryFirstAnswerGetsLost) {
    for (int i = 0; i < 40; ++i)
        add();
    const auto engine = start_on(faulty::inject_faults(store_, faulty::forget_every_first_answer()),
                                 noting(),
                                 {.concurrency = 10});
    wait_until_idle(*engine);

    EXPECT_EQ(ran_.all().size(), 40u);
    EXPECT_EQ(queue_.counts()->completed, 40u);
    EXPECT_EQ(engine->stats().lost, 0u);
}

TEST_F(TroubleTest, LosesAndRepeatsNothingWhileTheStoreComesAndGoes) {
    for (int i = 0; i < 300; ++i)
        add();
    const auto plan = faulty::seeded(7, {.refuse = 0.1, .forget = 0.1, .delay = 0.3});
    const auto engine =
        start_on(faulty::inject_faults(store_, plan), noting(), {.concurrency = 20});
    wait_until_idle(*engine);

    EXPECT_EQ(ran_.all().size(), 300u);
    EXPECT_EQ(queue_.counts()->completed, 300u);
}

TEST_F(TroubleTest, ReportsAnOutageOnceAndGoesOnByItself) {
    std::atomic<int> refused = 0;
    const auto plan = [&](const faulty::Call& call) {
        const bool away = call.operation == faulty::Operation::finish_and_take && ++refused <= 4;
        return away ? faulty::Fault::refuse : faulty::Fault::none;
    };
    const auto engine =
        start_on(faulty::inject_faults(store_, plan), noting(), {.hooks = noting_errors_});
    EXPECT_EQ(finished(add()).state, JobState::completed);
    EXPECT_EQ(errors_.all().size(), 1u);
}

TEST_F(TroubleTest, GivesUpOnAnOutcomeThatTheStoreWillNeverTakeAndTellsTheOthers) {
    auto store = std::make_shared<support::InterceptedStore>(store_);
    store->on_finish_and_take = [](const contract::FinishAndTakeParams& params, auto& done) {
        for (const contract::Outcome& outcome : params.outcomes)
            if (outcome.id == "2") {
                done(Error(ErrorCode::invalid_argument, "poison"));
                return true;
            }
        return false;
    };
    support::Signal go;
    support::Signal begun;
    const auto engine = start_on(store,
                                 [&](JobContext&) -> Result<Json> {
                                     begun.raise();
                                     EXPECT_TRUE(go.wait());
                                     return Json{};
                                 },
                                 {.concurrency = 4, .hooks = noting_errors_});
    for (int i = 0; i < 4; ++i)
        add();
    ASSERT_TRUE(begun.wait(4));
    go.raise();
    for (const char* id : {"1", "3", "4"})
        EXPECT_EQ(finished(id).state, JobState::completed);
    EXPECT_EQ(job("2").state, JobState::active) << "until its lock expires";
    EXPECT_TRUE(errors_.wait(1));
    EXPECT_EQ(errors_.all().front(), "poison");
    EXPECT_EQ(engine->stats().lost, 1u);
}

TEST_F(TroubleTest, AsksAHandlerToStopWhenItsLockIsLost) {
    auto store = std::make_shared<support::InterceptedStore>(store_);
    store->on_renew = [](const auto& leases, auto& done) {
        done(std::vector<Status>(leases.size(), Error(ErrorCode::not_owner, "gone")));
        return true;
    };
    support::Signal stopped;
    auto engine =
        start_on(store,
                 [&](JobContext& context) -> Result<Json> {
                     support::Signal asked;
                     const std::stop_callback on_stop(context.stop_token(), [&] { asked.raise(); });
                     EXPECT_TRUE(asked.wait());
                     EXPECT_EQ(context.progress(Json{}).error().code(), ErrorCode::not_owner);
                     stopped.raise();
                     return Json{};
                 },
                 {.lock_duration = 1s, .hooks = noting_errors_});
    const JobId id = add();

    EXPECT_TRUE(stopped.wait());
    EXPECT_TRUE(errors_.wait(1));
    EXPECT_EQ(engine->stats().lost, 1u);
    engine->close(5s);
    EXPECT_EQ(job(id).state, JobState::active) << "the other's business now";
}

TEST_F(TroubleTest, KeepsTheLockOfARunningJob) {
    support::Signal renewed;
    auto store = std::make_shared<support::InterceptedStore>(store_);
    store->on_renew = [&](const std::vector<contract::Lease>& leases, auto&) {
        if (!leases.empty()) renewed.raise();
        return false;
    };
    const auto engine = start_on(store,
                                 [&](JobContext&) -> Result<Json> {
                                     EXPECT_TRUE(renewed.wait(6)) << "longer than the lock lasts";
                                     return Json{};
                                 },
                                 {.lock_duration = 1s, .stalled_interval = 100ms});
    const Job done = finished(add());

    EXPECT_EQ(done.state, JobState::completed);
    EXPECT_EQ(done.stalled_counter, 0);
}

TEST_F(TroubleTest, RecoversAJobWhoseWorkerIsGone) {
    const JobId id = add();
    store_->finish_and_take({.queue = "q",
                             .taker = {.worker = "dead", .lock_duration = 1ms},
                             .sequence = 1,
                             .take = 1,
                             .token = "t"},
                            [](const auto&) {});
    Notes stalled;
    const auto engine =
        start(noting(), {.stalled_interval = 100ms, .hooks = {.stalled = [&](const JobId& which) {
                                                        stalled.add(which);
                                                    }}});

    EXPECT_EQ(finished(id).state, JobState::completed);
    EXPECT_TRUE(stalled.wait(1));
    EXPECT_EQ(stalled.all().front(), id);
    EXPECT_EQ(engine->stats().stalled, 1u);
}

TEST_F(TroubleTest, FailsAJobThatKillsItsWorkersWithoutRunningIt) {
    const JobId id = add();
    for (std::uint64_t i = 1; i <= 2; ++i)
        store_->finish_and_take({.queue = "q",
                                 .taker = {.worker = "dead", .lock_duration = 1ms},
                                 .sequence = i,
                                 .take = 1,
                                 .token = "t"},
                                [](const auto&) {});
    const auto engine = start(noting(), {.stalled_interval = 100ms, .max_stalled_count = 0});
    const Job done = finished(id);

    EXPECT_EQ(done.state, JobState::failed);
    EXPECT_EQ(done.failed_reason, "job stalled more than allowable limit");
    EXPECT_TRUE(ran_.all().empty());
}

TEST_F(TroubleTest, FailsAnAttemptThatTakesTooLongWhateverTheHandlerReturns) {
    const auto engine = start(
        [](JobContext& context) -> Result<Json> {
            support::Signal asked;
            const std::stop_callback on_stop(context.stop_token(), [&] { asked.raise(); });
            EXPECT_TRUE(asked.wait());
            return Json::unchecked("\"done after all\"");
        },
        {.timeout = 20ms});
    const Job done = finished(add());

    EXPECT_EQ(done.state, JobState::failed);
    EXPECT_EQ(done.failed_reason, "timed out after 20ms");
}

TEST_F(TroubleTest, FailsTheAttemptOfAHandlerThatDoesNotReturnButKeepsItsSlotTaken) {
    auto go = std::make_shared<support::Signal>();
    auto begun = std::make_shared<support::Signal>();
    const auto engine = start(
        [go, begun](JobContext&) -> Result<Json> {
            begun->raise();
            EXPECT_TRUE(go->wait());
            return Json{};
        },
        {.concurrency = 1, .timeout = 10ms, .kill_after = 10ms});
    const JobId stuck = add();
    EXPECT_EQ(finished(stuck).failed_reason, "timed out after 10ms");

    const JobId next = add();
    EXPECT_EQ(job(next).state, JobState::waiting);
    go->raise();
    EXPECT_TRUE(begun->wait(2));
    finished(next);
    engine->close(5s);
}

TEST_F(TroubleTest, LetsQuickJobsBeUnderATimeLimit) {
    const auto engine = start(noting(), {.concurrency = 3, .timeout = 10s});
    for (int i = 0; i < 50; ++i)
        add();
    wait_until_idle(*engine);
    EXPECT_EQ(queue_.counts()->completed, 50u);
}

TEST_F(TroubleTest, AnswersAWaiterWhenTheStoreStaysAway) {
    const auto engine = start_on(
        faulty::inject_faults(store_, [](const auto&) { return faulty::Fault::refuse; }), noting());
    const Status idle = engine->wait_until_idle(0ms, 50ms);

    ASSERT_FALSE(idle);
    EXPECT_EQ(idle.error().code(), ErrorCode::unavailable);
}

}  // namespace
}  // namespace toril::worker
