#pragma once

// Who waits for which queue. Commits of this process come in through `tell`; those of others,
// and due times, through the thread of waker.hpp, which calls `look_at` and `expire`.
//
// Threads: any. Dones are called with no lock held.

#include "backend/sqlite/writer.hpp"
#include "base/clock.hpp"
#include "base/mutex.hpp"
#include "contract/job_store.hpp"

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace toril::sqlite {

using SteadyTime = std::chrono::steady_clock::time_point;

class Wakeups : public std::enable_shared_from_this<Wakeups> {
public:
    /// `poke` makes the thread ask for `next_deadline` and `unknown_queues` again.
    Wakeups(base::Clock clock, std::function<void()> poke)
        : clock_(std::move(clock)), poke_(std::move(poke)) {}

    std::unique_ptr<contract::Watcher> watch(contract::WatchParams params);

    /// Waits for events that come after a row of `event`.
    class EventWatcher;
    std::unique_ptr<EventWatcher> watch_events(std::string queue);

    /// What commits changed.
    void tell(const std::vector<News>& news);

    /// Queues that somebody waits for and that are to be looked at: all, because another process
    /// committed something, or only those that were not since.
    enum class Which : unsigned char { all, unknown };
    struct Asked {
        std::string queue{};
        std::uint64_t told = 0;  // commits of this process told so far
    };
    std::vector<Asked> queues(Which which);

    /// What the database says of a queue that was `asked`; told to those who wait if it is new.
    void look_at(const Asked& asked, const News& seen);

    /// Answers the waits whose time has come.
    void expire();
    SteadyTime next_deadline();

    /// Ends every wait, and refuses later ones.
    void close();

private:
    class QueueWatcher;

    enum class Kind : unsigned char { work, changes, cancellations, events };
    struct Wait {
        SteadyTime until{};
        contract::Done<Timestamp> done{};
        std::int64_t events_after = 0;  // for Kind::events
    };
    // One watcher.
    struct Seat {
        std::string queue{};
        Kind kind = Kind::work;
        bool signalled = false;  // since its latest wait ended
        bool interrupted = false;
        std::optional<Wait> wait{};
    };
    // What is known of a queue.
    struct Channel {
        std::int64_t changes = -1;  // of the queue, as last seen; -1: never
        std::int64_t cancellations = 0;
        std::int64_t events = 0;  // the latest row
        bool unknown = true;      // to be looked at
        std::uint64_t told = 0;   // commits of this process
        std::int64_t next_due_ms = 0;
        std::int64_t due_told_ms = 0;  // the due time that was told already
        std::vector<std::shared_ptr<Seat>> seats{};
    };
    using Calls = std::vector<std::pair<contract::Done<Timestamp>, Result<Timestamp>>>;

    std::shared_ptr<Seat> take_seat(std::string queue, Kind kind);
    void wait(Seat& seat, Wait wait);
    void interrupt(Seat& seat);
    void leave(const std::shared_ptr<Seat>& seat);

    void signal(Channel& channel, Kind kind, Calls& calls) TORIL_REQUIRES(mutex_);
    void tell_of_events(Channel& channel, Calls& calls) TORIL_REQUIRES(mutex_);
    void end(Seat& seat, Result<Timestamp> with, Calls& calls) TORIL_REQUIRES(mutex_);
    void update(Channel& channel, const News& news, Calls& calls) TORIL_REQUIRES(mutex_);
    SteadyTime due_time(const Channel& channel) const TORIL_REQUIRES(mutex_);
    static void make(Calls& calls);

    const base::Clock clock_;
    const std::function<void()> poke_;

    base::Mutex mutex_;
    std::map<std::string, Channel> channels_ TORIL_GUARDED_BY(mutex_){};
    bool closed_ TORIL_GUARDED_BY(mutex_) = false;
};

class Wakeups::EventWatcher {
public:
    EventWatcher(std::shared_ptr<Wakeups> wakeups, std::shared_ptr<Seat> seat)
        : wakeups_(std::move(wakeups)), seat_(std::move(seat)) {}
    EventWatcher(const EventWatcher&) = delete;
    EventWatcher& operator=(const EventWatcher&) = delete;
    ~EventWatcher();

    /// As contract::Watcher, with the row that was seen last instead of a memory of its own:
    /// what came in between is told at once.
    void wait(std::int64_t after, Millis at_most, contract::Done<Timestamp> done);
    void interrupt();

private:
    const std::shared_ptr<Wakeups> wakeups_;
    const std::shared_ptr<Seat> seat_;
};

}  // namespace toril::sqlite
