#pragma once

// The rows of `job` with what hangs on them: big payloads, ids of the producer's own, links to
// a parent, logs.

#include "backend/sqlite/database.hpp"
#include "contract/job_store.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace toril::sqlite {

/// A job's key holds its queue's id above this many bits, and its number below.
inline constexpr int number_bits = 40;

inline std::int64_t job_key(std::int64_t queue, std::int64_t number) {
    return (queue << number_bits) | number;
}
inline std::int64_t queue_of(std::int64_t key) {
    return key >> number_bits;
}
inline std::int64_t number_of(std::int64_t key) {
    return key & ((std::int64_t{1} << number_bits) - 1);
}
inline std::string number_text(std::int64_t key) {
    return std::to_string(number_of(key));
}

/// Rows of the lists in `place`.
enum class List : int { ready = 0, delayed = 1, completed = 2, failed = 3, waiting_children = 4 };

/// What few jobs have, as bits of `job.extras`: schema/v002.sql.
namespace extras {
inline constexpr int big_payload = 1;
inline constexpr int linked = 2;
inline constexpr int parent = 4;
inline constexpr int lifo = 8;
}  // namespace extras

/// Where a job is in its list. Numbers as in schema/v001.sql.
struct Place {
    List list = List::ready;
    std::int64_t rank = 0;
    std::int64_t seq = 0;
};

struct LeaseRow {
    std::string token{};
    std::int64_t expires_at_ms = 0;
    std::int64_t processed_on_ms = 0;
    std::string processed_by{};

    bool is_held(std::int64_t now_ms) const { return now_ms < expires_at_ms; }
};

/// What a move needs to know of a job.
struct JobHead {
    std::int64_t key = 0;
    JobId id{};
    bool has_custom_id = false;
    Place place{};  // of no meaning while there is a lease
    int priority = 0;
    int attempts_made = 0;
    int stalled_counter = 0;
    std::int64_t log_rows = 0;
    int extras = 0;
    std::int64_t timestamp_ms = 0;
    std::int64_t delay_ms = 0;
    std::int64_t processed_on_ms = 0;
    std::optional<LeaseRow> lease{};

    JobState state() const;
    bool is_linked() const { return (extras & extras::linked) != 0; }
    bool has_children() const { return (extras & extras::parent) != 0; }
    bool is_lifo() const { return (extras & extras::lifo) != 0; }
};

/// What a job hangs on.
struct JobLinks {
    std::optional<contract::ParentLink> parent{};
    std::string deduplication_id{};
    std::string repeat_job_key{};
};

/// What a run that ended leaves in the row.
struct Ending {
    std::string_view value{};  // return value or reason
    std::string_view stacktrace{};
    std::int64_t at_ms = 0;
};

class JobTable {
public:
    JobTable(Database& db, std::string_view prefix);
    ~JobTable();
    JobTable(const JobTable&) = delete;
    JobTable& operator=(const JobTable&) = delete;

    std::optional<std::int64_t> find(std::int64_t queue, std::string_view id);
    std::optional<JobHead> head(std::int64_t key);
    /// Empty when there is no such job.
    std::optional<Job> full(std::int64_t key, const std::string& queue);

    void insert(std::int64_t key,
                const contract::AddJob& job,
                const Place& at,
                Timestamp timestamp);
    /// With everything that hangs on it, but for its place and its lease.
    void erase(const JobHead& job);
    std::string payload(std::int64_t key);
    /// JSON; `null` when it is not completed.
    std::string return_value(std::int64_t key);
    /// Costs nothing for a job without any.
    JobLinks links(const JobHead& job);
    /// What a taken job's row does not hold, by its `extras`.
    void complete(std::int64_t key, int extras, contract::TakenJob& job);
    void set_parent(const JobHead& job, const std::optional<contract::ParentLink>& parent);
    void mark_as_parent(const JobHead& job);

    void moved(std::int64_t key, const Place& to);
    void promoted(std::int64_t key, const Place& to);
    void delayed_anew(std::int64_t key, const Place& to, Millis delay);
    void completed(const JobHead& job, const Ending& end);
    void failed(const JobHead& job, const Ending& end);
    /// Without a run.
    void cancelled(const JobHead& job, std::string_view reason, std::int64_t at_ms);
    void retried(const JobHead& job, const Place& to, const Ending& end, Millis delay);
    /// `stalled`: its worker is gone; `deferred_failure` empty: keeps what is there.
    void given_back(const JobHead& job,
                    const Place& to,
                    bool stalled,
                    std::string_view deferred_failure);
    /// From completed or failed back to ready.
    void revived(const JobHead& job, const Place& to);
    void reset_attempts(std::int64_t key);
    void defer_failure(std::int64_t key, std::string_view reason);

    void set_delay(std::int64_t key, Millis delay);
    void set_priority(std::int64_t key, int priority);
    void set_data(const JobHead& job, std::string_view data);
    void set_progress(std::int64_t key, std::string_view progress);
    std::uint64_t add_log(const JobHead& job, std::string_view row, std::optional<int> keep);
    contract::LogPage logs(std::int64_t key, const contract::LogPageParams& page);

private:
    struct Statements;

    JobLinks links(std::int64_t key);
    void put_links(std::int64_t key, const JobLinks& links);

    const std::string prefix_;
    std::unique_ptr<Statements> sql_;
};

/// A range of positions as BullMQ counts them (0 the first, -1 the last), as LIMIT and OFFSET.
struct Range {
    std::int64_t limit = 0;
    std::int64_t offset = 0;
};
Range range_of(std::int64_t start, std::int64_t end, std::int64_t total);

}  // namespace toril::sqlite
