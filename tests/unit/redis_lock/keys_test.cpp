// The keys of locks and records, as docs/internals/redis-keys.md says them.

#include "backend/redis/lock/lock_scripts.hpp"
#include "lock_client.hpp"

#include <regex>

namespace toril::redis_store {
namespace {

class LockKeysTest : public ::testing::Test {
protected:
    LockClient client{toril::testing::shared_redis_url()};
    ~LockKeysTest() override {
        for (const char* kind : {"lock", "fence", "record", "lease"})
            for (const char* key : {"k", "r"})
                client.raw({"DEL", client.name(kind, key)});
    }
    std::int64_t ttl(const std::string& name) { return std::stoll(client.raw({"PTTL", name})); }
};

TEST_F(LockKeysTest, ALockIsItsTokenFenceAndOwnerForItsTtl) {
    const auto held = client.acquire("t1");

    ASSERT_TRUE(held);
    EXPECT_EQ(client.raw({"GET", client.name("lock")}),
              "t1|" + std::to_string(held->fence) + "|owner of t1");
    EXPECT_LE(ttl(client.name("lock")), 60'000);
    EXPECT_GT(ttl(client.name("lock")), 50'000);
}

TEST_F(LockKeysTest, AFenceIsKeptForAYear) {
    const auto held = client.acquire("t1");

    EXPECT_EQ(client.raw({"GET", client.name("fence")}), std::to_string(held->fence));
    EXPECT_GT(ttl(client.name("fence")), 365LL * 86'400'000);
}

// L3: a server whose clock was set back an hour.
TEST_F(LockKeysTest, AFenceGrowsWhenTheClockGoesBack) {
    const std::string in_the_future = "8000000000000000";
    client.raw({"SET", client.name("fence"), in_the_future});

    EXPECT_EQ(client.acquire("t1")->fence, 8'000'000'000'000'001u);
}

TEST_F(LockKeysTest, AFenceIsExactUpTo53Bits) {
    client.raw({"SET", client.name("fence"), "9007199254740990"});

    EXPECT_EQ(client.acquire("t1")->fence, 9'007'199'254'740'991u);
    EXPECT_EQ(client.raw({"GET", client.name("fence")}), "9007199254740991");
}

// L8: FLUSHALL, or a server that was restarted without its data.
TEST_F(LockKeysTest, AFenceGrowsWhenTheServerForgotTheLastOne) {
    const std::uint64_t before = client.acquire("t1")->fence;
    client.raw({"DEL", client.name("lock"), client.name("fence")});

    EXPECT_GT(client.acquire("t2")->fence, before);
}

// L8: the holder's next renewal finds out.
TEST_F(LockKeysTest, ALockThatAnOperatorDeletedIsNotRenewed) {
    client.acquire("t1").value();
    client.raw({"DEL", client.name("lock")});

    EXPECT_EQ(refusal(client.renew("t1")), ErrorCode::not_owner);
    EXPECT_EQ(client.raw({"EXISTS", client.name("lock")}), "0");
}

TEST_F(LockKeysTest, ARecordIsAHashBesideALease) {
    const auto begun = client.begin("t1");

    ASSERT_TRUE(begun);
    EXPECT_EQ(
        client.raw({"HMGET", client.name("record", "r"), "state", "token", "fingerprint", "fence"}),
        "running t1 f " + std::to_string(begun->fence));
    EXPECT_EQ(client.raw({"GET", client.name("lease", "r")}), "t1");
    EXPECT_LE(ttl(client.name("lease", "r")), 60'000);
    EXPECT_GT(ttl(client.name("record", "r")), 86'400'000) << "for who finishes late";

    ASSERT_TRUE(client.finish("t1", "42"));
    EXPECT_EQ(client.raw({"HMGET", client.name("record", "r"), "state", "value", "failed"}),
              "done 42 0");
    EXPECT_EQ(client.raw({"EXISTS", client.name("lease", "r")}), "0");
    EXPECT_LE(ttl(client.name("record", "r")), 60'000);
}

TEST_F(LockKeysTest, AKeyOfAnotherTypeIsNamedAndLeftAlone) {
    client.raw({"RPUSH", client.name("lock"), "x"});
    client.raw({"SET", client.name("record", "r"), "x"});
    for (const Status& status : {Status(client.acquire("t1").error()),
                                 Status(client.release("t1").error()),
                                 Status(client.begin("t1").error())}) {
        EXPECT_EQ(refusal(status), ErrorCode::corrupt);
        EXPECT_NE(status.error().message().find(":toril:"), std::string::npos);
    }
    EXPECT_EQ(refusal(client.renew("t1")), ErrorCode::not_owner);

    EXPECT_EQ(client.raw({"LRANGE", client.name("lock"), "0", "-1"}), "x");
    EXPECT_EQ(client.raw({"EXISTS", client.name("fence")}), "0");
}

TEST_F(LockKeysTest, ALockThatIsNotOursIsNamedAndLeftAlone) {
    client.raw({"SET", client.name("lock"), "somebody else's"});

    EXPECT_EQ(refusal(client.acquire("t1")), ErrorCode::corrupt);
    EXPECT_EQ(client.raw({"GET", client.name("lock")}), "somebody else's");
}

// L3: no change of a clock, here or there, ends a lock early or late.
TEST_F(LockKeysTest, NoScriptSetsATimeAtWhichSomethingEnds) {
    const LockScripts& all = lock_scripts();
    const std::regex absolute("PXAT|EXAT|EXPIREAT|EXPIRETIME", std::regex::icase);
    const std::regex clock("'TIME'");
    for (const redis::Script* script : {&all.acquire,
                                        &all.begin,
                                        &all.finish,
                                        &all.forget,
                                        &all.release,
                                        &all.release_owner,
                                        &all.renew,
                                        &all.renew_records,
                                        &all.status}) {
        const std::string text(script->source());
        EXPECT_FALSE(std::regex_search(text, absolute)) << script->name();
        const bool gives_fences = script == &all.acquire || script == &all.begin;
        EXPECT_EQ(std::regex_search(text, clock), gives_fences) << script->name();
    }
}

}  // namespace
}  // namespace toril::redis_store
