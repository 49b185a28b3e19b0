// Rate limits and metrics as BullMQ writes them.

#include "keyspace.hpp"

using namespace std::chrono_literals;

namespace toril::redis_store {
namespace {

using Counts = std::vector<std::uint64_t>;

class LimitKeysTest : public StoreTest {
protected:
    /// Finishes runs of token "t" for a worker that counts, and keeps `points` minutes.
    void end_counted(const std::vector<JobId>& ids,
                     contract::Outcome::Kind kind = contract::Outcome::Kind::complete,
                     int points = 10) {
        std::vector<contract::Outcome> outcomes;
        for (const JobId& id : ids)
            outcomes.push_back({.id = id, .token = "t", .kind = kind, .value = "1"});
        for (const Status& status :
             call({.taker = {.metrics_points_max = points}, .outcomes = outcomes}).finished)
            EXPECT_TRUE(status);
    }
    std::vector<JobId> take_new(std::size_t count) {
        for (std::size_t i = 0; i < count; ++i)
            add();
        return take(count);
    }
};

TEST_F(LimitKeysTest, AQueuesLimitStandsInItsMeta) {
    add();
    raw({"DEL", name_of("marker")});
    ASSERT_TRUE(client.set_rate_limit(queue, contract::RateLimit{.max = 5, .duration = 2s}));

    EXPECT_EQ(key("meta"), "duration=2000 max=5 opts.maxLenEvents=10000");
    EXPECT_EQ(key("marker"), "{0: 0}") << "a worker may start under another limit now";
    const auto info = client.info(queue);
    ASSERT_TRUE(info && info->limit);
    EXPECT_EQ(info->limit->max, 5);
    EXPECT_EQ(info->limit->duration, 2s);

    ASSERT_TRUE(client.set_rate_limit(queue, std::nullopt));
    EXPECT_EQ(key("meta"), "opts.maxLenEvents=10000");
    EXPECT_FALSE(client.info(queue)->limit);
}

TEST_F(LimitKeysTest, TheMostComesFromTheQueueFirstAndTheWindowFromTheWorkerFirst) {
    ASSERT_TRUE(client.set_rate_limit(queue, contract::RateLimit{.max = 2, .duration = 60s}));
    for (int i = 0; i < 4; ++i)
        add();
    const contract::Taker taker{.limit = contract::RateLimit{.max = 3, .duration = 5s}};
    const auto answer = call({.taker = taker, .take = 4, .token = "t"});

    EXPECT_EQ(answer.jobs.size(), 2u);
    EXPECT_GT(answer.limited_for, 0ms);
    EXPECT_LE(answer.limited_for, 5s);
}

TEST_F(LimitKeysTest, AJobThatOnlyComesToBeFailedIsNotCounted) {
    ASSERT_TRUE(client.set_rate_limit(queue, contract::RateLimit{.max = 5, .duration = 60s}));
    add();
    add();
    raw({"HSET", name_of("1"), "defa", "why"});
    EXPECT_EQ(take(2).size(), 2u);

    EXPECT_EQ(key("limiter"), "1");
}

TEST_F(LimitKeysTest, ALimitSetByHandIsTheOneOfBullmq) {
    ASSERT_TRUE(client.rate_limit_for(queue, 5s));

    EXPECT_EQ(key("limiter"), "9007199254740991");
    EXPECT_GT(std::stoi(raw({"PTTL", name_of("limiter")})), 4'000);
    EXPECT_GT(*client.rate_limit_ttl(queue), 4s);
    EXPECT_GT(*client.rate_limit_ttl(queue, 3), 4s);
    ASSERT_TRUE(client.rate_limit_for(queue, 0ms));
    EXPECT_EQ(key("limiter"), "");
    EXPECT_EQ(*client.rate_limit_ttl(queue), 0ms);
}

TEST_F(LimitKeysTest, AnEndedLimitSetByHandWakesAWorker) {
    add();
    raw({"DEL", name_of("marker")});
    ASSERT_TRUE(client.rate_limit_for(queue, 5s));
    EXPECT_EQ(key("marker"), "");
    ASSERT_TRUE(client.rate_limit_for(queue, 0ms));

    EXPECT_EQ(key("marker"), "{0: 0}");
}

TEST_F(LimitKeysTest, TheTimeLeftIsThatOfWhoAsks) {
    raw({"SET", name_of("limiter"), "3", "PX", "5000"});

    EXPECT_EQ(*client.rate_limit_ttl(queue, 4), 0ms);
    EXPECT_GT(*client.rate_limit_ttl(queue, 3), 4s);
    EXPECT_EQ(*client.rate_limit_ttl(queue), 0ms) << "a window of workers, no limit by hand";
    ASSERT_TRUE(client.set_rate_limit(queue, contract::RateLimit{.max = 3, .duration = 5s}));
    EXPECT_GT(*client.rate_limit_ttl(queue), 4s);
    raw({"PERSIST", name_of("limiter")});
    EXPECT_EQ(*client.rate_limit_ttl(queue), 0ms) << "one that never ends limits nothing";
}

TEST_F(LimitKeysTest, WaitingJobsAreCountedByPriority) {
    add();
    raw({"RPUSH", name_of("paused"), "x"});
    for (const int priority : {1, 2, 2, 2'097'151})
        add({.priority = priority});
    raw({"ZADD", name_of("prioritized"), "8589934592", "pushed-back-to-the-front-of-2"});

    EXPECT_EQ(*client.counts_per_priority(queue, {2, 0, 1, 3, 2'097'151}), (Counts{3, 2, 1, 0, 1}));
    EXPECT_EQ(*client.counts_per_priority(queue, {}), Counts{});
}

// ---- metrics -------------------------------------------------------------------------------

TEST_F(LimitKeysTest, NothingIsCountedUnlessTheWorkerSaysSo) {
    take_new(1);
    ASSERT_TRUE(complete("1"));

    EXPECT_EQ(key("metrics:completed"), "");
}

TEST_F(LimitKeysTest, FinishedJobsAreCountedPerMinuteAsBullmqDoes) {
    end_counted(take_new(3));
    EXPECT_EQ(key("metrics:completed"), "count=3 prevCount=0 prevTS=1795186657720");
    EXPECT_EQ(key("metrics:completed:data"), "");
    now += 1min;
    end_counted(take_new(2));
    EXPECT_EQ(key("metrics:completed"), "count=5 prevCount=3 prevTS=1795186717720");
    EXPECT_EQ(key("metrics:completed:data"), "[3]");
    now += 3min;
    end_counted(take_new(1));

    EXPECT_EQ(key("metrics:completed"), "count=6 prevCount=5 prevTS=1795186897720");
    EXPECT_EQ(key("metrics:completed:data"), "[0, 0, 2, 3]");
    EXPECT_EQ(key("metrics:failed"), "");
}

TEST_F(LimitKeysTest, OnlySoManyMinutesAreKept) {
    end_counted(take_new(1), contract::Outcome::Kind::fail, 2);
    now += 1min;
    end_counted(take_new(1), contract::Outcome::Kind::fail, 2);
    now += 100min;
    end_counted(take_new(1), contract::Outcome::Kind::fail, 2);

    EXPECT_EQ(key("metrics:failed:data"), "[0, 1]");
    EXPECT_EQ(key("metrics:completed"), "");
}

TEST_F(LimitKeysTest, RetriesAndRefusalsAreNotCounted) {
    take_new(2);
    end_counted({"1"}, contract::Outcome::Kind::retry);
    const auto answer = call({.taker = {.metrics_points_max = 5},
                              .outcomes = {{.id = "2", .token = "other", .value = "1"}}});
    EXPECT_FALSE(answer.finished.at(0));

    EXPECT_EQ(key("metrics:completed") + key("metrics:failed"), "");
}

TEST_F(LimitKeysTest, MetricsAreReadByPosition) {
    raw({"HSET", name_of("metrics:failed"), "count", "9", "prevTS", "60000", "prevCount", "7"});
    raw({"RPUSH", name_of("metrics:failed:data"), "4", "0", "3"});
    const auto all = client.metrics({.queue = queue, .failed = true});

    ASSERT_TRUE(all);
    EXPECT_EQ(*all,
              (contract::Metrics{.count = 9,
                                 .previous_at = Timestamp(60s),
                                 .previous_count = 7,
                                 .data = {4, 0, 3},
                                 .points = 3}));
    EXPECT_EQ(client.metrics({.queue = queue, .failed = true, .start = 1, .end = 1})->data,
              std::vector<std::int64_t>{0});
    EXPECT_EQ(*client.metrics({.queue = queue}), contract::Metrics{});
}

}  // namespace
}  // namespace toril::redis_store
