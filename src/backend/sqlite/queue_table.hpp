#pragma once

// The rows of `queue`, kept in memory for as long as nobody else writes: each transaction needs
// the counters of the queues it touches, and writes each changed row once, at its end.

#include "backend/sqlite/database.hpp"
#include "contract/job_store.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace toril::sqlite {

/// What a transaction did to a queue, for those who wait for it.
struct Touched {
    bool saved = true;       // the row is as the database has it
    bool available = false;  // there is work, or may be, that was not there before
    bool delayed = false;    // the next due time may be another
};

/// A queue's events: what is written, and what the transaction under way adds (EventLog).
struct QueueEvents {
    std::int64_t row = 0;  // number of the latest row of `event`
    std::int64_t ms = 0;   // the latest id is `ms`-`n`
    std::int64_t n = 0;
    std::int64_t total = 0;    // that are there
    std::int64_t kept = 0;     // about how many stay
    std::int64_t pending = 0;  // in `pack`
    std::string pack{};
};

/// Starts in a window of time that opens with the first of them.
struct FixedWindow {
    /// More starts than any limit allows. BullMQ's number.
    static constexpr std::int64_t held = 9'007'199'254'740'991;

    std::int64_t started = 0;
    std::int64_t until_ms = 0;

    /// What is left of the window, if `max` have started in it.
    std::int64_t left_ms(std::int64_t max, std::int64_t now_ms) const {
        return started < max || now_ms >= until_ms ? 0 : until_ms - now_ms;
    }
    void count(Millis window, std::int64_t now_ms) {
        if (now_ms >= until_ms) *this = {0, now_ms + window.count()};
        ++started;
    }
    /// No start for so long, whatever the limit is. 0: at once.
    void hold(std::int64_t duration_ms, std::int64_t now_ms) {
        started = held;
        until_ms = duration_ms > 0 ? now_ms + duration_ms : 0;
    }
};

struct QueueRow {
    std::int64_t id = 0;
    std::string prefix{};
    std::string name{};
    std::int64_t job_number = 0;  // the latest given out
    std::int64_t front_seq = 0;   // the next place in front is one less
    std::int64_t back_seq = 0;    // the next place at the end is one more
    JobCounts sizes{};
    bool paused = false;
    std::optional<std::int64_t> concurrency{};
    FixedWindow limiter{};
    std::optional<contract::RateLimit> limit{};  // the queue's own, for all workers
    std::int64_t stalled_until_ms = 0;           // no stall check before this
    int stalled_max = 1;                         // of the latest stall check
    std::int64_t changes = 0;                    // transactions that changed the queue
    std::int64_t cancellations = 0;              // running jobs that were asked to stop
    QueueEvents events{};
    Touched touched{};

    /// No job may be taken now, whatever waits.
    bool is_blocked() const {
        return paused || (concurrency && static_cast<std::int64_t>(sizes.active) >= *concurrency);
    }
    bool has_work() const { return sizes.waiting + sizes.prioritized > 0 && !is_blocked(); }
};

class QueueTable {
public:
    QueueTable(Database& db, std::string prefix);

    const std::string& prefix() const { return prefix_; }

    /// Null when there is no such queue. The row stays valid until the end of the transaction.
    QueueRow* find(std::string_view name);
    /// By the id that job keys begin with; of any prefix.
    QueueRow* find(std::int64_t id);
    QueueRow* find_or_make(std::string_view name);
    /// REQUIRES: the queue's jobs are gone.
    void erase(QueueRow& row);
    std::vector<std::string> names();

    /// To be called for each change of a row or of what is in the queue.
    void touch(QueueRow& row) {
        if (row.touched.saved) touched_.push_back(&row);
        row.touched.saved = false;
    }

    /// Writes the touched rows.
    void save();
    /// The rows touched since `settle`.
    const std::vector<QueueRow*>& touched() const { return touched_; }
    /// The transaction has ended, and all who wait were told.
    void settle();
    /// Drops what is in memory: after a rollback, or when another process wrote.
    void forget();

private:
    QueueRow* load(const std::string& prefix, std::string_view name);

    const std::string prefix_;
    Statement find_;
    Statement name_of_;
    Statement insert_;
    Statement save_;
    Statement erase_;
    Statement names_;
    std::unordered_map<std::string, std::unique_ptr<QueueRow>> rows_{};  // by prefix and name
    std::vector<std::unique_ptr<QueueRow>> erased_{};
    std::vector<QueueRow*> touched_{};
};

}  // namespace toril::sqlite
