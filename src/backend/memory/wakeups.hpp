#pragma once

// Who waits for which queue, and the one thread that calls them back.
//
// A watcher remembers how many signs of its kind it has seen. A wait returns at once when
// there were more since; so nothing falls between two waits, and a watcher that looked and
// found nothing does not spin.

#include "base/clock.hpp"
#include "base/mutex.hpp"
#include "contract/job_store.hpp"

#include <chrono>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace toril::memory {

using SteadyTime = std::chrono::steady_clock::time_point;

class Wakeups;

/// One wait that is under way.
struct Wait {
    SteadyTime until{};
    contract::Done<Timestamp> done{};
};

/// One watcher's side of its queue.
struct Watching {
    contract::WatchFor what = contract::WatchFor::work;
    std::string name{};  // of its worker
    Timestamp since{};
    std::uint64_t seen = 0;
    bool interrupted = false;
    std::optional<Wait> wait{};
};

/// What watchers know of one queue. Belongs to its Wakeups, whose mutex guards it.
struct Channel {
    std::uint64_t work_signs = 0;
    std::uint64_t changes = 0;
    std::uint64_t cancellations = 0;
    Timestamp next_due{};  // the epoch: nothing is delayed
    bool due_told = true;  // the due time above has passed, and somebody was woken for it
    std::list<std::shared_ptr<Watching>> watching{};
};

/// News about a queue after one call changed it.
struct News {
    bool more_work = false;     // than before the call
    bool cancelled = false;     // a running job was asked to stop
    std::size_t available = 0;  // jobs that a take would find
    Timestamp next_due{};
};

class Wakeups : public std::enable_shared_from_this<Wakeups> {
public:
    explicit Wakeups(base::Clock clock) : clock_(std::move(clock)) {}

    std::unique_ptr<contract::Watcher> watch(const std::shared_ptr<Channel>& channel,
                                             contract::WatchFor what,
                                             std::string name = {});

    /// Those that watch for work, the oldest first.
    std::vector<WorkerInfo> workers(const Channel& channel);

    void tell(Channel& channel, const News& news);

    /// Ends every wait and refuses later ones. Returns when the thread has ended, unless it
    /// is the calling one.
    void close();

private:
    class QueueWatcher;

    using Calls = std::vector<std::pair<contract::Done<Timestamp>, Result<Timestamp>>>;

    void wait(Channel& channel, Watching& watching, Wait wait);
    void interrupt(Watching& watching);
    void leave(Channel& channel, const std::shared_ptr<Watching>& watching);

    void run();
    SteadyTime due_in_steady_time(const Channel& channel) const TORIL_REQUIRES(mutex_);
    void tell_due(Channel& channel) TORIL_REQUIRES(mutex_);
    void wake(Channel& channel, std::size_t most) TORIL_REQUIRES(mutex_);
    void answer(Watching& watching, Result<Timestamp> with) TORIL_REQUIRES(mutex_);
    void start_thread() TORIL_REQUIRES(mutex_);
    Calls take_expired(SteadyTime now) TORIL_REQUIRES(mutex_);
    SteadyTime next_deadline() const TORIL_REQUIRES(mutex_);

    const base::Clock clock_;
    base::Mutex mutex_;
    base::Condition changed_;
    std::list<std::shared_ptr<Channel>> channels_ TORIL_GUARDED_BY(mutex_);
    Calls calls_ TORIL_GUARDED_BY(mutex_);
    std::thread thread_ TORIL_GUARDED_BY(mutex_);
    bool closed_ TORIL_GUARDED_BY(mutex_) = false;
};

}  // namespace toril::memory
