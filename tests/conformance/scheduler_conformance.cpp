// Schedulers: upserting, reading, listing, removing, and what protects the pending run.

#include "scheduler_fixture.hpp"

namespace toril::conformance {

TORIL_CONFORMANCE_SUITE_FROM(Scheduling, SchedulerUpsert);
TORIL_CONFORMANCE_SUITE_FROM(Scheduling, SchedulerLook);
TORIL_CONFORMANCE_SUITE_FROM(Scheduling, SchedulerRemove);
TORIL_CONFORMANCE_SUITE_FROM(Scheduling, SchedulerPending);

// ---- upserting --------------------------------------------------------------------------------

TEST_P(SchedulerUpsert, MakesTheFirstRunAtOnce) {
    const auto run = upsert(every("s", 60s));

    ASSERT_TRUE(run) << run.error().message();
    EXPECT_EQ(run->next, now());
    EXPECT_EQ(run->job, run_id("s", now()));
    EXPECT_EQ(ids(JobState::waiting), Ids{run->job});
    const Job made = job(run->job);
    EXPECT_EQ(made.name, "report");
    EXPECT_EQ(made.data.text(), R"({"n":1})");
    EXPECT_EQ(made.repeat_job_key, "s");
    EXPECT_EQ(made.timestamp, now());
    EXPECT_EQ(made.delay, 0ms);
    EXPECT_EQ(base::scheduled_count(made.opts.text()), 1);
    EXPECT_EQ(take()->job.repeat_job_key, "s");
}

TEST_P(SchedulerUpsert, MakesALaterFirstRunADelayedJob) {
    auto wanted = every("s", 60s);
    wanted.repeat.start_date = now() + 10s;
    const auto run = upsert(wanted);

    ASSERT_TRUE(run) << run.error().message();
    EXPECT_EQ(run->next, now() + 10s);
    EXPECT_EQ(ids(JobState::delayed), Ids{run->job});
    EXPECT_EQ(job(run->job).delay, 10s);
    EXPECT_EQ(call(next_call(1)).next_due, now() + 10s);
    pass_time(10s);
    EXPECT_EQ(take()->job.id, run->job);
}

TEST_P(SchedulerUpsert, MakesTheFirstRunOfAPatternWhenItIsTold) {
    const auto run = upsert(pattern("s", "0 9 * * *"), now() + 90s);

    ASSERT_TRUE(run) << run.error().message();
    EXPECT_EQ(run->next, now() + 90s);
    EXPECT_EQ(ids(JobState::delayed), Ids{run_id("s", now() + 90s)});
}

TEST_P(SchedulerUpsert, MakesTheFirstRunOfAPatternImmediatelyWhenItIsTold) {
    auto wanted = pattern("s", "0 9 * * *");
    wanted.repeat.immediately = true;
    ASSERT_TRUE(upsert(wanted, now()));

    EXPECT_EQ(ids(JobState::waiting), Ids{run_id("s", now())});
}

TEST_P(SchedulerUpsert, GivesTheTemplatesOptionsToTheRuns) {
    contract::UpsertSchedulerParams params = params_of(every("s", 60s));
    params.scheduler.opts = R"({"attempts":3,"priority":5,"removeOnComplete":true})";
    params.priority = 5;
    const auto run = client.upsert_scheduler(params);

    ASSERT_TRUE(run) << run.error().message();
    EXPECT_EQ(ids(JobState::prioritized), Ids{run->job});
    EXPECT_EQ(job(run->job).priority, 5);
    const std::string opts = job(run->job).opts.text();
    EXPECT_NE(opts.find(R"("attempts":3)"), std::string::npos) << opts;
    EXPECT_NE(opts.find(R"("removeOnComplete":true)"), std::string::npos) << opts;
    EXPECT_NE(opts.find(R"("repeatJobKey":"s")"), std::string::npos) << opts;
    EXPECT_NE(opts.find(R"("jobId":")" + run->job), std::string::npos) << opts;
}

TEST_P(SchedulerUpsert, PutsALifoRunInFront) {
    add({.id = "other"});
    contract::UpsertSchedulerParams params = params_of(every("s", 60s));
    params.scheduler.opts = R"({"lifo":true})";
    params.lifo = true;
    ASSERT_TRUE(client.upsert_scheduler(params));

    EXPECT_EQ(ids(JobState::waiting), (Ids{run_id("s", now()), "other"}));
}

TEST_P(SchedulerUpsert, OfTheSameAgainChangesNothing) {
    auto wanted = every("s", 60s);
    wanted.repeat.start_date = now() + 10s;
    const auto first = upsert(wanted);
    pass_time(3s);
    const auto again = upsert(wanted);

    ASSERT_TRUE(first && again);
    EXPECT_EQ(again->job, first->job);
    EXPECT_EQ(again->next, first->next);
    EXPECT_EQ(counts().delayed, 1u);
    EXPECT_EQ(job(first->job).delay, 7s);
    EXPECT_EQ(scheduler("s").iteration_count, 1);
}

TEST_P(SchedulerUpsert, OfTheSameWhileTheRunIsDueKeepsItsTime) {
    const auto first = upsert(every("s", 60s));
    pass_time(3s);
    const auto again = upsert(every("s", 60s));

    ASSERT_TRUE(first && again);
    EXPECT_EQ(again->job, first->job);
    EXPECT_EQ(ids(JobState::waiting), Ids{first->job});
}

TEST_P(SchedulerUpsert, ChangesWhatTheRunsAreMadeOf) {
    auto wanted = every("s", 60s);
    wanted.repeat.start_date = now() + 10s;
    schedule(wanted);
    wanted.name = "other";
    wanted.data = R"({"n":2})";
    const auto run = upsert(wanted);

    ASSERT_TRUE(run) << run.error().message();
    EXPECT_EQ(job(run->job).name, "other");
    EXPECT_EQ(job(run->job).data.text(), R"({"n":2})");
    EXPECT_EQ(scheduler("s").name, "other");
}

TEST_P(SchedulerUpsert, WithAnotherIntervalBeginsAnewFromNow) {
    auto wanted = every("s", 60s);
    const auto first = upsert(wanted);
    ASSERT_TRUE(go_on(*take()));
    EXPECT_EQ(scheduler("s").next, now() + 60s);
    pass_time(10s);
    wanted.repeat.every = 5s;
    const auto changed = upsert(wanted);

    ASSERT_TRUE(first && changed);
    EXPECT_EQ(changed->next, now());
    EXPECT_EQ(counts().delayed, 0u) << "the run of the old interval is gone";
    EXPECT_EQ(scheduler("s").repeat.every, 5s);
    EXPECT_EQ(scheduler("s").iteration_count, 2) << "it is the same scheduler";
}

TEST_P(SchedulerUpsert, FromAnIntervalToAPattern) {
    schedule(every("s", 60s));
    const auto run = upsert(pattern("s", "0 9 * * *"), now() + 1h);

    ASSERT_TRUE(run) << run.error().message();
    EXPECT_EQ(ids(JobState::delayed), Ids{run->job});
    EXPECT_EQ(counts().waiting, 0u);
    EXPECT_EQ(scheduler("s").repeat.every, 0ms);
    EXPECT_EQ(scheduler("s").repeat.pattern, "0 9 * * *");
}

TEST_P(SchedulerUpsert, WhileTheRunIsRunningMakesTheOneAfterIt) {
    schedule(every("s", 60s));
    const auto run = take();
    pass_time(1s);
    const auto next = upsert(every("s", 60s));

    ASSERT_TRUE(next) << next.error().message();
    EXPECT_EQ(next->next, now() + 59s);
    EXPECT_EQ(ids(JobState::delayed), Ids{next->job});
    EXPECT_FALSE(go_on(*run)) << "the pending run is another one by now";
    EXPECT_EQ(counts().delayed, 1u);
}

TEST_P(SchedulerUpsert, WorksOnAPausedQueue) {
    ASSERT_TRUE(done(client.pause(queue)));
    const auto run = upsert(every("s", 60s));
    const auto again = upsert(every("s", 60s));

    ASSERT_TRUE(run && again);
    EXPECT_EQ(again->job, run->job);
    EXPECT_EQ(ids(JobState::waiting), Ids{run->job});
}

TEST_P(SchedulerUpsert, CountsIdsUpAsAddsDo) {
    schedule(every("s", 60s));
    ASSERT_TRUE(go_on(*take()));

    EXPECT_EQ(add(), "3");
}

TEST_P(SchedulerUpsert, TellsOfItsJobsAsOfAllOthers) {
    schedule(every("s", 60s));
    const JobId first = run_id("s", now());
    EXPECT_EQ(events(), (Lines{"added " + first + " name=report", "waiting " + first}));
    const auto run = take();
    ASSERT_TRUE(go_on(*run));
    const JobId second = run_id("s", now() + 60s);
    EXPECT_EQ(events(),
              (Lines{"active " + first + " prev=waiting",
                     "added " + second + " name=report",
                     "delayed " + second + " delay=" + ms(now() + 60s)}));
    schedule(every("s", 60s));
    EXPECT_EQ(events(),
              (Lines{"added " + second + " name=report",
                     "delayed " + second + " delay=" + ms(now() + 60s)}))
        << "that the pending run is replaced is not told";
}

// ---- jobs in the way --------------------------------------------------------------------------

TEST_P(SchedulerUpsert, OfAPatternIsRefusedWhenAnEarlierRunStandsWhereItWouldBe) {
    schedule(pattern("s", "0 9 * * *"), now());
    ASSERT_TRUE(done(complete(*take())));

    EXPECT_EQ(code_of(upsert(pattern("s", "0 9 * * *"), now())), ErrorCode::wrong_state);
    EXPECT_EQ(counts().waiting, 0u);
    EXPECT_TRUE(upsert(pattern("s", "0 9 * * *"), now() + 1min));
}

TEST_P(SchedulerUpsert, OfAnIntervalWalksOverJobsThatStandInItsWay) {
    for (int i = 0; i < 3; ++i)
        add({.id = run_id("s", now() + i * 60s)});
    const auto run = upsert(every("s", 60s));

    ASSERT_TRUE(run) << run.error().message();
    EXPECT_EQ(run->next, now() + 180s);
    EXPECT_EQ(scheduler("s").next, now() + 180s);
}

TEST_P(SchedulerUpsert, OfAnIntervalIsRefusedAfterThirtyTwoJobsInItsWay) {
    std::vector<AddJob> jobs;
    for (int i = 0; i < 33; ++i)
        jobs.push_back(
            {.id = run_id("s", now() + i * 60s), .name = "x", .data = "1", .opts = "{}"});
    ASSERT_TRUE(add_batch(jobs));

    EXPECT_EQ(code_of(upsert(every("s", 60s))), ErrorCode::wrong_state);
    EXPECT_EQ(code_of(client.scheduler(queue, "s")), ErrorCode::not_found);
    EXPECT_EQ(counts().waiting, 33u);
    ASSERT_TRUE(done(client.remove(ref(run_id("s", now() + 32 * 60s)))));
    EXPECT_EQ(upsert(every("s", 60s)).value().next, now() + 32 * 60s);
}

// ---- looking ----------------------------------------------------------------------------------

TEST_P(SchedulerLook, ShowsAllThatWasGiven) {
    Scheduler wanted{.id = "s",
                     .repeat = {.pattern = "0 9 * * *",
                                .tz = "Europe/Berlin",
                                .start_date = now() - 1h,
                                .end_date = now() + 24h,
                                .limit = 7,
                                .missed = MissedRuns::skip},
                     .name = "report",
                     .data = R"({"to":"all"})",
                     .opts = R"({"attempts":3})"};
    ASSERT_TRUE(upsert(wanted, now() + 60s));

    const Scheduler kept = scheduler("s");
    EXPECT_EQ(kept.id, "s");
    EXPECT_EQ(kept.repeat.pattern, "0 9 * * *");
    EXPECT_EQ(kept.repeat.tz, "Europe/Berlin");
    EXPECT_EQ(kept.repeat.start_date, now() - 1h);
    EXPECT_EQ(kept.repeat.end_date, now() + 24h);
    EXPECT_EQ(kept.repeat.limit, 7);
    EXPECT_EQ(kept.repeat.missed, MissedRuns::skip);
    EXPECT_EQ(kept.repeat.every, 0ms);
    EXPECT_EQ(kept.name, "report");
    EXPECT_EQ(kept.data, R"({"to":"all"})");
    EXPECT_EQ(kept.opts, R"({"attempts":3})");
    EXPECT_EQ(kept.next, now() + 60s);
    EXPECT_EQ(kept.iteration_count, 1);
}

TEST_P(SchedulerLook, ShowsAnIntervalWithTheOffsetThatCameOfItsFirstRun) {
    pass_time(1234ms);
    schedule(every("s", 60s));

    EXPECT_EQ(scheduler("s").repeat.every, 60s);
    EXPECT_EQ(scheduler("s").repeat.offset, Millis(now().time_since_epoch() % 60s));
    EXPECT_EQ(scheduler("s").repeat.missed, MissedRuns::once);
}

TEST_P(SchedulerLook, FindsNoneThatIsNotThere) {
    EXPECT_EQ(code_of(client.scheduler(queue, "s")), ErrorCode::not_found);
    EXPECT_TRUE(client.schedulers({.queue = queue, .start = 0, .end = -1}).value().empty());
}

TEST_P(SchedulerLook, ListsThemByTheirNextRun) {
    for (const auto& [id, wait] :
         std::map<std::string, Millis>{{"a", 30s}, {"b", 10s}, {"c", 20s}, {"d", 40s}})
        schedule(pattern(id, "0 9 * * *"), now() + wait);
    const auto listed = [&](std::int64_t start, std::int64_t end, bool ascending) {
        Ids found;
        const auto page =
            client.schedulers({.queue = queue, .start = start, .end = end, .ascending = ascending});
        if (!page) ADD_FAILURE() << page.error().message();
        if (page)
            for (const Scheduler& each : *page)
                found.push_back(each.id);
        return found;
    };

    EXPECT_EQ(listed(0, -1, true), (Ids{"b", "c", "a", "d"}));
    EXPECT_EQ(listed(0, -1, false), (Ids{"d", "a", "c", "b"}));
    EXPECT_EQ(listed(1, 2, true), (Ids{"c", "a"}));
    EXPECT_EQ(listed(0, 0, false), Ids{"d"});
    EXPECT_EQ(listed(-2, -1, true), (Ids{"a", "d"}));
    EXPECT_EQ(listed(4, 9, true), Ids{});
}

TEST_P(SchedulerLook, ShowsInTheListWhatItShowsAlone) {
    schedule(every("s", 60s));
    const auto listed = client.schedulers({.queue = queue, .start = 0, .end = -1});

    ASSERT_TRUE(listed) << listed.error().message();
    ASSERT_EQ(listed->size(), 1u);
    const Scheduler one = scheduler("s");
    EXPECT_EQ(listed->front().repeat, one.repeat);
    EXPECT_EQ(listed->front().name, one.name);
    EXPECT_EQ(listed->front().data, one.data);
    EXPECT_EQ(listed->front().next, one.next);
    EXPECT_EQ(listed->front().iteration_count, one.iteration_count);
}

// ---- removing ---------------------------------------------------------------------------------

TEST_P(SchedulerRemove, TakesAPendingRunThatIsNotDueAlong) {
    schedule(pattern("s", "0 9 * * *"), now() + 60s);
    events();
    ASSERT_TRUE(done(client.remove_scheduler(queue, "s")));

    EXPECT_EQ(counts(), JobCounts{});
    EXPECT_EQ(code_of(client.scheduler(queue, "s")), ErrorCode::not_found);
    EXPECT_EQ(events(), Lines{"removed " + run_id("s", now() + 60s) + " prev=delayed"});
    EXPECT_EQ(code_of(client.job(ref(run_id("s", now() + 60s)))), ErrorCode::not_found);
}

TEST_P(SchedulerRemove, LeavesAPendingRunThatIsDue) {
    schedule(every("s", 60s));
    events();
    ASSERT_TRUE(done(client.remove_scheduler(queue, "s")));

    EXPECT_EQ(counts().waiting, 1u);
    EXPECT_EQ(events(), Lines{});
    const auto run = take();
    EXPECT_FALSE(go_on(*run)) << "nothing goes on";
    EXPECT_EQ(counts().delayed, 0u);
    EXPECT_TRUE(done(complete(*run)));
}

TEST_P(SchedulerRemove, FindsNoneThatIsNotThere) {
    EXPECT_EQ(code_of(client.remove_scheduler(queue, "s")), ErrorCode::not_found);
}

TEST_P(SchedulerRemove, ForgetsHowOftenItRan) {
    schedule(every("s", 60s));
    ASSERT_TRUE(go_on(*take()));
    ASSERT_TRUE(done(client.remove_scheduler(queue, "s")));
    pass_time(1s);
    schedule(every("s", 60s));

    EXPECT_EQ(scheduler("s").iteration_count, 1);
    EXPECT_EQ(scheduler("s").next, now());
}

TEST_P(SchedulerRemove, GoesWithItsQueue) {
    schedule(every("s", 60s));
    while (client.obliterate(queue, true).value())
        continue;

    EXPECT_EQ(code_of(client.scheduler(queue, "s")), ErrorCode::not_found);
    EXPECT_TRUE(client.schedulers({.queue = queue, .start = 0, .end = -1}).value().empty());
}

// ---- the pending run --------------------------------------------------------------------------

TEST_P(SchedulerPending, CannotBeRemovedByItself) {
    const ScheduledRun run = upsert(pattern("s", "0 9 * * *"), now() + 60s).value();

    EXPECT_EQ(code_of(client.remove(ref(run.job))), ErrorCode::wrong_state);
    EXPECT_EQ(ids(JobState::delayed), Ids{run.job});
    ASSERT_TRUE(done(client.promote(ref(run.job), now())));
    EXPECT_EQ(code_of(client.remove(ref(run.job))), ErrorCode::wrong_state);
}

TEST_P(SchedulerPending, CannotBeCancelledByItself) {
    const ScheduledRun run = upsert(pattern("s", "0 9 * * *"), now() + 60s).value();

    EXPECT_EQ(code_of(client.cancel(ref(run.job), "no", now())), ErrorCode::wrong_state);
    EXPECT_EQ(ids(JobState::delayed), Ids{run.job});
}

TEST_P(SchedulerPending, IsKeptByDrainingAndCleaning) {
    schedule(every("due", 60s));
    schedule(pattern("later", "0 9 * * *"), now() + 1h);
    add();
    add({.delay = 1h});
    pass_time(1s);
    EXPECT_EQ(client.clean({.queue = queue, .state = JobState::waiting, .now = now()}).value(),
              Ids{"3"});
    EXPECT_EQ(client.clean({.queue = queue, .state = JobState::delayed, .now = now()}).value(),
              Ids{"4"});
    add();
    EXPECT_EQ(client.drain(queue, true).value(), 1u);

    EXPECT_EQ(counts().waiting, 1u);
    EXPECT_EQ(counts().delayed, 1u);
    EXPECT_EQ(take()->job.repeat_job_key, "due");
}

TEST_P(SchedulerPending, OnceOverCanBeRemoved) {
    schedule(every("s", 60s));
    const auto run = take();
    ASSERT_TRUE(go_on(*run));
    ASSERT_TRUE(done(complete(*run)));

    EXPECT_TRUE(done(client.remove(ref(run->job.id))));
}

TEST_P(SchedulerPending, NeverFailsForHavingStalledTooOften) {
    schedule(every("s", 60s));
    ASSERT_TRUE(go_on(*take()));
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(recover_lost_jobs(0).size(), 1u);
        const auto run = take();
        ASSERT_TRUE(run);
        EXPECT_EQ(run->job.deferred_failure, "") << i;
    }
}

TEST_P(SchedulerPending, MayFailForHavingStalledOnceItsSchedulerIsGone) {
    schedule(every("s", 60s));
    ASSERT_TRUE(take());
    ASSERT_TRUE(done(client.remove_scheduler(queue, "s")));
    EXPECT_EQ(recover_lost_jobs(0).size(), 1u);

    EXPECT_NE(take()->job.deferred_failure, "");
}

}  // namespace toril::conformance
