#pragma once

// Those of this process who wait for one key stand in line: only the first asks the store. A
// hundred waiting threads are one contender, and get the lock in the order in which they came.

#include "contract/lock_store.hpp"
#include "lock/boot_clock.hpp"

#include <toril/lock.hpp>

#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace toril::lock {

/// Threads: any.
class Lines {
public:
    /// A place in the line of `key`, from now until it ends.
    class Place {
    public:
        Place(Lines& lines, std::string key);
        ~Place();
        Place(const Place&) = delete;
        Place& operator=(const Place&) = delete;

        /// False: `give_up` passed first.
        bool wait_for_turn(BootClock::time_point give_up);
        /// The first tells those behind it who holds the lock.
        void note(const LockInfo& holder);
        std::optional<LockInfo> noted() const;
        /// The watcher of the line, which goes from the first to the next. `open` makes it for the
        /// one who needs it first. REQUIRES: it is this one's turn.
        contract::LockWatcher& watcher(
            const std::function<std::unique_ptr<contract::LockWatcher>()>& open);

    private:
        Lines& lines_;
        const std::string key_;
        std::condition_variable turn_{};
    };

private:
    struct Line {
        std::deque<Place*> places{};
        std::optional<LockInfo> holder{};
        std::unique_ptr<contract::LockWatcher> watcher{};  // used by the first alone
    };

    // std::mutex, as in base/sync.hpp: condition_variable_any takes a second one at each wake-up.
    std::mutex mutex_{};
    std::map<std::string, Line> lines_{};  // guarded by mutex_
};

}  // namespace toril::lock
