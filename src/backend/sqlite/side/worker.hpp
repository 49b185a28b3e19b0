#pragma once

// The one thread that works with the side file. It takes everything that waits, runs it in one
// transaction, commits, and answers: what only looks needs no turn, what changes something shares
// one. Failures of the file end here: it is opened again, or made anew.

#include "backend/sqlite/side/side_file.hpp"
#include "backend/sqlite/side/side_link.hpp"
#include "backend/sqlite/side/task.hpp"
#include "backend/sqlite/side/turn.hpp"
#include "backend/sqlite/side/upkeep.hpp"
#include "backend/sqlite/side/wake_file.hpp"
#include "base/logger.hpp"

#include <atomic>
#include <functional>
#include <string>
#include <vector>

namespace toril::sqlite_side {

class Worker {
public:
    /// Told after each commit that freed something, on the worker's thread.
    using OnFreed = std::function<void(const std::vector<Freed>&)>;

    struct Options {
        std::string path{};
        std::uint64_t bytes_max = 0;
        base::Logger log{};
    };
    Worker(const Options& options, Session& session, WakeFile& wake);

    void set_listener(OnFreed on_freed) { on_freed_ = std::move(on_freed); }

    TaskQueue& queue() { return queue_; }
    SideLink& link() { return link_; }
    const std::string& path() const { return file_.path(); }

    /// The thread: until the queue is ended and empty.
    void run();
    /// Ends a wait for the turn.
    void stop() { stopping_ = true; }

    /// Answers one group on the calling thread. For tests of what fails.
    void serve(TaskGroup& group);

private:
    struct Attempt {
        Status status{};
        sqlite::Trouble trouble = sqlite::Trouble::none;
    };

    void refuse_late(TaskGroup& group);
    void look(TaskGroup& group);
    void change(TaskGroup& group);
    bool take_turn(TaskGroup& group);
    Attempt attempt_and_heal(TaskGroup& group);
    Attempt attempt(TaskGroup& group);
    Attempt roll_back(bool committing);
    Status open();
    void checkpoint_if_large();
    void close_file();
    void settle(TaskGroup& group, const Status& status);

    Session& session_;
    WakeFile& wake_;
    const base::Logger log_;
    OnFreed on_freed_{};
    TaskQueue queue_{};
    SideLink link_;
    std::atomic<bool> stopping_{false};  // the thread reads it while it waits for its turn

    // The worker's thread only.
    SideFile file_;
    Turn turn_;
    Upkeep upkeep_;
};

}  // namespace toril::sqlite_side
