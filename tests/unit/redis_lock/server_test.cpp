// Locks on a server that refuses, forgets, or goes.

#include "lock_client.hpp"
#include "support/signal.hpp"

using namespace std::chrono_literals;

namespace toril::redis_store {
namespace {

using support::Signal;
using toril::testing::RedisServer;

TEST(LockServerTest, AFullMemoryRefusesNewLocksAndStillRenewsAndReleases) {
    RedisServer server;
    LockClient client(server.url());
    client.acquire("t1").value();
    server.command({"CONFIG", "SET", "maxmemory", "1"});

    EXPECT_EQ(refusal(client.acquire("t2", "other")), ErrorCode::unavailable);
    EXPECT_TRUE(client.renew("t1"));
    EXPECT_EQ(*client.release("t1"), contract::ReleaseOutcome::released);
    EXPECT_EQ(client.raw({"EXISTS", client.name("fence", "other")}), "0") << "nothing by halves";
}

TEST(LockServerTest, AReplicaRefuses) {
    RedisServer server;
    LockClient client(server.url());
    client.acquire("t1").value();
    server.command({"REPLICAOF", "127.0.0.1", std::to_string(toril::testing::free_port())});

    EXPECT_EQ(refusal(client.acquire("t2", "other")), ErrorCode::unavailable);
}

TEST(LockServerTest, AUserWhoMayNotPublishReleasesAllTheSame) {
    RedisServer server;
    LockClient admin(server.url());
    ASSERT_EQ(admin.raw({"ACL", "SETUSER", "quiet", "on", ">secret", "~*", "+@all", "-publish"}),
              "OK");
    LockClient client("redis://quiet:secret@127.0.0.1:" + std::to_string(server.port()));
    client.acquire("t1").value();

    EXPECT_EQ(*client.release("t1"), contract::ReleaseOutcome::released);
    EXPECT_EQ(client.raw({"EXISTS", client.name("lock")}), "0");
}

TEST(LockServerTest, ADeadServerIsUnavailableAfterTheTimeout) {
    LockClient client("redis://127.0.0.1:" + std::to_string(toril::testing::free_port()));

    EXPECT_EQ(refusal(client.acquire("t1", "k", 50ms)), ErrorCode::unavailable);
}

TEST(LockServerTest, AFrozenServerTimesOutAndTheTokenFindsItsLockLater) {
    RedisServer server;
    LockClient client(server.url());
    client.raw({"PING"});
    server.freeze();
    EXPECT_EQ(refusal(client.acquire("t1", "k", 100ms)), ErrorCode::timed_out);
    server.thaw();

    const auto again = client.acquire("t1");
    ASSERT_TRUE(again) << again.error().message();
    EXPECT_TRUE(again->held) << "by the first call";
    EXPECT_EQ(client.raw({"GET", client.name("fence")}), std::to_string(again->fence));
}

TEST(LockServerTest, WhoHoldsItHearsOfItWhenItIsTakenElsewhere) {
    RedisServer server;
    LockClient holder(server.url(), "p");
    LockClient other(server.url(), "p");
    Signal subscribed;
    Signal taken;
    const auto listener = std::make_shared<contract::OnTaken>([&](const std::string& key) {
        if (key.empty()) subscribed.raise();
        if (key == "k") taken.raise();
    });
    holder.store->hear_of_taken(listener);
    ASSERT_TRUE(subscribed.wait()) << "and of what it may have missed before";
    holder.acquire("t1").value();
    ASSERT_TRUE(other.release_owner("owner of t1"));

    EXPECT_TRUE(taken.wait());
}

TEST(LockServerTest, WhoWaitsLooksAgainWhenTheServerIsBack) {
    RedisServer server;
    LockClient client(server.url());
    client.acquire("t1").value();
    const auto watcher = client.store->watch(contract::LockKind::lock, "k");
    Signal subscribed;
    watcher->wait(patience, [&](const Status&) { subscribed.raise(); });
    ASSERT_TRUE(subscribed.wait());
    Signal woken;
    watcher->wait(10 * patience, [&](const Status&) { woken.raise(); });
    server.kill();
    server.start_again();

    EXPECT_TRUE(woken.wait()) << "the lock went with the server";
    EXPECT_TRUE(client.acquire("t2")->held);
}

}  // namespace
}  // namespace toril::redis_store
