// Limits: what the contract's suite cannot see from outside.

#include "side_fixture.hpp"

namespace toril::sqlite_side {
namespace {

class SideLimitsTest : public SideTest {};

TEST_F(SideLimitsTest, CountsTogetherWhatTwoStoresTake) {
    Client first = open();
    Client second = open();

    EXPECT_TRUE(first.may("k"));
    EXPECT_TRUE(second.may("k"));
    EXPECT_TRUE(first.may("k"));
    EXPECT_FALSE(second.may("k"));
    clock.pass(11s);
    EXPECT_TRUE(second.may("k"));
}

TEST_F(SideLimitsTest, TakesFromAllOrFromNone) {
    Client client = open();
    for (int i = 0; i < 3; ++i)
        ASSERT_TRUE(client.may("full"));

    const auto refused = client.take({"empty", "full"});

    ASSERT_TRUE(refused);
    EXPECT_TRUE(refused->found[0].decision.allowed);
    EXPECT_FALSE(refused->found[1].decision.allowed);
    for (int i = 0; i < 3; ++i)
        EXPECT_TRUE(client.may("empty"));
    EXPECT_FALSE(client.may("empty"));
}

TEST_F(SideLimitsTest, FindsWhatWasTakenAfterItWasOpenedAgain) {
    {
        Client before = open();
        for (int i = 0; i < 3; ++i)
            ASSERT_TRUE(before.may("k"));
    }

    Client after = open();

    EXPECT_FALSE(after.may("k"));
}

}  // namespace
}  // namespace toril::sqlite_side
