#pragma once

// Who holds which deduplication id in one queue, and the jobs that are to follow holders that
// run (bullmq-wire 3.2.6).

#include "contract/job_store.hpp"

#include <optional>
#include <string>
#include <unordered_map>

namespace toril::memory {

class Deduplications {
public:
    struct Hold {
        JobId owner{};
        std::optional<Timestamp> ends_at{};  // empty: with its owner
    };

    /// Null when nobody holds it now.
    const Hold* find(const std::string& id, Timestamp now) const;

    /// Gives the id to `owner`, for as long as the rule says.
    void give(const Deduplication& rule, const JobId& owner, Timestamp now);
    /// To another owner, for what is left of the time.
    void pass_on(const std::string& id, const JobId& owner) { holds_.at(id).owner = owner; }

    /// Keeps `next` until the holder, which now holds until its end, is finished.
    void keep_next(const std::string& id, contract::AddJob next);
    void forget_next(const std::string& id) { next_.erase(id); }
    std::optional<contract::AddJob> take_next(const std::string& id);

    /// Answers whether it was held (by `only_for`, unless that is empty).
    bool remove(const std::string& id, const JobId& only_for, Timestamp now);

    /// The job ended: an id that it holds until then is free.
    void owner_finished(const std::string& id, const JobId& owner, Timestamp now);
    void owner_removed(const std::string& id, const JobId& owner, Timestamp now);

private:
    void forget_lapsed(Timestamp now);

    std::unordered_map<std::string, Hold> holds_{};
    std::unordered_map<std::string, contract::AddJob> next_{};
    std::size_t forget_at_ = 1000;  // holds; then those that lapsed are looked for
};

}  // namespace toril::memory
