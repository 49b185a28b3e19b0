#include "backend/sqlite/lines.hpp"

#include "toril/sqlite/statements.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace toril::sqlite {
namespace {

constexpr std::int64_t rank_max = std::numeric_limits<std::int64_t>::max();

std::int64_t first_key(std::int64_t queue) {
    return job_key(queue, 0);
}
std::int64_t last_key(std::int64_t queue) {
    return job_key(queue + 1, 0) - 1;
}

// Lists of one state. Two states share the ready list: rank 0 waits, more is prioritized.
struct Bounds {
    List list = List::ready;
    std::int64_t low = 0;
    std::int64_t high = 0;
};

Bounds bounds_of(JobState state) {
    switch (state) {
        case JobState::waiting: return {List::ready, 0, 0};
        case JobState::prioritized: return {List::ready, 1, rank_max};
        case JobState::delayed:
            return {List::delayed, std::numeric_limits<std::int64_t>::min(), rank_max};
        case JobState::completed: return {List::completed, 0, rank_max};
        case JobState::waiting_children:
            return {List::waiting_children, std::numeric_limits<std::int64_t>::min(), rank_max};
        default: return {List::failed, 0, rank_max};
    }
}

}  // namespace

std::uint64_t& size_of(JobCounts& sizes, JobState state) {
    switch (state) {
        case JobState::waiting: return sizes.waiting;
        case JobState::prioritized: return sizes.prioritized;
        case JobState::delayed: return sizes.delayed;
        case JobState::active: return sizes.active;
        case JobState::completed: return sizes.completed;
        case JobState::waiting_children: return sizes.waiting_children;
        default: return sizes.failed;
    }
}

struct Lines::Statements {
    explicit Statements(Database& connection) : db(connection) {}

    Database& db;
    Statement insert{db, sql::place, "insert"};
    Statement erase{db, sql::place, "erase"};
    Statement next_due{db, sql::place, "next_due"};
    Statement due{db, sql::place, "due"};
    Statement last_due_at{db, sql::place, "last_due_at"};
    Statement first{db, sql::place, "first"};
    Statement count_of_priority{db, sql::place, "count_of_priority"};
    Statement erase_first{db, sql::place, "erase_first"};
    Statement ranks{db, sql::place, "ranks"};
    Statement ranks_newest_first{db, sql::place, "ranks_newest_first"};
    Statement insert_lease{db, sql::lease, "insert"};
    Statement erase_lease{db, sql::lease, "erase"};
    Statement renew{db, sql::lease, "renew"};
    Statement cancel{db, sql::lease, "cancel"};
    Statement cancel_reason{db, sql::lease, "cancel_reason"};
    Statement of_queue{db, sql::lease, "of_queue"};
    Statement of_queue_newest_first{db, sql::lease, "of_queue_newest_first"};
    Statement stalled{db, sql::lease, "stalled"};
    Statement suspect_all{db, sql::lease, "suspect_all"};
    Statement of_process{db, sql::lease, "of_process"};
    Statement other_processes{db, sql::lease, "other_processes"};

    template <class... Values>
    static std::vector<std::int64_t> keys(Statement& statement, const Values&... values) {
        std::vector<std::int64_t> found;
        Cursor row = statement.rows(values...);
        while (row.next())
            found.push_back(row.number(0));
        return found;
    }
};

Lines::Lines(Database& db, QueueTable& queues)
    : queues_(queues), sql_(std::make_unique<Statements>(db)) {}
Lines::~Lines() = default;

Place Lines::put(QueueRow& queue, std::int64_t key, const Place& at, std::string_view tie) {
    sql_->insert.run(queue.id, static_cast<int>(at.list), at.rank, at.seq, tie, key);
    JobHead there;
    there.place = at;
    ++size_of(queue.sizes, there.state());
    queues_.touch(queue);
    if (at.list == List::ready) queue.touched.available = true;
    if (at.list == List::delayed) queue.touched.delayed = true;
    return at;
}

Place Lines::to_end(QueueRow& queue, std::int64_t key, int priority) {
    return put(queue, key, {List::ready, priority, ++queue.back_seq}, {});
}

Place Lines::to_front(QueueRow& queue, std::int64_t key) {
    return put(queue, key, {List::ready, 0, --queue.front_seq}, {});
}

Place Lines::to_front_of_priority(QueueRow& queue,
                                  std::int64_t key,
                                  int priority,
                                  std::string_view id) {
    return put(queue, key, {List::ready, priority, 0}, id);
}

Place Lines::to_delayed(QueueRow& queue,
                        std::int64_t key,
                        std::string_view id,
                        std::int64_t due_ms) {
    std::int64_t seq = 0;
    if (queue.sizes.delayed > 0) {
        Cursor row = sql_->last_due_at.rows(queue.id, due_ms);
        if (row.next()) seq = row.number(0) + 1;
    }
    return put(queue, key, {List::delayed, due_ms, seq}, seq == 0 ? id : std::string_view());
}

Place Lines::to_delayed_by_id(QueueRow& queue,
                              std::int64_t key,
                              std::string_view id,
                              std::int64_t due_ms) {
    return put(queue, key, {List::delayed, due_ms, 0}, id);
}

Place Lines::to_finished(QueueRow& queue,
                         std::int64_t key,
                         std::string_view id,
                         const Place& finished) {
    return put(queue, key, finished, id);
}

Place Lines::to_waiting_children(QueueRow& queue,
                                 std::int64_t key,
                                 std::string_view id,
                                 std::int64_t since_ms) {
    return put(queue, key, {List::waiting_children, since_ms, 0}, id);
}

void Lines::take_out(QueueRow& queue, const JobHead& job) {
    queues_.touch(queue);
    if (job.lease) {
        sql_->erase_lease.run(job.key);
        // A place under the queue's own limit has become free.
        if (queue.concurrency) queue.touched.available = true;
    } else {
        const std::string_view tie = job.place.seq == 0 ? std::string_view(job.id) : "";
        sql_->erase.run(
            queue.id, static_cast<int>(job.place.list), job.place.rank, job.place.seq, tie);
        if (job.place.list == List::delayed) queue.touched.delayed = true;
    }
    --size_of(queue.sizes, job.state());
}

std::vector<Candidate> Lines::first(const QueueRow& queue, std::size_t count) {
    std::vector<Candidate> found;
    found.reserve(count);
    Cursor row = sql_->first.rows(queue.id, static_cast<std::int64_t>(count));
    while (row.next()) {
        Candidate& next = found.emplace_back();
        next.place = {List::ready, row.number(0), row.number(1)};
        next.tie = row.text(2);
        next.key = row.number(3);
        contract::TakenJob& job = next.job;
        job.id = row.is_null(4) ? number_text(next.key) : row.text(4);
        job.priority = row.small(5);
        job.attempts_made = row.small(6);
        job.attempts_started = row.small(7) + 1;
        job.stalled_counter = row.small(8);
        next.extras = row.small(9);
        job.timestamp = Timestamp(Millis(row.number(10)));
        job.deferred_failure = row.text(11);
        job.progress = row.text(12);
        job.stacktrace = row.text(13);
        job.name = row.text(14);
        job.opts = row.text(15);
        if ((next.extras & extras::big_payload) == 0) job.data = row.text(16);
    }
    return found;
}

void Lines::lease(QueueRow& queue, const std::vector<Candidate>& taken, const NewLease& lease) {
    if (taken.empty()) return;
    for (const Candidate& candidate : taken) {
        sql_->insert_lease.run(candidate.key,
                               ++queue.back_seq,
                               lease.process,
                               lease.expires_at_ms,
                               lease.taken_at_ms,
                               lease.token,
                               lease.worker_name);
        --size_of(queue.sizes,
                  candidate.place.rank == 0 ? JobState::waiting : JobState::prioritized);
        ++queue.sizes.active;
    }
    const Candidate& last = taken.back();
    sql_->erase_first.run(queue.id, last.place.rank, last.place.seq, last.tie);
    queues_.touch(queue);
}

std::uint64_t Lines::count_of_priority(const QueueRow& queue, int priority) {
    Cursor row = sql_->count_of_priority.rows(queue.id, priority);
    return row.next() ? static_cast<std::uint64_t>(row.number(0)) : 0;
}

std::int64_t Lines::next_due_ms(const QueueRow& queue) {
    if (queue.sizes.delayed == 0) return 0;
    Cursor row = sql_->next_due.rows(queue.id);
    return row.next() ? row.number(0) : 0;
}

std::vector<std::int64_t> Lines::due(const QueueRow& queue,
                                     std::int64_t now_ms,
                                     std::int64_t count) {
    if (queue.sizes.delayed == 0) return {};
    return Statements::keys(sql_->due, queue.id, now_ms, count);
}

std::vector<std::int64_t> Lines::slice(std::int64_t queue, const Slice& slice) {
    if (slice.state == JobState::unknown) return {};
    const Range& range = slice.range;
    if (slice.state == JobState::active)
        return Statements::keys(slice.ascending ? sql_->of_queue : sql_->of_queue_newest_first,
                                first_key(queue),
                                last_key(queue),
                                range.limit,
                                range.offset);
    const Bounds bounds = bounds_of(slice.state);
    return Statements::keys(slice.ascending ? sql_->ranks : sql_->ranks_newest_first,
                            queue,
                            static_cast<int>(bounds.list),
                            std::max(bounds.low, slice.low),
                            std::min(bounds.high, slice.high),
                            range.limit,
                            range.offset);
}

std::vector<std::int64_t> Lines::all(std::int64_t queue, JobState state, std::int64_t count) {
    return slice(queue,
                 {.state = state,
                  .low = std::numeric_limits<std::int64_t>::min(),
                  .high = rank_max,
                  .range = {.limit = count}});
}

Lines::Renewed Lines::renew(std::int64_t key,
                            std::string_view token,
                            std::int64_t now_ms,
                            std::int64_t until_ms) {
    Cursor row = sql_->renew.rows(key, token, now_ms, until_ms);
    if (!row.next()) return {};
    if (row.is_null(0)) return {.held = true};
    return {.held = true, .cancelled = row.text(0)};
}

void Lines::cancel(QueueRow& queue, std::int64_t key, std::string_view reason) {
    sql_->cancel.run(key, reason);
    ++queue.cancellations;
    queues_.touch(queue);
}

std::string Lines::cancel_reason(std::int64_t key) {
    Cursor row = sql_->cancel_reason.rows(key);
    return row.next() && !row.is_null(0) ? row.text(0) : std::string();
}

std::vector<std::int64_t> Lines::stalled(const QueueRow& queue, std::int64_t now_ms) {
    return Statements::keys(sql_->stalled, first_key(queue.id), last_key(queue.id), now_ms);
}

void Lines::suspect_all(const QueueRow& queue) {
    sql_->suspect_all.run(first_key(queue.id), last_key(queue.id));
}

std::vector<std::int64_t> Lines::held_by(std::int64_t process) {
    return Statements::keys(sql_->of_process, process);
}

std::vector<std::int64_t> Lines::other_holders(std::int64_t process) {
    return Statements::keys(sql_->other_processes, process);
}

}  // namespace toril::sqlite
