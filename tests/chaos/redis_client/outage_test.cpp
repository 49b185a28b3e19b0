// The link goes, in every way a link can go, and comes back.

#include "client.hpp"
#include "support/redis_server.hpp"
#include "support/tcp_gate.hpp"

#include <gtest/gtest.h>

using namespace std::chrono_literals;

namespace toril::redis::testing {
namespace {

using toril::testing::RedisServer;
using toril::testing::TcpGate;
using Way = TcpGate::Way;

Config config_of(const std::string& url) {
    Config config = *Config::from_url(url);
    config.reconnect.step = 10ms;
    return config;
}

std::string ask(Connection& connection, std::initializer_list<std::string_view> words) {
    return Answers::text_of(connection.call(request(words)));
}

TEST(Outage, OfAKilledServerIsOneLineAndEndsByItself) {
    RedisServer server;
    Log log;
    Factory factory(config_of(server.url()), log.sink());
    Connection connection = factory.open(Profile::api, "test");
    States states(connection);
    ASSERT_EQ(ask(connection, {"PING"}), "PONG");

    server.kill();
    ASSERT_TRUE(states.wait_for(LinkState::reconnecting, 5)) << "several attempts fail";
    Answers queued;
    connection.send(request({"SET", "k", "1"}), queued.one());
    server.start_again();

    ASSERT_TRUE(queued.wait_for(1));
    EXPECT_EQ(queued.texts(), std::vector<std::string>{"OK"});
    EXPECT_EQ(log.count("redis.disconnected"), 1u);
    EXPECT_EQ(log.count("redis.reconnecting"), 0u);
    EXPECT_EQ(log.count("redis.connected"), 2u);
}

TEST(Outage, MakesAWorkersCommandsFailFast) {
    RedisServer server;
    Factory factory(config_of(server.url()));
    Connection connection = factory.open(Profile::worker, "test");
    States states(connection);
    ASSERT_EQ(ask(connection, {"PING"}), "PONG");

    server.kill();
    ASSERT_TRUE(states.wait_for(LinkState::reconnecting));
    EXPECT_EQ(ask(connection, {"PING"}), "!unavailable");

    server.start_again();
    ASSERT_TRUE(states.wait_until_in(LinkState::ready));
    EXPECT_EQ(ask(connection, {"PING"}), "PONG");
}

TEST(Outage, FromTheStartKeepsAnApisCommandsUntilItsQueueIsFull) {
    Config config = config_of("redis://127.0.0.1:" + std::to_string(toril::testing::free_port()));
    config.queued_commands_max = 3;
    config.command_timeout = 300ms;
    Factory factory(config);
    Connection connection = factory.open(Profile::api, "test");
    Answers answers;
    for (int i = 0; i < 4; ++i)
        connection.send(request({"PING"}), answers.one());

    ASSERT_TRUE(answers.wait_for(4));
    EXPECT_EQ(answers.texts(),
              (std::vector<std::string>{
                  "!limit_reached", "!unavailable", "!unavailable", "!unavailable"}));
}

TEST(Outage, IsGivenUpAfterTheLastAttemptUntilACommandComes) {
    RedisServer server;
    Config config = config_of(server.url());
    config.reconnect = {.step = 10ms, .max = 10ms, .attempts_max = 2};
    Log log;
    Factory factory(config, log.sink());
    server.kill();
    Connection connection = factory.open(Profile::api, "test");
    States states(connection);

    EXPECT_EQ(ask(connection, {"PING"}), "!unavailable");
    ASSERT_TRUE(states.wait_for(LinkState::degraded));
    EXPECT_EQ(log.count("redis.degraded"), 1u);
    server.start_again();
    std::string answer;
    while ((answer = ask(connection, {"PING"})) == "!unavailable") {
    }
    EXPECT_EQ(answer, "PONG");
}

TEST(Outage, OfAFrozenServerIsNoticedByItsSilence) {
    RedisServer server;
    Config config = config_of(server.url());
    config.command_timeout = 100ms;
    config.reply_watchdog = 300ms;
    config.connect_timeout = 200ms;
    Log log;
    Factory factory(config, log.sink());
    Connection connection = factory.open(Profile::api, "test");
    States states(connection);
    ASSERT_EQ(ask(connection, {"PING"}), "PONG");

    server.freeze();
    EXPECT_EQ(ask(connection, {"INCR", "n"}), "!timed_out");
    ASSERT_TRUE(states.wait_for(LinkState::reconnecting, 2)) << "and the next attempt fails too";
    server.thaw();
    ASSERT_TRUE(states.wait_for(LinkState::ready, 2));
    EXPECT_EQ(ask(connection, {"PING"}), "PONG");
    EXPECT_TRUE(log.shows("no answer for 300 ms"));
}

TEST(Outage, OfAnIdleLinkIsNoticedByAPing) {
    RedisServer server;
    TcpGate gate(server.port());
    Config config = config_of(gate.url());
    config.idle_ping = 50ms;
    config.reply_watchdog = 100ms;
    Factory factory(config);
    Connection connection = factory.open(Profile::worker, "test");
    States states(connection);
    ASSERT_EQ(ask(connection, {"PING"}), "PONG");

    gate.freeze(Way::to_client);  // like a firewall that forgot the connection
    ASSERT_TRUE(states.wait_for(LinkState::reconnecting));
    gate.thaw(Way::to_client);
    ASSERT_TRUE(states.wait_until_in(LinkState::ready));
    EXPECT_EQ(ask(connection, {"PING"}), "PONG");
}

TEST(Outage, ByClientKillIsMended) {
    RedisServer server;
    Factory factory(config_of(server.url()));
    Connection connection = factory.open(Profile::api, "test");
    States states(connection);
    ASSERT_EQ(ask(connection, {"SELECT", "0"}), "OK");

    for (int round = 1; round <= 5; ++round) {
        EXPECT_EQ(server.command({"CLIENT", "KILL", "TYPE", "normal"}), ":1");
        ASSERT_TRUE(states.wait_for(LinkState::reconnecting, round));
        EXPECT_EQ(ask(connection, {"ECHO", "still here"}), "still here");
    }
}

TEST(Outage, BringsTheConnectionBackToItsDatabaseAndName) {
    RedisServer server;
    Config config = config_of(server.url() + "/3");
    Factory factory(config);
    Connection connection = factory.open(Profile::api, "test", "bull:bWFpbA==:w:me");
    States states(connection);
    ASSERT_EQ(ask(connection, {"SET", "where", "three"}), "OK");
    server.command({"CLIENT", "KILL", "TYPE", "normal"});
    ASSERT_TRUE(states.wait_for(LinkState::reconnecting));

    EXPECT_EQ(ask(connection, {"GET", "where"}), "three");
    EXPECT_EQ(ask(connection, {"CLIENT", "GETNAME"}), "bull:bWFpbA==:w:me");
}

TEST(Outage, InTheMiddleOfTheHandshakeIsJustAnotherAttempt) {
    RedisServer server;
    TcpGate gate(server.port());
    Factory factory(config_of(gate.url()));
    for (std::size_t bytes = 1; bytes < 260; bytes += 7) {
        gate.cut_after(Way::to_client, bytes);
        Connection connection = factory.open(Profile::api, "test");
        EXPECT_EQ(ask(connection, {"ECHO", "x"}), "x") << "cut after " << bytes;
    }
}

TEST(Outage, OfAServerThatAcceptsAndClosesIsRetriedWithBackOff) {
    RedisServer server;
    TcpGate gate(server.port());
    gate.refuse(true);
    Factory factory(config_of(gate.url()));
    Connection connection = factory.open(Profile::worker, "test");
    States states(connection);
    ASSERT_TRUE(states.wait_for(LinkState::reconnecting, 3));
    gate.refuse(false);
    ASSERT_TRUE(states.wait_for(LinkState::ready));
    EXPECT_EQ(ask(connection, {"PING"}), "PONG");
}

}  // namespace
}  // namespace toril::redis::testing
