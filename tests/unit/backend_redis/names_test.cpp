#include "backend/redis/client_name.hpp"
#include "backend/redis/key_scan.hpp"
#include "backend/redis/script_args.hpp"

#include <gtest/gtest.h>

namespace toril::redis_store {
namespace {

TEST(ClientNameTest, IsTheOneThatBullmqListsWorkersBy) {
    EXPECT_EQ(worker_client_name("bull", "q", ""), "bull:cQ==");
    EXPECT_EQ(worker_client_name("bull", "caf\xC3\xA9", "wk 1"), "bull:Y2Fmw6k=:w:wk 1");
    EXPECT_EQ(events_client_name("{p}", "mails"), "{p}:bWFpbHM=:qe");
}

TEST(ClientNameTest, Base64PadsEveryLength) {
    EXPECT_EQ(base64(""), "");
    EXPECT_EQ(base64("f"), "Zg==");
    EXPECT_EQ(base64("fo"), "Zm8=");
    EXPECT_EQ(base64("foo"), "Zm9v");
    EXPECT_EQ(base64("\xFF\xFE\xFD"), "//79");
}

TEST(KeyScanTest, PatternsMeanTheirTextOnly) {
    EXPECT_EQ(glob_escaped("a*b?[c]\\^d:"), "a\\*b\\?\\[c\\]\\\\\\^d:");
}

TEST(ScriptArgsTest, ViewsStayValidWhileArgumentsAreAdded) {
    ScriptArgs args;
    for (int i = 0; i < 1000; ++i)
        args.number(i).flag(i % 2 == 1);

    EXPECT_EQ(args.views()[0], "0");
    EXPECT_EQ(args.views()[1], "0");
    EXPECT_EQ(args.views()[1998], "999");
    EXPECT_EQ(args.views()[1999], "1");
}

}  // namespace
}  // namespace toril::redis_store
