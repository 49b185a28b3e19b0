// Adding: ids, places, and what is kept.

#include "fixture.hpp"

namespace toril::conformance {

TORIL_CONFORMANCE_SUITE(Add);

TEST_P(Add, GivesIdsCountedFromOne) {
    EXPECT_EQ(add(), "1");
    EXPECT_EQ(add(), "2");
    EXPECT_EQ(add({.delay = 1s}), "3");
    EXPECT_EQ(add({.priority = 1}), "4");
}

TEST_P(Add, KeepsWhatWasGiven) {
    const JobId id = add({.id = "order-7",
                          .name = "resize",
                          .data = R"({"n": 1.10, "a":[1, 2]})",
                          .opts = R"({"attempts":3,"mine":true})",
                          .delay = 1500ms,
                          .priority = 4});

    const Job kept = job(id);
    EXPECT_EQ(kept.id, "order-7");
    EXPECT_EQ(kept.queue, queue);
    EXPECT_EQ(kept.name, "resize");
    EXPECT_EQ(kept.data.text(), R"({"n": 1.10, "a":[1, 2]})") << "byte for byte";
    EXPECT_EQ(kept.opts.text(), R"({"attempts":3,"mine":true})");
    EXPECT_EQ(kept.delay, 1500ms);
    EXPECT_EQ(kept.priority, 4);
    EXPECT_EQ(kept.timestamp, now());
    EXPECT_EQ(kept.state, JobState::delayed);
}

TEST_P(Add, LeavesTheRestAtItsDefault) {
    const Job kept = job(add());

    EXPECT_EQ(kept.state, JobState::waiting);
    EXPECT_EQ(kept.progress.text(), "0");
    EXPECT_EQ(kept.attempts_made, 0);
    EXPECT_EQ(kept.attempts_started, 0);
    EXPECT_EQ(kept.stalled_counter, 0);
    EXPECT_EQ(kept.processed_on, Timestamp{});
    EXPECT_EQ(kept.finished_on, Timestamp{});
    EXPECT_FALSE(kept.return_value);
    EXPECT_EQ(kept.failed_reason, "");
    EXPECT_TRUE(kept.stacktrace.empty());
    EXPECT_EQ(kept.processed_by, "");
    EXPECT_EQ(kept.parent_key, "");
    EXPECT_EQ(kept.deferred_failure, "");
}

TEST_P(Add, KeepsATimestampOfItsOwn) {
    const Timestamp then = now() - 1h;

    EXPECT_EQ(job(add({.timestamp = then})).timestamp, then);
}

TEST_P(Add, CountsADelayFromTheTimestamp) {
    add({.delay = 10s, .timestamp = now() - 9s});

    EXPECT_FALSE(take());
    pass_time(1s);
    EXPECT_TRUE(take());
}

TEST_P(Add, AnswersEachJobOfABatchInOrder) {
    auto added = add_batch({{.id = "a", .name = "x", .data = "1", .opts = "{}"},
                            {.name = "x", .data = "2", .opts = "{}"},
                            {.id = "a", .name = "x", .data = "3", .opts = "{}"},
                            {.name = "x", .data = "4", .opts = "{}", .priority = 3},
                            {.name = "x", .data = "5", .opts = "{}", .delay = 5ms}});

    ASSERT_TRUE(added);
    ASSERT_EQ(added->size(), 5u);
    EXPECT_EQ(*(*added)[0], (Added{"a", false}));
    EXPECT_EQ(*(*added)[1], (Added{"2", false}));
    EXPECT_EQ(*(*added)[2], (Added{"a", true}));
    EXPECT_EQ(*(*added)[3], (Added{"4", false}));
    EXPECT_EQ(*(*added)[4], (Added{"5", false}));
    EXPECT_EQ(job("a").data.text(), "1");
    EXPECT_EQ(ids(JobState::waiting), (Ids{"a", "2"}));
    EXPECT_EQ(ids(JobState::prioritized), (Ids{"4"}));
    EXPECT_EQ(ids(JobState::delayed), (Ids{"5"}));
}

TEST_P(Add, ChangesNothingWhenTheIdIsThereAlready) {
    add({.id = "order-7", .name = "first", .data = "1"});

    auto again = add_batch({{.id = "order-7", .name = "second", .data = "2", .delay = 1h}});

    ASSERT_TRUE(again);
    EXPECT_EQ(*again->front(), (Added{"order-7", true}));
    EXPECT_EQ(job("order-7").name, "first");
    EXPECT_EQ(job("order-7").data.text(), "1");
    EXPECT_EQ(job("order-7").state, JobState::waiting);
    EXPECT_EQ(counts().waiting, 1u);
}

TEST_P(Add, CountsAnIdUpEvenForAJobThatBringsItsOwn) {
    add({.id = "mine"});
    add({.id = "mine"});

    EXPECT_EQ(add(), "3");
}

TEST_P(Add, FindsAnIdWhoseJobIsFinished) {
    add({.id = "order-7"});
    ASSERT_TRUE(done(complete(*take())));

    EXPECT_TRUE((*add_batch({{.id = "order-7"}}))[0]->existed);
    EXPECT_EQ(job("order-7").state, JobState::completed);
}

TEST_P(Add, MayUseAnIdAgainAfterItsJobIsGone) {
    add({.id = "order-7", .data = "1"});
    ASSERT_TRUE(done(client.remove(ref("order-7"))));

    add({.id = "order-7", .data = "2"});

    EXPECT_EQ(job("order-7").data.text(), "2");
    EXPECT_EQ(counts().waiting, 1u);
}

TEST_P(Add, PutsALifoJobInFront) {
    const JobId first = add();
    const JobId lifo = add({.lifo = true});
    const JobId newest = add({.lifo = true});

    EXPECT_EQ(ids(JobState::waiting), (Ids{newest, lifo, first}));
}

TEST_P(Add, TakesNoNoticeOfLifoAmongPrioritizedJobs) {
    const JobId first = add({.priority = 2});
    const JobId lifo = add({.priority = 2, .lifo = true});

    EXPECT_EQ(ids(JobState::prioritized), (Ids{first, lifo}));
}

TEST_P(Add, DelaysAJobThatHasAPriorityToo) {
    const JobId id = add({.delay = 1s, .priority = 2});

    EXPECT_EQ(job(id).state, JobState::delayed);
    EXPECT_EQ(counts().prioritized, 0u);
}

TEST_P(Add, KeepsQueuesApart) {
    add({.id = "a", .data = "1"});
    ASSERT_TRUE(client.add({.queue = "photos",
                            .jobs = {{.id = "a", .name = "x", .data = "2", .opts = "{}"}},
                            .repeat_token = "t",
                            .now = now()}));

    EXPECT_EQ(job("a").data.text(), "1");
    EXPECT_EQ(client.job({"photos", "a"})->data.text(), "2");
    EXPECT_EQ(counts().waiting, 1u);
    EXPECT_EQ(client.counts("photos")->waiting, 1u);
}

TEST_P(Add, TakesAFullBatch) {
    std::vector<AddJob> jobs(contract::batch_jobs_max, {.name = "x", .data = "{}", .opts = "{}"});

    auto added = add_batch(std::move(jobs));

    ASSERT_TRUE(added);
    ASSERT_EQ(added->size(), contract::batch_jobs_max);
    EXPECT_EQ(added->back()->id, std::to_string(contract::batch_jobs_max));
    EXPECT_EQ(counts().waiting, contract::batch_jobs_max);
    EXPECT_EQ(take()->job.id, "1");
}

TEST_P(Add, GoesByTheStoresOwnClockWhenNoTimeIsGiven) {
    ASSERT_TRUE(client.add(
        {.queue = queue, .jobs = {{.name = "x", .data = "1", .opts = "{}"}}, .repeat_token = "t"}));

    EXPECT_NE(job("1").timestamp, Timestamp{});
}

}  // namespace toril::conformance
