#include "lock/naming.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <set>

namespace toril::lock {
namespace {

TEST(NamingTest, AKeyHasOneTo512BytesWithoutControlCharacters) {
    EXPECT_TRUE(check_key("the key", "user 7: \xC3\xBC|{x}"));
    EXPECT_TRUE(check_key("the key", std::string(512, 'k')));
    for (const std::string& bad :
         {std::string(), std::string(513, 'k'), std::string("a\nb"), std::string("a\0b", 3)}) {
        const Status refused = check_key("the key", bad);
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().code(), ErrorCode::invalid_argument);
        EXPECT_TRUE(refused.error().message().starts_with("the key "));
    }
}

TEST(NamingTest, AnOwnerHasUpTo256BytesWithoutControlCharacters) {
    EXPECT_TRUE(check_owner(""));
    EXPECT_TRUE(check_owner(std::string(256, 'o')));
    EXPECT_FALSE(check_owner(std::string(257, 'o')));
    EXPECT_FALSE(check_owner("a\x7F"));
}

TEST(NamingTest, PartsOfAJobsKeyAreKeptApart) {
    EXPECT_EQ(job_key("user-7", "example.com"), "job:user-7:example.com");
    EXPECT_NE(job_key("a:b", "c"), job_key("a", "b:c"));
    EXPECT_NE(job_key("a\\", "b"), job_key("a", "\\b"));
    EXPECT_NE(job_key("a\\:b", "c"), job_key("a\\", "b:c"));
}

TEST(NamingTest, TheOwnerIsHostAndProcess) {
    EXPECT_TRUE(default_owner().ends_with(":" + std::to_string(::getpid())));
    EXPECT_TRUE(check_owner(default_owner()));
}

TEST(NamingTest, TokensAreDifferent) {
    std::set<std::string> tokens;
    for (int i = 0; i < 1'000; ++i)
        tokens.insert(make_token());
    EXPECT_EQ(tokens.size(), 1'000u);
    EXPECT_EQ(tokens.begin()->size(), 32u);
}

// L14: what a fork copies must not make the same tokens.
TEST(NamingTest, TokensAreDifferentInTheChildOfAFork) {
    int link[2];
    ASSERT_EQ(::pipe(link), 0);
    const pid_t child = ::fork();
    if (child == 0) {
        const std::string token = make_token();
        [[maybe_unused]] const auto told = ::write(link[1], token.data(), token.size());
        ::_exit(0);
    }
    ::close(link[1]);
    std::string theirs(32, '\0');
    const ssize_t size = ::read(link[0], theirs.data(), theirs.size());
    ::close(link[0]);
    ::waitpid(child, nullptr, 0);

    EXPECT_EQ(size, 32);
    EXPECT_NE(make_token(), theirs);
}

}  // namespace
}  // namespace toril::lock
