#include "redis/subscriptions.hpp"

#include <toril/redis/request.hpp>

#include <gtest/gtest.h>

namespace toril::redis {
namespace {

class SubscriptionsTest : public ::testing::Test {
protected:
    std::uint32_t note(Request request) {
        Command command;
        command.payload = request.take_payload();
        subscriptions.note(command);
        return command.confirmations;
    }
    std::vector<std::string> replayed() {
        std::vector<std::string> result;
        for (const Command& command : subscriptions.replay()) {
            std::string text;
            for (const std::string_view argument : decode_command(command.payload))
                text += std::string(argument) + " ";
            result.push_back(text);
        }
        return result;
    }

    Subscriptions subscriptions;
};

TEST_F(SubscriptionsTest, AreReplayedAsTheyStand) {
    EXPECT_EQ(note(Request("SUBSCRIBE").arg("a").arg("b").arg("c")), 3u);
    EXPECT_EQ(note(Request("PSubscribe").arg("p*")), 1u);
    EXPECT_EQ(note(Request("unsubscribe").arg("b")), 1u);
    EXPECT_EQ(note(Request("PING")), 0u);

    EXPECT_EQ(replayed(), (std::vector<std::string>{"subscribe a c ", "psubscribe p* "}));
}

TEST_F(SubscriptionsTest, EndWithAnUnsubscribeWithoutNames) {
    note(Request("SUBSCRIBE").arg("a"));
    EXPECT_EQ(note(Request("UNSUBSCRIBE")), 1u);

    EXPECT_TRUE(replayed().empty());
}

TEST_F(SubscriptionsTest, AreReplayedInPiecesOfAThousand) {
    for (int i = 0; i < 2'500; ++i)
        note(Request("SUBSCRIBE").arg(i));

    const std::vector<Command> commands = subscriptions.replay();
    ASSERT_EQ(commands.size(), 3u);
    EXPECT_EQ(commands[0].confirmations, 1'000u);
    EXPECT_EQ(commands[2].confirmations, 500u);
}

}  // namespace
}  // namespace toril::redis
