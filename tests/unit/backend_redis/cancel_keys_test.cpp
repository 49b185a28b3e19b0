// Cancelling: what it writes, who hears of it, and what becomes of a wish that came too late.

#include "base/sync.hpp"
#include "keyspace.hpp"
#include "support/redis_server.hpp"

using namespace std::chrono_literals;

namespace toril::redis_store {
namespace {

using Texts = std::vector<std::string>;

class CancelKeysTest : public StoreTest {
protected:
    /// "cancelled: reason", "done", or the code.
    std::string renew(const JobId& id, const std::string& token = "t") {
        const auto answer = client.renew(queue, {{id, token}}, 30s, now);
        if (!answer) return answer.error().message();
        const Status& status = answer->at(0);
        if (status) return "done";
        const std::string code(to_string(status.error().code()));
        return status.error().code() == ErrorCode::cancelled
                   ? code + ": " + status.error().message()
                   : code;
    }
    std::string cancel(const JobId& id, const std::string& reason = "enough") {
        const auto was = client.cancel(ref(id), reason, now);
        return std::string(was ? to_string(*was) : to_string(was.error().code()));
    }
    std::unique_ptr<contract::Watcher> watch() {
        return store->watch({.queue = queue, .what = contract::WatchFor::cancellations});
    }
    using Answer = base::OneShot<Result<Timestamp>>;
    static std::shared_ptr<Answer> wait(contract::Watcher& watcher, Millis at_most = 10s) {
        auto answer = std::make_shared<Answer>();
        watcher.wait(at_most, [answer](Result<Timestamp> due) { answer->set(std::move(due)); });
        return answer;
    }
};

// ---- jobs that do not run -------------------------------------------------------------------

TEST_F(CancelKeysTest, AWaitingJobFailsWithTheReason) {
    add();
    events();
    EXPECT_EQ(cancel("1"), "waiting");

    EXPECT_EQ(key("1"),
              R"(atm=1 data={"a":1} delay=0 failedReason=enough finishedOn=1795186657720 name=n )"
              R"(opts={"attempts":0} priority=0 timestamp=1795186657720)");
    EXPECT_EQ(key("failed"), "{1: 1795186657720}");
    EXPECT_EQ(key("wait"), "");
    EXPECT_EQ(events(), Texts{"failed jobId 1 failedReason enough prev wait"});
}

TEST_F(CancelKeysTest, TheEventNamesTheListThatItWasIn) {
    add({.delay = 1s});
    add({.priority = 2});
    add();
    raw({"RENAME", name_of("wait"), name_of("paused")});
    raw({"HSET", name_of("meta"), "paused", "1"});
    events();
    EXPECT_EQ(cancel("1"), "delayed");
    EXPECT_EQ(cancel("2"), "prioritized");
    EXPECT_EQ(cancel("3"), "waiting");

    EXPECT_EQ(events(),
              (Texts{"failed jobId 1 failedReason enough prev delayed",
                     "failed jobId 2 failedReason enough prev prioritized",
                     "failed jobId 3 failedReason enough prev wait"}));
    EXPECT_EQ(key("delayed") + key("prioritized") + key("paused"), "");
}

TEST_F(CancelKeysTest, AJobThatWaitsForChildrenLeavesThemAlone) {
    add({.id = "C"});
    raw({"HSET", name_of("R"), "name", "r", "data", "{}", "opts", "{}", "timestamp", "1"});
    raw({"ZADD", name_of("waiting-children"), "1", "R"});
    raw({"SADD", name_of("R:dependencies"), name_of("C")});
    EXPECT_EQ(cancel("R"), "waiting-children");

    EXPECT_EQ(key("waiting-children"), "");
    EXPECT_EQ(key("failed"), "{R: 1795186657720}");
    EXPECT_EQ(key("R:dependencies"), "{" + name_of("C") + "}");
    EXPECT_EQ(key("wait"), "[C]");
}

TEST_F(CancelKeysTest, AParentHearsOfItAsOfAnyFailure) {
    raw({"HSET", name_of("R"), "name", "r", "data", "{}", "opts", "{}", "timestamp", "1"});
    raw({"ZADD", name_of("waiting-children"), "1", "R"});
    add({.id = "C"});
    raw({"SADD", name_of("R:dependencies"), name_of("C")});
    raw({"HSET",
         name_of("C"),
         "parentKey",
         name_of("R"),
         "parent",
         R"({"id":"R","queueKey":")" + prefix + R"(:q","idof":true})"});
    events();
    EXPECT_EQ(cancel("C"), "waiting");

    EXPECT_EQ(key("R:failed"), name_of("C") + "=enough");
    EXPECT_EQ(key("wait"), "[R]");
    EXPECT_EQ(events(),
              (Texts{"waiting jobId R prev waiting-children",
                     "failed jobId C failedReason enough prev wait"}));
}

TEST_F(CancelKeysTest, AKeyOfDeduplicationIsFreed) {
    add();
    raw({"HSET", name_of("1"), "deid", "D"});
    raw({"SET", name_of("de:D"), "1"});
    EXPECT_EQ(cancel("1"), "waiting");

    EXPECT_EQ(key("de:D"), "");
}

TEST_F(CancelKeysTest, WhatIsFinishedOrNotThereIsRefused) {
    add();
    take(1);
    ASSERT_TRUE(complete("1"));
    const Keys before = keys();

    EXPECT_EQ(cancel("1"), "wrong_state");
    EXPECT_EQ(cancel("2"), "not_found");
    EXPECT_EQ(keys(), before);
}

TEST_F(CancelKeysTest, TheNextRunOfASchedulerIsRefused) {
    contract::UpsertSchedulerParams params{.queue = queue, .now = now};
    params.scheduler.id = "s";
    params.scheduler.repeat.every = 60s;
    const auto run = client.upsert_scheduler(params);
    ASSERT_TRUE(run);
    const auto refused = client.cancel(ref(run->job), "enough", now);

    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), ErrorCode::wrong_state);
    EXPECT_NE(refused.error().message().find("schedule"), std::string::npos);
    EXPECT_EQ(key("wait"), "[" + run->job + "]");
}

TEST_F(CancelKeysTest, AnActiveJobThatNobodyHoldsFailsWhenItIsPutBack) {
    add();
    take(1);
    raw({"DEL", name_of("1:lock")});
    EXPECT_EQ(cancel("1"), "active");
    ASSERT_TRUE(client.recover_stalled({.queue = queue, .interval = 0ms, .now = now}));
    ASSERT_EQ(*client.recover_stalled({.queue = queue, .interval = 0ms, .now = now}), Texts{"1"});

    EXPECT_EQ(raw({"HGET", name_of("1"), "defa"}), "enough");
}

// ---- jobs that run ---------------------------------------------------------------------------

TEST_F(CancelKeysTest, ARunIsAskedToStopAtItsNextRenewal) {
    add();
    add();
    take(2);
    events();
    EXPECT_EQ(renew("1"), "done");
    EXPECT_EQ(cancel("1", "two\nlines"), "active");

    EXPECT_EQ(key("toril:cancel:1"), "t\ntwo\nlines");
    EXPECT_GT(std::stoi(raw({"PTTL", name_of("toril:cancel:1")})), 86'000'000);
    EXPECT_EQ(renew("1"), "cancelled: two\nlines");
    EXPECT_EQ(renew("1"), "cancelled: two\nlines") << "until it ends";
    EXPECT_EQ(renew("2"), "done");
    EXPECT_EQ(key("1:lock"), "t");
    EXPECT_EQ(events(), Texts{});
}

TEST_F(CancelKeysTest, OneRenewalTellsOfEach) {
    for (int i = 0; i < 4; ++i)
        add();
    take(4);
    EXPECT_EQ(cancel("2", "second"), "active");
    EXPECT_EQ(cancel("4", "fourth"), "active");
    const auto answer =
        client.renew(queue, {{"1", "t"}, {"2", "t"}, {"3", "other"}, {"4", "t"}}, 30s, now);

    ASSERT_TRUE(answer);
    ASSERT_EQ(answer->size(), 4u);
    EXPECT_TRUE((*answer)[0]);
    EXPECT_EQ((*answer)[1].error().message(), "second");
    EXPECT_EQ((*answer)[2].error().code(), ErrorCode::not_owner);
    EXPECT_EQ((*answer)[3].error().message(), "fourth");
}

TEST_F(CancelKeysTest, TheWishGoesWithTheRunHoweverThatEnds) {
    using Kind = contract::Outcome::Kind;
    for (const Kind kind : {Kind::complete, Kind::fail, Kind::retry, Kind::hand_back}) {
        const JobId id = add({.lifo = true});
        ASSERT_EQ(take(1), Texts{id});
        EXPECT_EQ(cancel(id), "active");
        EXPECT_EQ(finish({{.id = id, .token = "t", .kind = kind, .value = "1"}}), Texts{""});
        EXPECT_EQ(key("toril:cancel:" + id), "");
        if (kind == Kind::retry || kind == Kind::hand_back) {
            EXPECT_EQ(cancel(id), "waiting");
        }
    }
}

TEST_F(CancelKeysTest, ALostRunFailsWithTheWish) {
    add();
    take(1);
    EXPECT_EQ(cancel("1"), "active");
    raw({"DEL", name_of("1:lock")});
    ASSERT_TRUE(client.recover_stalled({.queue = queue, .interval = 0ms, .now = now}));
    ASSERT_EQ(*client.recover_stalled({.queue = queue, .interval = 0ms, .now = now}), Texts{"1"});

    EXPECT_EQ(key("toril:cancel:1"), "");
    EXPECT_EQ(raw({"HGET", name_of("1"), "defa"}), "enough");
}

TEST_F(CancelKeysTest, AWishForARunOfNodeIsForgottenWhenThatIsLost) {
    add();
    take(1, "1ee92d63-1c12-4a3e-9e06-1c1c1c1c1c1c:7");
    EXPECT_EQ(cancel("1"), "active");
    raw({"DEL", name_of("1:lock")});
    ASSERT_TRUE(client.recover_stalled({.queue = queue, .interval = 0ms, .now = now}));
    ASSERT_EQ(*client.recover_stalled({.queue = queue, .interval = 0ms, .now = now}), Texts{"1"});

    EXPECT_EQ(key("toril:cancel:1"), "");
    EXPECT_EQ(raw({"HEXISTS", name_of("1"), "defa"}), "0");
}

TEST_F(CancelKeysTest, AWishForAnotherRunDoesNotCount) {
    add();
    take(1, "first");
    EXPECT_EQ(cancel("1"), "active");
    const std::string mark = key("toril:cancel:1");
    EXPECT_EQ(finish({{.id = "1", .token = "first", .kind = contract::Outcome::Kind::hand_back}}),
              Texts{""});
    raw({"SET", name_of("toril:cancel:1"), mark});
    take(1, "second");

    EXPECT_EQ(renew("1", "second"), "done");
}

// ---- who hears of it -------------------------------------------------------------------------

TEST_F(CancelKeysTest, AllWatchersAreWokenForARun) {
    add();
    take(1);
    const auto first = watch(), second = watch();
    // What may have been missed before the subscription counts as heard.
    ASSERT_TRUE(wait(*first)->wait_for(20s));
    ASSERT_TRUE(wait(*second)->wait_for(20s));
    const auto heard = wait(*first), heard_too = wait(*second);
    EXPECT_EQ(cancel("1"), "active");

    EXPECT_TRUE(*heard->wait_for(20s));
    EXPECT_TRUE(*heard_too->wait_for(20s));
    EXPECT_EQ(renew("1"), "cancelled: enough");
}

TEST_F(CancelKeysTest, WhatIsSaidBetweenTwoWaitsCounts) {
    add();
    take(1);
    const auto watcher = watch();
    ASSERT_TRUE(wait(*watcher)->wait_for(20s));
    EXPECT_EQ(cancel("1"), "active");
    EXPECT_TRUE(*wait(*watcher, 60s)->wait_for(20s));
}

TEST_F(CancelKeysTest, AWaitEndsByItselfAndByAnInterrupt) {
    const auto watcher = watch();
    ASSERT_TRUE(wait(*watcher)->wait_for(20s));
    EXPECT_TRUE(*wait(*watcher, 5ms)->wait_for(20s)) << "its time has passed";
    const auto waiting = wait(*watcher);
    watcher->interrupt();

    EXPECT_EQ(waiting->wait_for(20s)->error().code(), ErrorCode::cancelled);
    EXPECT_EQ(wait(*watcher)->wait_for(20s)->error().code(), ErrorCode::cancelled);
}

TEST_F(CancelKeysTest, TheLastWatcherOfAQueueLeavesItsChannel) {
    const auto subscribers = [&] { return raw({"PUBLISH", name_of("toril:cancel"), ""}); };
    auto first = watch(), second = watch();
    ASSERT_TRUE(wait(*first)->wait_for(20s));
    EXPECT_EQ(subscribers(), "1");
    first.reset();
    EXPECT_EQ(subscribers(), "1");
    second.reset();
    const auto other = store->watch({.queue = "x", .what = contract::WatchFor::cancellations});
    ASSERT_TRUE(wait(*other)->wait_for(20s)) << "confirmed after what was said before";
    EXPECT_EQ(subscribers(), "0");
}

class CancelAwayTest : public ::testing::Test {
protected:
    testing::RedisServer server_{{.append_only = true}};
};

TEST_F(CancelAwayTest, AWatcherIsWokenWhenTheLinkIsBack) {
    const auto config = redis::Config::from_url(server_.url());
    ASSERT_TRUE(config);
    const auto store = open_redis(*config, {.prefix = "p"});
    const auto watcher = store->watch({.queue = "q", .what = contract::WatchFor::cancellations});
    const auto wait = [&] {
        auto answer = std::make_shared<base::OneShot<Result<Timestamp>>>();
        watcher->wait(60s, [answer](Result<Timestamp> due) { answer->set(std::move(due)); });
        return answer;
    };
    ASSERT_TRUE(wait()->wait_for(20s));
    const auto waiting = wait();
    server_.kill();
    server_.start_again();

    EXPECT_TRUE(*waiting->wait_for(20s)) << "something may have been missed";
    EXPECT_TRUE(store->close(1s));
}

}  // namespace
}  // namespace toril::redis_store
