#pragma once

// The places where a queue's jobs are, each in its order. A job is in one of them.
//
//     home              score                               first in the order
//     waiting, active   a place in line                     next to run; longest active
//     prioritized       priority * 2^32 + counter mod 2^32  the lowest priority number
//     delayed           due ms * 4096 + n, n below 4096     the first due
//     waiting-children  ms of its adding, or of its move    the oldest
//     completed, failed finished ms                         the oldest
//
// Equal scores are ordered by id, byte for byte, as in a Redis sorted set.

#include "backend/memory/job_record.hpp"

#include <array>
#include <set>

namespace toril::memory {

/// A place in a home, whether a job is there or not.
struct Position {
    Score score = 0;
    JobId id{};
};

struct InOrder {
    using is_transparent = void;
    bool operator()(const JobRecord* a, const JobRecord* b) const {
        return a->score != b->score ? a->score < b->score : a->id < b->id;
    }
    bool operator()(const JobRecord* a, Score b) const { return a->score < b; }
    bool operator()(Score a, const JobRecord* b) const { return a < b->score; }
    bool operator()(const Position& a, const JobRecord* b) const {
        return a.score != b->score ? a.score < b->score : a.id < b->id;
    }
};
using Home = std::set<JobRecord*, InOrder>;

inline constexpr Score delay_factor = 4096;
inline constexpr Score priority_factor = Score{1} << 32;

/// The due time in a delayed job's score.
inline Timestamp due_at(const JobRecord& record) {
    return Timestamp(Millis(record.score / delay_factor));
}

class Homes {
public:
    const Home& operator[](JobState state) const { return homes_[index(state)]; }
    std::size_t size(JobState state) const { return homes_[index(state)].size(); }

    /// How often a job came to wait for a worker.
    std::uint64_t arrivals() const { return arrivals_; }

    /// Moves a job from wherever it is to the front, or the end, of a line.
    void to_front(JobRecord& job, JobState line) { put(job, line, --front_); }
    void to_end(JobRecord& job, JobState line) { put(job, line, ++end_); }

    /// To the end, or the front, of those of its priority.
    void to_prioritized(JobRecord& job);
    void to_front_of_priority(JobRecord& job);

    /// Behind the others that are due in the same millisecond.
    void to_delayed(JobRecord& job, Timestamp due);

    /// Without looking for others: as a parent goes there whose children are done.
    void to_delayed_as_first(JobRecord& job, Timestamp due);

    void to_waiting_children(JobRecord& job, Timestamp since);

    /// To completed or failed.
    void to_finished(JobRecord& job, JobState state);

    void take_out(JobRecord& job);

private:
    static std::size_t index(JobState state) { return static_cast<std::size_t>(state); }
    void put(JobRecord& job, JobState state, Score score);

    std::array<Home, 8> homes_{};
    Score front_ = 0;
    Score end_ = 0;
    std::uint64_t priority_counter_ = 0;
    std::uint64_t arrivals_ = 0;
};

}  // namespace toril::memory
