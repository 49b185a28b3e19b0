#pragma once

// What happened in a queue: BullMQ's stream of events, with its names, fields and order.
//
// The events of one transaction are kept with the queue's row and written as one row of `event`
// when the transaction ends: a group of a hundred jobs costs one insert. A rollback drops them
// with the row. docs/internals/sqlite-store.md has the format of a pack.
//
// Threads: one at a time, as for its Database.

#include "backend/sqlite/database.hpp"
#include "backend/sqlite/event_pack.hpp"
#include "backend/sqlite/queue_table.hpp"
#include "contract/event.hpp"

#include <toril/job.hpp>

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace toril::sqlite {

/// How events and BullMQ's keys call a state: "wait", else as `to_string`.
std::string_view list_name(JobState state) noexcept;

/// From where a reader goes on: rows of `event` from `row` on, without what is not after
/// `ms`-`n`.
struct EventPosition {
    std::int64_t row = 0;
    std::int64_t ms = -1;
    std::int64_t n = -1;
};

class EventLog {
public:
    EventLog(Database& db, QueueTable& queues);
    ~EventLog();
    EventLog(const EventLog&) = delete;
    EventLog& operator=(const EventLog&) = delete;

    using Field = std::pair<std::string_view, std::string_view>;
    /// Any event: fields in their order. Touches the queue.
    void emit(QueueRow& queue, std::string_view name, std::initializer_list<Field> fields);

    void publish(QueueRow& queue,
                 std::string_view name,
                 const std::vector<std::pair<std::string, std::string>>& fields);

    // The usual ones.
    void added(QueueRow& queue, std::string_view id, std::string_view name);
    /// `prev` empty: the field is left out, as for a new job.
    void waiting(QueueRow& queue, std::string_view id, std::string_view prev = {});
    void delayed(QueueRow& queue, std::string_view id, std::int64_t due_ms);
    void active(QueueRow& queue, std::string_view id);
    void completed(QueueRow& queue, std::string_view id, std::string_view return_value);
    void waiting_children(QueueRow& queue, std::string_view id, std::string_view prev = {});
    void removed(QueueRow& queue, std::string_view id, std::string_view prev);
    void failed(QueueRow& queue,
                std::string_view id,
                std::string_view reason,
                std::string_view prev);

    /// Writes what was emitted, before the queue's rows are, and drops what is too old.
    /// `now_ms` is the store's clock.
    void save(std::int64_t now_ms);

    /// Removes the oldest, so that `kept` stay. Answers how many went.
    std::uint64_t trim(QueueRow& queue, std::uint64_t kept);
    /// All of a queue that goes.
    void erase(const QueueRow& queue);

    /// The position after an id `ms`-`n`.
    EventPosition after(const QueueRow& queue, std::int64_t ms, std::int64_t n);
    /// The position after all there is.
    static EventPosition end(const QueueRow& queue);
    /// At least `count` events if there are so many: whole rows. Moves `from` behind them.
    std::vector<contract::Event> read(const QueueRow& queue,
                                      EventPosition& from,
                                      std::size_t count);

private:
    struct Statements;

    PackWriter begin(QueueRow& queue);
    template <class Fields>
    void append(QueueRow& queue, std::string_view name, const Fields& fields);
    void write(QueueRow& queue, std::int64_t now_ms);
    std::int64_t drop_rows(QueueRow& queue, std::int64_t excess);

    QueueTable& queues_;
    std::unique_ptr<Statements> sql_;
};

}  // namespace toril::sqlite
