// Leases: how long a job is held, and what becomes of one whose worker is lost.

#include "fixture.hpp"

#include <algorithm>

namespace toril::conformance {

TORIL_CONFORMANCE_SUITE(Renew);
TORIL_CONFORMANCE_SUITE(Stalled);

TEST_P(Renew, KeepsAJobBeyondItsFirstLock) {
    add();
    const auto run = take();
    for (int i = 0; i < 3; ++i) {
        pass_time(20s);
        const auto renewed = client.renew(queue, {{run->job.id, run->token}}, lock_duration, now());
        ASSERT_TRUE(renewed);
        ASSERT_TRUE(done(renewed->at(0)));
    }

    EXPECT_TRUE(done(complete(*run)));
}

TEST_P(Renew, AnswersEachLeaseInOrder) {
    add_several(2);
    const auto runs = take_several(2);

    const auto renewed =
        client.renew(queue,
                     {{"1", "wrong"}, {"2", runs[1].token}, {"nobody", "t"}, {"1", runs[0].token}},
                     lock_duration,
                     now());

    ASSERT_TRUE(renewed);
    ASSERT_EQ(renewed->size(), 4u);
    EXPECT_EQ(code_of((*renewed)[0]), ErrorCode::not_owner);
    EXPECT_TRUE(done((*renewed)[1]));
    EXPECT_EQ(code_of((*renewed)[2]), ErrorCode::not_owner);
    EXPECT_TRUE(done((*renewed)[3]));
}

TEST_P(Renew, IsRefusedAfterTheLockLapsed) {
    add();
    const auto run = take();
    pass_time(lock_duration + 1s);

    const auto renewed = client.renew(queue, {{run->job.id, run->token}}, lock_duration, now());

    ASSERT_TRUE(renewed);
    EXPECT_EQ(code_of(renewed->at(0)), ErrorCode::not_owner);
}

TEST_P(Renew, IsRefusedAfterTheJobIsFinished) {
    add();
    const auto run = take();
    ASSERT_TRUE(done(complete(*run)));

    EXPECT_EQ(
        code_of(client.renew(queue, {{run->job.id, run->token}}, lock_duration, now())->at(0)),
        ErrorCode::not_owner);
}

TEST_P(Renew, SetsTheLockAnewAndDoesNotAddToIt) {
    add();
    const auto run = take();
    ASSERT_TRUE(
        done(client.renew(queue, {{run->job.id, run->token}}, Millis{2'000}, now())->at(0)));
    pass_time(3s);

    EXPECT_EQ(code_of(complete(*run)), ErrorCode::not_owner);
}

// ---- lost workers -------------------------------------------------------------------------

TEST_P(Stalled, IsPutBackByTheSecondCheckAfterItsLockLapsed) {
    const JobId id = add();
    ASSERT_TRUE(take());
    const contract::StalledParams check{.queue = queue, .interval = 10s};
    const auto checked = [&] {
        auto params = check;
        params.now = now();
        return client.recover_stalled(params).value();
    };
    pass_time(lock_duration + 1s);
    EXPECT_EQ(checked(), Ids{}) << "the first check only suspects";
    pass_time(11s);

    EXPECT_EQ(checked(), Ids{id});
    EXPECT_EQ(job(id).state, JobState::waiting);
    EXPECT_EQ(job(id).stalled_counter, 1);
    EXPECT_EQ(job(id).attempts_made, 0);
    pass_time(11s);
    EXPECT_EQ(checked(), Ids{}) << "it is not active any more";
}

TEST_P(Stalled, StaysWithAWorkerThatRenewsItsLock) {
    const JobId id = add();
    const auto run = take();
    const auto check = [&] {
        return client.recover_stalled({.queue = queue, .interval = 10s, .now = now()}).value();
    };
    EXPECT_EQ(check(), Ids{});
    for (int i = 0; i < 3; ++i) {
        pass_time(20s);
        ASSERT_TRUE(
            done(client.renew(queue, {{run->job.id, run->token}}, lock_duration, now())->at(0)));
        EXPECT_EQ(check(), Ids{});
    }
    EXPECT_EQ(job(id).state, JobState::active);
}

TEST_P(Stalled, TakesTwoChecksAgainAfterARenewal) {
    add();
    const auto run = take();
    const auto check = [&] {
        return client.recover_stalled({.queue = queue, .interval = 1s, .now = now()}).value();
    };
    EXPECT_EQ(check(), Ids{});
    pass_time(2s);
    ASSERT_TRUE(
        done(client.renew(queue, {{run->job.id, run->token}}, lock_duration, now())->at(0)));
    pass_time(lock_duration + 1s);

    EXPECT_EQ(check(), Ids{}) << "the renewal cleared it of suspicion";
    pass_time(2s);
    EXPECT_EQ(check().size(), 1u);
}

TEST_P(Stalled, IsCheckedOnceAnIntervalForAllWorkers) {
    const JobId id = add();
    ASSERT_TRUE(take());
    const auto check = [&] {
        return client.recover_stalled({.queue = queue, .interval = 10min, .now = now()}).value();
    };
    EXPECT_EQ(check(), Ids{});
    pass_time(5min);
    EXPECT_EQ(check(), Ids{}) << "too early, although its lock lapsed";
    pass_time(6min);

    EXPECT_EQ(check(), Ids{id});
}

TEST_P(Stalled, LeavesFinishedJobsAlone) {
    add_several(2);
    const auto runs = take_several(2);
    ASSERT_TRUE(client.recover_stalled({.queue = queue, .interval = lock_duration, .now = now()}));
    ASSERT_TRUE(done(complete(runs[0])));
    ASSERT_TRUE(done(hand_back(runs[1])));
    pass_time(lock_duration + 1s);

    EXPECT_EQ(client.recover_stalled({.queue = queue, .interval = 30s, .now = now()}).value(),
              Ids{});
    EXPECT_EQ(job("1").state, JobState::completed);
    EXPECT_EQ(job("2").stalled_counter, 0);
}

TEST_P(Stalled, GoesToTheFrontWhateverItsPriority) {
    const JobId lost = add({.priority = 5});
    ASSERT_TRUE(take());
    const JobId waiting = add();

    EXPECT_EQ(recover_lost_jobs(), Ids{lost});
    EXPECT_EQ(ids(JobState::waiting), (Ids{lost, waiting}));
    EXPECT_EQ(job(lost).priority, 5);
}

TEST_P(Stalled, RecoversAllThatAreLost) {
    Ids added = add_several(20);
    ASSERT_EQ(take_several(20).size(), 20u);

    Ids recovered = recover_lost_jobs();

    std::sort(added.begin(), added.end());
    std::sort(recovered.begin(), recovered.end());
    EXPECT_EQ(recovered, added);
    EXPECT_EQ(counts().active, 0u);
    EXPECT_EQ(counts().waiting, 20u);
}

TEST_P(Stalled, RunsLostJobsAgainInTheOrderInWhichTheyWereTaken) {
    const Ids lost = add_several(3);
    ASSERT_EQ(take_several(3).size(), 3u);
    const JobId waiting = add();
    recover_lost_jobs();

    EXPECT_EQ(ids(JobState::waiting), (Ids{lost[0], lost[1], lost[2], waiting}));
}

TEST_P(Stalled, LeavesTheLostWorkerNothingToFinish) {
    const JobId id = add();
    const auto lost = take();
    recover_lost_jobs();
    EXPECT_EQ(code_of(complete(*lost)), ErrorCode::not_owner);

    const auto next = take();
    ASSERT_TRUE(next);
    EXPECT_EQ(code_of(complete(*lost)), ErrorCode::not_owner) << "another worker has it now";
    EXPECT_TRUE(done(complete(*next)));
    EXPECT_EQ(job(id).attempts_made, 1);
    EXPECT_EQ(job(id).attempts_started, 2);
}

TEST_P(Stalled, RunsAgainWithItsCount) {
    add();
    ASSERT_TRUE(take());
    recover_lost_jobs();

    const auto run = take();

    ASSERT_TRUE(run);
    EXPECT_EQ(run->job.stalled_counter, 1);
    EXPECT_EQ(run->job.deferred_failure, "");
}

TEST_P(Stalled, TooOftenIsToFailAtItsNextTake) {
    const JobId id = add();
    ASSERT_TRUE(take());
    recover_lost_jobs(1);
    ASSERT_TRUE(take());
    recover_lost_jobs(1);
    EXPECT_EQ(job(id).state, JobState::waiting) << "its failure waits for a worker";

    const auto run = take();

    ASSERT_TRUE(run);
    EXPECT_EQ(run->job.deferred_failure, "job stalled more than allowable limit");
    EXPECT_EQ(run->job.stalled_counter, 2);
    EXPECT_EQ(job(id).deferred_failure, run->job.deferred_failure);
    ASSERT_TRUE(done(fail(*run)));
    EXPECT_EQ(job(id).state, JobState::failed);
    EXPECT_EQ(job(id).deferred_failure, "") << "it has been dealt with";
}

TEST_P(Stalled, IsToFailTheFirstTimeWhenNoneIsAllowed) {
    add();
    ASSERT_TRUE(take());
    recover_lost_jobs(0);

    EXPECT_NE(take()->job.deferred_failure, "");
}

}  // namespace toril::conformance
