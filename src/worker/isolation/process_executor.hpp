#pragma once

// Runs handlers in child processes: a crash, an endless loop or too much memory is one failed
// attempt, and nothing else. A child runs one job at a time and is used again.

#include "base/mutex.hpp"
#include "worker/executor.hpp"
#include "worker/isolation/frames.hpp"
#include "worker/isolation/zygote.hpp"

#include <toril/result.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace toril::worker {

class ProcessExecutor final : public Executor {
public:
    /// Forks the zygote: see Zygote::start. `kill_after`: a child whose handler was asked to
    /// stop is killed this much later.
    static Result<std::shared_ptr<ProcessExecutor>> start(const Handler& handler,
                                                          Millis kill_after);

    Attempt run(RunningJob& job, MovingContext& context) override;
    void abandon() override;
    void close() override;

private:
    using SteadyClock = std::chrono::steady_clock;

    // One child process, and how to wake the thread that waits for it.
    struct Slot {
        pid_t pid = 0;
        Fd socket{};
        Fd wake{};  // an eventfd
        FrameReader reader{};
        bool ended = false;
    };
    using SlotPtr = std::unique_ptr<Slot>;

    explicit ProcessExecutor(Millis kill_after) : kill_after_(kill_after) {}

    // When a child is killed, and whether it was asked to stop.
    struct Patience {
        SteadyClock::time_point kill_at = SteadyClock::time_point::max();
        bool asked = false;
    };

    SlotPtr take_idle();
    Result<SlotPtr> make_slot();
    Result<SlotPtr> begin(const std::string& job);
    Attempt follow(Slot& slot, RunningJob& job, JobContext& context);
    void heed(Slot& slot, const RunningJob& job, Patience& patience) const;
    static std::optional<Attempt> serve(Slot& slot, JobContext& context);
    int end(Slot& slot);

    const Millis kill_after_;
    base::Mutex mutex_;
    std::shared_ptr<Zygote> zygote_ TORIL_GUARDED_BY(mutex_);  // null once closed
    std::vector<SlotPtr> idle_ TORIL_GUARDED_BY(mutex_);       // the last used at the back
    std::set<int> waiting_ TORIL_GUARDED_BY(mutex_);           // eventfds of runs
};

}  // namespace toril::worker
