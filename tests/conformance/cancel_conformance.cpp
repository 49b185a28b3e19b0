// Cancelling: a job that does not run ends as failed, one that runs is asked to stop.

#include "fixture.hpp"

namespace toril::conformance {

TORIL_CONFORMANCE_SUITE(Cancel);
TORIL_CONFORMANCE_SUITE(CancelRunning);

namespace {

class CancelWaiting {
public:
    CancelWaiting(contract::Watcher& watcher, Millis at_most) {
        watcher.wait(at_most, [slot = slot_](Result<Timestamp> a) { slot->set(std::move(a)); });
    }
    std::optional<Result<Timestamp>> answer() { return slot_->wait_for(20s); }

private:
    std::shared_ptr<base::OneShot<Result<Timestamp>>> slot_ =
        std::make_shared<base::OneShot<Result<Timestamp>>>();
};

}  // namespace

TEST_P(Cancel, EndsAJobThatWaits) {
    const JobId id = add();
    pass_time(1s);
    events();
    const auto was = client.cancel(ref(id), "not needed", now());

    ASSERT_TRUE(was) << was.error().message();
    EXPECT_EQ(*was, JobState::waiting);
    const Job kept = job(id);
    EXPECT_EQ(kept.state, JobState::failed);
    EXPECT_EQ(kept.failed_reason, "not needed");
    EXPECT_EQ(kept.finished_on, now());
    EXPECT_EQ(kept.attempts_made, 1);
    EXPECT_EQ(kept.attempts_started, 0);
    EXPECT_EQ(counts().waiting, 0u);
    EXPECT_EQ(counts().failed, 1u);
    EXPECT_EQ(events(), Lines{"failed " + id + " failedReason=not needed prev=wait"});
    EXPECT_FALSE(take());
}

TEST_P(Cancel, EndsAJobOfEachStateThatIsNotFinished) {
    add({.id = "later", .delay = 1h});
    add({.id = "third", .priority = 2});
    plant({parent("parent"), child("child", "parent")});
    events();
    EXPECT_EQ(client.cancel(ref("later"), "no", now()).value(), JobState::delayed);
    EXPECT_EQ(client.cancel(ref("third"), "no", now()).value(), JobState::prioritized);
    EXPECT_EQ(client.cancel(ref("parent"), "no", now()).value(), JobState::waiting_children);

    EXPECT_EQ(events(),
              (Lines{"failed later failedReason=no prev=delayed",
                     "failed third failedReason=no prev=prioritized",
                     "failed parent failedReason=no prev=waiting-children"}));
    EXPECT_EQ(counts().failed, 3u);
    EXPECT_EQ(call(next_call(0)).next_due, Timestamp{});
}

TEST_P(Cancel, WorksOnAPausedQueue) {
    const JobId id = add();
    ASSERT_TRUE(done(client.pause(queue)));
    EXPECT_EQ(client.cancel(ref(id), "no", now()).value(), JobState::waiting);

    EXPECT_EQ(state_of(id), JobState::failed);
    EXPECT_EQ(counts().waiting + counts().paused, 0u);
}

TEST_P(Cancel, LeavesTheChildrenOfAParentAlone) {
    plant({parent("p"), child("a", "p")});
    ASSERT_TRUE(client.cancel(ref("p"), "no", now()));

    ASSERT_TRUE(done(complete(*take())));
    EXPECT_EQ(state_of("p"), JobState::failed);
    EXPECT_EQ(state_of("a"), JobState::completed);
}

TEST_P(Cancel, IsToAParentWhatAFailureIs) {
    plant({parent("fails"), child("a", "fails", ParentPolicy::fail_parent)});
    plant({parent("goes on"), child("b", "goes on", ParentPolicy::ignore_dependency)});
    plant({parent("waits"), child("c", "waits")});
    for (const char* id : {"a", "b", "c"})
        ASSERT_TRUE(client.cancel(ref(id), "no", now()));

    EXPECT_TRUE(job("fails").deferred_failure.ends_with(":mail:a failed"));
    EXPECT_EQ(state_of("fails"), JobState::waiting);
    EXPECT_EQ(state_of("goes on"), JobState::waiting);
    EXPECT_EQ(dependencies_of("goes on"), (contract::DependencyCounts{.ignored = 1}));
    EXPECT_EQ(state_of("waits"), JobState::waiting_children);
}

TEST_P(Cancel, EndsWhatTheJobHeldForDeduplication) {
    add({.opts = R"({"de":{"id":"x"}})", .deduplication = Deduplication{.id = "x"}});
    ASSERT_TRUE(client.cancel(ref("1"), "no", now()));

    EXPECT_EQ(client.deduplication_holder(queue, "x").value(), "");
}

TEST_P(Cancel, TakesBackAFailureThatWasToCome) {
    plant({parent("p"), child("a", "p", ParentPolicy::fail_parent)});
    ASSERT_TRUE(done(fail(*take())));
    ASSERT_TRUE(client.cancel(ref("p"), "no", now()));

    EXPECT_EQ(job("p").deferred_failure, "");
    EXPECT_EQ(job("p").failed_reason, "no");
}

TEST_P(Cancel, LeavesAJobThatCanBeRetried) {
    const JobId id = add();
    ASSERT_TRUE(client.cancel(ref(id), "no", now()));
    ASSERT_TRUE(done(client.retry({.job = ref(id), .now = now()})));

    EXPECT_TRUE(done(complete(*take())));
}

TEST_P(Cancel, IsRefusedForAJobThatIsFinished) {
    const JobId completed = add_completed();
    const JobId failed = add_failed();

    EXPECT_EQ(code_of(client.cancel(ref(completed), "no", now())), ErrorCode::wrong_state);
    EXPECT_EQ(code_of(client.cancel(ref(failed), "no", now())), ErrorCode::wrong_state);
    EXPECT_EQ(job(failed).failed_reason, "no route");
    EXPECT_EQ(code_of(client.cancel(ref("nobody"), "no", now())), ErrorCode::not_found);
}

// ---- while it runs ----------------------------------------------------------------------------

TEST_P(CancelRunning, TellsTheWorkerAtItsNextRenewal) {
    const JobId id = add();
    const auto run = take();
    add();
    const auto other = take();
    events();
    const auto was = client.cancel(ref(id), "not needed", now());
    ASSERT_TRUE(was) << was.error().message();
    EXPECT_EQ(*was, JobState::active);
    EXPECT_EQ(state_of(id), JobState::active);
    EXPECT_EQ(events(), Lines{});

    pass_time(lock_duration - 1s);
    const auto renewed = client.renew(
        queue, {{id, run->token}, {other->job.id, other->token}}, lock_duration, now());
    ASSERT_TRUE(renewed) << renewed.error().message();
    ASSERT_EQ(renewed->size(), 2u);
    EXPECT_EQ(code_of((*renewed)[0]), ErrorCode::cancelled);
    EXPECT_EQ((*renewed)[0].error().message(), "not needed");
    EXPECT_TRUE(done((*renewed)[1]));
    pass_time(lock_duration - 1s);
    EXPECT_TRUE(done(fail(*run))) << "the lock was renewed all the same";
}

TEST_P(CancelRunning, TellsItAtEachRenewal) {
    const JobId id = add();
    const auto run = take();
    ASSERT_TRUE(client.cancel(ref(id), "no", now()));
    for (int i = 0; i < 3; ++i) {
        const auto renewed = client.renew(queue, {{id, run->token}}, lock_duration, now());
        ASSERT_TRUE(renewed) << renewed.error().message();
        EXPECT_EQ(code_of((*renewed)[0]), ErrorCode::cancelled);
    }
}

TEST_P(CancelRunning, IsNotToldToOneWhoLostTheJob) {
    const JobId id = add();
    take();
    ASSERT_TRUE(client.cancel(ref(id), "no", now()));
    const auto renewed = client.renew(queue, {{id, "another"}}, lock_duration, now());

    ASSERT_TRUE(renewed) << renewed.error().message();
    EXPECT_EQ(code_of((*renewed)[0]), ErrorCode::not_owner);
}

TEST_P(CancelRunning, DoesNotHinderTheRunFromCompleting) {
    const JobId id = add();
    const auto run = take();
    ASSERT_TRUE(client.cancel(ref(id), "no", now()));

    EXPECT_TRUE(done(complete(*run)));
    EXPECT_EQ(state_of(id), JobState::completed);
}

TEST_P(CancelRunning, IsForgottenWithTheRun) {
    const JobId id = add();
    const auto ask_and_end = [&](auto end) {
        const auto run = take();
        ASSERT_TRUE(run);
        ASSERT_TRUE(client.cancel(ref(id), "no", now()));
        end(*run);
    };
    ask_and_end([&](const Taken& run) { ASSERT_TRUE(done(retry(run))); });
    ask_and_end([&](const Taken& run) { ASSERT_TRUE(done(hand_back(run))); });
    ask_and_end([&](const Taken& run) {
        ASSERT_TRUE(done(fail(run)));
        ASSERT_TRUE(done(client.retry({.job = ref(id), .now = now()})));
    });

    const auto run = take();
    const auto renewed = client.renew(queue, {{id, run->token}}, lock_duration, now());
    ASSERT_TRUE(renewed) << renewed.error().message();
    EXPECT_TRUE(done((*renewed)[0]));
}

TEST_P(CancelRunning, KeepsTheJobFromRunningAgainWhenItsWorkerIsLost) {
    const JobId id = add();
    take();
    ASSERT_TRUE(client.cancel(ref(id), "no", now()));
    ASSERT_EQ(recover_lost_jobs().size(), 1u);

    const auto run = take();
    EXPECT_EQ(run->job.deferred_failure, "no");
}

TEST_P(CancelRunning, WakesAllWhoWatchForIt) {
    const JobId id = add();
    take();
    const auto watch = [&] {
        return client.store().watch(
            {.queue = queue, .what = contract::WatchFor::cancellations, .name = "w"});
    };
    const auto first = watch();
    const auto second = watch();
    ASSERT_TRUE(CancelWaiting(*first, 20ms).answer()) << "whatever was signalled before";
    ASSERT_TRUE(CancelWaiting(*second, 20ms).answer());
    CancelWaiting one(*first, 60s);
    CancelWaiting two(*second, 60s);
    ASSERT_TRUE(client.cancel(ref(id), "no", now()));

    EXPECT_TRUE(one.answer());
    EXPECT_TRUE(two.answer());
}

}  // namespace toril::conformance
