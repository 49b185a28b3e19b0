#pragma once

// Who waits until a lock or a record may be free. Commits of this process come in through `freed`;
// those of others, and the ends of locks, are found by looking.

#include "backend/sqlite/side/session.hpp"
#include "backend/sqlite/side/task.hpp"
#include "base/mutex.hpp"
#include "contract/lock_store.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace toril::sqlite_side {

/// Threads: any. Dones are called with no lock held.
class LockWaits {
public:
    struct Asked {
        std::uint64_t id = 0;
        contract::LockKind kind = contract::LockKind::lock;
        std::string key{};
    };

    /// Until `end` is called, or `until`. Answers what to look at; id 0: nothing, it has ended.
    Asked begin(contract::LockKind kind,
                std::string key,
                SteadyTime until,
                contract::DoneStatus done);
    /// What was found: how long it is still held; none: it is free, and the wait ends.
    void found(std::uint64_t id, std::optional<Millis> held_for);
    void freed(const std::vector<Freed>& freed);
    void end(std::uint64_t id, const Status& with);
    /// Ends all, and those that come later at once.
    void close(const Status& with);

    /// Ends the waits whose time has come. Answers those whose lock should have ended; every one
    /// when `all`.
    std::vector<Asked> due(SteadyTime now, bool all);
    /// When `due` has something to do next.
    SteadyTime next_deadline() const;
    bool empty() const;

private:
    struct Wait {
        contract::LockKind kind = contract::LockKind::lock;
        std::string key{};
        SteadyTime until{};
        SteadyTime look_at = SteadyTime::max();  // the lock ends then, as far as is known
        contract::DoneStatus done{};
    };
    using Dones = std::vector<contract::DoneStatus>;

    mutable base::Mutex mutex_;
    std::map<std::uint64_t, Wait> waits_ TORIL_GUARDED_BY(mutex_){};
    std::uint64_t count_ TORIL_GUARDED_BY(mutex_) = 0;
    std::optional<Status> closed_ TORIL_GUARDED_BY(mutex_){};
};

}  // namespace toril::sqlite_side
