#include "backend/sqlite/deduplication_table.hpp"

#include "toril/sqlite/statements.hpp"

namespace toril::sqlite {
namespace {

// More than one, so that what has expired goes away although each add brings a new one.
constexpr int expired_erased_at_once = 4;

}  // namespace

struct DeduplicationTable::Statements {
    explicit Statements(Database& connection) : db(connection) {}

    Database& db;
    Statement holder{db, sql::deduplication, "holder"};
    Statement put{db, sql::deduplication, "put"};
    Statement erase{db, sql::deduplication, "erase"};
    Statement erase_expired{db, sql::deduplication, "erase_expired"};
    Statement put_next{db, sql::deduplication, "put_next"};
    Statement next{db, sql::deduplication, "next"};
    Statement erase_next{db, sql::deduplication, "erase_next"};
    Statement erase_queue{db, sql::deduplication, "erase_queue"};
    Statement erase_queue_next{db, sql::deduplication, "erase_queue_next"};
};

DeduplicationTable::DeduplicationTable(Database& db) : sql_(std::make_unique<Statements>(db)) {}
DeduplicationTable::~DeduplicationTable() = default;

std::optional<DeduplicationTable::Holder> DeduplicationTable::holder(std::int64_t queue,
                                                                     std::string_view id,
                                                                     std::int64_t now_ms) {
    Cursor row = sql_->holder.rows(queue, id, now_ms);
    if (!row.next()) return std::nullopt;
    return Holder{row.text(0), row.number(1)};
}

void DeduplicationTable::put(std::int64_t queue, std::string_view id, const Holder& holder) {
    sql_->put.run(queue, id, holder.job, holder.expires_at_ms);
}

void DeduplicationTable::erase(std::int64_t queue, std::string_view id) {
    sql_->erase.run(queue, id);
}

void DeduplicationTable::erase_expired(std::int64_t now_ms) {
    sql_->erase_expired.run(now_ms, expired_erased_at_once);
}

void DeduplicationTable::put_next(std::int64_t queue, std::string_view id, const Next& next) {
    const contract::AddJob& job = next.job;
    sql_->put_next.run(queue,
                       id,
                       job.id,
                       next.number,
                       job.delay.count(),
                       job.priority,
                       job.lifo,
                       job.name,
                       job.opts,
                       job.data);
}

std::optional<DeduplicationTable::Next> DeduplicationTable::next(std::int64_t queue,
                                                                 std::string_view id) {
    Cursor row = sql_->next.rows(queue, id);
    if (!row.next()) return std::nullopt;
    Next next;
    next.job.id = row.text(0);
    next.number = row.number(1);
    next.job.delay = Millis(row.number(2));
    next.job.priority = row.small(3);
    next.job.lifo = row.number(4) != 0;
    next.job.name = row.text(5);
    next.job.opts = row.text(6);
    next.job.data = row.text(7);
    return next;
}

void DeduplicationTable::erase_next(std::int64_t queue, std::string_view id) {
    sql_->erase_next.run(queue, id);
}

void DeduplicationTable::erase_queue(std::int64_t queue) {
    sql_->erase_queue.run(queue);
    sql_->erase_queue_next.run(queue);
}

}  // namespace toril::sqlite
