#include "health/server_info.hpp"

#include <gtest/gtest.h>

namespace toril::health {
namespace {

TEST(ServerInfoTest, ReadsWhatRedisTells) {
    const ServerInfo info = server_info_of({{"redis_version", "7.0.15"},
                                            {"redis_mode", "standalone"},
                                            {"uptime_in_seconds", "3600"},
                                            {"connected_clients", "12"},
                                            {"blocked_clients", "3"},
                                            {"used_memory", "1048576"},
                                            {"used_memory_rss", "2097152"},
                                            {"used_memory_peak", "1572864"},
                                            {"maxmemory", "0"},
                                            {"maxmemory_policy", "noeviction"},
                                            {"mem_fragmentation_ratio", "2.01"},
                                            {"evicted_keys", "7"},
                                            {"role", "slave"},
                                            {"db0", "keys=99,expires=1,avg_ttl=0"},
                                            {"dbsize", "41"}});

    EXPECT_EQ(info.version, "7.0.15");
    EXPECT_EQ(info.mode, "standalone");
    EXPECT_EQ(info.role, "replica");
    EXPECT_EQ(info.uptime, Millis{3'600'000});
    EXPECT_EQ(info.clients, 12u);
    EXPECT_EQ(info.clients_blocked, 3u);
    EXPECT_EQ(info.memory_used, 1'048'576u);
    EXPECT_EQ(info.memory_rss, 2'097'152u);
    EXPECT_EQ(info.memory_peak, 1'572'864u);
    EXPECT_EQ(info.memory_max, 0u);
    EXPECT_EQ(info.eviction_policy, "noeviction");
    EXPECT_EQ(info.fragmentation, 2.01);
    EXPECT_EQ(info.evicted, 7u);
    EXPECT_EQ(info.keys, 41u);
    EXPECT_EQ(info.facts.size(), 15u);
}

TEST(ServerInfoTest, KnowsTheNamesOfKindredServers) {
    EXPECT_EQ(server_info_of({{"redis_version", "7.2.4"}, {"valkey_version", "8.1.0"}}).version,
              "8.1.0");
    EXPECT_EQ(
        server_info_of({{"redis_version", "7.4.0"}, {"dragonfly_version", "df-v1.27"}}).version,
        "df-v1.27");
    EXPECT_EQ(server_info_of({{"server_mode", "cluster"}}).mode, "cluster");
}

TEST(ServerInfoTest, WhatIsMissingIsUnknownAndNoError) {
    const ServerInfo info = server_info_of({});

    EXPECT_EQ(info.version, "");
    EXPECT_EQ(info.memory_used, 0u);
    EXPECT_EQ(info.fragmentation, std::nullopt);
    EXPECT_EQ(info.keys, 0u);
}

TEST(ServerInfoTest, WhatIsNoNumberIsUnknown) {
    const ServerInfo info = server_info_of({{"used_memory", "lots"},
                                            {"connected_clients", "-1"},
                                            {"uptime_in_seconds", "1e300"},
                                            {"mem_fragmentation_ratio", "nan"},
                                            {"evicted_keys", ""}});

    EXPECT_EQ(info.memory_used, 0u);
    EXPECT_EQ(info.clients, 0u);
    EXPECT_EQ(info.uptime, Millis{0});
    EXPECT_EQ(info.fragmentation, std::nullopt);
    EXPECT_EQ(info.evicted, 0u);
}

TEST(ServerInfoTest, ReadsUnitsWhereThereIsNothingElse) {
    const ServerInfo info = server_info_of({{"used_memory_human", "1.50M"},
                                            {"used_memory_peak_human", "2G"},
                                            {"used_memory_rss_human", "512B"}});

    EXPECT_EQ(info.memory_used, 1'572'864u);
    EXPECT_EQ(info.memory_peak, 2'147'483'648u);
    EXPECT_EQ(info.memory_rss, 512u);
}

TEST(ServerInfoTest, FragmentationBelowOneIsSwapAndIsReckonedIfNotSaid) {
    const ServerInfo info = server_info_of({{"used_memory", "2000"}, {"used_memory_rss", "1000"}});

    EXPECT_EQ(info.fragmentation, 0.5);
}

TEST(ServerInfoTest, KeysOfADatabaseAreCountedFromTheKeyspaceIfNeedBe) {
    EXPECT_EQ(server_info_of({{"db3", "keys=17,expires=0"}}).keys, 17u);
}

TEST(ServerInfoTest, WarnsOfMemoryThatIsNearlyFullOnlyWhereThatMeansRefusal) {
    ServerInfo info{.memory_used = 970, .memory_max = 1'000, .eviction_policy = "noeviction"};
    EXPECT_EQ(warning_of(info), "the store's memory is full to 97 %");

    info.eviction_policy = "allkeys-lru";
    EXPECT_EQ(warning_of(info), "");
    info = {.memory_used = 970, .memory_max = 0, .eviction_policy = "noeviction"};
    EXPECT_EQ(warning_of(info), "");
    info = {.memory_used = 500, .memory_max = 1'000, .eviction_policy = "noeviction"};
    EXPECT_EQ(warning_of(info), "");
}

}  // namespace
}  // namespace toril::health
