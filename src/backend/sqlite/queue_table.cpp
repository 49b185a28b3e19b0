#include "backend/sqlite/queue_table.hpp"

#include "toril/sqlite/statements.hpp"

#include <utility>

namespace toril::sqlite {
namespace {

// A prefix may hold any character but this one.
std::string row_name(std::string_view prefix, std::string_view name) {
    return std::string(prefix) + '\0' + std::string(name);
}

}  // namespace

QueueTable::QueueTable(Database& db, std::string prefix)
    : prefix_(std::move(prefix)),
      find_(db, sql::store, "find_queue"),
      name_of_(db, sql::store, "name_of_queue"),
      insert_(db, sql::store, "insert_queue"),
      save_(db, sql::store, "save_queue"),
      erase_(db, sql::store, "erase_queue"),
      names_(db, sql::store, "queue_names") {}

QueueRow* QueueTable::load(const std::string& prefix, std::string_view name) {
    Cursor row = find_.rows(prefix, name);
    if (!row.next()) return nullptr;
    const auto count = [&row](int column) {
        return static_cast<std::uint64_t>(row.number(column));
    };
    auto made = std::make_unique<QueueRow>();
    made->id = row.number(0);
    made->prefix = prefix;
    made->name = name;
    made->job_number = row.number(1);
    made->front_seq = row.number(2);
    made->back_seq = row.number(3);
    made->sizes.waiting = count(4);
    made->sizes.prioritized = count(5);
    made->sizes.delayed = count(6);
    made->sizes.active = count(7);
    made->sizes.completed = count(8);
    made->sizes.failed = count(9);
    made->paused = row.number(10) != 0;
    if (!row.is_null(11)) made->concurrency = row.number(11);
    made->limiter = {row.number(12), row.number(13)};
    made->stalled_until_ms = row.number(14);
    made->stalled_max = row.small(15);
    made->changes = row.number(16);
    made->cancellations = row.number(17);
    if (!row.is_null(18)) made->limit = {row.number(18), Millis(row.number(19))};
    made->events.row = row.number(20);
    made->events.ms = row.number(21);
    made->events.n = row.number(22);
    made->events.total = row.number(23);
    made->events.kept = row.number(24);
    made->sizes.waiting_children = count(25);
    return rows_.insert_or_assign(row_name(prefix, name), std::move(made)).first->second.get();
}

QueueRow* QueueTable::find(std::string_view name) {
    const auto known = rows_.find(row_name(prefix_, name));
    return known != rows_.end() ? known->second.get() : load(prefix_, name);
}

QueueRow* QueueTable::find(std::int64_t id) {
    for (const auto& [name, row] : rows_)
        if (row->id == id) return row.get();
    std::string prefix;
    std::string name;
    {
        Cursor row = name_of_.rows(id);
        if (!row.next()) return nullptr;
        prefix = row.text(0);
        name = row.text(1);
    }
    return load(prefix, name);
}

QueueRow* QueueTable::find_or_make(std::string_view name) {
    if (QueueRow* known = find(name)) return known;
    insert_.run(prefix_, name);
    return load(prefix_, name);
}

void QueueTable::erase(QueueRow& row) {
    erase_.run(row.id);
    touch(row);
    row.events = {};
    // Kept until those who wait were told; saving it finds no row with its id any more.
    const auto known = rows_.find(row_name(row.prefix, row.name));
    erased_.push_back(std::move(known->second));
    rows_.erase(known);
}

std::vector<std::string> QueueTable::names() {
    std::vector<std::string> found;
    Cursor row = names_.rows(prefix_);
    while (row.next())
        found.push_back(row.text(0));
    return found;
}

void QueueTable::save() {
    for (QueueRow* row : touched_) {
        ++row->changes;
        const auto count = [](std::uint64_t n) { return static_cast<std::int64_t>(n); };
        std::optional<std::int64_t> limit_max;
        std::optional<std::int64_t> limit_ms;
        if (row->limit) {
            limit_max = row->limit->max;
            limit_ms = row->limit->duration.count();
        }
        save_.run(row->id,
                  row->job_number,
                  row->front_seq,
                  row->back_seq,
                  count(row->sizes.waiting),
                  count(row->sizes.prioritized),
                  count(row->sizes.delayed),
                  count(row->sizes.active),
                  count(row->sizes.completed),
                  count(row->sizes.failed),
                  row->paused,
                  row->concurrency,
                  row->limiter.started,
                  row->limiter.until_ms,
                  row->stalled_until_ms,
                  row->stalled_max,
                  row->changes,
                  row->cancellations,
                  limit_max,
                  limit_ms,
                  row->events.row,
                  row->events.ms,
                  row->events.n,
                  row->events.total,
                  count(row->sizes.waiting_children));
    }
}

void QueueTable::settle() {
    for (QueueRow* row : touched_)
        row->touched = {};
    touched_.clear();
    erased_.clear();
}

void QueueTable::forget() {
    rows_.clear();
    erased_.clear();
    touched_.clear();
}

}  // namespace toril::sqlite
