#include "base/process_tag.hpp"

#include "support/held_process.hpp"

#include <gtest/gtest.h>

namespace toril::base {
namespace {

TEST(ProcessTagTest, IsShortAndSafeInAToken) {
    const std::string tag = process_tag();

    ASSERT_FALSE(tag.empty());
    EXPECT_LE(tag.size(), process_tag_bytes_max);
    EXPECT_EQ(tag.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789."), tag.npos);
    EXPECT_TRUE(tag.starts_with(host_tag()));
    EXPECT_EQ(process_tag(), tag) << "it does not change";
}

TEST(ProcessTagTest, IsFoundAtTheBeginningOfAToken) {
    const std::string tag = process_tag();

    EXPECT_EQ(leading_process_tag(tag + "worker:0:1"), tag);
    EXPECT_EQ(leading_process_tag(tag), tag);
    for (const char* other : {"",
                              "1ee92d63-3c4f-4a5b-8c7d-0123456789ab:1",
                              "t",
                              "abcdefgh",
                              "abcdefgh.1",
                              "abcdefgh.1.",
                              "abcdefgh.1.2",
                              "abcdefgh..2.",
                              "abcdefg.1.2.",
                              "ABCDEFGH.1.2.",
                              "abcdefgh.123456789012.3456789."})
        EXPECT_EQ(leading_process_tag(other), "") << other;
}

TEST(ProcessTagTest, AProcessThatLivesIsNotDead) {
    testing::HeldProcess process;

    EXPECT_FALSE(is_proved_dead(process_tag()));
    ASSERT_FALSE(process.tag().empty());
    EXPECT_NE(process.tag(), process_tag());
    EXPECT_FALSE(is_proved_dead(process.tag()));
}

TEST(ProcessTagTest, AProcessThatIsStoppedIsNotDead) {
    testing::HeldProcess process;
    process.stop();

    EXPECT_FALSE(is_proved_dead(process.tag()));
}

TEST(ProcessTagTest, AKilledProcessIsDeadEvenBeforeItsParentNoticed) {
    testing::HeldProcess process;
    process.kill();
    EXPECT_TRUE(is_proved_dead(process.tag()));
    process.reap();
    EXPECT_TRUE(is_proved_dead(process.tag()));
}

TEST(ProcessTagTest, AnotherProcessWithTheSameIdDoesNotStandInForIt) {
    const std::string tag = process_tag();
    const std::size_t start = tag.rfind('.', tag.size() - 2) + 1;
    std::string earlier = tag;
    earlier[start] = earlier[start] == '1' ? '2' : '1';

    EXPECT_TRUE(is_proved_dead(earlier)) << "our id, another start";
}

TEST(ProcessTagTest, NothingIsSaidOfOtherHostsOrOfWhatIsNoTag) {
    testing::HeldProcess process;
    process.kill();
    process.reap();
    std::string elsewhere = process.tag();
    elsewhere[0] = elsewhere[0] == 'a' ? 'b' : 'a';

    EXPECT_FALSE(is_proved_dead(elsewhere));
    EXPECT_FALSE(is_proved_dead(""));
    EXPECT_FALSE(is_proved_dead(process.tag() + "x"));
    EXPECT_FALSE(is_proved_dead(host_tag()));
    EXPECT_FALSE(is_proved_dead(host_tag() + "0.1."));
    EXPECT_FALSE(is_proved_dead(host_tag() + "zzzzzzz.1."));
}

}  // namespace
}  // namespace toril::base
