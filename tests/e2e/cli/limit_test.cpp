// toril limit check.

#include "cli_fixture.hpp"

namespace toril::e2e {
namespace {

class LimitTest : public StoreCliTest {
protected:
    int check(const Words& more) {
        Words words{"limit", "check", "k", "--max", "3", "--per", "1h"};
        words.insert(words.end(), more.begin(), more.end());
        return run(words).exit_code;
    }
};
TORIL_ON_EACH_STORE(LimitTest);

TEST_P(LimitTest, AllowsSoManyAcrossProcesses) {
    for (const std::string shape : {"sliding", "gcra", "fixed"}) {
        const Words words{"limit", "check", shape, "--max", "3", "--per", "1h", "--shape", shape};
        for (int i = 0; i < 3; ++i)
            EXPECT_EQ(run(words).exit_code, 0) << shape;
        EXPECT_EQ(run(words).exit_code, 4) << shape;
    }
}

TEST_P(LimitTest, SaysWhatIsLeftAndWhenToAskAgain) {
    const boost::json::value first = json({"limit", "check", "k", "--max", "1", "--per", "1h"});
    EXPECT_EQ(first.at("allowed"), true);
    EXPECT_EQ(first.at("remaining"), 0);
    EXPECT_EQ(first.at("mode"), "store");

    const Finished second = run({"limit", "check", "k", "--max", "1", "--per", "1h", "--json"});
    EXPECT_EQ(second.exit_code, 4);
    const boost::json::value refused = boost::json::parse(second.out);
    EXPECT_EQ(refused.at("allowed"), false);
    EXPECT_GT(refused.at("retryAfterMs").to_number<int>(), 0);
    EXPECT_GE(refused.at("resetMs").to_number<int>(), refused.at("retryAfterMs").to_number<int>());
}

TEST_P(LimitTest, TakesNothingWhenItPeeks) {
    EXPECT_EQ(check({"--peek"}), 0);
    EXPECT_EQ(check({"--cost", "3"}), 0);
    EXPECT_EQ(check({"--peek"}), 4);
}

TEST_P(LimitTest, TakesTheCostWholeOrNotAtAll) {
    EXPECT_EQ(check({"--cost", "2"}), 0);
    EXPECT_EQ(check({"--cost", "2"}), 4);
    EXPECT_EQ(check({}), 0);
}

TEST_P(LimitTest, SaysThatACostBeyondTheLimitNeverPasses) {
    const Finished finished =
        run({"limit", "check", "k", "--max", "3", "--per", "1h", "--cost", "4", "--json"});
    EXPECT_EQ(finished.exit_code, 4);
    EXPECT_EQ(boost::json::parse(finished.out).at("retryAfterMs"), -1);
}

TEST_P(LimitTest, RefusesWhatIsNoLimit) {
    for (const Words& words :
         {Words{"limit", "check", "k"},
          Words{"limit", "check", "k", "--max", "0", "--per", "1s"},
          Words{"limit", "check", "k", "--max", "1", "--per", "0s"},
          Words{"limit", "check", "k", "--max", "1", "--per", "soon"},
          Words{"limit", "check", "", "--max", "1", "--per", "1s"},
          Words{"limit", "check", "k", "--max", "1", "--per", "1s", "--shape", "round"}})
        EXPECT_EQ(run(words).exit_code, 2) << words.size();
}

class LimitWithoutStoreTest : public CliTest {
protected:
    LimitWithoutStoreTest() {
        environment["TORIL_STORE"] = "redis://127.0.0.1:1";
        environment["XDG_RUNTIME_DIR"] = folder.path();
    }
};

TEST_F(LimitWithoutStoreTest, CountsAmongTheProcessesOfThisHost) {
    const Words words{"limit", "check", "k", "--max", "3", "--per", "1h", "--json"};
    for (int i = 0; i < 3; ++i) {
        const Finished finished = run(words);
        ASSERT_EQ(finished.exit_code, 0) << finished.err;
        EXPECT_EQ(boost::json::parse(finished.out).at("mode"), "local");
    }
    EXPECT_EQ(run(words).exit_code, 4);
}

}  // namespace
}  // namespace toril::e2e
