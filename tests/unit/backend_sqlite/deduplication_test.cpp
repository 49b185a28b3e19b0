// What deduplication leaves in the database.

#include "store_fixture.hpp"

#include <sqlite3.h>

#include <atomic>

namespace toril::sqlite {
namespace {

class DeduplicationTest : public SqliteTest {
protected:
    DeduplicationTest() {
        SqliteOptions with = options();
        with.clock = [this] { return Timestamp(Millis(now_.load())); };
        store_ = open(with);
    }

    Result<contract::Added> add(conformance::Client& client, const Deduplication& rule) {
        contract::AddJob job{.name = "send", .data = "{}", .opts = "{}"};
        job.deduplication = rule;
        auto added = client.add({.queue = "mail", .jobs = {job}});
        return added.value().front();
    }
    std::int64_t rows_of(const std::string& table) const {
        sqlite3* db = nullptr;
        std::int64_t rows = -1;
        EXPECT_EQ(sqlite3_open(path.c_str(), &db), SQLITE_OK);
        const auto read = [](void* to, int, char** values, char**) {
            *static_cast<std::int64_t*>(to) = std::stoll(values[0]);
            return 0;
        };
        const std::string sql = "SELECT count(*) FROM " + table;
        EXPECT_EQ(sqlite3_exec(db, sql.c_str(), read, &rows, nullptr), SQLITE_OK);
        sqlite3_close(db);
        return rows;
    }
    void pass_time(Millis by) { now_ += by.count(); }

    std::shared_ptr<contract::JobStore> store_{};

private:
    std::atomic<std::int64_t> now_{1'700'000'000'000};
};

TEST_F(DeduplicationTest, KeepsNoRowsOfTimesThatAreOver) {
    conformance::Client client(store_);
    for (int i = 0; i < 300; ++i) {
        ASSERT_TRUE(add(client, {.id = "order-" + std::to_string(i), .ttl = 10ms}));
        pass_time(1ms);
    }

    // Those of the latest 10 ms, and what one add leaves to the next.
    EXPECT_LE(rows_of("deduplication"), 15);
    EXPECT_GE(rows_of("deduplication"), 9);
}

TEST_F(DeduplicationTest, KeepsNothingOfAQueueThatIsObliterated) {
    conformance::Client client(store_);
    ASSERT_TRUE(add(client, {.id = "a", .ttl = 1h}));
    ASSERT_TRUE(add(client, {.id = "b", .keep_last_if_active = true}));
    ASSERT_EQ(take(client).size(), 1u);
    ASSERT_EQ(take(client).size(), 1u);
    EXPECT_TRUE(add(client, {.id = "b", .keep_last_if_active = true})->deduplicated);
    ASSERT_EQ(rows_of("deduplication"), 2);
    ASSERT_EQ(rows_of("deduplication_next"), 1);

    while (client.obliterate("mail", /*force=*/true).value())
        continue;

    for (const char* table :
         {"deduplication", "deduplication_next", "link", "job", "place", "lease"})
        EXPECT_EQ(rows_of(table), 0) << table;
}

TEST_F(DeduplicationTest, IsAnsweredAgainToACallerThatLostTheAnswer) {
    conformance::Client client(store_);
    const JobId holder = add(client, {.id = "a"}).value().id;
    contract::AddParams again{.queue = "mail",
                              .jobs = {{.name = "send", .data = "{}", .opts = "{}"}},
                              .repeat_token = "mine",
                              .repeat_sequence = 1};
    again.jobs.front().deduplication = Deduplication{.id = "a"};
    again.jobs.push_back({.name = "orphan", .parent = contract::ParentLink{"mail", "nobody"}});
    auto first = client.add(again);
    ASSERT_TRUE(client.remove_deduplication("mail", "a").value());

    auto second = client.add(again);

    EXPECT_EQ(first.value()[0].value(), (contract::Added{.id = holder, .deduplicated = true}));
    EXPECT_EQ(second.value()[0].value(), first.value()[0].value());
    ASSERT_FALSE(second.value()[1]);
    EXPECT_EQ(second.value()[1].error().code(), ErrorCode::not_found);
    EXPECT_EQ(second.value()[1].error().message(), first.value()[1].error().message());
}

}  // namespace
}  // namespace toril::sqlite
