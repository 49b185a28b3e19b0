// How close is the embedded store to what SQLite itself can do?
//
// 100 callers take jobs through their whole life: add, take, finish. Beside it, in turns of one
// second, a bare loop does the same inserts, claims and deletes with prepared statements, in
// transactions of as many jobs as the store's held on average. Prints a table; each row is a
// ratio from one interleaved run.
//
//     embedded_bench [FOLDER [ROUNDS]]        a folder on a real disk; 3 rounds

#include "backend/sqlite/sqlite_store.hpp"
#include "base/sync.hpp"

#include <sqlite3.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace {

using namespace std::chrono_literals;
using namespace toril;
using SteadyTime = std::chrono::steady_clock::time_point;

constexpr int callers = 100;
constexpr auto turn = 1s;

struct Case {
    const char* name = "";
    contract::Durability durability = contract::Durability::buffered;
    bool keep = false;        // finished jobs stay
    bool threads = false;     // each caller is a thread that waits, not a chain of callbacks
    std::size_t at_once = 1;  // jobs of one call
};

struct Measured {
    double jobs = 0;
    double seconds = 0;
    double commits = 0;
    double cpu_seconds = 0;

    double rate() const { return jobs / seconds; }
};

const std::string payload =
    R"({"to":"ada@example.org","template":"welcome","locale":"en-GB","retries":3,"tags":["a","b"]})";
const std::string options = R"({"attempts":3,"backoff":{"type":"exponential","delay":1000}})";

double cpu_seconds() {
    rusage used{};
    getrusage(RUSAGE_SELF, &used);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    return seconds(used.ru_utime) + seconds(used.ru_stime);
}

[[noreturn]] void give_up(const std::string& why) {
    std::fprintf(stderr, "embedded_bench: %s\n", why.c_str());
    std::exit(1);
}

// ---- the store ------------------------------------------------------------------------------

// One caller: adds a job, then finishes the one it has and takes another, and so on.
class Caller {
public:
    Caller(contract::JobStore& store, const Case& measured, int number)
        : store_(store), case_(measured), worker_("worker-" + std::to_string(number)) {}

    contract::AddParams next_add() const {
        const contract::AddJob job{.name = "mail", .data = payload, .opts = options};
        return {.queue = "bench", .jobs = std::vector<contract::AddJob>(case_.at_once, job)};
    }
    contract::FinishAndTakeParams next_take() {
        contract::FinishAndTakeParams call{.queue = "bench",
                                           .taker = {.worker = worker_},
                                           .sequence = ++sequence_,
                                           .take = case_.at_once,
                                           .token = worker_ + ":" + std::to_string(sequence_)};
        for (const JobId& id : ids_)
            call.outcomes.push_back({.id = id,
                                     .token = token_,
                                     .value = R"({"ok":true})",
                                     .keep = case_.keep ? KeepJobs{} : KeepJobs::none()});
        return call;
    }
    void took(const Result<contract::FinishedAndTaken>& answer) {
        if (!answer) give_up(answer.error().message());
        for (const Status& finished : answer->finished) {
            if (!finished) give_up(finished.error().message());
            ++finished_;
        }
        ids_.clear();
        for (const contract::TakenJob& job : answer->jobs)
            ids_.push_back(job.id);
        token_ = worker_ + ":" + std::to_string(sequence_);
    }

    // As a chain of callbacks, until `until`.
    void chain(SteadyTime until, std::function<void()> ended) {
        if (std::chrono::steady_clock::now() >= until) return ended();
        store_.add(next_add(), [this, until, ended](const auto& added) {
            if (!added) give_up(added.error().message());
            store_.finish_and_take(next_take(), [this, until, ended](const auto& answer) {
                took(answer);
                chain(until, ended);
            });
        });
    }
    // As a thread that waits for each answer.
    void loop(SteadyTime until) {
        while (std::chrono::steady_clock::now() < until) {
            using Added = Result<std::vector<Result<contract::Added>>>;
            auto added = base::wait_for_answer<Added>(
                10s, [&](auto done) { store_.add(next_add(), std::move(done)); });
            if (!added) give_up(added.error().message());
            took(base::wait_for_answer<Result<contract::FinishedAndTaken>>(
                10s, [&](auto done) { store_.finish_and_take(next_take(), std::move(done)); }));
        }
    }

    std::uint64_t finished() const { return finished_; }

private:
    contract::JobStore& store_;
    const Case case_;
    const std::string worker_;
    std::uint64_t sequence_ = 0;
    std::uint64_t finished_ = 0;
    std::vector<JobId> ids_{};
    std::string token_{};
};

class StoreSide {
public:
    StoreSide(const std::string& path, const Case& measured) : case_(measured) {
        auto opened = sqlite::open_sqlite({.path = path, .durability = measured.durability});
        if (!opened) give_up(opened.error().message());
        store_ = std::move(*opened);
        for (int i = 0; i < callers; ++i)
            callers_.push_back(std::make_unique<Caller>(*store_, measured, i));
    }

    void run(Measured& sum) {
        const auto begin = std::chrono::steady_clock::now();
        const double cpu = cpu_seconds();
        const auto commits = sqlite::commits_of(*store_);
        const auto finished = total();
        if (case_.threads)
            run_threads(begin + turn);
        else
            run_chains(begin + turn);
        const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
        sum.seconds += took.count();
        sum.jobs += static_cast<double>(total() - finished);
        sum.commits += static_cast<double>(sqlite::commits_of(*store_) - commits);
        sum.cpu_seconds += cpu_seconds() - cpu;
    }

private:
    std::uint64_t total() const {
        std::uint64_t sum = 0;
        for (const auto& caller : callers_)
            sum += caller->finished();
        return sum;
    }
    void run_chains(SteadyTime until) {
        base::OneShot<bool> all_ended;
        std::atomic<int> running{callers};
        for (const auto& caller : callers_)
            caller->chain(until, [&] {
                if (--running == 0) all_ended.set(true);
            });
        if (!all_ended.wait_for(60s)) give_up("the callers did not end");
    }
    void run_threads(SteadyTime until) {
        std::vector<std::thread> threads;
        for (const auto& caller : callers_)
            threads.emplace_back([&caller, until] { caller->loop(until); });
        for (std::thread& thread : threads)
            thread.join();
    }

    const Case case_;
    std::shared_ptr<contract::JobStore> store_;
    std::vector<std::unique_ptr<Caller>> callers_;
};

// ---- the bare loop -----------------------------------------------------------------------------

class BareSide {
public:
    BareSide(const std::string& path, const Case& measured) : keep_(measured.keep) {
        if (sqlite3_open(path.c_str(), &db_) != SQLITE_OK) give_up("cannot open " + path);
        const bool full = measured.durability == contract::Durability::fsync;
        execute("PRAGMA journal_mode = WAL");
        execute(full ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL");
        execute("PRAGMA secure_delete = OFF");
        execute("PRAGMA cache_size = -16384");
        execute("PRAGMA wal_autocheckpoint = 4000");
        execute(
            "CREATE TABLE job (id INTEGER PRIMARY KEY, queue INTEGER NOT NULL, state INTEGER NOT "
            "NULL, name TEXT NOT NULL, data TEXT NOT NULL, opts TEXT NOT NULL, created INTEGER "
            "NOT NULL, token TEXT, locked_until INTEGER, finished INTEGER, value TEXT)");
        execute("CREATE INDEX job_line ON job (queue, state, id)");
        begin_ = prepare("BEGIN IMMEDIATE");
        commit_ = prepare("COMMIT");
        insert_ = prepare(
            "INSERT INTO job (queue, state, name, data, opts, created) VALUES (1, 0, 'mail', ?1, "
            "?2, ?3)");
        claim_ = prepare(
            "UPDATE job SET state = 1, token = ?1, locked_until = ?2 WHERE id = (SELECT id FROM "
            "job WHERE queue = 1 AND state = 0 ORDER BY id LIMIT 1) RETURNING id, name, data, "
            "opts");
        finish_ =
            prepare(keep_ ? "UPDATE job SET state = 2, finished = ?2, value = '{\"ok\":true}' "
                            "WHERE id = ?1 AND token = ?3"
                          : "DELETE FROM job WHERE id = ?1 AND token = ?3 AND ?2 > 0");
    }
    ~BareSide() {
        for (sqlite3_stmt* statement : {begin_, commit_, insert_, claim_, finish_})
            sqlite3_finalize(statement);
        sqlite3_close(db_);
    }

    void run(Measured& sum, int jobs_per_commit) {
        const auto begin = std::chrono::steady_clock::now();
        const double cpu = cpu_seconds();
        while (std::chrono::steady_clock::now() - begin < turn) {
            step(begin_);
            for (int i = 0; i < jobs_per_commit; ++i)
                add();
            for (int i = 0; i < jobs_per_commit; ++i)
                take();
            for (const auto& [id, token] : taken_)
                finish(id, token);
            sum.jobs += static_cast<double>(taken_.size());
            taken_.clear();
            step(commit_);
            ++sum.commits;
        }
        const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
        sum.seconds += took.count();
        sum.cpu_seconds += cpu_seconds() - cpu;
    }

private:
    static std::int64_t now_ms() {
        return std::chrono::duration_cast<std::chrono::milliseconds>(
                   std::chrono::system_clock::now().time_since_epoch())
            .count();
    }
    void execute(const char* sql) {
        if (sqlite3_exec(db_, sql, nullptr, nullptr, nullptr) != SQLITE_OK)
            give_up(sqlite3_errmsg(db_));
    }
    sqlite3_stmt* prepare(const char* sql) {
        sqlite3_stmt* statement = nullptr;
        if (sqlite3_prepare_v2(db_, sql, -1, &statement, nullptr) != SQLITE_OK)
            give_up(sqlite3_errmsg(db_));
        return statement;
    }
    void step(sqlite3_stmt* statement) {
        if (sqlite3_step(statement) != SQLITE_DONE) give_up(sqlite3_errmsg(db_));
        sqlite3_reset(statement);
    }
    static void bind(sqlite3_stmt* statement, int at, const std::string& text) {
        sqlite3_bind_text(statement, at, text.data(), static_cast<int>(text.size()), SQLITE_STATIC);
    }
    void add() {
        bind(insert_, 1, payload);
        bind(insert_, 2, options);
        sqlite3_bind_int64(insert_, 3, now_ms());
        step(insert_);
    }
    void take() {
        std::string token = "worker-1:" + std::to_string(++sequence_);
        bind(claim_, 1, token);
        sqlite3_bind_int64(claim_, 2, now_ms() + 30'000);
        if (sqlite3_step(claim_) != SQLITE_ROW) give_up(sqlite3_errmsg(db_));
        const std::int64_t id = sqlite3_column_int64(claim_, 0);
        for (int column = 1; column <= 3; ++column)
            text_ = reinterpret_cast<const char*>(sqlite3_column_text(claim_, column));
        step(claim_);
        taken_.emplace_back(id, std::move(token));
    }
    void finish(std::int64_t id, const std::string& token) {
        sqlite3_bind_int64(finish_, 1, id);
        sqlite3_bind_int64(finish_, 2, now_ms());
        bind(finish_, 3, token);
        step(finish_);
    }

    const bool keep_;
    sqlite3* db_ = nullptr;
    sqlite3_stmt* begin_ = nullptr;
    sqlite3_stmt* commit_ = nullptr;
    sqlite3_stmt* insert_ = nullptr;
    sqlite3_stmt* claim_ = nullptr;
    sqlite3_stmt* finish_ = nullptr;
    std::uint64_t sequence_ = 0;
    std::string text_{};
    std::vector<std::pair<std::int64_t, std::string>> taken_{};
};

// ---- the table
// -----------------------------------------------------------------------------------

Measured measure(const std::string& folder, const Case& measured, int rounds) {
    const std::string path = folder + "/" + std::to_string(getpid());
    Measured ours;
    Measured bare;
    {
        StoreSide store(path + "-store.db", measured);
        BareSide loop(path + "-bare.db", measured);
        Measured warm_up;
        store.run(warm_up);
        for (int round = 0; round < rounds; ++round) {
            store.run(ours);
            // A job's life is two calls, so two transactions see a part of it each.
            const double jobs = ours.jobs / std::max(1.0, ours.commits);
            loop.run(bare, std::max(1, static_cast<int>(jobs + 0.5)));
        }
    }
    for (const auto& entry : std::filesystem::directory_iterator(folder))
        if (entry.path().filename().string().starts_with(std::to_string(getpid()) + "-"))
            std::filesystem::remove(entry.path());
    std::printf("%-44s %9.0f %9.0f %8.0f%% %12.1f %11.1f %11.1f\n",
                measured.name,
                ours.rate(),
                bare.rate(),
                100 * ours.rate() / bare.rate(),
                ours.jobs / std::max(1.0, ours.commits),
                1e6 * ours.cpu_seconds / ours.jobs,
                1e6 * bare.cpu_seconds / bare.jobs);
    std::fflush(stdout);
    return ours;
}

}  // namespace

int main(int argc, char** argv) {
    const std::string folder = argc > 1 ? argv[1] : ".";
    const int rounds = argc > 2 ? std::max(1, std::atoi(argv[2])) : 3;
    using contract::Durability;
    std::printf("%-44s %9s %9s %9s %12s %11s %11s\n",
                "whole life of a job, 100 callers",
                "jobs/s",
                "bare/s",
                "ratio",
                "jobs/commit",
                "us CPU/job",
                "bare");
    const Case buffered{"buffered, removed"};
    const Case synced{"fsync, removed", Durability::fsync};
    const Case buffered_batches{
        "buffered, removed, 20 jobs a call", Durability::buffered, false, false, 20};
    const Case synced_batches{
        "fsync, removed, 20 jobs a call", Durability::fsync, false, false, 20};
    const double one_by_one = 1 / measure(folder, buffered, rounds).rate();
    measure(folder, {"buffered, kept", Durability::buffered, true}, rounds);
    const double synced_one = 1 / measure(folder, synced, rounds).rate();
    measure(folder, {"fsync, kept", Durability::fsync, true}, rounds);
    const double batches = 1 / measure(folder, buffered_batches, rounds).rate();
    const double synced_many = 1 / measure(folder, synced_batches, rounds).rate();
    measure(folder,
            {"buffered, removed, callers are threads", Durability::buffered, false, true},
            rounds);
    measure(
        folder, {"fsync, removed, callers are threads", Durability::fsync, false, true}, rounds);
    std::printf("fsync takes %.1f times as long as buffered; %.1f times with 20 jobs a call\n",
                synced_one / one_by_one,
                synced_many / batches);
    return 0;
}
