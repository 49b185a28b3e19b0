#pragma once

// The thread that hears of other processes, and of time. It does not read the file: it asks the
// worker to, and tells those who wait or listen.
//
//     another process committed   inotify on <file>-wake   what is waited for is looked at
//     a lock ends, a wait ends    its deadline             the same
//     somebody listens            every 40 ms              has there been news that inotify missed?
//
// Where inotify is not to be had it asks every 40 ms instead, and says so in the log.

#include "backend/sqlite/side/feeds.hpp"
#include "backend/sqlite/side/lock_waits.hpp"
#include "backend/sqlite/side/wake_file.hpp"
#include "base/logger.hpp"

#include <atomic>
#include <functional>
#include <map>
#include <optional>
#include <vector>

namespace toril::sqlite_side {

class Listener {
public:
    /// What it asks the worker for; the answers come back through `held_for` and `read`.
    struct Asks {
        std::function<void(std::vector<LockWaits::Asked>)> look{};
        std::function<void(std::int64_t after)> read_news{};
    };
    Listener(WakeFile& wake, LockWaits& waits, Feeds& feeds, base::Logger log);

    void set_asks(Asks asks) { asks_ = std::move(asks); }

    /// Before `run`. Makes no file.
    Status open(bool use_inotify);

    /// The thread, until `stop`.
    void run();

    // From any thread.
    void stop();
    /// Hears of what others commit from now on. Before the first look at what is waited for.
    void join();
    /// There is something new to wait for.
    void poke() const;
    /// The answer to `read_news`; none: it could not be read.
    void read(std::optional<NewsPage> page);
    /// Calls back at that time, or when the thread ends.
    void call_at(SteadyTime when, std::function<void()> call);

private:
    bool listen(SteadyTime until);
    void watch();
    void take_part();
    bool is_wanted();
    bool beat();
    bool is_time_to_look();
    void tell_news(bool look);
    void look_at_locks(bool all);
    void make_calls(SteadyTime until);
    SteadyTime next_deadline();

    WakeFile& wake_;
    LockWaits& waits_;
    Feeds& feeds_;
    const base::Logger log_;
    Asks asks_{};
    sqlite::File inotify_{};             // invalid: not to be had
    sqlite::File poked_{};               // eventfd
    std::atomic<bool> stopping_{false};  // read between two steps
    struct Own {                         // of the thread
        bool audience = false;
        bool reading = false;  // news are being read
        bool again = false;    // and have to be once more
        SteadyTime next_tick = SteadyTime::max();
        SteadyTime next_look{};
    };
    Own own_{};

    base::Mutex mutex_;
    struct Inbox {
        std::vector<std::optional<NewsPage>> pages{};
        std::multimap<SteadyTime, std::function<void()>> calls{};
    };
    Inbox inbox_ TORIL_GUARDED_BY(mutex_){};
};

}  // namespace toril::sqlite_side
