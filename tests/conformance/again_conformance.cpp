// Running again: an attempt used up, or a job handed back.

#include "fixture.hpp"

namespace toril::conformance {

TORIL_CONFORMANCE_SUITE(Again);

TEST_P(Again, AtOnceGoesToTheEndOfTheLine) {
    const JobId failing = add();
    const JobId waiting = add();
    ASSERT_TRUE(done(retry(*take())));

    EXPECT_EQ(ids(JobState::waiting), (Ids{waiting, failing}));
}

TEST_P(Again, AtOnceGoesBehindItsEqualsInPriority) {
    const JobId failing = add({.priority = 3});
    const JobId equal = add({.priority = 3});
    const JobId behind = add({.priority = 4});
    ASSERT_TRUE(done(retry(*take())));

    EXPECT_EQ(ids(JobState::prioritized), (Ids{equal, failing, behind}));
}

TEST_P(Again, RecordsTheFailedAttempt) {
    const JobId id = add();
    ASSERT_TRUE(done(retry(*take())));

    const Job kept = job(id);
    EXPECT_EQ(kept.attempts_made, 1);
    EXPECT_EQ(kept.attempts_started, 1);
    EXPECT_EQ(kept.failed_reason, "busy");
    EXPECT_EQ(kept.stacktrace, (std::vector<std::string>{"busy"}));
    EXPECT_EQ(kept.finished_on, Timestamp{});
}

TEST_P(Again, GivesTheStackTraceToTheNextRun) {
    add();
    ASSERT_TRUE(done(retry(*take())));

    const auto run = take();

    ASSERT_TRUE(run);
    EXPECT_EQ(run->job.stacktrace, R"(["busy"])");
    EXPECT_EQ(run->job.attempts_made, 1);
    EXPECT_EQ(run->job.attempts_started, 2);
}

TEST_P(Again, LaterWaitsForItsDelay) {
    const JobId id = add();
    ASSERT_TRUE(done(retry(*take(), 2s)));

    EXPECT_EQ(job(id).state, JobState::delayed);
    EXPECT_EQ(job(id).delay, 2s);
    EXPECT_EQ(job(id).attempts_made, 1);
    pass_time(1999ms);
    EXPECT_FALSE(take());
    pass_time(1ms);
    EXPECT_TRUE(take());
}

TEST_P(Again, LaterCountsFromTheFailure) {
    add({.timestamp = now() - 1h});
    const auto run = take();
    pass_time(5s);
    ASSERT_TRUE(done(retry(*run, 2s)));

    EXPECT_EQ(call(next_call(0)).next_due, now() + 2s);
}

TEST_P(Again, FreesTheLock) {
    const auto added = add();
    const auto run = take();
    ASSERT_TRUE(done(retry(*run)));

    EXPECT_EQ(code_of(complete(*run)), ErrorCode::not_owner);
    EXPECT_TRUE(done(client.remove(ref(added))));
}

TEST_P(Again, HandedBackGoesToTheFront) {
    const JobId first = add();
    const JobId second = add();
    ASSERT_TRUE(done(hand_back(*take())));

    EXPECT_EQ(ids(JobState::waiting), (Ids{first, second}));
}

TEST_P(Again, HandedBackGoesBeforeItsEqualsInPriority) {
    const JobId first = add({.priority = 3});
    const JobId equal = add({.priority = 3});
    const JobId before = add({.priority = 2});
    const auto runs = take_several(2);
    ASSERT_EQ(ids_of(runs), (Ids{before, first}));
    ASSERT_TRUE(done(hand_back(runs[1])));

    EXPECT_EQ(ids(JobState::prioritized), (Ids{first, equal}));
}

TEST_P(Again, HandedBackUsesUpNoAttempt) {
    const JobId id = add();
    ASSERT_TRUE(done(hand_back(*take())));

    EXPECT_EQ(job(id).attempts_made, 0);
    EXPECT_EQ(job(id).attempts_started, 1);
    EXPECT_EQ(job(id).failed_reason, "");
    const auto run = take();
    ASSERT_TRUE(run);
    EXPECT_EQ(run->job.attempts_made, 0);
    EXPECT_EQ(run->job.attempts_started, 2);
}

TEST_P(Again, HandedBackIsRefusedToAStranger) {
    const JobId id = add();
    ASSERT_TRUE(take());

    EXPECT_EQ(code_of(finish({.id = id, .token = "wrong", .kind = Outcome::Kind::hand_back})),
              ErrorCode::not_owner);
    EXPECT_EQ(job(id).state, JobState::active);
}

TEST_P(Again, CountsEveryRunOfALongLife) {
    const JobId id = add();
    for (int i = 0; i < 4; ++i)
        ASSERT_TRUE(done(retry(*take())));
    ASSERT_TRUE(done(hand_back(*take())));
    ASSERT_TRUE(done(fail(*take())));

    EXPECT_EQ(job(id).attempts_made, 5);
    EXPECT_EQ(job(id).attempts_started, 6);
}

}  // namespace toril::conformance
