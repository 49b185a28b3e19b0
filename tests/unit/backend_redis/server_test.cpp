// What differs from server to server: what a write survives, and whether it is there at all.

#include "keyspace.hpp"
#include "support/redis_server.hpp"

namespace toril::redis_store {
namespace {

// Commands keep their order, so the answer to this one comes after those that were sent at open.
contract::Durability durability_on(const testing::RedisServer& server) {
    const auto store = open_redis(*redis::Config::from_url(server.url()), {});
    conformance::Client client(store);
    EXPECT_TRUE(client.counts("q"));
    return store->durability();
}

TEST(ServerTest, DurabilityIsTheServersOwnSetting) {
    const testing::RedisServer always({.append_only = true});
    EXPECT_EQ(durability_on(always), contract::Durability::fsync);
    always.command({"CONFIG", "SET", "appendfsync", "everysec"});
    EXPECT_EQ(durability_on(always), contract::Durability::buffered);
    always.command({"CONFIG", "SET", "appendonly", "no"});
    EXPECT_EQ(durability_on(always), contract::Durability::in_process);
}

TEST(ServerTest, DurabilityIsUnknownWhereWeMayNotAsk) {
    const testing::RedisServer server;
    server.command({"ACL", "SETUSER", "default", "-config", "-info"});

    EXPECT_EQ(durability_on(server), contract::Durability::unknown);
}

TEST(ServerTest, AStoreThatIsNotThereIsUnavailableWithinItsTimeout) {
    redis::Config config;
    config.port = testing::free_port();
    const auto store = open_redis(config, {.command_timeout = Millis{200}});
    conformance::Client client(store);
    const auto counts = client.counts("q");

    ASSERT_FALSE(counts);
    EXPECT_EQ(counts.error().code(), ErrorCode::unavailable) << counts.error().message();
}

TEST(ServerTest, AServerThatForgotTheScriptsIsToldThemAgain) {
    const testing::RedisServer server;
    const auto store = open_redis(*redis::Config::from_url(server.url()), {});
    conformance::Client client(store);
    ASSERT_TRUE(client.counts("q"));
    server.command({"SCRIPT", "FLUSH"});

    EXPECT_TRUE(client.counts("q"));
}

TEST(ServerTest, ACallAfterCloseIsCancelled) {
    const testing::RedisServer server;
    const auto store = open_redis(*redis::Config::from_url(server.url()), {});
    conformance::Client client(store);
    ASSERT_TRUE(store->close(Millis{1'000}));
    ASSERT_TRUE(store->close(Millis{1'000}));

    EXPECT_EQ(client.counts("q").error().code(), ErrorCode::cancelled);
}

}  // namespace
}  // namespace toril::redis_store
