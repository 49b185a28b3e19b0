// What taking writes: locks, the active list, the marker that wakes the next, the rate limit.

#include "keyspace.hpp"

using namespace std::chrono_literals;

namespace toril::redis_store {
namespace {

using TakeKeysTest = StoreTest;
using Texts = std::vector<std::string>;

TEST_F(TakeKeysTest, ATakenJobIsWrittenAsBullmqWritesIt) {
    add();
    events();
    const auto answer =
        call({.taker = {.name = "wk1", .lock_duration = 30s}, .take = 1, .token = "token:1"});

    ASSERT_EQ(answer.jobs.size(), 1u);
    EXPECT_EQ(answer.jobs[0].data, R"({"a":1})");
    EXPECT_EQ(answer.jobs[0].attempts_started, 1);
    EXPECT_EQ(answer.jobs[0].processed_on, now);
    EXPECT_EQ(key("active"), "[1]");
    EXPECT_EQ(key("wait"), "");
    EXPECT_EQ(key("1"),
              R"(ats=1 data={"a":1} delay=0 name=n opts={"attempts":0} pb=wk1 priority=0 )"
              "processedOn=1795186657720 timestamp=1795186657720");
    EXPECT_EQ(key("1:lock"), "token:1");
    EXPECT_GT(std::stoi(raw({"PTTL", name_of("1:lock")})), 29'000);
    EXPECT_EQ(events(), Texts{"active jobId 1 prev waiting"});
}

TEST_F(TakeKeysTest, SeveralAreTakenAsIfOneByOne) {
    for (int i = 0; i < 5; ++i)
        add();

    EXPECT_EQ(take(3), (Texts{"1", "2", "3"}));
    EXPECT_EQ(key("active"), "[3, 2, 1]");
    EXPECT_EQ(key("wait"), "[5, 4]");
}

TEST_F(TakeKeysTest, OneTakenAloneStandsInTheSamePlace) {
    for (int i = 0; i < 3; ++i)
        add();

    EXPECT_EQ(take(1), Texts{"1"});
    EXPECT_EQ(take(1), Texts{"2"});
    EXPECT_EQ(key("active"), "[2, 1]");
    EXPECT_EQ(key("wait"), "[3]");
}

TEST_F(TakeKeysTest, WhoTakesWakesTheNextOnlyWhileMoreWaits) {
    for (int i = 0; i < 3; ++i)
        add();
    raw({"DEL", name_of("marker")});
    take(2);
    EXPECT_EQ(key("marker"), "{0: 0}");

    raw({"DEL", name_of("marker")});
    take(2);
    EXPECT_EQ(key("marker"), "");
}

TEST_F(TakeKeysTest, AFinishedJobThatFreesASlotWakesAnother) {
    ASSERT_TRUE(client.set_concurrency(queue, 1));
    add();
    add();
    take(1);
    raw({"DEL", name_of("marker")});
    ASSERT_TRUE(complete("1"));

    EXPECT_EQ(key("marker"), "{0: 0}");
}

TEST_F(TakeKeysTest, TheCounterOfPrioritiesEndsWithTheLastOfThem) {
    add({.priority = 3});
    add({.priority = 1});

    EXPECT_EQ(take(2), (Texts{"2", "1"}));
    EXPECT_EQ(key("pc"), "2");
    take(1);
    EXPECT_EQ(key("pc"), "");
}

TEST_F(TakeKeysTest, ADueJobIsLetInBehindTheOthers) {
    add({.delay = 1s});
    add({.delay = 1s, .priority = 2});
    add();
    events();
    now += 1s;

    EXPECT_EQ(take(3), (Texts{"3", "1", "2"}));
    EXPECT_EQ(events(),
              (Texts{"waiting jobId 1 prev delayed",
                     "waiting jobId 2 prev delayed",
                     "active jobId 3 prev waiting",
                     "active jobId 1 prev waiting",
                     "active jobId 2 prev waiting"}));
    EXPECT_NE(key("1").find("delay=0 "), std::string::npos);
    EXPECT_EQ(key("delayed"), "");
}

TEST_F(TakeKeysTest, DueJobsAreLetInWhilePausedAsWell) {
    add({.delay = 1s});
    ASSERT_TRUE(client.pause(queue));
    now += 2s;

    EXPECT_TRUE(take(1).empty());
    EXPECT_EQ(key("wait"), "[1]");
    EXPECT_EQ(key("marker"), "") << "nobody may take it";
}

TEST_F(TakeKeysTest, MarkersOfBullmq4InTheListAreNoJobs) {
    add();
    raw({"RPUSH", name_of("wait"), "0:1795186657720"});
    raw({"LPUSH", name_of("wait"), "0:0"});

    EXPECT_EQ(client.counts(queue)->waiting, 2u);
    EXPECT_EQ(take(1), Texts{"1"});
    EXPECT_TRUE(take(2).empty());
    EXPECT_EQ(key("active"), "[1]");
    EXPECT_EQ(key("wait"), "");
}

TEST_F(TakeKeysTest, AnIdWithoutARecordComesToBeFailed) {
    raw({"LPUSH", name_of("wait"), "ghost"});
    const auto answer = call({.take = 1, .token = "t"});

    ASSERT_EQ(answer.jobs.size(), 1u);
    EXPECT_EQ(answer.jobs[0].deferred_failure, "the record of this job is missing");
    ASSERT_TRUE(fail("ghost", answer.jobs[0].deferred_failure));
    EXPECT_EQ(client.job(ref("ghost"))->state, JobState::failed);
}

TEST_F(TakeKeysTest, AKeyThatIsNoJobIsDroppedAndTheQueueGoesOn) {
    raw({"LPUSH", name_of("wait"), "text"});
    raw({"SET", name_of("text"), "not a job"});
    add();

    EXPECT_EQ(take(2), Texts{"1"});
    EXPECT_EQ(key("text"), "not a job");
    EXPECT_EQ(key("active"), "[1]");
}

TEST_F(TakeKeysTest, StartsAreCountedInOneWindow) {
    for (int i = 0; i < 5; ++i)
        add();
    const contract::Taker limited{.limit = contract::RateLimit{.max = 3, .duration = 60s}};
    const auto first = call({.taker = limited, .take = 2, .token = "t"});
    const auto second = call({.taker = limited, .take = 2, .token = "t"});

    EXPECT_EQ(first.jobs.size(), 2u);
    EXPECT_EQ(first.limited_for, Millis{0});
    EXPECT_EQ(second.jobs.size(), 1u);
    EXPECT_GT(second.limited_for, 50s);
    EXPECT_EQ(key("limiter"), "3");
    EXPECT_GT(std::stoi(raw({"PTTL", name_of("limiter")})), 50'000);
}

TEST_F(TakeKeysTest, TheQueuesOwnRateLimitGoesBeforeTheWorkers) {
    for (int i = 0; i < 3; ++i)
        add();
    raw({"HSET", name_of("meta"), "max", "1", "duration", "60000"});
    const auto answer = call({.take = 3, .token = "t"});

    EXPECT_EQ(answer.jobs.size(), 1u);
    EXPECT_GT(answer.limited_for, 50s);
}

TEST_F(TakeKeysTest, ARateLimitSetByHandHoldsBackThoseThatHaveOne) {
    add();
    raw({"SET", name_of("limiter"), "9007199254740991", "PX", "60000"});
    const contract::Taker limited{.limit = contract::RateLimit{.max = 3, .duration = 60s}};

    EXPECT_TRUE(call({.taker = limited, .take = 1, .token = "t"}).jobs.empty());
    EXPECT_EQ(call({.take = 1, .token = "t"}).jobs.size(), 1u);
}

TEST_F(TakeKeysTest, NoMoreAreTakenThanTheQueueAllows) {
    ASSERT_TRUE(client.set_concurrency(queue, 2));
    for (int i = 0; i < 4; ++i)
        add();
    const auto answer = call({.take = 4, .token = "t"});

    EXPECT_EQ(answer.jobs.size(), 2u);
    EXPECT_TRUE(answer.blocked);
    EXPECT_EQ(key("wait"), "[4, 3]");
}

}  // namespace
}  // namespace toril::redis_store
