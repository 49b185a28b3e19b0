// Connections for their purposes: blocking, Pub/Sub, names, closing.

#include "client.hpp"
#include "support/redis_server.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <thread>
#include <utility>

using namespace std::chrono_literals;

namespace toril::redis::testing {
namespace {

using toril::testing::RedisServer;

class Connections : public ::testing::TestWithParam<int> {
protected:
    Config config() const {
        Config config = *Config::from_url(server.url());
        config.protocol = GetParam();
        config.reconnect.step = 10ms;
        return config;
    }
    static std::string ask(Connection& connection, std::initializer_list<std::string_view> words) {
        return Answers::text_of(connection.call(request(words)));
    }
    // Until the server counts this many clients that wait in a blocking command.
    void wait_for_blocked(const std::string& count) {
        while (server.command({"INFO", "clients"}).find("blocked_clients:" + count) ==
               std::string::npos) {
        }
    }

    RedisServer server;
    Factory factory{config()};
};
INSTANTIATE_TEST_SUITE_P(Resp, Connections, ::testing::Values(2, 3), [](const auto& tested) {
    return "V" + std::to_string(tested.param);
});

TEST_P(Connections, AreNamedByApplicationRoleAndProcess) {
    Connection connection = factory.open(Profile::api, "a role");
    EXPECT_EQ(connection.name(), "toril:a-role:" + std::to_string(getpid()));
    EXPECT_EQ(ask(connection, {"CLIENT", "GETNAME"}), connection.name());
}

TEST_P(Connections, AreCountedAndTheSharedOneIsOne) {
    Connection& shared = factory.shared();
    EXPECT_EQ(&shared, &factory.shared());
    {
        Connection other = factory.open(Profile::api, "other");
        EXPECT_EQ(factory.connections_approx(), 2u);
    }
    EXPECT_EQ(factory.connections_approx(), 1u);
}

TEST_P(Connections, ReachTheServerByItsUnixSocket) {
    Factory by_path(*Config::from_url("redis+unix://" + server.unix_path() + "?db=1"));
    EXPECT_EQ(ask(by_path.shared(), {"SET", "k", "v"}), "OK");
    EXPECT_EQ(ask(by_path.shared(), {"GET", "k"}), "v");
}

TEST_P(Connections, ThatBlockAreEndedWithoutLosingAnything) {
    Connection blocking = factory.open(Profile::blocking, "wait");
    Connection& helper = factory.shared();
    for (int round = 0; round < 20; ++round) {
        Answers answers;
        blocking.send(request({"BZPOPMIN", "zset", "20"}), answers.one());
        if (round % 2 == 0) wait_for_blocked("1");
        blocking.unblock(helper);  // also when the server has not seen the command yet
        ASSERT_TRUE(answers.wait_for(1));
        const std::string text = answers.texts()[0];
        EXPECT_TRUE(text.empty() || text == "!cancelled") << text;
    }
    EXPECT_LE(blocking.stats_approx().connects, 1u);
}

TEST_P(Connections, ThatBlockSendOneCommandAtATime) {
    Connection blocking = factory.open(Profile::blocking, "wait");
    Answers answers;
    blocking.send(request({"BLPOP", "list", "20"}), answers.one());
    blocking.send(request({"BLPOP", "list", "20"}), answers.one());
    wait_for_blocked("1");
    while (blocking.stats_approx().in_flight != 1 || blocking.stats_approx().queued != 1)
        std::this_thread::yield();
    EXPECT_EQ(ask(factory.shared(), {"RPUSH", "list", "a", "b"}), "2");

    ASSERT_TRUE(answers.wait_for(2));
}

TEST_P(Connections, ThatBlockAreReplacedWhenTheAnswerIsOverdue) {
    Connection blocking = factory.open(Profile::blocking, "wait");
    States states(blocking);
    Answers answers;
    blocking.send(request({"BLPOP", "list", "0"}), answers.one(), {.timeout = 50ms});
    ASSERT_TRUE(answers.wait_for(1));
    EXPECT_EQ(answers.texts()[0], "!timed_out");
    ASSERT_TRUE(states.wait_for(LinkState::reconnecting));

    EXPECT_EQ(ask(blocking, {"ECHO", "clean"}), "clean");
}

TEST_P(Connections, ThatSubscribeGetMessagesAlsoAfterALoss) {
    Connection subscriber = factory.open(Profile::subscriber, "events");
    States states(subscriber);
    auto messages = std::make_shared<Watched<std::vector<std::string>>>();
    subscriber.on_push([messages](const Reply& push) {
        std::string text;
        for (const Value part : push.root())
            text += std::string(part.text()) + " ";
        messages->change([&](auto& list) { list.push_back(text); });
    });
    const auto has = [](const std::string& text) {
        return [text](const auto& list) {
            return std::find(list.begin(), list.end(), text) != list.end();
        };
    };
    ASSERT_TRUE(subscriber.call(request({"SUBSCRIBE", "a", "b"})));
    ASSERT_TRUE(subscriber.call(request({"PSUBSCRIBE", "p*"})));
    server.command({"PUBLISH", "b", "one"});
    server.command({"PUBLISH", "px", "two"});
    ASSERT_TRUE(messages->wait_until(has("message b one ")));
    ASSERT_TRUE(messages->wait_until(has("pmessage p* px two ")));

    EXPECT_EQ(server.command({"CLIENT", "KILL", "TYPE", "pubsub"}), ":1");
    ASSERT_TRUE(states.wait_for(LinkState::ready, 2));
    while (server.command({"PUBLISH", "a", "three"}) != ":1") {
    }
    EXPECT_TRUE(messages->wait_until(has("message a three ")));
    EXPECT_EQ(ask(subscriber, {"SUBSCRIBE"}).substr(0, 4), "-ERR");
}

TEST_P(Connections, ThatAreClosedAnswerWhatIsUnderWayAndRefuseTheRest) {
    Connection connection = factory.open(Profile::api, "test");
    Answers answers;
    for (int i = 0; i < 100; ++i)
        connection.send(Request("ECHO").arg(i), answers.one());
    ASSERT_TRUE(connection.call(request({"PING"})));
    for (int i = 0; i < 100; ++i)
        connection.send(Request("ECHO").arg(i), answers.one());
    connection.close(5s);
    connection.close(5s);

    ASSERT_TRUE(answers.wait_for(200));
    for (const std::string& text : answers.texts())
        EXPECT_NE(text.front(), '!');
    EXPECT_EQ(ask(connection, {"PING"}), "!cancelled");
    EXPECT_EQ(connection.state(), LinkState::closed);
}

TEST_P(Connections, ThatAreClosedWhileTheServerIsSilentDoNotHang) {
    Connection connection = factory.open(Profile::api, "test");
    ASSERT_TRUE(connection.call(request({"PING"})));
    server.freeze();
    Answers answers;
    connection.send(request({"PING"}), answers.one());
    connection.close(20ms);
    server.thaw();

    ASSERT_TRUE(answers.wait_for(1));
    EXPECT_EQ(answers.texts()[0], "!outcome_unknown");
}

TEST_P(Connections, OutliveTheirFactoryAsClosedOnes) {
    std::optional<Factory> gone(std::in_place, config());
    Connection connection = gone->open(Profile::api, "test");
    ASSERT_TRUE(connection.call(request({"PING"})));
    gone.reset();

    EXPECT_EQ(ask(connection, {"PING"}), "!cancelled");
}

TEST_P(Connections, StandCallersThatComeWhileItIsClosed) {
    for (int round = 0; round < 20; ++round) {
        Connection connection = factory.open(Profile::api, "test");
        std::atomic<int> answered = 0;
        {
            std::vector<std::jthread> callers;
            for (int i = 0; i < 4; ++i)
                callers.emplace_back([&] {
                    for (int k = 0; k < 50; ++k) {
                        const std::string text = ask(connection, {"ECHO", "x"});
                        if (text == "x" || text.front() == '!') ++answered;
                    }
                });
            connection.close(0ms);
        }
        EXPECT_EQ(answered, 200);
    }
}

// Who asks last may let go of all that it asked with: then the answer holds the last of it.
TEST(FactoryLife, MayEndInACallbackOfItsOwn) {
    RedisServer server;
    auto factory = std::make_shared<Factory>(*Config::from_url(server.url()));
    auto connection = std::make_shared<Connection>(factory->open(Profile::api, "test"));
    ASSERT_EQ(Answers::text_of(connection->call(request({"PING"}))), "PONG");
    const std::weak_ptr<Factory> lives = factory;

    server.freeze();  // so that the answer comes after the test let go
    Connection& asked = *connection;
    asked.send(request({"PING"}),
               [factory = std::move(factory),
                connection = std::move(connection)](const Result<Reply>&) {});
    server.thaw();

    const auto deadline = std::chrono::steady_clock::now() + 20s;
    while (!lives.expired() && std::chrono::steady_clock::now() < deadline)
        std::this_thread::yield();
    EXPECT_TRUE(lives.expired());
}

}  // namespace
}  // namespace toril::redis::testing
