// What is changed and removed by hand, as BullMQ writes it.

#include "keyspace.hpp"

using namespace std::chrono_literals;

namespace toril::redis_store {
namespace {

using QueueKeysTest = StoreTest;
using Texts = std::vector<std::string>;

TEST_F(QueueKeysTest, APromotedJobWaitsByItsPriority) {
    add({.delay = 5s});
    add({.delay = 5s, .priority = 2});
    events();
    ASSERT_TRUE(client.promote(ref("1"), now));
    ASSERT_TRUE(client.promote(ref("2"), now));

    EXPECT_EQ(key("wait"), "[1]");
    EXPECT_EQ(key("prioritized"), "{2: 8589934593}");
    EXPECT_EQ(raw({"HGET", name_of("1"), "delay"}), "0");
    EXPECT_EQ(events(), (Texts{"waiting jobId 1 prev delayed", "waiting jobId 2 prev delayed"}));
}

TEST_F(QueueKeysTest, AChangedDelayCountsFromNow) {
    add({.delay = 5s});
    events();
    now += 1s;
    ASSERT_TRUE(client.change_delay(ref("1"), 9s, now));

    EXPECT_EQ(events(), Texts{"delayed jobId 1 delay 1795186667720"});
    EXPECT_EQ(raw({"HGET", name_of("1"), "delay"}), "9000");
    EXPECT_EQ(key("marker"), "{1: 1795186667720}");
}

TEST_F(QueueKeysTest, AChangedPriorityMovesAWaitingJobWithoutAnEvent) {
    add();
    add({.priority = 4});
    add();
    events();
    ASSERT_TRUE(client.change_priority(ref("1"), 7, false));
    ASSERT_TRUE(client.change_priority(ref("2"), 0, true));
    ASSERT_TRUE(client.change_priority(ref("3"), 3, true));

    EXPECT_EQ(key("wait"), "[2]");
    EXPECT_EQ(key("prioritized"), "{3: 12884901888, 1: 30064771074}");
    EXPECT_TRUE(events().empty());
}

TEST_F(QueueKeysTest, ProgressIsTold) {
    add();
    events();
    ASSERT_TRUE(client.update_progress(ref("1"), R"({"percent":42})"));

    EXPECT_EQ(events(), Texts{R"(progress jobId 1 data {"percent":42})"});
}

TEST_F(QueueKeysTest, ARetriedJobForgetsItsResultAndKeepsItsAttempts) {
    add();
    take(1);
    EXPECT_TRUE(fail("1", "boom"));
    events();
    ASSERT_TRUE(client.retry({.job = ref("1"), .from = JobState::failed, .now = now}));

    EXPECT_EQ(key("1"),
              R"(atm=1 ats=1 data={"a":1} delay=0 name=n opts={"attempts":0} priority=0 )"
              R"(stacktrace=["at"] timestamp=1795186657720)");
    EXPECT_EQ(events(), Texts{"waiting jobId 1 prev failed"});
}

TEST_F(QueueKeysTest, ARemovedJobIsToldWithItsLastPlace) {
    add();
    add({.delay = 5s});
    add({.priority = 3});
    events();
    for (const char* id : {"1", "2", "3"})
        ASSERT_TRUE(client.remove(ref(id)));

    EXPECT_EQ(events(),
              (Texts{"removed jobId 1 prev wait",
                     "removed jobId 2 prev delayed",
                     "removed jobId 3 prev prioritized"}));
}

TEST_F(QueueKeysTest, TheNextRunOfAScheduleIsNotRemoved) {
    const std::string id = "repeat:s1:1795186717720";
    raw({"ZADD", name_of("repeat"), "1795186717720", "s1"});
    raw({"HSET",
         name_of(id),
         "name",
         "n",
         "data",
         "1",
         "opts",
         "{}",
         "rjk",
         "s1",
         "timestamp",
         "1"});
    raw({"LPUSH", name_of("wait"), id});
    add();

    EXPECT_EQ(client.remove(ref(id)).error().code(), ErrorCode::wrong_state);
    EXPECT_EQ(*client.drain(queue, true), 1u);
    EXPECT_TRUE(
        client
            .clean(
                {.queue = queue, .state = JobState::waiting, .older_than = Millis{0}, .now = now})
            ->empty());
    EXPECT_EQ(key("wait"), "[" + id + "]");
}

TEST_F(QueueKeysTest, CleaningIsToldWithItsCount) {
    for (int i = 0; i < 3; ++i)
        add();
    take(2);
    EXPECT_TRUE(complete("1"));
    now += 1s;
    EXPECT_TRUE(complete("2"));
    events();
    now += 1s;
    const auto removed = client.clean({.queue = queue, .older_than = 1500ms, .now = now});

    EXPECT_EQ(*removed, Texts{"1"});
    EXPECT_EQ(events(), Texts{"cleaned count 1"});
    EXPECT_EQ(key("1"), "");
}

TEST_F(QueueKeysTest, ObliteratingLeavesNothingAtAll) {
    for (int i = 0; i < 5; ++i)
        add();
    add({.delay = 5s});
    add({.priority = 3});
    call({.taker = {.worker = "w", .limit = contract::RateLimit{.max = 9, .duration = 60s}},
          .sequence = 1,
          .take = 2,
          .token = "t"});
    EXPECT_TRUE(complete("1"));
    ASSERT_TRUE(client.add({.queue = queue,
                            .jobs = {{.name = "n", .data = "1", .opts = "{}"}},
                            .repeat_token = "token",
                            .now = now}));
    raw({"ZADD", name_of("waiting-children"), "1", "parent"});
    raw({"HSET", name_of("parent"), "name", "n"});
    raw({"SET", name_of("de:D"), "gone"});
    raw({"ZADD", name_of("repeat"), "1", "s1"});
    raw({"HSET", name_of("repeat:s1"), "ic", "1"});

    EXPECT_EQ(client.obliterate(queue, false).error().code(), ErrorCode::wrong_state);
    Result<bool> more = client.obliterate(queue, true);
    while (more && *more)
        more = client.obliterate(queue, true);

    ASSERT_TRUE(more) << more.error().message();
    EXPECT_EQ(keys(), Keys{});
}

TEST_F(QueueKeysTest, QueuesAreFoundByTheirOwnPrefixOnly) {
    add();
    raw({"HSET", prefix + ":with space:meta", "opts.maxLenEvents", "1"});
    raw({"HSET", prefix + ":other:prefix:meta", "opts.maxLenEvents", "1"});
    raw({"SET", prefix + ":no-queue:meta", "text"});

    EXPECT_EQ(*client.queues(), (Texts{"q", "with space"}));
    for (const char* name : {":with space:meta", ":other:prefix:meta", ":no-queue:meta"})
        raw({"DEL", prefix + name});
}

TEST_F(QueueKeysTest, AJobOfAnotherClientIsReadWithItsDefaults) {
    raw({"HSET",
         name_of("old"),
         "name",
         "n",
         "attemptsMade",
         "3",
         "atm",
         "1",
         "progress",
         "40",
         "parentKey",
         "bull:x:1",
         "delay",
         "1234.5"});
    raw({"ZADD", name_of("completed"), "1", "old"});
    const Job job = *client.job(ref("old"));

    EXPECT_EQ(job.attempts_made, 3);
    EXPECT_EQ(job.data.text(), "{}");
    EXPECT_EQ(job.opts.text(), "{}");
    EXPECT_EQ(job.progress.text(), "40");
    EXPECT_EQ(job.parent_key, "bull:x:1");
    EXPECT_EQ(job.delay, Millis{1'234});
    EXPECT_EQ(job.state, JobState::completed);
}

TEST_F(QueueKeysTest, ALongPageIsReadInPartsInOrder) {
    const std::vector<contract::AddJob> jobs(450, {.name = "n", .data = "1", .opts = "{}"});
    ASSERT_TRUE(client.add({.queue = queue, .jobs = jobs, .now = now}));
    const auto page = client.page({.queue = queue, .start = 5, .end = -6, .ascending = true});

    ASSERT_EQ(page->size(), 440u);
    for (std::size_t i = 0; i < page->size(); ++i)
        EXPECT_EQ((*page)[i].id, std::to_string(i + 6));
}

}  // namespace
}  // namespace toril::redis_store
