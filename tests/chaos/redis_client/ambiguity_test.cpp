// What happened to a command whose answer did not come: never guessed, never twice, never
// taken for another's.

#include "client.hpp"
#include "support/redis_server.hpp"
#include "support/tcp_gate.hpp"

#include <gtest/gtest.h>

#include <thread>

using namespace std::chrono_literals;

namespace toril::redis::testing {
namespace {

using toril::testing::RedisServer;
using toril::testing::TcpGate;
using Way = TcpGate::Way;

class Ambiguity : public ::testing::Test {
protected:
    Config config() const {
        Config config = *Config::from_url(gate.url());
        config.reconnect.step = 5ms;
        return config;
    }

    RedisServer server;
    TcpGate gate{server.port()};
    Factory factory{config()};
    Connection connection = factory.open(Profile::api, "test");

    void SetUp() override { ASSERT_TRUE(connection.call(request({"PING"}))); }
};

TEST_F(Ambiguity, OfALostAnswerIsToldAndTheCommandIsNotRepeated) {
    int unknown = 0;
    for (std::size_t bytes = 1; bytes <= 4; ++bytes) {
        gate.cut_after(Way::to_client, bytes);  // ":10\r\n" is never whole
        const std::string text = Answers::text_of(connection.call(request({"INCRBY", "n", "10"})));
        if (text == "!outcome_unknown") ++unknown;
        ASSERT_TRUE(connection.call(request({"PING"}), {.idempotent = true}));
    }
    EXPECT_GE(unknown, 3);
    EXPECT_EQ(server.command({"GET", "n"}), "40") << "each ran once";
}

TEST_F(Ambiguity, OfAnIdempotentCommandIsResolvedBySendingItAgain) {
    for (std::size_t bytes = 1; bytes < 40; ++bytes) {
        const std::string nonce = "nonce-of-some-length-" + std::to_string(bytes);
        gate.cut_after(Way::to_client, bytes % 28 + 1);
        EXPECT_EQ(
            Answers::text_of(connection.call(Request("ECHO").arg(nonce), {.idempotent = true})),
            nonce);
    }
}

TEST_F(Ambiguity, OfHalfARequestDoesNotExistItIsSentAgain) {
    const std::string value(40'000'000, 'v');
    gate.freeze(Way::to_server);  // no kernel has room for all of it
    Answers answers;
    connection.send(Request("APPEND").arg("key").arg(value), answers.one());
    while (connection.stats_approx().bytes_out < value.size())
        std::this_thread::yield();  // now it has begun
    gate.cut();
    gate.thaw(Way::to_server);

    ASSERT_TRUE(answers.wait_for(1));
    EXPECT_EQ(answers.texts(), std::vector<std::string>{"40000000"});
}

TEST_F(Ambiguity, NeverShiftsAnswersAfterTimeOuts) {
    gate.slice(Way::to_client, 3);
    std::size_t timed_out = 0;
    for (int round = 0; round < 20; ++round) {
        Answers answers;
        gate.freeze(Way::to_client);
        for (int i = 0; i < 20; ++i) {
            const std::string nonce = std::to_string(round) + "/" + std::to_string(i);
            connection.send(Request("ECHO").arg(nonce),
                            [nonce, one = answers.one()](Result<Reply> answer) {
                                if (answer) {
                                    EXPECT_EQ(answer->root().text(), nonce);
                                }
                                one(std::move(answer));
                            },
                            {.timeout = i % 2 == 0 ? Millis{5} : Millis{10'000}});
        }
        ASSERT_TRUE(answers.wait_for(10)) << "the impatient half gives up";
        gate.thaw(Way::to_client);
        ASSERT_TRUE(answers.wait_for(20));
        for (const std::string& text : answers.texts())
            if (text == "!timed_out") ++timed_out;
    }
    EXPECT_EQ(timed_out, 200u);
    EXPECT_EQ(connection.stats_approx().connects, 1u) << "the link was never given up";
}

TEST_F(Ambiguity, KeepsTheOrderOfWhatItSendsOverCuts) {
    Answers answers;
    constexpr std::size_t count = 3'000;
    for (std::size_t i = 0; i < count; ++i) {
        connection.send(Request("RPUSH").arg("list").arg(i), answers.one());
        if (i % 100 == 50) gate.cut();
    }
    ASSERT_TRUE(answers.wait_for(count));
    const Result<Reply> list = connection.call(request({"LRANGE", "list", "0", "-1"}));
    ASSERT_TRUE(list);
    std::int64_t last = -1;
    for (const Value element : list->root()) {
        EXPECT_GT(element.integer(), last);
        last = element.integer();
    }
    std::size_t answered = 0;
    for (const std::string& text : answers.texts()) {
        EXPECT_TRUE(text == "!outcome_unknown" || text.front() != '!') << text;
        if (text.front() != '!') ++answered;
    }
    EXPECT_LE(answered, list->root().size());
}

}  // namespace
}  // namespace toril::redis::testing
