// What a plain job costs: flows, deduplication and the like are paid for by the jobs that have
// them.

#include "store_fixture.hpp"

#include <sqlite3.h>

#include <atomic>

namespace toril::sqlite {
namespace {

std::atomic<std::int64_t> statements{0};

int count_statement(unsigned, void*, void*, void*) {
    ++statements;
    return 0;
}
// SQLite calls it for each connection that is opened.
int count_on(sqlite3* db, const char**, const sqlite3_api_routines*) {
    return sqlite3_trace_v2(db, SQLITE_TRACE_STMT, count_statement, nullptr);
}

class StatementCountTest : public SqliteTest {
protected:
    // From before the store is opened until after it was closed.
    struct Counting {
        Counting() { sqlite3_auto_extension(entry()); }
        ~Counting() { sqlite3_cancel_auto_extension(entry()); }
        Counting(const Counting&) = delete;
        Counting& operator=(const Counting&) = delete;
    };

    // One more job in a call: what it adds to the call's statements.
    template <class Call>
    static std::int64_t per_job(const Call& call) {
        call(1);  // the first call of a kind may look things up
        const auto cost = [&call](std::size_t jobs) {
            const std::int64_t before = statements;
            call(jobs);
            return statements - before;
        };
        constexpr std::size_t few = 10;
        constexpr std::size_t many = 60;
        const std::int64_t base = cost(few);
        return (cost(many) - base) / static_cast<std::int64_t>(many - few);
    }

    void add(std::size_t jobs) {
        contract::AddParams batch{.queue = "mail"};
        batch.jobs.assign(jobs, {.name = "send", .data = "{}", .opts = "{}"});
        ASSERT_TRUE(client.add(batch));
    }
    std::vector<contract::Outcome> take(std::size_t jobs) {
        const auto answer = call({.take = jobs});
        EXPECT_EQ(answer.jobs.size(), jobs);
        std::vector<contract::Outcome> outcomes;
        for (const contract::TakenJob& job : answer.jobs)
            outcomes.push_back({.id = job.id, .token = "run", .value = "1"});
        return outcomes;
    }
    contract::FinishedAndTaken call(contract::FinishAndTakeParams params) {
        params.queue = "mail";
        params.taker = {.worker = "worker", .lock_duration = 1h};
        params.sequence = ++sequence_;
        params.token = "run";
        return client.finish_and_take(params).value();
    }

    const Counting counting{};
    conformance::Client client{open()};

private:
    static void (*entry())() { return reinterpret_cast<void (*)()>(count_on); }

    std::uint64_t sequence_ = 0;
};

TEST_F(StatementCountTest, AddsAPlainJobWithTwoStatements) {
    EXPECT_EQ(per_job([this](std::size_t jobs) { add(jobs); }), 2);
}

TEST_F(StatementCountTest, TakesAPlainJobWithOneStatement) {
    add(200);
    EXPECT_EQ(per_job([this](std::size_t jobs) { take(jobs); }), 1);
}

// It is looked up by its id, then read; it leaves its lease, and its row goes.
TEST_F(StatementCountTest, FinishesAndRemovesAPlainJobWithFourStatements) {
    add(200);
    EXPECT_EQ(per_job([this](std::size_t jobs) {
                  auto outcomes = take(jobs);
                  for (contract::Outcome& outcome : outcomes)
                      outcome.keep = KeepJobs::none();
                  call({.outcomes = outcomes});
              }),
              1 + 4);
}

TEST_F(StatementCountTest, FinishesAndKeepsAPlainJobWithFiveStatements) {
    add(200);
    EXPECT_EQ(per_job([this](std::size_t jobs) { call({.outcomes = take(jobs)}); }), 1 + 5);
}

}  // namespace
}  // namespace toril::sqlite
