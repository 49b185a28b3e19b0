// Ends of a run that are no ends of the job, and what a retry leaves.

#include "fixture.hpp"

namespace toril::conformance {

TORIL_CONFORMANCE_SUITE(Postpone);
TORIL_CONFORMANCE_SUITE(LifoRetry);
TORIL_CONFORMANCE_SUITE(ResetAttempts);
TORIL_CONFORMANCE_SUITE(PriorityCounts);

namespace {

Outcome postponed(const Taken& run, Millis delay) {
    return {.id = run.job.id, .token = run.token, .kind = Outcome::Kind::postpone, .delay = delay};
}

}  // namespace

// ---- postponing -------------------------------------------------------------------------------

TEST_P(Postpone, DelaysTheJobWithoutUsingUpAnAttempt) {
    const JobId id = add();
    const auto run = take();
    events();
    pass_time(1s);
    ASSERT_TRUE(done(finish(postponed(*run, 5s))));

    EXPECT_EQ(ids(JobState::delayed), Ids{id});
    EXPECT_EQ(job(id).attempts_made, 0);
    EXPECT_EQ(job(id).attempts_started, 1);
    EXPECT_EQ(job(id).delay, 5s);
    EXPECT_EQ(job(id).failed_reason, "");
    EXPECT_EQ(events(),
              Lines{"delayed " + id +
                    " delay=" + std::to_string((now() + 5s).time_since_epoch().count())});
    pass_time(4999ms);
    EXPECT_FALSE(take());
    pass_time(1ms);
    EXPECT_EQ(take()->job.attempts_started, 2);
}

TEST_P(Postpone, ByNothingGoesToTheEndOfTheLine) {
    add({.id = "a"});
    add({.id = "b"});
    const auto run = take();
    events();
    ASSERT_TRUE(done(finish(postponed(*run, 0ms))));

    EXPECT_EQ(ids(JobState::waiting), (Ids{"b", "a"}));
    EXPECT_EQ(job("a").attempts_made, 0);
    EXPECT_EQ(events(), Lines{"waiting a prev=active"});
}

TEST_P(Postpone, ByNothingHonoursThePriority) {
    add({.id = "a", .priority = 2});
    const auto run = take();
    add({.id = "b", .priority = 2});
    add({.id = "c", .priority = 3});
    ASSERT_TRUE(done(finish(postponed(*run, 0ms))));

    EXPECT_EQ(ids(JobState::prioritized), (Ids{"b", "a", "c"}));
}

TEST_P(Postpone, KeepsThePriorityForWhenItIsDue) {
    add({.id = "a", .priority = 2});
    ASSERT_TRUE(done(finish(postponed(*take(), 5s))));
    pass_time(5s);
    call(next_call(0));

    EXPECT_EQ(ids(JobState::prioritized), Ids{"a"});
}

TEST_P(Postpone, IsRefusedToAStranger) {
    add({.id = "a"});
    Taken run = *take();
    run.token = "another";

    EXPECT_EQ(code_of(finish(postponed(run, 5s))), ErrorCode::not_owner);
    EXPECT_EQ(state_of("a"), JobState::active);
}

TEST_P(Postpone, RepeatedBecauseTheAnswerGotLostIsDoneOnce) {
    add({.id = "a"});
    auto params = next_call(1);
    params.outcomes = {postponed(*take(), 0ms)};
    params.sequence = next_call(0).sequence;
    const FinishedAndTaken first = call(params);
    events();
    const FinishedAndTaken second = call(params);

    EXPECT_TRUE(done(second.finished.at(0)));
    ASSERT_EQ(first.jobs.size(), 1u);
    ASSERT_EQ(second.jobs.size(), 1u);
    EXPECT_EQ(second.jobs[0].attempts_started, 2);
    EXPECT_EQ(state_of("a"), JobState::active) << "the new run goes on";
    EXPECT_EQ(events(), Lines{});
}

// ---- LIFO jobs again --------------------------------------------------------------------------

TEST_P(LifoRetry, ByAWorkerPutsTheJobInFront) {
    add({.id = "a", .opts = R"({"lifo":true})", .lifo = true});
    add({.id = "b"});
    ASSERT_TRUE(done(retry(*take())));

    EXPECT_EQ(ids(JobState::waiting), (Ids{"a", "b"}));
}

TEST_P(LifoRetry, ByHandPutsTheJobInFront) {
    add({.id = "a", .opts = R"({"lifo":true})", .lifo = true});
    ASSERT_TRUE(done(fail(*take())));
    add({.id = "b"});
    ASSERT_TRUE(done(client.retry({.job = ref("a"), .now = now()})));

    EXPECT_EQ(ids(JobState::waiting), (Ids{"a", "b"}));
}

TEST_P(LifoRetry, AfterADelayGoesToTheEnd) {
    add({.id = "a", .opts = R"({"lifo":true})", .lifo = true});
    add({.id = "b"});
    ASSERT_TRUE(done(retry(*take(), 1s)));
    pass_time(1s);

    EXPECT_EQ(ids_of(take_several(2)), (Ids{"b", "a"}));
}

TEST_P(LifoRetry, OfAJobThatSaysNothingOfItGoesToTheEnd) {
    add({.id = "a", .opts = R"({"note":"lifo","lifo":false})"});
    add({.id = "b"});
    ASSERT_TRUE(done(retry(*take())));

    EXPECT_EQ(ids(JobState::waiting), (Ids{"b", "a"}));
}

// ---- attempts ---------------------------------------------------------------------------------

TEST_P(ResetAttempts, ComesWithARetryThatAsksForIt) {
    const JobId id = add();
    ASSERT_TRUE(done(retry(*take())));
    ASSERT_TRUE(done(fail(*take())));
    EXPECT_EQ(job(id).attempts_made, 2);
    ASSERT_TRUE(done(client.retry({.job = ref(id), .reset_attempts = true, .now = now()})));

    EXPECT_EQ(job(id).attempts_made, 0);
    EXPECT_EQ(job(id).attempts_started, 0);
    const auto run = take();
    EXPECT_EQ(run->job.attempts_made, 0);
    EXPECT_EQ(run->job.attempts_started, 1);
    EXPECT_EQ(job(id).stacktrace.size(), 1u) << "what failed before is still told";
}

TEST_P(ResetAttempts, DoesNotComeByItself) {
    const JobId id = add();
    ASSERT_TRUE(done(fail(*take())));
    ASSERT_TRUE(done(client.retry({.job = ref(id), .now = now()})));

    EXPECT_EQ(job(id).attempts_made, 1);
    EXPECT_EQ(job(id).attempts_started, 1);
}

// ---- jobs by priority -------------------------------------------------------------------------

TEST_P(PriorityCounts, TellHowManyWaitAtEach) {
    add_several(2);
    add_several(3, {.priority = 1});
    add({.priority = 7});
    add({.priority = priority_max});
    add({.delay = 1h, .priority = 1});

    const auto counted = client.counts_per_priority(queue, {7, 0, 1, 2, priority_max});
    ASSERT_TRUE(counted) << counted.error().message();
    EXPECT_EQ(*counted, (std::vector<std::uint64_t>{1, 2, 3, 0, 1}));
}

TEST_P(PriorityCounts, IncludeJobsThatWereHandedBackOrChanged) {
    add({.id = "a", .priority = 2});
    add({.id = "b", .priority = 2});
    ASSERT_TRUE(done(hand_back(*take())));
    ASSERT_TRUE(done(client.change_priority(ref("b"), 3, true)));

    EXPECT_EQ(client.counts_per_priority(queue, {1, 2, 3, 4}).value(),
              (std::vector<std::uint64_t>{0, 1, 1, 0}));
}

TEST_P(PriorityCounts, GoOnWhileTheQueueIsPaused) {
    add();
    ASSERT_TRUE(done(client.pause(queue)));
    add();

    EXPECT_EQ(client.counts_per_priority(queue, {0, 1}).value(),
              (std::vector<std::uint64_t>{2, 0}));
}

}  // namespace toril::conformance
