#pragma once

// The one thread of a process that writes. It takes everything that waits, runs it in one
// transaction, commits, and answers: a lone caller waits for nobody, and a hundred share one
// fsync. Processes take turns (TurnLock) around transaction and checkpoint.

#include "backend/sqlite/store_files.hpp"
#include "backend/sqlite/work.hpp"
#include "base/logger.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace toril::sqlite {

/// What a commit changed in one queue, for those who wait.
struct News {
    std::string queue{};
    std::int64_t changes = 0;  // of the queue, up to now
    std::int64_t next_due_ms = 0;
    bool available = false;          // a take may find more than before
    std::int64_t cancellations = 0;  // of running jobs, up to now
    std::int64_t events = 0;         // the latest row of `event`; 0: none
};

/// `available`: as far as who saw the row knows.
News news_of(const QueueRow& queue, std::int64_t next_due_ms, bool available);

/// What processes share. Opened once, by open_sqlite.
struct StoreFiles {
    TurnLock turn{};
    LiveFile live{};
    MarkFile mark{};
    File wake{};
    Reserve reserve;
};

/// Counts since the store was opened. For tests and benchmarks.
struct WriterFigures {
    std::atomic<std::uint64_t> commits{0};  // relaxed: nothing else hangs on them
    std::atomic<std::uint64_t> checkpoints{0};
};

class Writer {
public:
    using Tell = std::function<void(const std::vector<News>&)>;

    Writer(Session& session, StoreFiles& files, base::Logger log);

    /// Who hears of each commit, on the writer's thread. Before `run`.
    void set_listener(Tell tell) { tell_ = std::move(tell); }

    WorkQueue& queue() { return queue_; }

    /// The thread: until the queue is closed and empty.
    void run();
    /// Ends a wait for the turn.
    void stop() { stopping_ = true; }

    const WriterFigures& figures() const { return figures_; }

    /// Runs a group at once, on the calling thread. For `open_sqlite`, before the thread.
    void run_group(WorkGroup& group);

private:
    enum class Outcome : unsigned char { committed, nothing_done, no_space, unknown };

    Outcome attempt(WorkGroup& group);
    Outcome commit();
    Status begin();
    void roll_back();
    void on_full_disk(WorkGroup& group);
    void empty_log();
    bool has_space();
    bool refuse_adds(WorkGroup& group);
    void end_attempt(WorkGroup& group, Outcome outcome);
    void after_commit();
    void checkpoint_if_large();
    void close_session();

    Session& session_;
    StoreFiles& files_;
    const base::Logger log_;
    Tell tell_{};
    WorkQueue queue_{};
    WriterFigures figures_{};
    std::atomic<bool> stopping_{false};  // the thread reads it while it waits for its turn

    // The writer's thread only.
    struct Seen {
        std::int64_t data_version = -1;  // of SQLite: another one means that others wrote
        Ledger ledger{};
        bool others = false;  // other processes have the store open
        bool disk_full = false;
        std::int64_t space_checked_ms = 0;
    };
    Seen seen_{};
    Error failure_{ErrorCode::unavailable, ""};  // why the latest attempt did not commit
    std::vector<News> news_{};
    std::vector<std::pair<std::unique_ptr<Work>, std::optional<Error>>> ended_{};
};

}  // namespace toril::sqlite
