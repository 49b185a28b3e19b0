// Finishing for good: what is recorded, who may, and what is kept.

#include "fixture.hpp"

namespace toril::conformance {

TORIL_CONFORMANCE_SUITE(Finish);

TEST_P(Finish, RecordsACompletion) {
    const JobId id = add();
    const auto run = take();
    pass_time(3s);
    ASSERT_TRUE(done(finish({.id = id, .token = run->token, .value = R"({"ok": true})"})));

    const Job kept = job(id);
    EXPECT_EQ(kept.state, JobState::completed);
    ASSERT_TRUE(kept.return_value);
    EXPECT_EQ(kept.return_value->text(), R"({"ok": true})");
    EXPECT_EQ(kept.finished_on, now());
    EXPECT_EQ(kept.processed_on, now() - 3s);
    EXPECT_EQ(kept.attempts_made, 1);
    EXPECT_EQ(kept.failed_reason, "");
}

TEST_P(Finish, RecordsAFailure) {
    const JobId id = add();
    const auto run = take();
    pass_time(3s);
    ASSERT_TRUE(done(finish({.id = id,
                             .token = run->token,
                             .kind = Outcome::Kind::fail,
                             .value = "no \"route\"",
                             .stacktrace = R"(["no \"route\"\n    at f"])"})));

    const Job kept = job(id);
    EXPECT_EQ(kept.state, JobState::failed);
    EXPECT_EQ(kept.failed_reason, "no \"route\"");
    EXPECT_EQ(kept.stacktrace, (std::vector<std::string>{"no \"route\"\n    at f"}));
    EXPECT_EQ(kept.finished_on, now());
    EXPECT_EQ(kept.attempts_made, 1);
    EXPECT_FALSE(kept.return_value);
}

TEST_P(Finish, KeepsAnEarlierReasonBesideALaterSuccess) {
    const JobId id = add();
    ASSERT_TRUE(done(retry(*take())));
    ASSERT_TRUE(done(complete(*take())));

    EXPECT_EQ(job(id).state, JobState::completed);
    EXPECT_EQ(job(id).failed_reason, "busy");
    EXPECT_EQ(job(id).stacktrace.size(), 1u);
    EXPECT_EQ(job(id).attempts_made, 2);
}

TEST_P(Finish, IsRefusedWithAnothersToken) {
    const JobId id = add();
    ASSERT_TRUE(take());

    EXPECT_EQ(code_of(finish({.id = id, .token = "another", .value = "1"})), ErrorCode::not_owner);
    EXPECT_EQ(job(id).state, JobState::active);
    EXPECT_FALSE(job(id).return_value);
}

TEST_P(Finish, IsRefusedAfterTheLockLapsed) {
    const JobId id = add();
    const auto run = take();
    pass_time(lock_duration + 1s);

    EXPECT_EQ(code_of(complete(*run)), ErrorCode::not_owner);
    EXPECT_EQ(job(id).state, JobState::active);
}

TEST_P(Finish, IsRefusedTheSecondTime) {
    const JobId id = add();
    const auto run = take();
    ASSERT_TRUE(done(complete(*run)));

    EXPECT_EQ(code_of(fail(*run)), ErrorCode::not_owner);
    EXPECT_EQ(job(id).state, JobState::completed);
    EXPECT_EQ(job(id).attempts_made, 1);
}

TEST_P(Finish, FindsNoJobThatWasNeverThere) {
    EXPECT_EQ(code_of(finish({.id = "nobody", .token = "t", .value = "1"})), ErrorCode::not_found);
}

TEST_P(Finish, IsRefusedForAJobThatWaits) {
    const JobId id = add();

    EXPECT_EQ(code_of(finish({.id = id, .token = "t", .value = "1"})), ErrorCode::not_owner);
    EXPECT_EQ(job(id).state, JobState::waiting);
}

TEST_P(Finish, AnswersEachOutcomeInOrder) {
    add_several(3);
    const auto runs = take_several(3);
    auto params = next_call(0);
    params.outcomes = {{.id = "3", .token = runs[2].token, .value = "3"},
                       {.id = "2", .token = "wrong", .value = "2"},
                       {.id = "nobody", .token = "t", .value = "0"},
                       {.id = "1",
                        .token = runs[0].token,
                        .kind = Outcome::Kind::fail,
                        .value = "no",
                        .stacktrace = "[]"}};

    const FinishedAndTaken answer = call(params);

    ASSERT_EQ(answer.finished.size(), 4u);
    EXPECT_TRUE(done(answer.finished[0]));
    EXPECT_EQ(code_of(answer.finished[1]), ErrorCode::not_owner);
    EXPECT_EQ(code_of(answer.finished[2]), ErrorCode::not_found);
    EXPECT_TRUE(done(answer.finished[3]));
    EXPECT_EQ(ids(JobState::completed), (Ids{"3"}));
    EXPECT_EQ(ids(JobState::active), (Ids{"2"}));
    EXPECT_EQ(ids(JobState::failed), (Ids{"1"}));
}

TEST_P(Finish, AndTakesTheNextInOneStep) {
    add_several(2);
    const auto run = take();
    auto params = next_call(1);
    params.outcomes = {{.id = "1", .token = run->token, .value = "1"}};

    const FinishedAndTaken answer = call(params);

    EXPECT_TRUE(done(answer.finished.at(0)));
    ASSERT_EQ(answer.jobs.size(), 1u);
    EXPECT_EQ(answer.jobs[0].id, "2");
    EXPECT_EQ(ids(JobState::completed), (Ids{"1"}));
    EXPECT_EQ(ids(JobState::active), (Ids{"2"}));
}

TEST_P(Finish, ComesBeforeTheTake) {
    add({.id = "a"});
    const auto run = take();
    auto params = next_call(5);
    params.outcomes = {{.id = "a",
                        .token = run->token,
                        .kind = Outcome::Kind::retry,
                        .value = "busy",
                        .stacktrace = "[]"}};

    const FinishedAndTaken answer = call(params);

    ASSERT_EQ(answer.jobs.size(), 1u);
    EXPECT_EQ(answer.jobs[0].id, "a");
    EXPECT_EQ(answer.jobs[0].attempts_made, 1);
    EXPECT_EQ(answer.jobs[0].attempts_started, 2);
}

TEST_P(Finish, EndsAFullBatchInAnyOrder) {
    constexpr std::size_t count = contract::batch_jobs_max;
    ASSERT_TRUE(add_batch(std::vector<AddJob>(count, {.name = "x", .data = "{}", .opts = "{}"})));
    const auto runs = take_several(count);
    auto params = next_call(0);
    for (std::size_t i = 0; i < count; ++i) {
        const Taken& run = runs[(i * 7) % count];  // 7 shares no factor with 500
        params.outcomes.push_back({.id = run.job.id, .token = run.token, .value = "1"});
    }

    for (const Status& finished : call(params).finished)
        EXPECT_TRUE(done(finished));
    EXPECT_EQ(counts().completed, count);
    EXPECT_EQ(counts().active, 0u);
}

TEST_P(Finish, ForgetsAJobThatIsNotToBeKept) {
    const JobId completed = add_completed(KeepJobs::none());
    const JobId failed = add_failed(KeepJobs::none());

    EXPECT_EQ(counts(), JobCounts{});
    EXPECT_EQ(code_of(client.job(ref(completed))), ErrorCode::not_found);
    EXPECT_EQ(code_of(client.job(ref(failed))), ErrorCode::not_found);
}

TEST_P(Finish, KeepsTheNewestByCount) {
    Ids finished;
    for (int i = 0; i < 5; ++i) {
        pass_time(1s);
        finished.push_back(add_completed({.count = 2}));
    }

    EXPECT_EQ(ids(JobState::completed), (Ids{finished[3], finished[4]}));
}

TEST_P(Finish, KeepsTheNewestByCountWithinOneBatch) {
    add_several(4);
    const auto runs = take_several(4);
    auto params = next_call(0);
    for (const Taken& run : runs)
        params.outcomes.push_back(
            {.id = run.job.id, .token = run.token, .value = "1", .keep = {.count = 2}});
    call(params);

    EXPECT_EQ(ids(JobState::completed), (Ids{"3", "4"}));
}

TEST_P(Finish, KeepsByAge) {
    const JobId old = add_completed();
    pass_time(10s);
    const JobId young = add_completed();
    pass_time(1s);
    const JobId newest = add_completed({.age = 5s});

    EXPECT_EQ(ids(JobState::completed), (Ids{young, newest}));
    EXPECT_EQ(code_of(client.job(ref(old))), ErrorCode::not_found);
}

TEST_P(Finish, RemovesAJobThatIsExactlyAsOldAsAllowed) {
    add_completed();
    pass_time(5s);
    const JobId newest = add_completed({.age = 5s});

    EXPECT_EQ(ids(JobState::completed), (Ids{newest}));
}

TEST_P(Finish, KeepsByAgeAndCount) {
    add_completed();
    pass_time(10s);
    add_completed();
    const JobId second = add_completed();
    const JobId newest = add_completed({.count = 2, .age = 5s});

    EXPECT_EQ(ids(JobState::completed), (Ids{second, newest}));
}

TEST_P(Finish, KeepsFailedAndCompletedJobsApart) {
    const JobId completed = add_completed();
    const JobId failed = add_failed({.count = 1});

    EXPECT_EQ(ids(JobState::completed), (Ids{completed}));
    EXPECT_EQ(ids(JobState::failed), (Ids{failed}));
}

TEST_P(Finish, RemovesTheLogsOfJobsThatItTrims) {
    add({.id = "a"});
    ASSERT_TRUE(client.add_log({.job = ref("a"), .row = "one"}));
    ASSERT_TRUE(done(complete(*take(), KeepJobs::none())));
    add({.id = "a"});

    EXPECT_EQ(client.logs({.job = ref("a")})->total, 0u);
}

TEST_P(Finish, WorksWhileTheQueueIsPaused) {
    const JobId id = add();
    add();
    const auto run = take();
    ASSERT_TRUE(done(client.pause(queue)));
    auto params = next_call(1);
    params.outcomes = {{.id = id, .token = run->token, .value = "1"}};

    const FinishedAndTaken answer = call(params);

    EXPECT_TRUE(done(answer.finished.at(0)));
    EXPECT_TRUE(answer.jobs.empty());
    EXPECT_TRUE(answer.blocked);
    EXPECT_EQ(job(id).state, JobState::completed);
}

}  // namespace toril::conformance
