// What operators ask of this store: who works here, and what is wrong.

#include "peer.hpp"
#include "store_fixture.hpp"

#include <sqlite3.h>
#include <unistd.h>

#include <atomic>
#include <functional>

namespace toril::sqlite {
namespace {

class OperatorsTest : public SqliteTest {
protected:
    static std::vector<Finding> examine(conformance::Client& client, bool repair = false) {
        return client.examine({.repair = repair}).value();
    }
    /// The codes, without what depends on this host's disk.
    static std::vector<std::string> codes(const std::vector<Finding>& findings) {
        std::vector<std::string> found;
        for (const Finding& finding : findings)
            if (finding.code != "disk_space") found.push_back(finding.code);
        return found;
    }
    static void expect_mended(conformance::Client& client, const std::string& code) {
        EXPECT_EQ(codes(examine(client)), std::vector<std::string>{code});
        const auto mended = examine(client, /*repair=*/true);
        EXPECT_EQ(codes(mended), std::vector<std::string>{code});
        for (const Finding& finding : mended)
            EXPECT_TRUE(finding.repaired || finding.code != code) << finding.code;
        EXPECT_EQ(codes(examine(client)), std::vector<std::string>{});
    }
    /// Behind the store's back, while it is closed.
    void run_sql(const std::string& sql) const {
        sqlite3* db = nullptr;
        ASSERT_EQ(sqlite3_open(path.c_str(), &db), SQLITE_OK);
        EXPECT_EQ(sqlite3_exec(db, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK)
            << sqlite3_errmsg(db);
        sqlite3_close(db);
    }
    void with_closed_store(const std::function<void(conformance::Client&)>& before,
                           const std::string& sql) {
        {
            conformance::Client client(open());
            before(client);
        }
        run_sql(sql);
    }
};

TEST_F(OperatorsTest, AWatcherOfWorkIsAWorker) {
    const auto store = open();
    auto watcher = store->watch({.queue = "mail", .name = "resizer"});
    const auto other = store->watch({.queue = "mail", .what = contract::WatchFor::changes});
    // Rows are written in the order in which they were asked for, and this one is the last.
    conformance::Client client(store);
    add(client);

    const auto there = client.workers("mail").value();
    ASSERT_EQ(there.size(), 1u);
    EXPECT_EQ(there[0].name, "resizer");
    EXPECT_EQ(there[0].address, "pid " + std::to_string(::getpid()));
    EXPECT_GE(there[0].age, 0ms);

    watcher.reset();
    add(client);
    EXPECT_TRUE(client.workers("mail").value().empty());
}

TEST_F(OperatorsTest, WorkersOfADeadProcessAreNotListed) {
    conformance::Client client(open());
    PeerProcess peer(path);
    peer.send("wait");
    ASSERT_EQ(peer.line(), "waiting");
    ASSERT_EQ(client.workers("mail").value().size(), 1u);

    peer.kill();

    EXPECT_TRUE(client.workers("mail").value().empty());
}

TEST_F(OperatorsTest, AHealthyStoreHasNoFindings) {
    conformance::Client client(open());
    add(client);
    take(client);
    ASSERT_TRUE(client.add({.queue = "mail",
                            .jobs = {{.id = "mine", .data = "{}", .opts = "{}", .priority = 3},
                                     {.data = "{}", .opts = "{}", .delay = 1h}}}));

    EXPECT_EQ(codes(examine(client)), std::vector<std::string>{});
}

TEST_F(OperatorsTest, WrongCountsAreFoundAndMended) {
    with_closed_store([](auto& client) { add(client); }, "UPDATE queue SET waiting = 7");
    conformance::Client client(open());

    expect_mended(client, "counters");

    EXPECT_EQ(client.counts("mail").value().waiting, 1u);
    EXPECT_EQ(take(client).size(), 1u);
}

TEST_F(OperatorsTest, JobsInNoListArePutBack) {
    with_closed_store([](auto& client) { add(client); },
                      "DELETE FROM place; UPDATE queue SET waiting = 0");
    conformance::Client client(open());

    expect_mended(client, "orphan");

    EXPECT_EQ(take(client).size(), 1u);
}

TEST_F(OperatorsTest, PlacesWithoutJobsAreRemoved) {
    with_closed_store(
        [](auto& client) {
            add(client);
            add(client);
        },
        "DELETE FROM job WHERE key % 2 = 1");
    conformance::Client client(open());

    EXPECT_EQ(codes(examine(client)), std::vector<std::string>{"ghost_job"});
    EXPECT_EQ(codes(examine(client, /*repair=*/true)),
              (std::vector<std::string>{"ghost_job", "counters"}));
    EXPECT_EQ(codes(examine(client)), std::vector<std::string>{});
    EXPECT_EQ(take(client).size(), 1u);
}

TEST_F(OperatorsTest, AParentWhoseChildIsGoneIsToldOf) {
    with_closed_store(
        [](conformance::Client& client) {
            ASSERT_TRUE(client.add_flow(
                {.nodes = {{"mail", {.id = "album", .has_children = true}},
                           {"mail",
                            {.id = "page",
                             .parent = contract::ParentLink{.queue = "mail", .id = "album"}}}}}));
            ASSERT_TRUE(client.remove({"mail", "page"}));
            ASSERT_TRUE(client.add_flow(
                {.nodes = {{"mail", {.id = "book", .has_children = true}},
                           {"mail",
                            {.id = "line",
                             .parent = contract::ParentLink{.queue = "mail", .id = "book"}}}}}));
        },
        "UPDATE child SET id = 'nobody' WHERE id = 'line'");
    conformance::Client client(open());

    const auto found = examine(client);

    ASSERT_EQ(codes(found), std::vector<std::string>{"stuck_parent"});
    EXPECT_FALSE(found[0].repairable);
    EXPECT_NE(found[0].cause.find("book"), std::string::npos);
}

TEST_F(OperatorsTest, ASchedulerWhoseRunIsGoneGoesOn) {
    auto now = std::make_shared<std::atomic<std::int64_t>>(1'700'000'000'000);
    SqliteOptions with = options();
    with.clock = [now] { return Timestamp(Millis(now->load())); };
    {
        conformance::Client client(open(with));
        ASSERT_TRUE(client.upsert_scheduler(
            {.queue = "mail", .scheduler = {.id = "s", .repeat = {.every = 1s}, .name = "tick"}}));
    }
    run_sql(
        "DELETE FROM job; DELETE FROM place; DELETE FROM custom_id; DELETE FROM link;"
        "UPDATE queue SET waiting = 0");
    *now += 3'600'000;
    conformance::Client client(open(with));

    expect_mended(client, "stalled_scheduler");

    const auto taken = take(client);
    ASSERT_EQ(taken.size(), 1u);
    EXPECT_EQ(taken[0].repeat_job_key, "s");
    EXPECT_TRUE(
        client
            .continue_scheduler(
                {.queue = "mail", .scheduler = "s", .job = taken[0].id, .opts = taken[0].opts})
            .value());
}

}  // namespace
}  // namespace toril::sqlite
