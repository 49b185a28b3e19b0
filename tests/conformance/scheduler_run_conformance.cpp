// Schedulers: one run after the other.

#include "scheduler_fixture.hpp"

namespace toril::conformance {

TORIL_CONFORMANCE_SUITE_FROM(Scheduling, SchedulerRun);
TORIL_CONFORMANCE_SUITE_FROM(Scheduling, SchedulerMissed);
TORIL_CONFORMANCE_SUITE_FROM(Scheduling, SchedulerEnd);

TEST_P(SchedulerRun, IsMadeWhenTheOneBeforeIsTaken) {
    schedule(every("s", 60s));
    const auto run = take();
    ASSERT_TRUE(run);
    EXPECT_TRUE(go_on(*run));

    const JobId next = run_id("s", now() + 60s);
    EXPECT_EQ(ids(JobState::delayed), Ids{next});
    const Job made = job(next);
    EXPECT_EQ(made.name, "report");
    EXPECT_EQ(made.data.text(), R"({"n":1})");
    EXPECT_EQ(made.repeat_job_key, "s");
    EXPECT_EQ(made.timestamp, now());
    EXPECT_EQ(made.delay, 60s);
    EXPECT_EQ(base::scheduled_count(made.opts.text()), 2);
    EXPECT_NE(made.opts.text().find(R"("attempts":2)"), std::string::npos) << made.opts.text();
    EXPECT_EQ(scheduler("s").next, now() + 60s);
    EXPECT_EQ(scheduler("s").iteration_count, 2);
}

TEST_P(SchedulerRun, KeepsItsPriority) {
    contract::UpsertSchedulerParams params = params_of(every("s", 60s));
    params.scheduler.opts = R"({"priority":5})";
    params.priority = 5;
    ASSERT_TRUE(client.upsert_scheduler(params));
    ASSERT_TRUE(go_on(*take()));
    pass_time(60s);
    call(next_call(0));

    EXPECT_EQ(ids(JobState::prioritized), Ids{run_id("s", now())});
}

TEST_P(SchedulerRun, IsMadeOfWhatTheSchedulerSaysByThen) {
    schedule(every("s", 60s));
    const auto run = take();
    Scheduler changed = every("s", 60s);
    changed.name = "other";
    changed.data = R"({"n":2})";
    pass_time(1s);
    schedule(changed);
    pass_time(59s);
    const auto second = take();
    ASSERT_TRUE(second);
    ASSERT_TRUE(go_on(*second));

    EXPECT_EQ(job(run_id("s", now() + 60s)).name, "other");
    EXPECT_EQ(job(run_id("s", now() + 60s)).data.text(), R"({"n":2})");
}

TEST_P(SchedulerRun, OfAPatternIsMadeWhenItIsTold) {
    schedule(pattern("s", "0 9 * * *"), now());
    ASSERT_TRUE(go_on(*take(), now() + 90s));

    EXPECT_EQ(ids(JobState::delayed), Ids{run_id("s", now() + 90s)});
    EXPECT_EQ(scheduler("s").next, now() + 90s);
}

TEST_P(SchedulerRun, IsMadeOnce) {
    schedule(every("s", 60s));
    const auto run = take();
    EXPECT_TRUE(go_on(*run));
    EXPECT_FALSE(go_on(*run));
    pass_time(1s);
    EXPECT_FALSE(go_on(*run));

    EXPECT_EQ(counts().delayed, 1u);
    EXPECT_EQ(scheduler("s").iteration_count, 2);
}

TEST_P(SchedulerRun, IsNotMadeAgainForARetryOrALostRun) {
    schedule(every("s", 3600s));
    auto run = take();
    EXPECT_TRUE(go_on(*run));
    ASSERT_TRUE(done(retry(*run)));
    run = take();
    EXPECT_FALSE(go_on(*run)) << "retried";
    EXPECT_EQ(recover_lost_jobs().size(), 1u);
    run = take();
    EXPECT_FALSE(go_on(*run)) << "lost";

    EXPECT_EQ(counts().delayed, 1u);
}

TEST_P(SchedulerRun, IsNotMadeForASchedulerThatIsNotThere) {
    add({.id = run_id("s", now())});
    Taken run = *take();
    run.job.repeat_job_key = "s";

    EXPECT_FALSE(go_on(run));
    EXPECT_EQ(counts().delayed, 0u);
}

TEST_P(SchedulerRun, IsNotMadeWhereAJobStands) {
    schedule(every("s", 60s));
    const JobId next = run_id("s", now() + 60s);
    const auto run = take();
    add({.id = next});
    events();

    EXPECT_FALSE(go_on(*run));
    EXPECT_EQ(events(), Lines{"duplicated " + next});
    EXPECT_EQ(scheduler("s").next, now()) << "as it was";
    EXPECT_EQ(scheduler("s").iteration_count, 1);
}

TEST_P(SchedulerRun, GoesOnForAnHourWithoutDrift) {
    const Timestamp start = now();
    schedule(every("s", 10s));
    for (int i = 0; i < 360; ++i) {
        const auto run = take();
        ASSERT_TRUE(run) << i;
        ASSERT_EQ(run->job.id, run_id("s", start + i * 10s));
        const Millis late = now() - start - i * 10s;
        ASSERT_TRUE(go_on(*run));
        ASSERT_EQ(scheduler("s").next, start + (i + 1) * 10s) << late.count() << " ms late";
        ASSERT_TRUE(done(complete(*run, KeepJobs::none())));
        // Whoever takes is late by anything up to nearly an interval, each time by another.
        pass_time(10s - late + Millis(i * 137 % 9'000));
    }
    EXPECT_EQ(scheduler("s").iteration_count, 361);
}

TEST_P(SchedulerRun, KeepsToItsOffset) {
    auto wanted = every("s", 60s);
    wanted.repeat.offset = 15s;
    const auto first = upsert(wanted);

    ASSERT_TRUE(first) << first.error().message();
    const Timestamp minute = now() - Millis(now().time_since_epoch() % 60s);
    const Timestamp expected = minute + 15s > now() ? minute + 15s : minute + 75s;
    EXPECT_EQ(first->next, expected);
    EXPECT_EQ(scheduler("s").repeat.offset, 15s);
    pass_time(expected - now() + 1s);
    ASSERT_TRUE(go_on(*take()));
    EXPECT_EQ(scheduler("s").next, expected + 60s);
}

TEST_P(SchedulerRun, BeginsAtItsStartDateAndKeepsItsPhase) {
    auto wanted = every("s", 60s);
    const Timestamp start = now() + 12'345ms;
    wanted.repeat.start_date = start;
    EXPECT_EQ(upsert(wanted).value().next, start);
    pass_time(20s);
    ASSERT_TRUE(go_on(*take()));

    EXPECT_EQ(scheduler("s").next, start + 60s);
}

TEST_P(SchedulerRun, BeginsNowWhenItsStartDateHasPassed) {
    auto wanted = every("s", 60s);
    wanted.repeat.start_date = now() - 1h;

    EXPECT_EQ(upsert(wanted).value().next, now());
}

TEST_P(SchedulerRun, OfManySchedulersAreKeptApart) {
    schedule(every("a", 60s));
    schedule(every("b", 90s));
    for (const Taken& run : take_several(2))
        EXPECT_TRUE(go_on(run));

    EXPECT_EQ(scheduler("a").next, now() + 60s);
    EXPECT_EQ(scheduler("b").next, now() + 90s);
    EXPECT_EQ(ids(JobState::delayed), (Ids{run_id("a", now() + 60s), run_id("b", now() + 90s)}));
}

// ---- runs whose time passed -------------------------------------------------------------------

TEST_P(SchedulerMissed, AreLeftOutAndTheNextIsInPhase) {
    for (const MissedRuns missed : {MissedRuns::once, MissedRuns::skip}) {
        const std::string id(to_string(missed));
        auto wanted = every(id, 60s);
        wanted.repeat.missed = missed;
        const Timestamp start = now();
        schedule(wanted);
        pass_time(150s);
        const auto late = take();
        ASSERT_TRUE(late);
        ASSERT_TRUE(go_on(*late));

        EXPECT_EQ(scheduler(id).next, start + 180s) << id;
        EXPECT_EQ(scheduler(id).repeat.missed, missed);
        ASSERT_TRUE(done(complete(*late)));
    }
}

TEST_P(SchedulerMissed, AreAllRunWhenAskedTo) {
    auto wanted = every("s", 60s);
    wanted.repeat.missed = MissedRuns::all;
    const Timestamp start = now();
    schedule(wanted);
    pass_time(150s);
    Ids ran;
    for (auto run = take(); run; run = take()) {
        ran.push_back(run->job.id);
        ASSERT_TRUE(go_on(*run));
        ASSERT_TRUE(done(complete(*run)));
    }

    EXPECT_EQ(ran, (Ids{run_id("s", start), run_id("s", start + 60s), run_id("s", start + 120s)}));
    EXPECT_EQ(scheduler("s").next, start + 180s);
    EXPECT_EQ(scheduler("s").repeat.missed, MissedRuns::all);
}

TEST_P(SchedulerMissed, AreNoneWhenTheNextIsDueRightNow) {
    const Timestamp start = now();
    schedule(every("s", 60s));
    pass_time(60s);
    ASSERT_TRUE(go_on(*take()));

    EXPECT_EQ(scheduler("s").next, start + 60s) << "it is not late";
    EXPECT_EQ(ids(JobState::waiting), Ids{run_id("s", start + 60s)});
}

// ---- the end ----------------------------------------------------------------------------------

TEST_P(SchedulerEnd, ComesAfterSoManyRuns) {
    auto wanted = every("s", 60s);
    wanted.repeat.limit = 3;
    schedule(wanted);
    int ran = 0;
    for (auto run = take(); run; run = take()) {
        ++ran;
        EXPECT_EQ(go_on(*run), ran < 3);
        ASSERT_TRUE(done(complete(*run)));
        pass_time(60s);
    }

    EXPECT_EQ(ran, 3);
    EXPECT_EQ(scheduler("s").iteration_count, 3) << "its record stays";
}

TEST_P(SchedulerEnd, ComesWithItsDate) {
    auto wanted = every("s", 60s);
    wanted.repeat.end_date = now() + 100s;
    schedule(wanted);
    auto run = take();
    EXPECT_TRUE(go_on(*run));
    pass_time(60s);
    run = take();
    EXPECT_TRUE(go_on(*run)) << "BullMQ looks at the time of making, not at that of the run";
    pass_time(60s);
    run = take();
    ASSERT_TRUE(run);
    EXPECT_FALSE(go_on(*run));

    EXPECT_EQ(counts().delayed, 0u);
    EXPECT_EQ(scheduler("s").repeat.end_date, now() - 20s) << "its record stays";
}

TEST_P(SchedulerEnd, ComesAtItsDateOnlyAfterIt) {
    auto wanted = every("s", 60s);
    wanted.repeat.end_date = now() + 60s;
    schedule(wanted);
    ASSERT_TRUE(go_on(*take()));
    pass_time(60s);

    EXPECT_TRUE(go_on(*take())) << "now is the date, and not after it";
}

}  // namespace toril::conformance
