// Servers that answer, but not with what was asked for: credentials, limits, loading, roles.

#include "client.hpp"
#include "support/redis_server.hpp"

#include <gtest/gtest.h>

using namespace std::chrono_literals;

namespace toril::redis::testing {
namespace {

using toril::testing::RedisServer;

Config config_of(const std::string& url, int protocol = 3) {
    Config config = *Config::from_url(url);
    config.reconnect.step = 10ms;
    config.protocol = protocol;
    return config;
}

std::string ask(Connection& connection, std::initializer_list<std::string_view> words) {
    return Answers::text_of(connection.call(request(words)));
}

TEST(ServerState, AcceptsTheRightPasswordInBothProtocols) {
    RedisServer server({.password = "hunter2"});
    for (const int protocol : {2, 3}) {
        Factory factory(config_of(server.url(), protocol));
        Connection connection = factory.open(Profile::api, "test");
        EXPECT_EQ(ask(connection, {"PING"}), "PONG");
    }
}

TEST(ServerState, AnswersUnauthorizedWithAWrongOrMissingPasswordAndShowsNone) {
    RedisServer server({.password = "hunter2"});
    const std::string at = "127.0.0.1:" + std::to_string(server.port());
    for (const std::string& url : {"redis://" + at, "redis://:wrong-secret@" + at})
        for (const int protocol : {2, 3}) {
            Log log;
            Factory factory(config_of(url, protocol), log.sink());
            Connection connection = factory.open(Profile::api, "test");
            const Result<Reply> answer = connection.call(request({"PING"}));
            ASSERT_FALSE(answer);
            EXPECT_EQ(answer.error().code(), ErrorCode::unauthorized);
            EXPECT_EQ(answer.error().message().find("wrong-secret"), std::string::npos);
            EXPECT_EQ(ask(connection, {"PING"}), "!unauthorized") << "at once, while it rests";
            EXPECT_EQ(log.count("redis.reconnecting"), 1u);
            EXPECT_FALSE(log.shows("wrong-secret"));
        }
}

TEST(ServerState, FullIsNotTakenForAnAnswer) {
    RedisServer server({.arguments = {"--maxclients", "2"}});
    Factory factory(config_of(server.url()));
    Connection first = factory.open(Profile::api, "first");
    Connection second = factory.open(Profile::api, "second");
    ASSERT_EQ(ask(first, {"PING"}), "PONG");
    ASSERT_EQ(ask(second, {"PING"}), "PONG");
    Connection third = factory.open(Profile::worker, "third");
    States states(third);
    ASSERT_TRUE(states.wait_for(LinkState::reconnecting, 2));
    EXPECT_EQ(ask(third, {"ECHO", "mine"}), "!unavailable");

    second.close(0ms);
    ASSERT_TRUE(states.wait_for(LinkState::ready));
    EXPECT_EQ(ask(third, {"ECHO", "mine"}), "mine");
}

TEST(ServerState, LoadingHoldsCommandsBackUntilTheDataIsThere) {
    RedisServer server({.arguments = {"--key-load-delay",  // microseconds
                                      "100",
                                      "--loading-process-events-interval-bytes",
                                      "1024"}});
    server.command({"DEBUG", "POPULATE", "10000", "key", "10"});
    server.command({"SET", "marker", "here"});
    ASSERT_EQ(server.command({"SAVE"}), "+OK");
    Factory factory(config_of(server.url()));
    Connection connection = factory.open(Profile::api, "test");
    ASSERT_EQ(ask(connection, {"GET", "marker"}), "here");

    server.start_again(/*wait_loaded=*/false);
    ASSERT_TRUE(server.command({"PING"}).starts_with("-LOADING"));

    EXPECT_EQ(Answers::text_of(connection.call(request({"GET", "marker"}), {.idempotent = true})),
              "here");
}

TEST(ServerState, ReadOnlyRefusesTheWriteAndGivesTheLinkUp) {
    RedisServer server;
    Factory factory(config_of(server.url()));
    Connection connection = factory.open(Profile::api, "test");
    States states(connection);
    ASSERT_EQ(ask(connection, {"SET", "k", "1"}), "OK");
    server.command({"REPLICAOF", "127.0.0.1", "1"});

    EXPECT_EQ(ask(connection, {"SET", "k", "2"}), "!unavailable");
    ASSERT_TRUE(states.wait_for(LinkState::reconnecting));
    server.command({"REPLICAOF", "NO", "ONE"});
    EXPECT_EQ(ask(connection, {"GET", "k"}), "1");
}

TEST(ServerState, OutOfMemoryRefusesWritesAndKeepsTheLink) {
    RedisServer server;
    Factory factory(config_of(server.url()));
    Connection connection = factory.open(Profile::api, "test");
    ASSERT_EQ(ask(connection, {"SET", "k", "1"}), "OK");
    server.command({"CONFIG", "SET", "maxmemory", "1"});

    EXPECT_EQ(ask(connection, {"SET", "k", "2"}), "!unavailable");
    EXPECT_EQ(ask(connection, {"GET", "k"}), "1");
    EXPECT_EQ(connection.stats_approx().connects, 1u);
}

TEST(ServerState, BusyWithAScriptIsAwaitedInTheHandshake) {
    RedisServer server({.arguments = {"--busy-reply-threshold", "10"}});
    Factory factory(config_of(server.url() + "/2"));
    Connection busy = factory.open(Profile::api, "busy");
    Answers looping;
    busy.send(request({"EVAL", "while true do end", "0"}), looping.one());
    while (!server.command({"PING"}).starts_with("-BUSY")) {
    }
    Connection connection = factory.open(Profile::api, "test");
    Answers held;
    connection.send(request({"ECHO", "x"}), held.one());
    while (server.command({"SCRIPT", "KILL"}) != "+OK") {
    }

    ASSERT_TRUE(held.wait_for(1));
    EXPECT_EQ(held.texts(), std::vector<std::string>{"x"});
    ASSERT_TRUE(looping.wait_for(1));
}

TEST(ServerState, WithFewRightsIsEnoughToWork) {
    RedisServer server;
    server.command({"ACL", "SETUSER", "app", "on", ">pw", "~*", "+get", "+set", "+hello", "+auth"});
    const std::string at = "127.0.0.1:" + std::to_string(server.port());
    Factory factory(config_of("redis://app:pw@" + at));
    Connection connection = factory.open(Profile::api, "test");

    EXPECT_EQ(ask(connection, {"SET", "k", "1"}), "OK");
    EXPECT_EQ(ask(connection, {"DEL", "k"}), "!unauthorized");
}

TEST(ServerState, OfAReplyOverTheLimitEndsTheLinkAndOnlyThatCommand) {
    RedisServer server;
    Config config = config_of(server.url());
    config.reply_bytes_max = 100'000;
    Factory factory(config);
    Connection connection = factory.open(Profile::api, "test");
    ASSERT_EQ(ask(connection, {"SETRANGE", "large", "200000", "x"}), "200001");

    EXPECT_EQ(Answers::text_of(connection.call(request({"GET", "large"}), {.idempotent = true})),
              "!outcome_unknown");
    EXPECT_EQ(ask(connection, {"ECHO", "x"}), "x");
}

}  // namespace
}  // namespace toril::redis::testing
