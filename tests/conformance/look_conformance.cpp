// Looking: counts, pages, one job, the list of queues. Nothing is changed by it.

#include "fixture.hpp"

namespace toril::conformance {

TORIL_CONFORMANCE_SUITE(Look);
TORIL_CONFORMANCE_SUITE(Page);

TEST_P(Look, CountsEachState) {
    add_completed();
    add_completed();
    add_failed();
    add({.priority = 1});
    ASSERT_TRUE(take());
    add({.delay = 1h});
    add({.priority = 4});
    add_several(3);

    EXPECT_EQ(counts(),
              (JobCounts{.waiting = 3,
                         .active = 1,
                         .delayed = 1,
                         .prioritized = 1,
                         .completed = 2,
                         .failed = 1}));
}

TEST_P(Look, FindsNothingInAQueueThatNobodyMade) {
    EXPECT_EQ(counts(), JobCounts{});
    EXPECT_EQ(ids(JobState::waiting), Ids{});
    EXPECT_FALSE(client.info(queue)->paused);
    EXPECT_EQ(code_of(client.job(ref("1"))), ErrorCode::not_found);
    EXPECT_EQ(client.queues().value(), std::vector<std::string>{}) << "nor makes it";
}

TEST_P(Look, NamesTheQueuesInOrder) {
    for (const char* name : {"photos", "mail", "a b/c"})
        ASSERT_TRUE(client.add({.queue = name,
                                .jobs = {{.name = "x", .data = "1", .opts = "{}"}},
                                .repeat_token = name,
                                .now = now()}));

    EXPECT_EQ(client.queues().value(), (std::vector<std::string>{"a b/c", "mail", "photos"}));
}

TEST_P(Look, ShowsTheStateOfAJobAllAlong) {
    const JobId id = add({.delay = 1s});
    EXPECT_EQ(job(id).state, JobState::delayed);
    pass_time(1s);
    call(next_call(0));
    EXPECT_EQ(job(id).state, JobState::waiting);
    auto run = take();
    EXPECT_EQ(job(id).state, JobState::active);
    ASSERT_TRUE(done(retry(*run, 1s)));
    EXPECT_EQ(job(id).state, JobState::delayed);
    pass_time(1s);
    run = take();
    ASSERT_TRUE(done(fail(*run)));
    EXPECT_EQ(job(id).state, JobState::failed);
}

// ---- pages ----------------------------------------------------------------------------------

TEST_P(Page, IsCutByPositionsWithBothEndsIn) {
    add_several(5);
    const auto page = [&](std::int64_t start, std::int64_t end, bool ascending) {
        const auto jobs = client.page({.queue = queue,
                                       .state = JobState::waiting,
                                       .start = start,
                                       .end = end,
                                       .ascending = ascending});
        Ids ids;
        for (const Job& job : *jobs)
            ids.push_back(job.id);
        return ids;
    };

    EXPECT_EQ(page(0, 0, true), (Ids{"1"}));
    EXPECT_EQ(page(1, 2, true), (Ids{"2", "3"}));
    EXPECT_EQ(page(3, 99, true), (Ids{"4", "5"}));
    EXPECT_EQ(page(0, 1, false), (Ids{"5", "4"}));
    EXPECT_EQ(page(0, -1, true), (Ids{"1", "2", "3", "4", "5"}));
    EXPECT_EQ(page(0, -1, false), (Ids{"5", "4", "3", "2", "1"}));
    EXPECT_EQ(page(5, 9, true), Ids{});
    EXPECT_EQ(page(3, 1, true), Ids{});
}

TEST_P(Page, ShowsWaitingJobsNextToRunFirst) {
    add({.id = "old"});
    add({.id = "new"});
    add({.id = "lifo", .lifo = true});

    EXPECT_EQ(ids(JobState::waiting, true), (Ids{"lifo", "old", "new"}));
    EXPECT_EQ(ids(JobState::waiting, false), (Ids{"new", "old", "lifo"}));
}

TEST_P(Page, ShowsActiveJobsLongestRunningFirst) {
    add_several(3);
    ASSERT_EQ(take_several(2).size(), 2u);
    ASSERT_TRUE(take());

    EXPECT_EQ(ids(JobState::active, true), (Ids{"1", "2", "3"}));
    EXPECT_EQ(ids(JobState::active, false), (Ids{"3", "2", "1"}));
}

TEST_P(Page, ShowsDelayedJobsNextDueFirst) {
    add({.id = "late", .delay = 2h});
    add({.id = "soon", .delay = 1h});

    EXPECT_EQ(ids(JobState::delayed, true), (Ids{"soon", "late"}));
    EXPECT_EQ(ids(JobState::delayed, false), (Ids{"late", "soon"}));
}

TEST_P(Page, ShowsPrioritizedJobsFirstServedFirst) {
    add({.id = "low", .priority = 9});
    add({.id = "high", .priority = 1});

    EXPECT_EQ(ids(JobState::prioritized, true), (Ids{"high", "low"}));
    EXPECT_EQ(ids(JobState::prioritized, false), (Ids{"low", "high"}));
}

TEST_P(Page, ShowsFinishedJobsByTheTimeOfTheirEnd) {
    const JobId first = add_completed();
    pass_time(1s);
    const JobId second = add_completed();

    EXPECT_EQ(ids(JobState::completed, true), (Ids{first, second}));
    EXPECT_EQ(ids(JobState::completed, false), (Ids{second, first}));
}

TEST_P(Page, ShowsJobsFinishedInOneMillisecondInTheOrderOfTheirIds) {
    for (const char* id : {"b", "C", "a", "n10", "n9"}) {
        add({.id = id});
        ASSERT_TRUE(done(complete(*take())));
    }

    EXPECT_EQ(ids(JobState::completed, true), (Ids{"C", "a", "b", "n10", "n9"}))
        << "byte for byte, as in a Redis sorted set";
}

TEST_P(Page, ShowsWholeJobs) {
    add({.name = "resize", .data = R"({"w":1})", .opts = R"({"attempts":2})", .priority = 3});
    ASSERT_TRUE(client.update_progress(ref("1"), "5"));
    ASSERT_TRUE(done(fail(*take())));

    const auto page =
        client.page({.queue = queue, .state = JobState::failed, .start = 0, .end = 0});
    ASSERT_TRUE(page);
    ASSERT_EQ(page->size(), 1u);
    const Job& shown = page->front();
    EXPECT_EQ(shown.id, "1");
    EXPECT_EQ(shown.queue, queue);
    EXPECT_EQ(shown.name, "resize");
    EXPECT_EQ(shown.data.text(), R"({"w":1})");
    EXPECT_EQ(shown.opts.text(), R"({"attempts":2})");
    EXPECT_EQ(shown.state, JobState::failed);
    EXPECT_EQ(shown.progress.text(), "5");
    EXPECT_EQ(shown.attempts_made, 1);
    EXPECT_EQ(shown.attempts_started, 1);
    EXPECT_EQ(shown.priority, 3);
    EXPECT_EQ(shown.failed_reason, "no route");
    EXPECT_EQ(shown.stacktrace, (std::vector<std::string>{"no route"}));
    EXPECT_EQ(shown.timestamp, now());
    EXPECT_EQ(shown.finished_on, now());
}

}  // namespace toril::conformance
