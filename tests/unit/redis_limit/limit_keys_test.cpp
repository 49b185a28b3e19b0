// What limits leave on a Redis, and what becomes of asks that go there in one call.

#include "backend/redis/limit/limit_store.hpp"
#include "base/sync.hpp"
#include "base/uuid.hpp"
#include "support/redis_server.hpp"
#include "support/signal.hpp"

#include <toril/redis/config.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <utility>

using namespace std::chrono_literals;

namespace toril::redis_store {
namespace {

using base::RateRule;
using base::RateShape;
using contract::LimitParams;
using contract::LimitReply;

class LimitKeysTest : public ::testing::Test {
protected:
    ~LimitKeysTest() override {
        if (store) store->close(Millis{0});
    }

    static LimitParams asking(const std::string& key, const RateRule& rule) {
        return {.asks = {{.key = key, .rule = rule}}, .timeout = Millis{5'000}};
    }
    Result<LimitReply> ask(LimitParams params) {
        return base::wait_for_answer<Result<LimitReply>>(
            20s, [&](auto done) { store->decide(std::move(params), std::move(done)); });
    }
    std::string name(const std::string& key) const { return prefix + ":toril:limit:{" + key + "}"; }
    std::string command(const std::vector<std::string>& arguments) {
        return server.command(arguments);
    }
    // Integer replies come as ":N".
    std::int64_t number(const std::vector<std::string>& arguments) {
        const std::string reply = command(arguments);
        return std::stoll(reply.starts_with(":") ? reply.substr(1) : reply);
    }

    toril::testing::RedisServer server{};
    const std::string prefix = "limits-" + base::make_uuid();
    std::shared_ptr<contract::LimitStore> store = open_limit_store(
        std::make_shared<redis::Factory>(redis::Config::from_url(server.url()).value()),
        {.prefix = prefix});
};

// R8: not a moment less than the state means something, and not much more.
TEST_F(LimitKeysTest, LiveAsLongAsTheirStateMeansSomething) {
    for (const RateShape shape : {RateShape::sliding, RateShape::gcra, RateShape::fixed}) {
        const std::string key = "k" + std::to_string(static_cast<int>(shape));
        const RateRule rule{.shape = shape, .max = 7, .per = 3'600s};

        const Result<LimitReply> reply = ask(asking(key, rule));

        const auto lifetime =
            std::chrono::ceil<Millis>(reply->found[0].decision.reset_after).count();
        const std::int64_t left = number({"PTTL", name(key)});
        EXPECT_LE(left, lifetime + 2);
        EXPECT_GT(left, lifetime - 20'000);
    }
}

// R5
TEST_F(LimitKeysTest, AreNotWrittenByRefusalsAndPeeks) {
    const RateRule once{.max = 1, .per = 3'600s};
    LimitParams peek = asking("peeked", once);
    peek.kind = LimitParams::Kind::peek;
    ASSERT_TRUE(ask(peek));
    EXPECT_EQ(number({"EXISTS", name("peeked")}), 0);

    ASSERT_TRUE(ask(asking("k", once)));
    const std::string before = command({"GET", name("k")});
    ASSERT_FALSE(ask(asking("k", once))->found[0].decision.allowed);
    EXPECT_EQ(command({"GET", name("k")}), before);
}

TEST_F(LimitKeysTest, AreGoneOnceAllWasGivenBack) {
    const RateRule rule{.shape = RateShape::gcra, .max = 5, .per = 3'600s};
    ASSERT_TRUE(ask(asking("k", rule)));
    LimitParams refund = asking("k", rule);
    refund.kind = LimitParams::Kind::refund;

    EXPECT_EQ(ask(refund)->found[0].decision.remaining, 5);

    EXPECT_EQ(number({"EXISTS", name("k")}), 0);
}

TEST_F(LimitKeysTest, FailAskThatFindsWhatWeDidNotWrite) {
    const RateRule rule{.max = 5, .per = 60s};
    command({"SET", name("text"), "hello"});
    command({"SET", name("long"), std::string(85, '\xff')});
    command({"LPUSH", name("list"), "x"});

    for (const std::string key : {"text", "long", "list"}) {
        const Result<LimitReply> reply = ask(asking(key, rule));
        ASSERT_FALSE(reply) << key;
        EXPECT_EQ(reply.error().code(), ErrorCode::corrupt);
    }
    LimitParams both = asking("good", rule);
    both.asks.push_back({.key = "list", .rule = rule});
    EXPECT_FALSE(ask(both));
    EXPECT_EQ(number({"EXISTS", name("good")}), 0) << "all or nothing";
}

// Many in one call: each for itself, in order, and a damaged key is the trouble of its own ask.
TEST_F(LimitKeysTest, AreDecidedForEachCallerAloneWhenManyAskAtOnce) {
    const RateRule rule{.max = 50, .per = 3'600s};
    command({"LPUSH", name("bad"), "x"});
    support::Signal answered;
    std::atomic<int> allowed{0};
    std::atomic<int> failed{0};
    constexpr int asks = 200;
    for (int i = 0; i < asks; ++i)
        store->decide(asking(i % 2 == 0    ? "hot"
                             : i % 20 == 1 ? "bad"
                                           : "own" + std::to_string(i),
                             rule),
                      [&, i](const Result<LimitReply>& reply) {
                          if (!reply)
                              ++failed;
                          else if (i % 2 == 0 && reply->found[0].decision.allowed)
                              ++allowed;
                          answered.raise();
                      });
    ASSERT_TRUE(answered.wait(asks));

    EXPECT_EQ(allowed, 50);
    EXPECT_EQ(failed, 10);
    const std::string stats = command({"INFO", "commandstats"});
    const auto at = stats.find("cmdstat_evalsha:calls=");
    ASSERT_NE(at, std::string::npos);
    EXPECT_LT(std::stoi(stats.substr(at + 22)), asks / 4) << "in far fewer calls";
}

TEST_F(LimitKeysTest, AreDecidedForWhoLetGoOfTheStoreMeanwhile) {
    support::Signal let_go;
    struct AtTheEnd {
        support::Signal& signal;
        ~AtTheEnd() { signal.raise(); }
    };
    std::atomic<bool> answered{false};
    // Ended in this order: the store, then what tells of it.
    auto last = std::make_shared<
        std::pair<std::shared_ptr<AtTheEnd>, std::shared_ptr<contract::LimitStore>>>(
        std::make_shared<AtTheEnd>(let_go), store);

    store->decide(asking("k", {.max = 1, .per = 60s}),
                  [last, &answered](const Result<LimitReply>& reply) { answered = !!reply; });
    last.reset();
    store.reset();

    ASSERT_TRUE(let_go.wait());
    EXPECT_TRUE(answered);
}

TEST_F(LimitKeysTest, AreUnavailableWhenTheServerRefusesToWrite) {
    const RateRule rule{.max = 1, .per = 3'600s};
    ASSERT_TRUE(ask(asking("full", rule)));
    command({"CONFIG", "SET", "maxmemory", "1"});

    const Result<LimitReply> refused = ask(asking("k", rule));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), ErrorCode::unavailable);
    EXPECT_FALSE(ask(asking("full", rule))->found[0].decision.allowed) << "no needs no memory";

    command({"CONFIG", "SET", "maxmemory", "0"});
    EXPECT_TRUE(ask(asking("k", rule)));
}

// R7: the state of a server whose clock was ahead.
TEST_F(LimitKeysTest, FromTheFutureHealWithinTwoWindows) {
    for (const RateShape shape : {RateShape::sliding, RateShape::gcra, RateShape::fixed}) {
        const std::string key = "k" + std::to_string(static_cast<int>(shape));
        const RateRule rule{.shape = shape, .max = 3, .per = 60s};
        LimitParams ahead = asking(key, rule);
        ahead.now = 2'200'000'000s;
        ahead.asks[0].cost = 3;
        ASSERT_TRUE(ask(ahead)->found[0].decision.allowed);

        const Result<LimitReply> refused = ask(asking(key, rule));

        ASSERT_TRUE(refused);
        EXPECT_FALSE(refused->found[0].decision.allowed) << "nobody gets a fresh start";
        EXPECT_LE(refused->found[0].decision.retry_after, 2 * rule.per);
        EXPECT_EQ(
            base::rate_peek(rule, refused->found[0].state, refused->now + 2 * rule.per + 5s, 3)
                .allowed,
            true);
    }
}

}  // namespace
}  // namespace toril::redis_store
