#pragma once

// The side file of one store: its worker, its listener, and who waits. Threads start when they are
// first needed, and the file is made then.

#include "backend/sqlite/side/feeds.hpp"
#include "backend/sqlite/side/listener.hpp"
#include "backend/sqlite/side/lock_waits.hpp"
#include "backend/sqlite/side/side_stores.hpp"
#include "backend/sqlite/side/task.hpp"
#include "backend/sqlite/side/wake_file.hpp"
#include "backend/sqlite/side/worker.hpp"

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>

namespace toril::sqlite_side {

/// Threads: any method, from any thread. Its threads keep it alive until `end`.
class Engine : public std::enable_shared_from_this<Engine> {
public:
    explicit Engine(const SideOptions& options);

    /// Runs `change` in a write transaction; without it, or if `look` answers, only looks.
    template <class Answer>
    void ask(Part part,
             Millis timeout,
             typename Request<Answer>::Look look,
             typename Request<Answer>::Change change,
             typename Request<Answer>::Callback done) {
        post(std::make_unique<Request<Answer>>(
            part, timeout, std::move(look), std::move(change), std::move(done)));
    }
    void post(std::unique_ptr<Task> task);

    /// As LockWatcher::wait. Answers a number for `end_wait`.
    std::uint64_t wait(contract::LockKind kind,
                       std::string key,
                       Millis at_most,
                       contract::DoneStatus done);
    void end_wait(std::uint64_t id);

    void listen(std::string cache, std::weak_ptr<contract::CacheListener> listener);
    void hear_of_taken(std::weak_ptr<contract::OnTaken> listener);

    /// Calls back at that time, or when the engine ends.
    void call_at(SteadyTime when, std::function<void()> call);

    /// Refuses what comes for this part, and ends what waits.
    void close(Part part, Millis deadline);
    /// Ends the threads. Nothing may be asked after that.
    void end();

    const std::string& prefix() const { return session_.prefix; }
    const std::string& path() const { return worker_.path(); }
    SideLink& link() { return worker_.link(); }
    LinkHealth health() { return worker_.link().health(worker_.queue().size()); }

private:
    void need_worker();
    void need_listener();
    void look_at(std::vector<LockWaits::Asked> asked);
    void read_news(std::int64_t after);

    const bool use_inotify_;
    Session session_;
    WakeFile wake_;
    Worker worker_;
    LockWaits waits_{};
    Feeds feeds_;
    Listener listener_;

    std::atomic<bool> working_{false};  // the worker was started: the lock can be passed by
    std::mutex mutex_;                  // guards all below
    bool ended_ = false;
    std::thread work_{};
    std::thread hear_{};
};

}  // namespace toril::sqlite_side
