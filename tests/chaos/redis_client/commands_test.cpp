// Commands over a healthy link: what is sent, what comes back.

#include "client.hpp"
#include "support/redis_server.hpp"

#include <gtest/gtest.h>

#include <thread>

using namespace std::chrono_literals;

namespace toril::redis::testing {
namespace {

using toril::testing::RedisServer;

class Commands : public ::testing::TestWithParam<int> {
protected:
    static Config config_for(const RedisServer& server) {
        Config config = *Config::from_url(server.url());
        config.protocol = GetParam();
        return config;
    }
    std::string ask(Connection& connection, std::initializer_list<std::string_view> words) {
        return Answers::text_of(connection.call(request(words)));
    }

    RedisServer server;
    Log log;
    Factory factory{config_for(server), log.sink()};
};
INSTANTIATE_TEST_SUITE_P(Resp, Commands, ::testing::Values(2, 3), [](const auto& tested) {
    return "V" + std::to_string(tested.param);
});

TEST_P(Commands, AnswerWithWhatTheServerSays) {
    Connection connection = factory.open(Profile::worker, "test");

    EXPECT_EQ(ask(connection, {"SET", "key", "value"}), "OK");
    EXPECT_EQ(ask(connection, {"GET", "key"}), "value");
    EXPECT_EQ(ask(connection, {"INCR", "n"}), "1");
    EXPECT_TRUE(connection.call(request({"GET", "none"}))->root().is_null());
    EXPECT_TRUE(ask(connection, {"HGET", "key", "f"}).starts_with("-WRONGTYPE"));
}

TEST_P(Commands, OfManyCallersAreAnsweredToTheRightOne) {
    Connection& connection = factory.shared();
    std::atomic<int> wrong = 0;

    std::vector<std::jthread> callers;
    for (int caller = 0; caller < 8; ++caller)
        callers.emplace_back([&, caller] {
            for (int i = 0; i < 500; ++i) {
                const std::string nonce = std::to_string(caller) + "/" + std::to_string(i);
                if (Answers::text_of(connection.call(Request("ECHO").arg(nonce))) != nonce) ++wrong;
            }
        });
    callers.clear();

    EXPECT_EQ(wrong, 0);
}

TEST_P(Commands, SentTogetherAreAnsweredTogetherInOrder) {
    Connection connection = factory.open(Profile::api, "test");
    Request requests;
    requests.command("MULTI").command("INCR").arg("n").command("INCR").arg("n").command("EXEC");
    Watched<std::vector<std::string>> texts;

    connection.send_all(std::move(requests), [&](Result<std::vector<Reply>> replies) {
        texts.change([&](auto& list) {
            for (const Reply& reply : *replies)
                list.emplace_back(reply.root().size() == 2 ? "executed" : reply.root().text());
        });
    });

    ASSERT_TRUE(texts.wait_until([](const auto& list) { return list.size() == 4; }));
    EXPECT_EQ(texts.copy(), (std::vector<std::string>{"OK", "QUEUED", "QUEUED", "executed"}));
}

TEST_P(Commands, RunAScriptAlsoAfterTheServerForgotIt) {
    static const Script script("sum", "return redis.call('INCRBY', KEYS[1], ARGV[1])");
    Connection connection = factory.open(Profile::worker, "test");
    Answers answers;
    const std::string_view keys[] = {"total"};
    const std::string_view args[] = {"5"};

    connection.run(script, keys, args, answers.one());
    connection.run(script, keys, args, answers.one());
    ASSERT_TRUE(answers.wait_for(2));
    EXPECT_EQ(server.command({"SCRIPT", "FLUSH"}), "+OK");
    connection.run(script, keys, args, answers.one());
    connection.run(script, keys, args, answers.one());

    ASSERT_TRUE(answers.wait_for(4));
    EXPECT_EQ(answers.texts(), (std::vector<std::string>{"5", "10", "15", "20"}));
}

TEST_P(Commands, GoOnAfterTheServerWasKilledAndStartedAgain) {
    Connection connection = factory.open(Profile::api, "test");
    EXPECT_EQ(ask(connection, {"PING"}), "PONG");

    server.kill();
    server.start_again();

    EXPECT_EQ(ask(connection, {"SET", "after", "1"}), "OK");
    EXPECT_EQ(connection.stats_approx().connects, 2u);
}

}  // namespace
}  // namespace toril::redis::testing
