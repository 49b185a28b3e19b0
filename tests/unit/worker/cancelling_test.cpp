// Jobs that are asked to stop while they run.

#include "support/intercepted_store.hpp"
#include "worker_fixture.hpp"

#include <stdexcept>
#include <utility>

using namespace std::chrono_literals;

namespace toril::worker {
namespace {

// Returns when it is asked to stop.
void wait_for_stop(JobContext& context) {
    support::Signal asked;
    const std::stop_callback on_stop(context.stop_token(), [&] { asked.raise(); });
    EXPECT_TRUE(asked.wait());
}

class CancellingTest : public WorkerTest {
protected:
    // A handler that begins, waits until it is asked to stop, and answers.
    Handler stopped_with(Result<Json> answer) {
        return [this, answer](JobContext& context) -> Result<Json> {
            begun_.raise();
            wait_for_stop(context);
            return answer;
        };
    }
    Handler stubborn() {
        return [begun = begun_shared_, go = go_](JobContext&) -> Result<Json> {
            begun->raise();
            EXPECT_TRUE(go->wait());
            return Json{};
        };
    }

    support::Signal begun_;
    std::shared_ptr<support::Signal> begun_shared_ = std::make_shared<support::Signal>();
    std::shared_ptr<support::Signal> go_ = std::make_shared<support::Signal>();
};

TEST_F(CancellingTest, FailsAJobForGoodWithTheReasonWhateverErrorItsHandlerReturns) {
    const auto engine = start(stopped_with(Error(ErrorCode::failed, "interrupted")));
    const JobId id = add({.attempts = 5});
    ASSERT_TRUE(begun_.wait());
    EXPECT_TRUE(engine->cancel_job(id, "no longer wanted"));
    const Job done = finished(id);

    EXPECT_EQ(done.state, JobState::failed);
    EXPECT_EQ(done.failed_reason, "no longer wanted");
    EXPECT_EQ(done.attempts_made, 1);
}

TEST_F(CancellingTest, FailsAJobWhoseHandlerThrowsOrMovesIt) {
    const auto engine = start([&](JobContext& context) -> Result<Json> {
        begun_.raise();
        wait_for_stop(context);
        if (context.name() == "n" && context.job().priority == 1) throw std::runtime_error("out");
        return context.move_to_delayed(1min);
    });
    const JobId throws = add({.priority = 1});
    const JobId moves = add({.priority = 2});
    ASSERT_TRUE(begun_.wait(2));
    engine->cancel_all_jobs("all of them");

    EXPECT_EQ(finished(throws).failed_reason, "all of them");
    EXPECT_EQ(finished(moves).failed_reason, "all of them");
}

TEST_F(CancellingTest, LeavesACompletedResultAsItIs) {
    const auto engine = start(stopped_with(Json::unchecked("7")));
    const JobId id = add();
    ASSERT_TRUE(begun_.wait());
    EXPECT_TRUE(engine->cancel_job(id, "too late"));

    EXPECT_EQ(finished(id).return_value->text(), "7");
}

TEST_F(CancellingTest, KeepsTheFirstReason) {
    const auto engine = start(stopped_with(Error(ErrorCode::failed, "x")));
    const JobId id = add();
    ASSERT_TRUE(begun_.wait());
    EXPECT_TRUE(engine->cancel_job(id, "first"));
    engine->cancel_job(id, "second");

    EXPECT_EQ(finished(id).failed_reason, "first");
}

TEST_F(CancellingTest, KnowsNothingOfAJobThatRunsElsewhereOrIsDone) {
    const auto engine = start(nothing);
    const JobId id = add();
    finished(id);

    EXPECT_FALSE(engine->cancel_job(id, "x"));
    EXPECT_FALSE(engine->cancel_job("none", "x"));
}

TEST_F(CancellingTest, GivesUpAJobWhoseHandlerDoesNotHeedItButKeepsItsSlotTaken) {
    const auto engine = start(stubborn(), {.concurrency = 1, .kill_after = 10ms});
    const JobId stuck = add();
    ASSERT_TRUE(begun_shared_->wait());
    engine->cancel_job(stuck, "enough");
    EXPECT_EQ(finished(stuck).failed_reason, "enough");

    const JobId next = add();
    EXPECT_EQ(job(next).state, JobState::waiting);
    go_->raise();
    EXPECT_TRUE(begun_shared_->wait(2));
    finished(next);
    engine->close(5s);
}

TEST_F(CancellingTest, DoesNotHandBackACancelledJobWhenTheWorkerCloses) {
    auto engine = start(stubborn(), {.kill_after = 1h});
    const JobId id = add();
    ASSERT_TRUE(begun_shared_->wait());
    engine->cancel_job(id, "enough");
    EXPECT_EQ(engine->close(0ms), 0u);
    go_->raise();

    EXPECT_EQ(job(id).failed_reason, "enough");
}

TEST_F(CancellingTest, IsMoreThanATimeLimit) {
    const auto engine = start(stubborn(), {.timeout = 20ms, .kill_after = 300ms});
    const JobId id = add({.attempts = 5});
    ASSERT_TRUE(begun_shared_->wait());
    engine->cancel_job(id, "enough");
    const Job done = finished(id);
    go_->raise();

    EXPECT_EQ(done.failed_reason, "enough");
    EXPECT_EQ(done.attempts_made, 1);
}

// ---- from another process -----------------------------------------------------------------------

// Says of the jobs that were cancelled here what a store says of them.
class CancellableStore final : public support::InterceptedStore {
public:
    explicit CancellableStore(std::shared_ptr<contract::JobStore> store)
        : InterceptedStore(std::move(store)) {
        on_renew = [this](const std::vector<contract::Lease>& leases, auto& done) {
            const std::lock_guard lock(mutex_);
            if (!mark_) return false;
            std::vector<Status> answers(leases.size());
            for (std::size_t i = 0; i < leases.size(); ++i)
                if (leases[i].id == mark_->first)
                    answers[i] = Error(ErrorCode::cancelled, mark_->second);
            done(answers);
            return true;
        };
    }

    std::unique_ptr<contract::Watcher> watch(contract::WatchParams params) override {
        if (params.what != contract::WatchFor::cancellations)
            return InterceptedStore::watch(std::move(params));
        return std::make_unique<Marks>(*this);
    }

    void mark(const JobId& id, const std::string& reason) {
        Done<Timestamp> done;
        {
            const std::lock_guard lock(mutex_);
            mark_ = {id, reason};
            done = std::exchange(waiting_, nullptr);
            news_ = !done;
        }
        if (done) done(Timestamp{});
    }

private:
    class Marks final : public contract::Watcher {
    public:
        explicit Marks(CancellableStore& store) : store_(store) {}
        void wait(Millis, Done<Timestamp> done) override {
            {
                const std::lock_guard lock(store_.mutex_);
                if (!store_.news_) {
                    store_.waiting_ = std::move(done);
                    return;
                }
                store_.news_ = false;
            }
            done(Timestamp{});
        }
        void interrupt() override {
            Done<Timestamp> done;
            {
                const std::lock_guard lock(store_.mutex_);
                done = std::exchange(store_.waiting_, nullptr);
            }
            if (done) done(Error(ErrorCode::cancelled, "interrupted"));
        }

    private:
        CancellableStore& store_;
    };

    std::mutex mutex_;
    std::optional<std::pair<JobId, std::string>> mark_;
    Done<Timestamp> waiting_;
    bool news_ = false;
};

TEST_F(CancellingTest, HearsAtOnceOfAJobThatWasCancelledElsewhere) {
    auto store = std::make_shared<CancellableStore>(store_);
    // Nobody would wait for the renewal of an hour.
    const auto engine =
        start_on(store, stopped_with(Error(ErrorCode::failed, "x")), {.lock_duration = 4h});
    const JobId other = add();
    const JobId id = add();
    ASSERT_TRUE(begun_.wait(2));
    store->mark(id, "by somebody");

    EXPECT_EQ(finished(id).failed_reason, "by somebody");
    EXPECT_EQ(job(other).state, JobState::active);
    engine->cancel_all_jobs("test over");
    finished(other);
}

TEST_F(CancellingTest, EndsWhileAWaitForCancellationsIsUnderWay) {
    auto engine = start_on(std::make_shared<CancellableStore>(store_), nothing);
    finished(add());
    EXPECT_EQ(engine->close(5s), 0u);
}

TEST_F(CancellingTest, EndsARunThatTheStoreWasAskedToCancel) {
    const auto engine = start(stopped_with(Error(ErrorCode::failed, "x")), {.lock_duration = 4h});
    const JobId id = add({.attempts = 5});
    ASSERT_TRUE(begun_.wait());
    EXPECT_EQ(queue_.cancel(id, "no longer wanted").value(), JobState::active);
    const Job done = finished(id);

    EXPECT_EQ(done.failed_reason, "no longer wanted");
    EXPECT_EQ(done.attempts_made, 1);
}

}  // namespace
}  // namespace toril::worker
