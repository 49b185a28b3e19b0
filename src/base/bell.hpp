#pragma once

// Wakes one who waits with a callback. A ring that nobody waits for counts for the next wait.

#include "base/mutex.hpp"

#include <toril/result.hpp>

#include <cstdint>
#include <functional>

namespace toril::base {

/// Threads: any. The callbacks are made with no lock held.
class Bell {
public:
    using Done = std::function<void(Status)>;

    /// The number of this wait. 0: it has ended already. One wait at a time.
    std::uint64_t wait(Done done);
    void ring();
    /// Ends wait `number` if it is still under way.
    void expire(std::uint64_t number);
    /// Ends the wait, and all later ones: `cancelled`.
    void interrupt();

private:
    Mutex mutex_;
    Done done_ TORIL_GUARDED_BY(mutex_){};
    std::uint64_t number_ TORIL_GUARDED_BY(mutex_) = 0;
    bool rung_ TORIL_GUARDED_BY(mutex_) = false;
    bool interrupted_ TORIL_GUARDED_BY(mutex_) = false;
};

}  // namespace toril::base
