// Schedulers as BullMQ 6.7 writes them, continued as it continues them.

#include "base/schedule.hpp"
#include "keyspace.hpp"

using namespace std::chrono_literals;

namespace toril::redis_store {
namespace {

using Texts = std::vector<std::string>;

class SchedulerKeysTest : public StoreTest {
protected:
    contract::UpsertSchedulerParams every(Millis interval) {
        contract::UpsertSchedulerParams params{.queue = queue, .now = now};
        params.scheduler.id = "s1";
        params.scheduler.repeat.every = interval;
        params.scheduler.name = "jn";
        params.scheduler.data = R"({"a":1})";
        params.scheduler.opts = R"({"attempts":3,"backoff":100})";
        return params;
    }
    contract::UpsertSchedulerParams cron(Timestamp next) {
        auto params = every(0ms);
        params.scheduler.repeat.pattern = "0 * * * *";
        params.next = next;
        return params;
    }
    static Timestamp at(std::int64_t ms) { return Timestamp(Millis(ms)); }
    static std::string pending(std::int64_t ms) { return "repeat:s1:" + std::to_string(ms); }

    Result<bool> go_on(const JobId& id, Timestamp next = {}) {
        const auto job = client.job(ref(id));
        if (!job) return job.error();
        return client.continue_scheduler({.queue = queue,
                                          .scheduler = job->repeat_job_key,
                                          .job = id,
                                          .opts = job->opts.text(),
                                          .next = next,
                                          .now = now});
    }
    // Member of a job's options.
    bool opts_have(const JobId& id, const std::string& text) {
        const auto job = client.job(ref(id));
        return job && job->opts.text().find(text) != std::string::npos;
    }
    void put_repeatable(const Texts& record,
                        const std::string& scheduler,
                        const std::string& opts) {
        raw({"ZADD", name_of("repeat"), "1795186657720", scheduler});
        if (!record.empty()) {
            Texts command{"HSET", name_of("repeat:" + scheduler)};
            command.insert(command.end(), record.begin(), record.end());
            raw(command);
        }
        const std::string id = "repeat:" + scheduler + ":1795186657720";
        raw({"HSET", name_of(id), "name", "jn", "data", "[1]", "rjk", scheduler, "opts", opts});
        raw({"HSET", name_of(id), "timestamp", "1795186657720", "delay", "0", "priority", "0"});
        raw({"LPUSH", name_of("wait"), id});
    }
};

constexpr std::int64_t t0 = example_time;

TEST_F(SchedulerKeysTest, AnIntervalIsWrittenAsBullmqWritesIt) {
    const auto run = client.upsert_scheduler(every(60s));
    ASSERT_TRUE(run) << run.error().message();

    EXPECT_EQ(run->job, pending(t0));
    EXPECT_EQ(run->next, now);
    EXPECT_EQ(key("repeat"), "{s1: 1795186657720}");
    EXPECT_EQ(key("repeat:s1"),
              R"(data={"a":1} every=60000 ic=1 name=jn offset=37720 )"
              R"(opts={"attempts":3,"backoff":100})");
    EXPECT_EQ(key(pending(t0)),
              R"(data={"a":1} delay=0 name=jn opts={"attempts":3,"backoff":{"type":"fixed",)"
              R"("delay":100},"jobId":"repeat:s1:1795186657720","repeatJobKey":"s1","delay":0,)"
              R"("timestamp":1795186657720,"prevMillis":1795186657720,)"
              R"("repeat":{"every":60000,"count":1}} priority=0 rjk=s1 timestamp=1795186657720)");
    EXPECT_EQ(key("wait"), "[" + pending(t0) + "]");
    EXPECT_EQ(key("id"), "1");
    EXPECT_EQ(key("marker"), "{0: 0}");
    EXPECT_EQ(events(),
              (Texts{"added jobId " + pending(t0) + " name jn", "waiting jobId " + pending(t0)}));
}

TEST_F(SchedulerKeysTest, WhatIsEmptyIsLeftOut) {
    auto params = every(60s);
    params.scheduler.data = "{}";
    params.scheduler.opts = "{}";
    params.scheduler.name = "";
    ASSERT_TRUE(client.upsert_scheduler(params));

    EXPECT_EQ(key("repeat:s1"), "every=60000 ic=1 name=s1 offset=37720");
    EXPECT_EQ(client.job(ref(pending(t0)))->data.text(), "{}");
}

TEST_F(SchedulerKeysTest, ARunTellsItsTimesWhateverTheTemplateHolds) {
    auto params = cron(now + 5s);
    params.scheduler.opts =
        R"({"other":[7340125986214307,2518903647715923,4821222338498384],"delay":9})";
    ASSERT_TRUE(client.upsert_scheduler(params));

    const JobId id = pending(t0 + 5'000);
    EXPECT_TRUE(opts_have(id, R"("other":[7340125986214307,2518903647715923,4821222338498384])"));
    EXPECT_TRUE(opts_have(id, R"("delay":5000)"));
    EXPECT_TRUE(opts_have(id, R"("timestamp":1795186657720)"));
    EXPECT_TRUE(opts_have(id, R"("prevMillis":1795186662720)"));
    EXPECT_EQ(client.job(ref(id))->delay, 5s);
}

TEST_F(SchedulerKeysTest, APatternIsDelayedUntilItsTime) {
    auto params = cron(now + 100s);
    params.scheduler.repeat.tz = "Europe/Berlin";
    params.scheduler.repeat.limit = 7;
    params.scheduler.repeat.start_date = now;
    params.scheduler.repeat.end_date = now + 1h;
    params.scheduler.repeat.missed = MissedRuns::skip;
    params.scheduler.opts = "{}";
    params.scheduler.data = "{}";
    params.priority = 4;
    ASSERT_TRUE(client.upsert_scheduler(params));

    EXPECT_EQ(key("repeat:s1"),
              "endDate=1795190257720 ic=1 limit=7 missed=skip name=jn offset=0 "
              "pattern=0 * * * * startDate=1795186657720 tz=Europe/Berlin");
    EXPECT_EQ(key("delayed"), "{" + pending(t0 + 100'000) + ": 7353084959621120}");
    EXPECT_EQ(key("marker"), "{1: 1795186757720}");
    EXPECT_NE(key(pending(t0 + 100'000)).find("priority=4"), std::string::npos);
    EXPECT_EQ(events().back(), "delayed jobId " + pending(t0 + 100'000) + " delay 1795186757720");
}

TEST_F(SchedulerKeysTest, TheSameAgainKeepsItsTimeAndItsCount) {
    auto params = every(60s);
    params.scheduler.repeat.start_date = now + 10s;
    ASSERT_TRUE(client.upsert_scheduler(params));
    now += 3s;
    params.now = now;
    params.scheduler.data = R"({"a":2})";
    const auto run = client.upsert_scheduler(params);

    EXPECT_EQ(run->job, pending(t0 + 10'000));
    EXPECT_EQ(key("delayed"), "{" + pending(t0 + 10'000) + ": 7353084590981120}");
    EXPECT_EQ(client.job(ref(run->job))->data.text(), R"({"a":2})");
    EXPECT_EQ(client.job(ref(run->job))->delay, 7s);
    EXPECT_NE(key("repeat:s1").find("ic=1 name=jn offset=47720"), std::string::npos);
}

TEST_F(SchedulerKeysTest, AnotherIntervalBeginsAnew) {
    auto params = every(60s);
    params.scheduler.repeat.start_date = now + 10s;
    ASSERT_TRUE(client.upsert_scheduler(params));
    params = every(2s);
    const auto run = client.upsert_scheduler(params);

    EXPECT_EQ(run->next, now);
    EXPECT_EQ(key("delayed"), "");
    EXPECT_EQ(key("wait"), "[" + pending(t0) + "]");
    EXPECT_EQ(key("repeat"), "{s1: 1795186657720}");
}

TEST_F(SchedulerKeysTest, APendingRunThatWaitsWithAPriorityOrAsideIsReplacedToo) {
    auto params = every(60s);
    params.priority = 3;
    ASSERT_TRUE(client.upsert_scheduler(params));
    EXPECT_EQ(key("prioritized"), "{" + pending(t0) + ": 12884901889}");
    ASSERT_TRUE(client.upsert_scheduler(every(60s)));
    EXPECT_EQ(key("prioritized"), "");
    raw({"RENAME", name_of("wait"), name_of("paused")});
    raw({"HSET", name_of("meta"), "paused", "1"});
    ASSERT_TRUE(client.upsert_scheduler(every(60s)));

    EXPECT_EQ(key("paused") + key("wait"), "[" + pending(t0) + "]");
}

TEST_F(SchedulerKeysTest, ARunThatHasBegunIsLeftAlone) {
    ASSERT_TRUE(client.upsert_scheduler(every(60s)));
    take(1);
    const auto run = client.upsert_scheduler(every(60s));

    EXPECT_EQ(run->job, pending(t0 + 60'000));
    EXPECT_EQ(key("active"), "[" + pending(t0) + "]");
    EXPECT_EQ(key("repeat"), "{s1: 1795186717720}");
}

TEST_F(SchedulerKeysTest, FinishedRunsInTheWayAreSteppedOver) {
    for (int i = 0; i < 3; ++i)
        raw({"HSET", name_of(pending(t0 + i * 60'000)), "name", "old"});
    EXPECT_EQ(client.upsert_scheduler(every(60s))->job, pending(t0 + 180'000));
}

TEST_F(SchedulerKeysTest, TooManyInTheWayAreRefusedAndNothingIsChanged) {
    for (int i = 0; i < 33; ++i)
        raw({"HSET", name_of(pending(t0 + i * 60'000)), "name", "old"});
    const Keys before = keys();
    const auto run = client.upsert_scheduler(every(60s));

    ASSERT_FALSE(run);
    EXPECT_EQ(run.error().code(), ErrorCode::wrong_state);
    EXPECT_NE(run.error().message().find("clean"), std::string::npos);
    EXPECT_EQ(keys(), before);
}

TEST_F(SchedulerKeysTest, APatternsRunInTheWayIsRefusedAndNothingIsChanged) {
    raw({"HSET", name_of(pending(t0 + 5'000)), "name", "old"});
    const Keys before = keys();
    const auto run = client.upsert_scheduler(cron(now + 5s));

    ASSERT_FALSE(run);
    EXPECT_EQ(run.error().code(), ErrorCode::wrong_state);
    EXPECT_EQ(keys(), before);
}

// ---- the next run --------------------------------------------------------------------------

TEST_F(SchedulerKeysTest, ATakenRunIsContinuedOnce) {
    ASSERT_TRUE(client.upsert_scheduler(every(60s)));
    now += 10ms;
    take(1);
    events();
    EXPECT_EQ(*go_on(pending(t0)), true);
    EXPECT_EQ(*go_on(pending(t0)), false) << "a retry, or a repeated call";

    const JobId next = pending(t0 + 60'000);
    EXPECT_EQ(key("repeat"), "{s1: 1795186717720}");
    EXPECT_EQ(key("delayed"), "{" + next + ": 7353084795781120}");
    EXPECT_EQ(client.job(ref(next))->opts.text(),
              R"({"attempts":3,"backoff":{"type":"fixed","delay":100},)"
              R"("jobId":"repeat:s1:1795186717720","repeatJobKey":"s1","delay":59990,)"
              R"("timestamp":1795186657730,"prevMillis":1795186717720,)"
              R"("repeat":{"count":2,"every":60000}})");
    EXPECT_EQ(client.job(ref(next))->delay, Millis{59'990});
    EXPECT_NE(key("repeat:s1").find("ic=2"), std::string::npos);
    EXPECT_EQ(key("id"), "2");
    EXPECT_EQ(events(),
              (Texts{"added jobId " + next + " name jn",
                     "delayed jobId " + next + " delay 1795186717720"}));
}

TEST_F(SchedulerKeysTest, MissedRunsAreLeftOutInPhase) {
    ASSERT_TRUE(client.upsert_scheduler(every(60s)));
    now += 200s;
    take(1);
    ASSERT_TRUE(*go_on(pending(t0)));

    EXPECT_EQ(key("repeat"), "{s1: 1795186897720}") << "the fourth after the first";
}

TEST_F(SchedulerKeysTest, MissedRunsAreAllMadeIfThatIsWanted) {
    auto params = every(60s);
    params.scheduler.repeat.missed = MissedRuns::all;
    ASSERT_TRUE(client.upsert_scheduler(params));
    now += 200s;
    take(1);
    ASSERT_TRUE(*go_on(pending(t0)));

    EXPECT_EQ(key("repeat"), "{s1: 1795186717720}");
    EXPECT_EQ(key("wait"), "[" + pending(t0 + 60'000) + "]");
    EXPECT_TRUE(opts_have(pending(t0 + 60'000), R"("missed":"all")"));
}

TEST_F(SchedulerKeysTest, APatternGoesOnAtTheTimeThatWasWorkedOut) {
    ASSERT_TRUE(client.upsert_scheduler(cron(now)));
    take(1);
    EXPECT_EQ(*go_on(pending(t0)), false) << "there is no time after it";
    ASSERT_TRUE(*go_on(pending(t0), now + 1h));

    EXPECT_EQ(key("repeat"), "{s1: 1795190257720}");
    EXPECT_TRUE(opts_have(pending(t0 + 3'600'000), R"({"count":2,"pattern":"0 * * * *"})"));
}

TEST_F(SchedulerKeysTest, NoRunIsMadeBeyondTheLimitOrTheEnd) {
    auto params = every(60s);
    params.scheduler.repeat.limit = 1;
    ASSERT_TRUE(client.upsert_scheduler(params));
    take(1);
    EXPECT_EQ(*go_on(pending(t0)), false);
    raw({"HSET", name_of("repeat:s1"), "limit", "2", "endDate", "1795186657719"});
    EXPECT_EQ(*go_on(pending(t0)), false);
    raw({"HSET", name_of("repeat:s1"), "endDate", "1795186657720"});
    EXPECT_EQ(*go_on(pending(t0)), true) << "the scheduler says it, not the run's options";
}

TEST_F(SchedulerKeysTest, ARunThatIsThereAlreadyIsADuplicate) {
    ASSERT_TRUE(client.upsert_scheduler(every(60s)));
    take(1);
    raw({"HSET", name_of(pending(t0 + 60'000)), "name", "old"});
    events();
    EXPECT_EQ(*go_on(pending(t0)), false);

    EXPECT_EQ(events(), Texts{"duplicated jobId " + pending(t0 + 60'000)});
    EXPECT_EQ(key("repeat"), "{s1: 1795186657720}");
}

TEST_F(SchedulerKeysTest, WhatNodeEncodedBadlyIsPassedOnAsItIs) {
    put_repeatable({"name", "jn", "every", "60000", "ic", "1"},
                   "s1",
                   R"({"tags":{},"url":"a\/b","f":0.33333333333333,"priority":2,)"
                   R"("repeat":{"every":60000,"count":1,"tz":"Europe\/Berlin"}})");
    take(1);
    ASSERT_TRUE(*go_on(pending(t0)));

    const JobId next = pending(t0 + 60'000);
    EXPECT_TRUE(opts_have(next, R"({"tags":{},"url":"a/b")"));
    EXPECT_TRUE(opts_have(next, R"("count":2,"every":60000)"));
    EXPECT_NE(key(next).find("priority=2"), std::string::npos);
}

// ---- what older versions left --------------------------------------------------------------

TEST_F(SchedulerKeysTest, ARepeatableOfBullmq5GoesOnWithItsData) {
    const std::string md5 = "0c4e5b0a4a5f3dd0c8b5b8f0a5ac2b1e";
    put_repeatable({"name", "jn", "every", "60000"},
                   md5,
                   R"({"repeat":{"every":60000,"count":4,"key":")" + md5 + R"("}})");
    take(1);
    ASSERT_TRUE(*go_on("repeat:" + md5 + ":1795186657720"));

    const JobId next = "repeat:" + md5 + ":1795186717720";
    EXPECT_EQ(client.job(ref(next))->data.text(), "[1]");
    EXPECT_TRUE(opts_have(next, R"("count":5)"));
    EXPECT_EQ(key("repeat:" + md5), "data=[1] every=60000 ic=1 name=jn");
}

TEST_F(SchedulerKeysTest, OldKeysWithColonsAreLeftAlone) {
    const std::string old = "jn:::UTC:0 9 * * *";
    raw({"ZADD", name_of("repeat"), "1795186657720", old});
    const JobId id = "repeat:6d9e3a0c1f2b4d5e8f7a6b5c4d3e2f1a:1795186657720";
    raw({"HSET", name_of(id), "name", "jn", "data", "1", "rjk", old, "opts", "{}"});
    raw({"LPUSH", name_of("wait"), id});
    take(1);
    const Keys before = keys();

    EXPECT_EQ(*go_on(id, now + 1h), false);
    EXPECT_EQ(keys(), before);
}

// ---- looking and removing ------------------------------------------------------------------

TEST_F(SchedulerKeysTest, IsReadAsItWasGiven) {
    auto params = every(60s);
    params.scheduler.repeat.limit = 9;
    params.scheduler.repeat.end_date = now + 1h;
    params.scheduler.repeat.missed = MissedRuns::all;
    ASSERT_TRUE(client.upsert_scheduler(params));
    const auto found = client.scheduler(queue, "s1");
    ASSERT_TRUE(found);

    params.scheduler.repeat.offset = 37'720ms;
    EXPECT_EQ(found->repeat, params.scheduler.repeat);
    EXPECT_EQ(found->name, "jn");
    EXPECT_EQ(found->data, R"({"a":1})");
    EXPECT_EQ(found->opts, R"({"attempts":3,"backoff":100})");
    EXPECT_EQ(found->next, now);
    EXPECT_EQ(found->iteration_count, 1);
    EXPECT_EQ(client.scheduler(queue, "s2").error().code(), ErrorCode::not_found);
}

TEST_F(SchedulerKeysTest, AreListedByTheirNextRunWithoutThoseWhoseRecordIsGone) {
    for (const int i : {3, 1, 2}) {
        auto params = cron(now + i * 1s);
        params.scheduler.id = "s" + std::to_string(i);
        ASSERT_TRUE(client.upsert_scheduler(params));
    }
    raw({"ZADD", name_of("repeat"), "1", "ghost"});
    const auto ids = [&](const contract::PageParams& page) {
        Texts found;
        const auto schedulers = client.schedulers(page);
        for (const contract::Scheduler& scheduler : *schedulers)
            found.push_back(scheduler.id);
        return found;
    };

    EXPECT_EQ(ids({.queue = queue, .end = -1, .ascending = true}), (Texts{"s1", "s2", "s3"}));
    EXPECT_EQ(ids({.queue = queue, .end = 1}), (Texts{"s3", "s2"}));
    EXPECT_EQ(ids({.queue = queue, .start = 2, .end = 2, .ascending = true}), Texts{"s2"});
    EXPECT_EQ(ids({.queue = "none", .end = -1}), Texts{});
}

TEST_F(SchedulerKeysTest, GoesWithItsPendingRunIfThatIsNotDue) {
    ASSERT_TRUE(client.upsert_scheduler(cron(now + 5s)));
    events();
    ASSERT_TRUE(client.remove_scheduler(queue, "s1"));

    EXPECT_EQ(key("repeat") + key("repeat:s1") + key("delayed") + key(pending(t0 + 5'000)), "");
    EXPECT_EQ(events(), Texts{"removed jobId " + pending(t0 + 5'000) + " prev delayed"});
    EXPECT_EQ(client.remove_scheduler(queue, "s1").error().code(), ErrorCode::not_found);
}

TEST_F(SchedulerKeysTest, LeavesARunThatWaits) {
    ASSERT_TRUE(client.upsert_scheduler(every(60s)));
    ASSERT_TRUE(client.remove_scheduler(queue, "s1"));

    EXPECT_EQ(key("wait"), "[" + pending(t0) + "]");
    take(1);
    EXPECT_EQ(*go_on(pending(t0)), false);
}

}  // namespace
}  // namespace toril::redis_store
