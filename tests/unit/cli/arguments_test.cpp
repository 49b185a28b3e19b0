#include "arguments.hpp"

#include <gtest/gtest.h>

using namespace std::chrono_literals;

namespace toril::cli {
namespace {

class ArgumentsTest : public testing::Test {
protected:
    ArgumentsTest() {
        arguments.word("queue", "", queue);
        arguments.optional_word("data", "", data);
        arguments.duration("--delay", "", delay);
        arguments.number("--priority", "", {0, 10}, priority);
        arguments.flag_or_value("--keep", "", keep);
        arguments.flag("--lifo", "", lifo);
        arguments.output(true);
    }

    Arguments arguments{"toril test", "A test", ""};
    std::string queue;
    std::optional<std::string> data;
    std::optional<Millis> delay;
    std::optional<std::int64_t> priority;
    std::optional<std::string> keep;
    bool lifo = false;
};

TEST_F(ArgumentsTest, ReadsWordsOptionsAndFlagsInAnyOrder) {
    ASSERT_TRUE(arguments.parse({"--delay", "5s", "q", "--lifo", "[1,2]", "--priority=3"}));

    EXPECT_EQ(queue, "q");
    EXPECT_EQ(data, "[1,2]");
    EXPECT_EQ(delay, 5s);
    EXPECT_EQ(priority, 3);
    EXPECT_TRUE(lifo);
    EXPECT_FALSE(keep);
    EXPECT_FALSE(arguments.json());
}

TEST_F(ArgumentsTest, TakesAValueForAFlagOnlyBehindAnEqualsSign) {
    ASSERT_TRUE(arguments.parse({"q", "--keep", "word"}));
    EXPECT_EQ(keep, "true");
    EXPECT_EQ(data, "word");
}

TEST_F(ArgumentsTest, TakesTheValueBehindTheEqualsSign) {
    ASSERT_TRUE(arguments.parse({"q", "--keep=1h"}));
    EXPECT_EQ(keep, "1h");
}

TEST_F(ArgumentsTest, TakesWordsThatLookLikeOptionsBehindTwoDashes) {
    ASSERT_TRUE(arguments.parse({"--", "-q", "--delay"}));
    EXPECT_EQ(queue, "-q");
    EXPECT_EQ(data, "--delay");
}

TEST_F(ArgumentsTest, CollectsSettings) {
    ASSERT_TRUE(arguments.parse({"q", "--store", "memory:", "--password-file", "/p"}));
    EXPECT_EQ(arguments.settings().at("store"), "memory:");
    EXPECT_EQ(arguments.settings().at("redis.password-file"), "/p");
}

TEST_F(ArgumentsTest, RefusesWhatItDoesNotKnowOrCannotRead) {
    for (const std::vector<std::string>& words :
         std::vector<std::vector<std::string>>{{},
                                               {"q", "d", "more"},
                                               {"q", "--nothing"},
                                               {"q", "--delay", "5"},
                                               {"q", "--delay"},
                                               {"q", "--priority", "11"},
                                               {"q", "--priority", "x"},
                                               {"q", "--delay", "1s", "--delay", "2s"}}) {
        EXPECT_FALSE(arguments.parse(words));
    }
}

TEST_F(ArgumentsTest, PutsHelpBeforeEveryMistake) {
    ASSERT_TRUE(arguments.parse({"--nothing", "-h"}));
    EXPECT_TRUE(arguments.wants_help());
    EXPECT_NE(arguments.help().find("--delay"), std::string::npos);
}

TEST(ManyWordsTest, KeepsAWordInBracketsAsItIs) {
    Arguments arguments("toril test", "", "");
    std::vector<std::string> queues;
    arguments.words("queues", "", queues);

    ASSERT_TRUE(arguments.parse({"[a]", "b", "[c,d]"}));
    EXPECT_EQ(queues, (std::vector<std::string>{"[a]", "b", "[c,d]"}));
}

}  // namespace
}  // namespace toril::cli
