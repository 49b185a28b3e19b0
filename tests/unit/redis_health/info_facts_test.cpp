// INFO as servers send it: captured heads of the sections that are read.

#include "backend/redis/health/info_facts.hpp"

#include "health/server_info.hpp"

#include <gtest/gtest.h>

namespace toril {
namespace {

ServerInfo read(std::string_view info) {
    redis_store::Facts facts;
    redis_store::append_info(info, facts);
    return health::server_info_of(std::move(facts));
}

TEST(InfoFactsTest, ReadsRedis6) {
    const ServerInfo info = read(
        "# Server\r\nredis_version:6.0.16\r\nredis_mode:standalone\r\nuptime_in_seconds:12\r\n\r\n"
        "# Clients\r\nconnected_clients:3\r\nblocked_clients:1\r\n\r\n# Memory\r\n"
        "used_memory:868000\r\nused_memory_rss:5000000\r\nmaxmemory:0\r\n"
        "maxmemory_policy:noeviction\r\nmem_fragmentation_ratio:5.89\r\n\r\n# Replication\r\n"
        "role:master\r\n# Keyspace\r\ndb0:keys=4,expires=0,avg_ttl=0\r\n");

    EXPECT_EQ(info.version, "6.0.16");
    EXPECT_EQ(info.memory_used, 868'000u);
    EXPECT_EQ(info.fragmentation, 5.89);
    EXPECT_EQ(info.role, "master");
    EXPECT_EQ(info.keys, 4u);
}

TEST(InfoFactsTest, ReadsRedis8) {
    const ServerInfo info = read(
        "# Server\r\nredis_version:8.0.2\r\nserver_mode:standalone\r\n# Memory\r\n"
        "used_memory:1100000\r\nused_memory_peak:1300000\r\nmaxmemory:2000000\r\n"
        "maxmemory_policy:allkeys-lru\r\nevicted_keys:0\r\n"
        "# Keyspace\r\ndb0:keys=1,expires=0,avg_ttl=0,subexpiry=0\r\n");

    EXPECT_EQ(info.version, "8.0.2");
    EXPECT_EQ(info.mode, "standalone");
    EXPECT_EQ(info.memory_max, 2'000'000u);
    EXPECT_EQ(info.eviction_policy, "allkeys-lru");
}

TEST(InfoFactsTest, ReadsValkey) {
    const ServerInfo info = read(
        "# Server\r\nredis_version:7.2.4\r\nserver_name:valkey\r\nvalkey_version:8.1.1\r\n"
        "server_mode:standalone\r\nuptime_in_seconds:60\r\nrole:slave\r\n");

    EXPECT_EQ(info.version, "8.1.1");
    EXPECT_EQ(info.role, "replica");
    EXPECT_EQ(info.uptime, Millis{60'000});
}

TEST(InfoFactsTest, ReadsDragonfly) {
    const ServerInfo info = read(
        "# Server\nredis_version:7.4.0\ndragonfly_version:df-v1.27.1\nredis_mode:standalone\n"
        "# Memory\nused_memory:900000\nused_memory_human:878.91KiB\nmaxmemory:6000000000\n"
        "cache_mode:store\nmaxmemory_policy:noeviction\n# Clients\nconnected_clients:1\n");

    EXPECT_EQ(info.version, "df-v1.27.1");
    EXPECT_EQ(info.memory_used, 900'000u);
    EXPECT_EQ(info.memory_rss, 0u);
    EXPECT_EQ(info.fragmentation, std::nullopt);
}

TEST(InfoFactsTest, ReadsKeyDb) {
    const ServerInfo info = read(
        "# Server\r\nredis_version:6.3.4\r\nredis_mode:standalone\r\n# Replication\r\n"
        "role:active-replica\r\n# KeyDB\r\nmvcc_depth:0\r\n");

    EXPECT_EQ(info.version, "6.3.4");
    EXPECT_EQ(info.role, "active-replica");
}

TEST(InfoFactsTest, PassesOverWhatIsNoFact) {
    redis_store::Facts facts;
    redis_store::append_info("", facts);
    redis_store::append_info("\r\n\n# Only: a heading\r\nno colon\r\n:no name\r\nlast:1", facts);

    EXPECT_EQ(facts, (redis_store::Facts{{"last", "1"}}));
}

}  // namespace
}  // namespace toril
