// Databases of earlier versions, with jobs in them.

#include "backend/sqlite/schema.hpp"
#include "store_fixture.hpp"

#include <sqlite3.h>

#include <fstream>
#include <sstream>

namespace toril::sqlite {
namespace {

class MigrationTest : public SqliteTest {
protected:
    // A store of the first version, as it was left: one job in each place, and one that is LIFO.
    void make_first_version() {
        std::string all = "PRAGMA synchronous = OFF; BEGIN;" + first_schema();
        const auto run = [&all](const std::string& statement) { all += statement + ";"; };
        run("PRAGMA application_id = " + std::to_string(application_id));
        run("PRAGMA user_version = 1");
        run("INSERT INTO queue VALUES (1, 'bull', 'mail', 6, 0, 9, 2, 0, 1, 1, 0, 2, 0, NULL,"
            " 0, 0, 0, 1, 7)");
        const std::string columns =
            "INSERT INTO job (key, list, rank, seq, priority, big, timestamp_ms, delay_ms,"
            " finished_on_ms, attempts_made, failed_reason, name, opts, data) VALUES (";
        const std::string base = "1099511627776 + ";  // queue 1
        run(columns + base + "1, 0, 0, 1, 0, 0, 1000, 0, 0, 0, '', 'plain', '{}', '1')");
        run(columns + base + "2, 0, 0, 2, 0, 1, 1000, 0, 0, 0, '', 'big', '{}', '')");
        run(columns + base +
            "3, 1, 9000000000000, 3, 0, 0, 1000, 5, 0, 0, '', 'later', '{}', '3')");
        run(columns + base +
            "4, 3, 2000, 0, 0, 0, 1000, 0, 2000, 1, 'bad', 'lifo',"
            " '{\"lifo\":true}', '4')");
        run(columns + base + "5, 0, 0, 5, 0, 0, 1000, 0, 0, 0, '', 'running', '{}', '5')");
        run(columns + base + "6, 3, 2001, 0, 0, 0, 1000, 0, 2001, 1, 'bad', 'fifo', '{}', '6')");
        run("INSERT INTO payload VALUES (" + base + "2, '[2]')");
        run("INSERT INTO place VALUES (1, 0, 0, 1, '', " + base + "1)");
        run("INSERT INTO place VALUES (1, 0, 0, 2, '', " + base + "2)");
        run("INSERT INTO place VALUES (1, 1, 9000000000000, 3, '', " + base + "3)");
        run("INSERT INTO place VALUES (1, 3, 2000, 0, '4', " + base + "4)");
        run("INSERT INTO place VALUES (1, 3, 2001, 0, '6', " + base + "6)");
        run("INSERT INTO lease VALUES (" + base + "5, 8, 1, 9000000000000, 0, 3000, 'run-5', '')");
        run("COMMIT");
        run_sql(all);
    }

    static std::string first_schema() {
        std::ostringstream text;
        text << std::ifstream(TORIL_SQLITE_SCHEMA_V001).rdbuf();
        return text.str();
    }

    void run_sql(const std::string& sql) const {
        sqlite3* db = nullptr;
        ASSERT_EQ(sqlite3_open(path.c_str(), &db), SQLITE_OK);
        EXPECT_EQ(sqlite3_exec(db, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK)
            << sqlite3_errmsg(db);
        sqlite3_close(db);
    }

    static JobId first_waiting(conformance::Client& client) {
        return client
            .page({.queue = "mail", .state = JobState::waiting, .end = 0, .ascending = true})
            .value()
            .at(0)
            .id;
    }
};

TEST_F(MigrationTest, KeepsTheJobsOfTheFirstVersionWhereTheyAre) {
    make_first_version();

    conformance::Client client(open());

    const JobCounts counts = client.counts("mail").value();
    EXPECT_EQ(counts.waiting, 2u);
    EXPECT_EQ(counts.delayed, 1u);
    EXPECT_EQ(counts.active, 1u);
    EXPECT_EQ(counts.failed, 2u);
    EXPECT_EQ(counts.waiting_children, 0u);
    EXPECT_EQ(client.job({"mail", "1"}).value().data.text(), "1");
    EXPECT_EQ(client.job({"mail", "2"}).value().data.text(), "[2]");
    EXPECT_EQ(client.job({"mail", "3"}).value().delay, Millis{5});
    EXPECT_EQ(client.job({"mail", "4"}).value().failed_reason, "bad");
    EXPECT_EQ(client.job({"mail", "1"}).value().parent_key, "");
}

TEST_F(MigrationTest, LetsTheJobsOfTheFirstVersionGoOn) {
    make_first_version();
    conformance::Client client(open());

    const auto taken = client
                           .finish_and_take({.queue = "mail",
                                             .taker = {.worker = "w", .lock_duration = 1h},
                                             .sequence = 1,
                                             .take = 2,
                                             .token = "new"})
                           .value()
                           .jobs;
    ASSERT_EQ(taken.size(), 2u);
    EXPECT_EQ(taken[1].data, "[2]");
    const auto finished = client
                              .finish_and_take({.queue = "mail",
                                                .taker = {.worker = "w", .lock_duration = 1h},
                                                .sequence = 2,
                                                .outcomes = {{.id = "1", .token = "new"},
                                                             {.id = "2", .token = "new"}}})
                              .value()
                              .finished;
    EXPECT_TRUE(finished.at(0));
    EXPECT_TRUE(finished.at(1));
    EXPECT_EQ(add(client), "7");
}

TEST_F(MigrationTest, KnowsWhichJobsOfTheFirstVersionAreLifo) {
    make_first_version();
    conformance::Client client(open());

    ASSERT_TRUE(client.retry({.job = {"mail", "6"}}));
    EXPECT_EQ(first_waiting(client), "1");
    ASSERT_TRUE(client.retry({.job = {"mail", "4"}}));
    EXPECT_EQ(first_waiting(client), "4");
}

TEST_F(MigrationTest, GivesJobsOfTheFirstVersionChildren) {
    make_first_version();
    conformance::Client client(open());
    contract::AddJob child{.name = "child", .data = "{}", .opts = "{}"};
    child.parent = contract::ParentLink{"mail", "1"};

    ASSERT_TRUE(client.add({.queue = "mail", .jobs = {child}}).value().front());

    EXPECT_EQ(client.dependency_counts({"mail", "1"}).value().unprocessed, 1u);
    EXPECT_EQ(client.job({"mail", "7"}).value().parent_key, "bull:mail:1");
}

}  // namespace
}  // namespace toril::sqlite
