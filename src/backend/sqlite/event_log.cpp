#include "backend/sqlite/event_log.hpp"

#include "backend/sqlite/job_table.hpp"
#include "toril/sqlite/statements.hpp"

#include <algorithm>
#include <utility>

namespace toril::sqlite {
namespace {

// Rows go together when this part more than what is kept is there: one DELETE then removes many.
constexpr std::int64_t slack_part = 10;

std::int64_t row_key(const QueueRow& queue, std::int64_t row) {
    return job_key(queue.id, row);
}
std::int64_t last_key(const QueueRow& queue) {
    return job_key(queue.id + 1, 0) - 1;
}

}  // namespace

std::string_view list_name(JobState state) noexcept {
    return state == JobState::waiting ? "wait" : to_string(state);
}

struct EventLog::Statements {
    explicit Statements(Database& db)
        : insert(db, sql::event, "insert"),
          counts(db, sql::event, "counts"),
          erase_through(db, sql::event, "erase_through"),
          cut(db, sql::event, "cut"),
          read(db, sql::event, "read"),
          row_of(db, sql::event, "row_of") {}

    Statement insert;
    Statement counts;
    Statement erase_through;
    Statement cut;
    Statement read;
    Statement row_of;
};

EventLog::EventLog(Database& db, QueueTable& queues)
    : queues_(queues), sql_(std::make_unique<Statements>(db)) {}
EventLog::~EventLog() = default;

PackWriter EventLog::begin(QueueRow& queue) {
    queues_.touch(queue);
    ++queue.events.pending;
    return PackWriter(queue.events.pack);
}

template <class Fields>
void EventLog::append(QueueRow& queue, std::string_view name, const Fields& fields) {
    PackWriter pack = begin(queue);
    pack.begin(name, fields.size());
    for (const auto& [field, value] : fields) {
        pack.text(field);
        pack.text(value);
    }
}

void EventLog::emit(QueueRow& queue, std::string_view name, std::initializer_list<Field> fields) {
    append(queue, name, fields);
}

void EventLog::publish(QueueRow& queue,
                       std::string_view name,
                       const std::vector<std::pair<std::string, std::string>>& fields) {
    append(queue, name, fields);
}

void EventLog::added(QueueRow& queue, std::string_view id, std::string_view name) {
    PackWriter pack = begin(queue);
    pack.begin(Word::added, 2);
    pack.word(Word::job_id);
    pack.spell(id);
    pack.word(Word::name);
    pack.spell(name);
}

void EventLog::waiting(QueueRow& queue, std::string_view id, std::string_view prev) {
    PackWriter pack = begin(queue);
    pack.begin(Word::waiting, prev.empty() ? 1 : 2);
    pack.word(Word::job_id);
    pack.spell(id);
    if (prev.empty()) return;
    pack.word(Word::prev);
    pack.text(prev);
}

void EventLog::active(QueueRow& queue, std::string_view id) {
    PackWriter pack = begin(queue);
    pack.begin(Word::active, 2);
    pack.word(Word::job_id);
    pack.spell(id);
    pack.word(Word::prev);
    pack.word(Word::waiting);
}

void EventLog::completed(QueueRow& queue, std::string_view id, std::string_view return_value) {
    PackWriter pack = begin(queue);
    pack.begin(Word::completed, 3);
    pack.word(Word::job_id);
    pack.spell(id);
    pack.word(Word::return_value);
    if (return_value == text_of(Word::null))
        pack.word(Word::null);
    else
        pack.spell(return_value);
    pack.word(Word::prev);
    pack.word(Word::active);
}

void EventLog::delayed(QueueRow& queue, std::string_view id, std::int64_t due_ms) {
    emit(queue, "delayed", {{"jobId", id}, {"delay", std::to_string(due_ms)}});
}

void EventLog::waiting_children(QueueRow& queue, std::string_view id, std::string_view prev) {
    if (prev.empty())
        emit(queue, "waiting-children", {{"jobId", id}});
    else
        emit(queue, "waiting-children", {{"jobId", id}, {"prev", prev}});
}

void EventLog::removed(QueueRow& queue, std::string_view id, std::string_view prev) {
    emit(queue, "removed", {{"jobId", id}, {"prev", prev}});
}

void EventLog::failed(QueueRow& queue,
                      std::string_view id,
                      std::string_view reason,
                      std::string_view prev) {
    emit(queue, "failed", {{"jobId", id}, {"failedReason", reason}, {"prev", prev}});
}

void EventLog::save(std::int64_t now_ms) {
    for (QueueRow* queue : queues_.touched())
        if (queue->events.pending > 0) write(*queue, now_ms);
}

// Ids go up although the clock may go back, or another process' clock be ahead.
void EventLog::write(QueueRow& queue, std::int64_t now_ms) {
    QueueEvents& events = queue.events;
    const bool later = now_ms > events.ms;
    const std::int64_t first = later ? 0 : events.n + 1;
    if (later) events.ms = now_ms;
    events.n = first + events.pending - 1;
    events.total += events.pending;
    sql_->insert.run(
        row_key(queue, ++events.row), events.ms, first, events.pending, Bytes{events.pack});
    events.pending = 0;
    events.pack.clear();
    if (events.total > events.kept + events.kept / slack_part)
        drop_rows(queue, events.total - events.kept);
}

// The oldest rows that are in the excess as a whole. Answers how much of it is left.
std::int64_t EventLog::drop_rows(QueueRow& queue, std::int64_t excess) {
    std::int64_t last = 0;
    {
        Cursor row = sql_->counts.rows(row_key(queue, 0), last_key(queue));
        while (row.next() && row.number(1) <= excess) {
            last = row.number(0);
            excess -= row.number(1);
            queue.events.total -= row.number(1);
        }
    }
    if (last != 0) sql_->erase_through.run(row_key(queue, 0), last);
    return excess;
}

std::uint64_t EventLog::trim(QueueRow& queue, std::uint64_t kept) {
    const std::int64_t before = queue.events.total;
    const std::int64_t excess = before - static_cast<std::int64_t>(std::min<std::uint64_t>(
                                             kept, static_cast<std::uint64_t>(before)));
    if (excess <= 0) return 0;
    queues_.touch(queue);
    const std::int64_t left = drop_rows(queue, excess);
    if (left > 0) {
        std::int64_t key = 0;
        std::string pack;
        {
            Cursor row = sql_->read.rows(row_key(queue, 0), last_key(queue));
            if (row.next()) {
                key = row.number(0);
                pack = row.bytes(4);
            }
        }
        pack.erase(0, offset_after(pack, static_cast<std::size_t>(left)));
        sql_->cut.run(key, left, Bytes{pack});
        queue.events.total -= left;
    }
    return static_cast<std::uint64_t>(before - queue.events.total);
}

void EventLog::erase(const QueueRow& queue) {
    sql_->erase_through.run(row_key(queue, 0), last_key(queue));
}

EventPosition EventLog::after(const QueueRow& queue, std::int64_t ms, std::int64_t n) {
    EventPosition position{row_key(queue, 0), ms, n};
    Cursor row = sql_->row_of.rows(row_key(queue, 0), last_key(queue), ms, n);
    if (row.next()) position.row = row.number(0);
    return position;
}

EventPosition EventLog::end(const QueueRow& queue) {
    return {.row = row_key(queue, queue.events.row + 1)};
}

std::vector<contract::Event> EventLog::read(const QueueRow& queue,
                                            EventPosition& from,
                                            std::size_t count) {
    std::vector<contract::Event> found;
    const EventPosition began = from;
    Cursor row = sql_->read.rows(std::max(began.row, row_key(queue, 0)), last_key(queue));
    while (found.size() < count && row.next()) {
        from.row = row.number(0) + 1;
        const std::int64_t ms = row.number(1);
        const std::int64_t n = row.number(2);
        std::vector<contract::Event> events = unpack(row.bytes(4), ms, n);
        const auto size = static_cast<std::int64_t>(events.size());
        // Only the row that the position is in has some that were read before.
        std::int64_t seen = 0;
        if (row.number(0) == began.row && ms <= began.ms)
            seen = ms < began.ms ? size : std::clamp<std::int64_t>(began.n - n + 1, 0, size);
        std::move(events.begin() + seen, events.end(), std::back_inserter(found));
    }
    return found;
}

}  // namespace toril::sqlite
