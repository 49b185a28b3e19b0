#include "backend/sqlite/spool/line_table.hpp"

#include "toril/sqlite_spool/statements.hpp"

#include <algorithm>
#include <limits>

namespace toril::sqlite_spool {
namespace {

constexpr std::int64_t numbers_per_line = 1LL << 40;

std::int64_t whole(std::uint64_t bound) {
    constexpr auto most = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    return static_cast<std::int64_t>(std::min(bound, most));
}

}  // namespace

Keys keys_of(std::int64_t line) {
    return {line * numbers_per_line, line * numbers_per_line + numbers_per_line - 1};
}

LineTable::Jobs::Jobs(sqlite::Database& db)
    : is_empty(db, sql::spool, "is_empty"),
      oldest(db, sql::spool, "oldest"),
      insert(db, sql::spool, "insert_job"),
      front(db, sql::spool, "front"),
      unsent(db, sql::spool, "unsent"),
      sizes(db, sql::spool, "sizes"),
      erase(db, sql::spool, "delete_job"),
      reject(db, sql::spool, "reject") {}

LineTable::Batches::Batches(sqlite::Database& db)
    : insert(db, sql::spool, "insert_batch"),
      next(db, sql::spool, "next_batch"),
      erase(db, sql::spool, "delete_batch") {}

LineTable::LineTable(sqlite::Database& db)
    : insert_line_(db, sql::spool, "insert_line"),
      find_line_(db, sql::spool, "find_line"),
      line_(db, sql::spool, "line"),
      jobs_(db),
      batches_(db),
      appended_(db, sql::spool, "appended"),
      removed_(db, sql::spool, "removed") {}

std::int64_t LineTable::find_or_make(const std::string& prefix, const std::string& queue) {
    {
        sqlite::Cursor row = find_line_.rows(prefix, queue);
        if (row.next()) return row.number(0);
    }
    insert_line_.run(prefix, queue);
    sqlite::Cursor row = find_line_.rows(prefix, queue);
    return row.next() ? row.number(0) : 0;
}

bool LineTable::is_empty(std::int64_t line) {
    const Keys keys = keys_of(line);
    sqlite::Cursor row = jobs_.is_empty.rows(keys.first, keys.last);
    return !row.next();
}

contract::SpoolSize LineTable::size(std::int64_t line) {
    const Keys keys = keys_of(line);
    contract::SpoolSize size;
    {
        sqlite::Cursor row = line_.rows(line);
        if (!row.next()) return size;
        size.jobs = static_cast<std::uint64_t>(row.number(1));
        size.bytes = static_cast<std::uint64_t>(row.number(2));
        size.rejected = static_cast<std::uint64_t>(row.number(3));
    }
    sqlite::Cursor row = jobs_.oldest.rows(keys.first, keys.last);
    if (row.next()) size.oldest = Timestamp(Millis(row.number(0)));
    return size;
}

contract::SpoolAppended LineTable::append(std::int64_t line,
                                          std::span<const contract::AddJob> jobs,
                                          std::int64_t now_ms,
                                          const contract::SpoolBounds& bounds) {
    const contract::SpoolSize size = this->size(line);
    Room room{whole(bounds.jobs_max) - whole(size.jobs),
              whole(bounds.bytes_max) - whole(size.bytes)};
    contract::SpoolAppended done;
    Room wanted;
    for (const contract::AddJob& job : jobs) {
        if (bounds.jobs_max == 0 || bytes_of(job) > whole(bounds.bytes_max)) break;
        Room next{wanted.jobs + 1, wanted.bytes + bytes_of(job)};
        const bool fits = next.jobs <= room.jobs && next.bytes <= room.bytes;
        if (!fits && bounds.drop_oldest) done.dropped += drop_oldest(line, room, next);
        if (next.jobs > room.jobs || next.bytes > room.bytes) break;
        wanted = next;
        ++done.jobs;
    }
    put(line, jobs.first(done.jobs), now_ms);
    return done;
}

std::uint64_t LineTable::drop_oldest(std::int64_t line, Room& room, const Room& wanted) {
    const Keys keys = keys_of(line);
    std::vector<std::int64_t> dropped;
    std::int64_t bytes = 0;
    {
        sqlite::Cursor row = jobs_.unsent.rows(keys.first, keys.last);
        while ((room.jobs < wanted.jobs || room.bytes < wanted.bytes) && row.next()) {
            dropped.push_back(row.number(0));
            bytes += row.number(1);
            room.bytes += row.number(1);
            ++room.jobs;
        }
    }
    for (const std::int64_t key : dropped)
        jobs_.erase.run(key);
    const auto count = static_cast<std::int64_t>(dropped.size());
    if (count > 0) removed_.run(line, count, bytes, 0, 0, count);
    return dropped.size();
}

Keys LineTable::put(std::int64_t line,
                    std::span<const contract::AddJob> jobs,
                    std::int64_t now_ms) {
    std::int64_t number = 0;
    {
        sqlite::Cursor row = line_.rows(line);
        if (row.next()) number = row.number(0);
    }
    const std::int64_t before = keys_of(line).first + number;
    std::int64_t bytes = 0;
    std::int64_t key = before;
    for (const contract::AddJob& job : jobs) {
        insert(jobs_.insert, {++key, now_ms}, job);
        bytes += bytes_of(job);
    }
    const auto count = static_cast<std::int64_t>(jobs.size());
    if (count > 0) appended_.run(line, number + count, count, bytes);
    return {before + 1, key};
}

void LineTable::append_sent(std::int64_t line,
                            std::span<const contract::AddJob> jobs,
                            std::int64_t now_ms,
                            const contract::SpoolAttempt& attempt) {
    const Keys keys = put(line, jobs, now_ms);
    batches_.insert.run(
        keys.first, keys.last, attempt.token, static_cast<std::int64_t>(attempt.sequence));
}

std::optional<LineTable::Sent> LineTable::next_sent(std::int64_t line) {
    const Keys keys = keys_of(line);
    sqlite::Cursor row = batches_.next.rows(keys.first, keys.last);
    if (!row.next()) return std::nullopt;
    return Sent{.keys = {row.number(0), row.number(1)},
                .attempt = {row.text(2), static_cast<std::uint64_t>(row.number(3))}};
}

std::optional<contract::SpoolBatch> LineTable::sent_at_front(std::int64_t line) {
    const std::optional<Sent> sent = next_sent(line);
    if (!sent) return std::nullopt;
    const Keys keys = keys_of(line);
    contract::SpoolBatch batch{.id = sent->keys.first, .attempt = sent->attempt};
    sqlite::Cursor row = jobs_.front.rows(keys.first, sent->keys.last, std::int64_t{-1});
    while (row.next()) {
        if (spot_at(row).key < sent->keys.first) return std::nullopt;
        batch.jobs.push_back(job_at(row));
    }
    return batch;
}

std::optional<contract::SpoolBatch> LineTable::send_front(std::int64_t line,
                                                          const contract::SpoolAttempt& attempt,
                                                          std::size_t jobs_max,
                                                          std::size_t bytes_max) {
    Keys range = keys_of(line);
    if (const std::optional<Sent> sent = next_sent(line)) range.last = sent->keys.first - 1;
    contract::SpoolBatch batch{.attempt = attempt};
    std::int64_t last = 0;
    {
        sqlite::Cursor row =
            jobs_.front.rows(range.first, range.last, static_cast<std::int64_t>(jobs_max));
        std::size_t bytes = 0;
        while (row.next()) {
            contract::AddJob job = job_at(row);
            bytes += static_cast<std::size_t>(bytes_of(job));
            if (!batch.jobs.empty() && bytes > bytes_max) break;
            last = spot_at(row).key;
            if (batch.jobs.empty()) batch.id = last;
            batch.jobs.push_back(std::move(job));
        }
    }
    if (batch.jobs.empty()) return std::nullopt;
    batches_.insert.run(batch.id, last, attempt.token, static_cast<std::int64_t>(attempt.sequence));
    return batch;
}

void LineTable::settle(std::int64_t line,
                       const contract::SpoolBatch& batch,
                       std::int64_t now_ms,
                       std::span<const contract::SpoolRefusal> refused) {
    const std::optional<Sent> sent = next_sent(line);
    if (!sent || sent->keys.first != batch.id) return;
    std::vector<std::int64_t> rows;
    std::int64_t bytes = 0;
    {
        sqlite::Cursor row = jobs_.sizes.rows(sent->keys.first, sent->keys.last);
        while (row.next()) {
            rows.push_back(row.number(0));
            bytes += row.number(1);
        }
    }
    std::int64_t rejected = 0;
    for (const contract::SpoolRefusal& refusal : refused)
        if (refusal.index < rows.size())
            rejected += jobs_.reject.run(rows[refusal.index],
                                         now_ms,
                                         to_string(refusal.reason.code()),
                                         refusal.reason.message());
    for (const std::int64_t key : rows)
        jobs_.erase.run(key);
    batches_.erase.run(batch.id);
    const auto count = static_cast<std::int64_t>(rows.size());
    removed_.run(line, count, bytes, count - rejected, rejected, 0);
}

}  // namespace toril::sqlite_spool
