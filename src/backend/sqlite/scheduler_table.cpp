#include "backend/sqlite/scheduler_table.hpp"

#include "backend/sqlite/job_table.hpp"
#include "toril/sqlite/statements.hpp"

namespace toril::sqlite {
namespace {

Timestamp time_from(std::int64_t ms) {
    return Timestamp(Millis(ms));
}
std::int64_t ms(Timestamp time) {
    return time.time_since_epoch().count();
}

// A row of `find` or of a page.
contract::Scheduler scheduler_from(const Cursor& row) {
    contract::Scheduler found;
    found.id = row.text(0);
    found.next = time_from(row.number(1));
    found.iteration_count = row.number(2);
    found.name = row.text(3);
    found.repeat.every = Millis(row.number(4));
    if (!row.is_null(5)) found.repeat.offset = Millis(row.number(5));
    found.repeat.pattern = row.text(6);
    found.repeat.tz = row.text(7);
    found.repeat.start_date = time_from(row.number(8));
    found.repeat.end_date = time_from(row.number(9));
    found.repeat.limit = row.number(10);
    found.repeat.missed = missed_runs_from(row.text(11)).value_or(MissedRuns::once);
    found.opts = row.text(12);
    found.data = row.text(13);
    return found;
}

}  // namespace

struct SchedulerTable::Statements {
    explicit Statements(Database& connection) : db(connection) {}

    Database& db;
    Statement find{db, sql::scheduler, "find"};
    Statement next{db, sql::scheduler, "next"};
    Statement page{db, sql::scheduler, "page"};
    Statement page_latest_first{db, sql::scheduler, "page_latest_first"};
    Statement count{db, sql::scheduler, "count"};
    Statement put{db, sql::scheduler, "put"};
    Statement continued{db, sql::scheduler, "continued"};
    Statement erase{db, sql::scheduler, "erase"};
    Statement erase_all{db, sql::scheduler, "erase_all"};
};

SchedulerTable::SchedulerTable(Database& db) : sql_(std::make_unique<Statements>(db)) {}
SchedulerTable::~SchedulerTable() = default;

std::optional<contract::Scheduler> SchedulerTable::find(std::int64_t queue, std::string_view id) {
    Cursor row = sql_->find.rows(queue, id);
    if (!row.next()) return std::nullopt;
    return scheduler_from(row);
}

std::optional<std::int64_t> SchedulerTable::next_ms(std::int64_t queue, std::string_view id) {
    Cursor row = sql_->next.rows(queue, id);
    if (!row.next()) return std::nullopt;
    return row.number(0);
}

std::vector<contract::Scheduler> SchedulerTable::page(std::int64_t queue,
                                                      std::int64_t start,
                                                      std::int64_t end,
                                                      bool ascending) {
    std::int64_t total = 0;
    {
        Cursor row = sql_->count.rows(queue);
        if (row.next()) total = row.number(0);
    }
    const Range range = range_of(start, end, total);
    std::vector<contract::Scheduler> found;
    Cursor row =
        (ascending ? sql_->page : sql_->page_latest_first).rows(queue, range.limit, range.offset);
    while (row.next())
        found.push_back(scheduler_from(row));
    return found;
}

void SchedulerTable::put(std::int64_t queue, const contract::Scheduler& scheduler) {
    const Repeat& repeat = scheduler.repeat;
    std::optional<std::int64_t> offset;
    if (repeat.offset) offset = repeat.offset->count();
    sql_->put.run(queue,
                  scheduler.id,
                  ms(scheduler.next),
                  scheduler.iteration_count,
                  scheduler.name,
                  repeat.every.count(),
                  offset,
                  repeat.pattern,
                  repeat.tz,
                  ms(repeat.start_date),
                  ms(repeat.end_date),
                  repeat.limit,
                  to_string(repeat.missed),
                  scheduler.opts,
                  scheduler.data);
}

void SchedulerTable::continued(std::int64_t queue, std::string_view id, std::int64_t next_ms) {
    sql_->continued.run(queue, id, next_ms);
}

void SchedulerTable::erase(std::int64_t queue, std::string_view id) {
    sql_->erase.run(queue, id);
}

void SchedulerTable::erase_all(std::int64_t queue) {
    sql_->erase_all.run(queue);
}

}  // namespace toril::sqlite
