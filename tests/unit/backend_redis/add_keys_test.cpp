// What adding writes, to the byte: the worked examples of the specification.

#include "keyspace.hpp"

using namespace std::chrono_literals;

namespace toril::redis_store {
namespace {

using AddKeysTest = StoreTest;
using Texts = std::vector<std::string>;

TEST_F(AddKeysTest, AStandardJobIsWrittenAsBullmqWritesIt) {
    add({.opts = R"({"backoff":{"delay":500,"type":"fixed"},"attempts":3})"});

    EXPECT_EQ(keys(),
              (Keys{{"id", "1"},
                    {"meta", "opts.maxLenEvents=10000"},
                    {"1",
                     R"(data={"a":1} delay=0 name=n )"
                     R"(opts={"backoff":{"delay":500,"type":"fixed"},"attempts":3} )"
                     R"(priority=0 timestamp=1795186657720)"},
                    {"wait", "[1]"},
                    {"marker", "{0: 0}"},
                    {"events", "2 events"}}));
    EXPECT_EQ(events(), (Texts{"added jobId 1 name n", "waiting jobId 1"}));
}

TEST_F(AddKeysTest, NewJobsStandAtTheLeftAndLifoOnesAtTheRight) {
    add();
    add();
    add({.lifo = true});

    EXPECT_EQ(key("wait"), "[2, 1, 3]");
}

TEST_F(AddKeysTest, PriorityScoresKeepTheOrderOfArrival) {
    for (int i = 0; i < 4; ++i)
        add();
    add({.priority = 5});
    add({.priority = 5});

    EXPECT_EQ(key("prioritized"), "{5: 21474836481, 6: 21474836482}");
    EXPECT_EQ(key("pc"), "2");
}

TEST_F(AddKeysTest, JobsDueInOneMillisecondKeepTheOrderOfArrival) {
    const contract::AddJob job{.name = "n", .data = "1", .opts = "{}", .delay = 1s};
    add(job);
    ASSERT_TRUE(client.add({.queue = queue, .jobs = {job, job}, .now = now}));

    EXPECT_EQ(key("delayed"), "{1: 7353084554117120, 2: 7353084554117121, 3: 7353084554117122}");
    EXPECT_EQ(key("marker"), "{1: 1795186658720}");
    EXPECT_EQ(events().back(), "delayed jobId 3 delay 1795186658720");
}

TEST_F(AddKeysTest, ADelayCountsFromTheJobsOwnTimestamp) {
    add({.delay = 1s, .timestamp = now - 5s});

    EXPECT_EQ(events().back(), "delayed jobId 1 delay 1795186653720");
    EXPECT_EQ(take(1), Texts{"1"});
}

TEST_F(AddKeysTest, AnIdThatExistsChangesNothingButTheCounter) {
    add({.id = "a"});
    Keys before = keys();
    events();
    const contract::AddJob again{.id = "a", .name = "other", .data = "2", .opts = "{}"};
    const auto added = client.add({.queue = queue, .jobs = {again}, .now = now});

    EXPECT_TRUE((*added->front()).existed);
    EXPECT_EQ(events(), Texts{"duplicated jobId a"});
    before["id"] = "2";
    before["events"] = "3 events";
    EXPECT_EQ(keys(), before);
}

TEST_F(AddKeysTest, ABatchOfAllKindsIsOneStep) {
    const contract::AddJob job{.name = "n", .data = "1", .opts = "{}"};
    std::vector<contract::AddJob> jobs(6, job);
    jobs[1].delay = 1s;
    jobs[2].priority = 2;
    jobs[3].lifo = true;
    jobs[4].id = jobs[5].id = "own";
    const auto added = client.add({.queue = queue, .jobs = jobs, .now = now});

    Texts ids;
    for (const auto& one : *added)
        ids.push_back((*one).id + ((*one).existed ? " existed" : ""));
    EXPECT_EQ(ids, (Texts{"1", "2", "3", "4", "own", "own existed"}));
    EXPECT_EQ(key("wait"), "[own, 1, 4]");
    EXPECT_EQ(key("prioritized"), "{3: 8589934593}");
    EXPECT_EQ(key("marker"), "{0: 0, 1: 1795186658720}");
    EXPECT_EQ(key("id"), "6");
}

TEST_F(AddKeysTest, NoMarkerWhileNobodyMayTake) {
    ASSERT_TRUE(client.pause(queue));
    add();
    EXPECT_EQ(key("marker"), "");

    ASSERT_TRUE(client.resume(queue));
    ASSERT_TRUE(client.set_concurrency(queue, 1));
    ASSERT_EQ(take(2).size(), 1u);
    raw({"DEL", name_of("marker")});
    add();
    EXPECT_EQ(key("marker"), "") << "as many are active as may be";
}

TEST_F(AddKeysTest, TheOwnCapOnEventsIsKept) {
    raw({"HSET", name_of("meta"), "opts.maxLenEvents", "200", "version", "bullmq:6.7.0"});
    for (int i = 0; i < 5; ++i) {
        const std::vector<contract::AddJob> jobs(200, {.name = "n", .data = "1", .opts = "{}"});
        ASSERT_TRUE(client.add({.queue = queue, .jobs = jobs, .now = now}));
    }

    EXPECT_LT(std::stoi(raw({"XLEN", name_of("events")})), 800);
    EXPECT_EQ(key("meta"), "opts.maxLenEvents=200 version=bullmq:6.7.0");
}

TEST_F(AddKeysTest, ARepeatWithTheSameTokenAnswersAgainAndAddsNothing) {
    contract::AddJob own{.id = "own", .name = "n", .data = "1", .opts = "{}"};
    contract::AddJob numbered = own;
    numbered.id.clear();
    const contract::AddParams params{
        .queue = queue, .jobs = {numbered, own, own}, .repeat_token = "token", .now = now};
    const auto first = client.add(params);
    const Keys before = keys();

    const auto second = client.add(params);

    ASSERT_EQ(second->size(), 3u);
    for (std::size_t i = 0; i < 3; ++i)
        EXPECT_EQ(*(*second)[i], *(*first)[i]);
    EXPECT_EQ(keys(), before);
    EXPECT_EQ(before.at("toril:add:token"), "0 0 1795186657720 001");
    EXPECT_GT(std::stoi(raw({"PTTL", name_of("toril:add:token")})), 590'000);
}

TEST_F(AddKeysTest, MoreJobsThanOneStepTakesGoInPartsAndKeepTheirOrder) {
    const std::vector<contract::AddJob> jobs(1201, {.name = "n", .data = "1", .opts = "{}"});
    const contract::AddParams params{
        .queue = queue, .jobs = jobs, .repeat_token = "big", .now = now};
    const auto first = client.add(params);
    const auto second = client.add(params);

    ASSERT_EQ(first->size(), jobs.size());
    for (std::size_t i = 0; i < jobs.size(); ++i) {
        EXPECT_EQ((*(*first)[i]).id, std::to_string(i + 1));
        EXPECT_EQ((*(*second)[i]).id, std::to_string(i + 1));
    }
    EXPECT_EQ(raw({"LLEN", name_of("wait")}), "1201");
}

TEST_F(AddKeysTest, AHugeJobGoesAloneSoThatNoStepIsLong) {
    const std::string big(5'000'000, ' ');
    const std::vector<contract::AddJob> jobs(3, {.name = "n", .data = big + "1", .opts = "{}"});
    const auto added = client.add({.queue = queue, .jobs = jobs, .now = now});

    ASSERT_EQ(added->size(), 3u);
    EXPECT_EQ(raw({"STRLEN", name_of("id")}), "1");
    EXPECT_EQ(key("wait"), "[3, 2, 1]");
    for (const char* id : {"1", "2", "3"})
        raw({"DEL", name_of(id)});
}

}  // namespace
}  // namespace toril::redis_store
