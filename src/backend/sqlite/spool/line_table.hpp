#pragma once

// The statements of one line. Failures are the database's: see Database.

#include "backend/sqlite/database.hpp"
#include "backend/sqlite/spool/job_row.hpp"
#include "contract/spool_log.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace toril::sqlite_spool {

/// Keys of a line's jobs.
struct Keys {
    std::int64_t first = 0;
    std::int64_t last = 0;
};
Keys keys_of(std::int64_t line);

class LineTable {
public:
    explicit LineTable(sqlite::Database& db);

    /// Makes the line if it is not there. REQUIRES: a transaction, or that it is there.
    std::int64_t find_or_make(const std::string& prefix, const std::string& queue);

    bool is_empty(std::int64_t line);
    contract::SpoolSize size(std::int64_t line);

    contract::SpoolAppended append(std::int64_t line,
                                   std::span<const contract::AddJob> jobs,
                                   std::int64_t now_ms,
                                   const contract::SpoolBounds& bounds);
    void append_sent(std::int64_t line,
                     std::span<const contract::AddJob> jobs,
                     std::int64_t now_ms,
                     const contract::SpoolAttempt& attempt);

    /// The batch that is to be repeated, if it stands at the front.
    std::optional<contract::SpoolBatch> sent_at_front(std::int64_t line);
    /// The first jobs, up to the next that was sent, as a batch of their own.
    std::optional<contract::SpoolBatch> send_front(std::int64_t line,
                                                   const contract::SpoolAttempt& attempt,
                                                   std::size_t jobs_max,
                                                   std::size_t bytes_max);
    void settle(std::int64_t line,
                const contract::SpoolBatch& batch,
                std::int64_t now_ms,
                std::span<const contract::SpoolRefusal> refused);

private:
    struct Room {
        std::int64_t jobs = 0;
        std::int64_t bytes = 0;
    };
    /// Drops jobs that were never sent until there is `room` more. Answers how many.
    std::uint64_t drop_oldest(std::int64_t line, Room& room, const Room& wanted);
    /// Answers where they are.
    Keys put(std::int64_t line, std::span<const contract::AddJob> jobs, std::int64_t now_ms);
    struct Sent {
        Keys keys{};
        contract::SpoolAttempt attempt{};
    };
    /// The first batch that was sent.
    std::optional<Sent> next_sent(std::int64_t line);

    sqlite::Statement insert_line_;
    sqlite::Statement find_line_;
    sqlite::Statement line_;
    struct Jobs {
        explicit Jobs(sqlite::Database& db);
        sqlite::Statement is_empty;
        sqlite::Statement oldest;
        sqlite::Statement insert;
        sqlite::Statement front;
        sqlite::Statement unsent;
        sqlite::Statement sizes;
        sqlite::Statement erase;
        sqlite::Statement reject;
    } jobs_;
    struct Batches {
        explicit Batches(sqlite::Database& db);
        sqlite::Statement insert;
        sqlite::Statement next;
        sqlite::Statement erase;
    } batches_;
    sqlite::Statement appended_;
    sqlite::Statement removed_;
};

}  // namespace toril::sqlite_spool
