#pragma once

// The thread that hears of other processes, and of time.
//
//     another process committed   inotify on <db>-wake        the queues waited for are looked at
//     another process ended       inotify on <db>-live        its jobs are put back if it is dead
//     some other has jobs active  every second                the same, should inotify miss it
//     a job is due, a wait ends   its own deadline
//
// Where inotify is not to be had it asks every 50 ms instead, and says so in the log.

#include "backend/sqlite/wakeups.hpp"
#include "base/logger.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <vector>

namespace toril::sqlite {

class Waker {
public:
    using OnDead = std::function<void(std::vector<std::int64_t> processes)>;

    /// `session` is this thread's own connection.
    Waker(Session& session, const LiveFile& live, base::Logger log);

    /// Watches the files of the database at `path`. Before `run`.
    Status open(const std::string& path, bool use_inotify);

    /// The thread, until `stop`. `on_dead` is called for processes that ended without a word.
    void run(Wakeups& wakeups, const OnDead& on_dead);

    /// From any thread.
    void poke() const;
    void stop();

private:
    struct Heard {
        bool commit = false;
        bool end = false;
    };
    Heard listen(SteadyTime until) const;
    void look(Wakeups& wakeups, Wakeups::Which which);
    void look_for_dead(const OnDead& on_dead);

    Session& session_;
    const LiveFile& live_;
    const base::Logger log_;
    File inotify_{};  // invalid: not to be had
    File poked_{};    // eventfd
    int wake_watch_ = -1;
    int live_watch_ = -1;
    std::atomic<bool> stopping_{false};  // read between two steps
    bool others_active_ = false;         // another process holds jobs
};

}  // namespace toril::sqlite
