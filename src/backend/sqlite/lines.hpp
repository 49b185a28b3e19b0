#pragma once

// Where jobs are: the lists of `place`, each in its order, and the leases of the active ones.
// Every change here keeps the queue's sizes and marks the queue as touched.

#include "backend/sqlite/job_table.hpp"
#include "backend/sqlite/queue_table.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace toril::sqlite {

/// A job on its way from ready to active.
struct Candidate {
    std::int64_t key = 0;
    Place place{};
    std::string tie{};
    int extras = 0;  // what of `job` is to be read elsewhere: JobTable::complete
    contract::TakenJob job{};
};

/// The lease that a taken job gets.
struct NewLease {
    std::int64_t process = 0;
    std::int64_t taken_at_ms = 0;
    std::int64_t expires_at_ms = 0;
    std::string_view token{};
    std::string_view worker_name{};
};

class Lines {
public:
    Lines(Database& db, QueueTable& queues);
    ~Lines();
    Lines(const Lines&) = delete;
    Lines& operator=(const Lines&) = delete;

    // Into a list. The caller writes the place into the job's row.
    Place to_end(QueueRow& queue, std::int64_t key, int priority);
    Place to_front(QueueRow& queue, std::int64_t key);
    Place to_front_of_priority(QueueRow& queue,
                               std::int64_t key,
                               int priority,
                               std::string_view id);
    /// After those that are due in the same millisecond.
    Place to_delayed(QueueRow& queue, std::int64_t key, std::string_view id, std::int64_t due_ms);
    /// Among the first of those, by its id: as BullMQ delays a parent that was let go.
    Place to_delayed_by_id(QueueRow& queue,
                           std::int64_t key,
                           std::string_view id,
                           std::int64_t due_ms);
    Place to_finished(QueueRow& queue,
                      std::int64_t key,
                      std::string_view id,
                      const Place& finished);

    Place to_waiting_children(QueueRow& queue,
                              std::int64_t key,
                              std::string_view id,
                              std::int64_t since_ms);

    /// Out of its list, or out of its lease.
    void take_out(QueueRow& queue, const JobHead& job);

    // Ready jobs, and what becomes of them.
    std::vector<Candidate> first(const QueueRow& queue, std::size_t count);
    /// REQUIRES: `taken` are all the first ones.
    void lease(QueueRow& queue, const std::vector<Candidate>& taken, const NewLease& lease);

    std::uint64_t count_of_priority(const QueueRow& queue, int priority);

    /// The epoch's 0 when nothing is delayed.
    std::int64_t next_due_ms(const QueueRow& queue);
    std::vector<std::int64_t> due(const QueueRow& queue, std::int64_t now_ms, std::int64_t count);

    /// Keys in the list of a state with a rank from `low` to `high`, in the list's order.
    struct Slice {
        JobState state = JobState::waiting;
        bool ascending = true;
        std::int64_t low = 0;
        std::int64_t high = 0;
        Range range{};
    };
    std::vector<std::int64_t> slice(std::int64_t queue, const Slice& slice);
    /// All of a state from the first on, `count` at most.
    std::vector<std::int64_t> all(std::int64_t queue, JobState state, std::int64_t count);

    /// Who renewed it: `cancelled` has the reason when the job was asked to stop.
    struct Renewed {
        bool held = false;
        std::optional<std::string> cancelled{};
    };
    Renewed renew(std::int64_t key,
                  std::string_view token,
                  std::int64_t now_ms,
                  std::int64_t until_ms);
    /// Asks the run of an active job to stop.
    void cancel(QueueRow& queue, std::int64_t key, std::string_view reason);
    /// Empty: it was not asked to.
    std::string cancel_reason(std::int64_t key);
    /// Suspects of the last stall check that are not held any more, the latest taken first.
    std::vector<std::int64_t> stalled(const QueueRow& queue, std::int64_t now_ms);
    void suspect_all(const QueueRow& queue);
    std::vector<std::int64_t> held_by(std::int64_t process);
    std::vector<std::int64_t> other_holders(std::int64_t process);

private:
    struct Statements;

    Place put(QueueRow& queue, std::int64_t key, const Place& at, std::string_view tie);

    QueueTable& queues_;
    std::unique_ptr<Statements> sql_;
};

/// The size that counts a job of this state. REQUIRES: a state that this store has.
std::uint64_t& size_of(JobCounts& sizes, JobState state);

}  // namespace toril::sqlite
