// What the doctor finds on a Redis, and how it mends it.

#include "backend/redis/doctor/server_findings.hpp"
#include "keyspace.hpp"
#include "support/redis_server.hpp"

#include <algorithm>

using namespace std::chrono_literals;

namespace toril::redis_store {
namespace {

std::vector<std::string> codes(const std::vector<Finding>& findings) {
    std::vector<std::string> all;
    for (const Finding& finding : findings)
        all.push_back(finding.code);
    std::sort(all.begin(), all.end());
    return all;
}

const Finding* find(const std::vector<Finding>& findings, std::string_view code) {
    const auto found = std::find_if(
        findings.begin(), findings.end(), [&](const Finding& each) { return each.code == code; });
    return found == findings.end() ? nullptr : &*found;
}

using Codes = std::vector<std::string>;

constexpr const char* healthy =
    "redis_version:7.0.15\r\nmaxmemory:0\r\nused_memory:1000\r\nmaxmemory_policy:noeviction\r\n"
    "aof_enabled:1\r\nrdb_last_bgsave_status:ok\r\naof_last_write_status:ok\r\n";

// ---- the server's own words ----------------------------------------------------------------

TEST(ServerFindingsTest, AHealthyServerHasNone) {
    EXPECT_EQ(codes(server_findings({.info = healthy, .save = "", .idle_timeout = 0})), Codes{});
}

TEST(ServerFindingsTest, AServerThatSaysNothingHasNone) {
    EXPECT_EQ(codes(server_findings({})), Codes{});
}

TEST(ServerFindingsTest, EvictionIsAnErrorWithItsRemedy) {
    const auto found = server_findings({.info = "maxmemory_policy:allkeys-lru\r\n"});
    ASSERT_EQ(codes(found), Codes{"eviction_policy"});
    EXPECT_EQ(found.front().severity, Finding::Severity::error);
    EXPECT_NE(found.front().cause.find("allkeys-lru"), std::string::npos);
    EXPECT_NE(found.front().remedy.find("noeviction"), std::string::npos);
}

TEST(ServerFindingsTest, WhatIsKeptOnDiskIsLookedAt) {
    const auto severity = [](const ServerFacts& facts) {
        const auto found = server_findings(facts);
        const Finding* finding = find(found, "persistence");
        return finding == nullptr ? std::string("none") : std::string(to_string(finding->severity));
    };
    EXPECT_EQ(severity({.info = "aof_enabled:0\r\n", .save = ""}), "error");
    EXPECT_EQ(severity({.info = "aof_enabled:0\r\n", .save = "3600 1"}), "warning");
    EXPECT_EQ(severity({.info = "aof_enabled:1\r\n", .save = ""}), "none");
    EXPECT_NE(
        find(server_findings({.info = "rdb_last_bgsave_status:err\r\n"}), "persistence_failing"),
        nullptr);
}

TEST(ServerFindingsTest, MemoryAndVersionAreComparedWithTheirLimits) {
    const auto of = [](const char* info) { return codes(server_findings({.info = info})); };
    EXPECT_EQ(of("maxmemory:1000\r\nused_memory:899\r\n"), Codes{});
    EXPECT_EQ(of("maxmemory:1000\r\nused_memory:900\r\n"), Codes{"memory_limit"});
    EXPECT_EQ(of("redis_version:6.0.16\r\n"), Codes{"version"});
    EXPECT_EQ(of("redis_version:6.2.0\r\n"), Codes{});
    EXPECT_EQ(of("redis_version:4.0.1\r\nvalkey_version:8.0.1\r\n"), Codes{});
}

TEST(ServerFindingsTest, TimeoutsClocksAndRightsAreLookedAt) {
    EXPECT_EQ(codes(server_findings({.idle_timeout = 30, .block_timeout = 30s})),
              Codes{"idle_timeout"});
    EXPECT_EQ(codes(server_findings({.idle_timeout = 31, .block_timeout = 30s})), Codes{});
    EXPECT_EQ(codes(server_findings({.clock_ahead = -1001ms})), Codes{"clock_skew"});
    EXPECT_EQ(codes(server_findings({.clock_ahead = 1000ms})), Codes{});
    const auto found = server_findings({.forbidden = {"ZADD", "XADD"}});
    ASSERT_EQ(codes(found), Codes{"missing_rights"});
    EXPECT_NE(found.front().remedy.find("+zadd +xadd"), std::string::npos);
}

TEST(ServerFindingsTest, ARestrictedUserIsToldWhichCommandsItMisses) {
    const testing::RedisServer server;
    server.command(
        {"ACL", "SETUSER", "worker", "on", ">pass", "~*", "&*", "+@all", "-xadd", "-lpos"});
    const std::string url = "redis://worker:pass@127.0.0.1:" + std::to_string(server.port());
    const auto store = open_redis(*redis::Config::from_url(url), {});
    conformance::Client client(store);
    const auto found = client.examine({});

    ASSERT_TRUE(found) << found.error().message();
    const Finding* rights = find(*found, "missing_rights");
    ASSERT_NE(rights, nullptr);
    EXPECT_NE(rights->cause.find("XADD"), std::string::npos) << rights->cause;
    EXPECT_NE(rights->cause.find("LPOS"), std::string::npos) << rights->cause;
}

// ---- queues -----------------------------------------------------------------------------------

class DoctorTest : public StoreTest {
protected:
    std::vector<Finding> examine(bool repair = false) {
        const auto found = client.examine({.repair = repair});
        EXPECT_TRUE(found) << (found ? "" : found.error().message());
        if (!found) return {};
        std::vector<Finding> of_queue;
        for (const Finding& finding : *found)
            if (!finding.queue.empty()) of_queue.push_back(finding);
        return of_queue;
    }
    /// It is found, mended when asked, and gone then.
    void expect_mended(const std::string& code) {
        EXPECT_EQ(codes(examine()), Codes{code});
        const std::vector<Finding> mended = examine(true);
        EXPECT_EQ(codes(mended), Codes{code});
        for (const Finding& finding : mended)
            EXPECT_TRUE(finding.repaired) << finding.cause;
        EXPECT_EQ(codes(examine()), Codes{});
    }
};

TEST_F(DoctorTest, AQueueInUseHasNoFindings) {
    add();
    add({.delay = 5s});
    add({.priority = 3});
    add({.id = "own"});
    take(1);
    EXPECT_TRUE(complete("1"));
    EXPECT_EQ(codes(examine()), Codes{});
}

TEST_F(DoctorTest, AJobThatNoListHoldsIsPutBackWhereItBelongs) {
    add({.id = "waits"});
    add({.id = "done"});
    take(1);
    take(1);
    EXPECT_TRUE(complete("waits"));
    EXPECT_TRUE(complete("done"));
    add({.id = "lost"});
    raw({"DEL", name_of("wait")});
    raw({"ZREM", name_of("completed"), "done"});

    expect_mended("orphan");
    EXPECT_EQ(key("wait"), "[lost]");
    EXPECT_NE(key("completed").find("done"), std::string::npos);
}

TEST_F(DoctorTest, AJobUnderTheNameOfAKeyIsGivenAnIdOfItsOwn) {
    add({.id = "other"});
    raw({"HSET",
         name_of("meta"),
         "name",
         "n",
         "data",
         "{}",
         "opts",
         "{}",
         "timestamp",
         "1",
         "delay",
         "0",
         "priority",
         "0"});
    raw({"LPUSH", name_of("wait"), "meta"});

    const std::vector<Finding> mended = examine(true);
    ASSERT_NE(find(mended, "reserved_id"), nullptr);
    EXPECT_EQ(key("wait"), "[rescued-meta, other]");
    EXPECT_EQ(raw({"HEXISTS", name_of("meta"), "data"}), "0");
    EXPECT_EQ(codes(examine()), Codes{});
}

TEST_F(DoctorTest, AKeyOfAWrongTypeIsNamedAndLeftAlone) {
    add();
    raw({"SET", name_of("delayed"), "text"});

    const std::vector<Finding> found = examine(true);
    ASSERT_EQ(codes(found), Codes{"wrong_type"});
    EXPECT_NE(found.front().cause.find(name_of("delayed")), std::string::npos);
    EXPECT_FALSE(found.front().repaired);
    EXPECT_EQ(raw({"GET", name_of("delayed")}), "text");
}

TEST_F(DoctorTest, JobsSetAsideByAPauseThatIsOverRunFirst) {
    add({.id = "aside"});
    raw({"RENAME", name_of("wait"), name_of("paused")});
    add({.id = "new"});

    expect_mended("stranded_paused");
    EXPECT_EQ(key("wait"), "[new, aside]");
}

TEST_F(DoctorTest, IdsOfJobsThatAreNotThereGo) {
    add({.id = "there"});
    raw({"LPUSH", name_of("wait"), "gone"});
    expect_mended("ghost_job");
    EXPECT_EQ(key("wait"), "[there]");
}

TEST_F(DoctorTest, WhatWakesIdleWorkersIsSetAgain) {
    add();
    raw({"DEL", name_of("marker")});
    expect_mended("missing_marker");
    EXPECT_EQ(key("marker"), "{0: 0}");
}

TEST_F(DoctorTest, KeysThatOughtToExpireGo) {
    add();
    raw({"SET", name_of("limiter"), "5"});
    expect_mended("stale_limiter");
    raw({"SET", name_of("stalled-check"), "1"});
    expect_mended("stuck_stall_check");
}

TEST_F(DoctorTest, ASchedulerThatLostItsRunIsStartedAgain) {
    contract::UpsertSchedulerParams params{.queue = queue};
    params.scheduler.id = "tick";
    params.scheduler.name = "tick";
    params.scheduler.repeat.every = 1s;
    const auto made = client.upsert_scheduler(params);
    ASSERT_TRUE(made) << made.error().message();
    raw({"LREM", name_of("wait"), "0", made->job});
    raw({"ZREM", name_of("delayed"), made->job});
    raw({"DEL", name_of(made->job)});
    raw({"ZADD", name_of("repeat"), "1000000000000", "tick"});

    expect_mended("stalled_scheduler");
}

TEST_F(DoctorTest, ASchedulerWithoutARecordGoes) {
    add();
    raw({"ZADD", name_of("repeat"), "1", "ghost"});
    expect_mended("scheduler_without_record");
}

TEST_F(DoctorTest, AParentThatWaitsForNothingRuns) {
    add({.id = "parent"});
    raw({"LREM", name_of("wait"), "0", "parent"});
    raw({"ZADD", name_of("waiting-children"), "1", "parent"});
    expect_mended("releasable_parent");
    EXPECT_EQ(key("wait"), "[parent]");
}

TEST_F(DoctorTest, AParentBehindAFailedChildIsNamedWithIt) {
    contract::AddFlowParams flow;
    flow.nodes.push_back(
        {.queue = queue,
         .job = {.id = "P", .name = "n", .data = "{}", .opts = "{}", .has_children = true}});
    flow.nodes.push_back({.queue = queue,
                          .job = {.id = "C",
                                  .name = "n",
                                  .data = "{}",
                                  .opts = "{}",
                                  .parent = contract::ParentLink{queue, "P"}}});
    ASSERT_TRUE(client.add_flow(flow));
    EXPECT_EQ(codes(examine()), Codes{});
    take(1);
    EXPECT_TRUE(fail("C"));

    const std::vector<Finding> found = examine(true);
    ASSERT_EQ(codes(found), Codes{"stuck_parent"});
    EXPECT_NE(found.front().cause.find("P waits for its child"), std::string::npos)
        << found.front().cause;
    EXPECT_NE(found.front().remedy.find("toril flow tree q P"), std::string::npos);
}

TEST_F(DoctorTest, ADeduplicationIdOfAJobThatIsGoneIsFreed) {
    add();
    raw({"SET", name_of("de:window"), "gone"});
    expect_mended("stale_deduplication");
}

TEST_F(DoctorTest, ActiveJobsThatNobodyHasAreNamed) {
    add();
    take(1);
    raw({"DEL", name_of("1:lock")});
    EXPECT_EQ(codes(examine(true)), Codes{"abandoned_job"});
    EXPECT_EQ(key("active"), "[1]");
}

}  // namespace
}  // namespace toril::redis_store
