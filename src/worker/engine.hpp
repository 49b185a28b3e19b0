#pragma once

// A worker at work: carries out what the dispatcher machine says.
//
// Threads
//   dispatcher  one             timers, run limits, the program's hooks
//   keeper      one             renews locks, whatever the others do; hears of cancellations and
//                               of workers that died
//   handlers    0..concurrency  run the user's function, one job each
//   the store's any             bring answers
//   callers     any             pause, resume, close, wait_until_idle
//
// Whoever brings news (a handler's thread an outcome, a store's thread an answer) tells the
// machine and carries out its steps there and then: a job costs no hop to a thread in between.
// One thread does so at a time; the others leave their news to it (`drive`). No step blocks.
// The program's own code (hooks, stop callbacks) never runs on a store's thread.
//
// Locks: `mutex_` is a leaf. The store, the handler and the program's code are called without it.

#include "base/clock.hpp"
#include "base/logger.hpp"
#include "base/mutex.hpp"
#include "contract/job_store.hpp"
#include "worker/dispatcher_fsm.hpp"
#include "worker/executor.hpp"
#include "worker/handler_pool.hpp"
#include "worker/job_registry.hpp"
#include "worker/options_cache.hpp"
#include "worker/running_job.hpp"
#include "worker/store_port.hpp"

#include <toril/worker.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace toril::worker {

struct EngineSetup {
    std::shared_ptr<contract::JobStore> store{};
    std::string queue{};
    WorkerOptions options{};
    std::shared_ptr<Executor> executor{};
    Millis command_timeout{15'000};
    base::Logger log{};
    base::Clock clock = base::wall_now;  // the store's, as well as we know it: for due times
};

class Engine final : public JobRunner, public std::enable_shared_from_this<Engine> {
public:
    explicit Engine(EngineSetup setup);
    ~Engine() override = default;

    void start();
    void pause();
    void resume();
    Status wait_until_idle(Millis due_within, Millis patience);
    std::size_t close(Millis grace);
    bool cancel_job(std::string_view id, std::string_view reason);
    void cancel_all_jobs(std::string_view reason);
    WorkerStats stats() const;

    void run(const RunningJobPtr& job) override;

private:
    using SteadyClock = std::chrono::steady_clock;
    using Outcome = contract::Outcome;

    struct Told {
        Outcome outcome{};
        RunningJobPtr job{};
    };
    // The call of a lane, kept until it is answered: it may have to be sent again.
    struct Call {
        contract::FinishAndTakeParams params{};
        std::vector<RunningJobPtr> jobs{};  // of the outcomes, in order
        std::uint64_t sequence = 0;
    };
    // How this worker is known to its store.
    struct Identity {
        contract::Taker taker{};
        std::string token_start{};
    };
    // The keeper's calls that are unanswered, and when it makes the next.
    struct Keeping {
        bool watching = false;
        bool woken = false;  // some job may have been asked to stop
        bool recovering = false;
        SteadyClock::time_point watch_at{};
    };
    // What `mutex_` guards.
    struct State {
        explicit State(const DispatcherOptions& options) : fsm(options) {}
        DispatcherFsm fsm;
        std::array<Call, lanes> calls{};
        std::deque<Told> waiting{};                  // outcomes to tell, the oldest first
        std::deque<std::function<void()>> chores{};  // for the dispatcher's thread
        Millis wake_at{0};                           // the machine's next timer
        SteadyClock::time_point limits_at = SteadyClock::time_point::max();  // of runs, the next
        SteadyClock::time_point close_by = SteadyClock::time_point::max();
        std::size_t handed_back = 0;
        Keeping keeping{};
        bool driving = false;  // a thread carries out steps
        bool outage = false;   // and it was told
        enum class Life : unsigned char { running, ending, ended } life = Life::running;
    };
    struct Counters {
        std::atomic<std::uint64_t> started{0}, completed{0}, failed{0}, retried{0}, stalled{0},
            lost{0};
        std::atomic<int> running{0};
        std::array<std::atomic<std::uint64_t>, job_duration_bounds.size() + 1> durations{};
        std::atomic<std::uint64_t> busy_us{0};
    };

    static Identity make_identity(const contract::JobStore& store, const WorkerOptions& options);

    // engine.cpp: steps and their answers
    void drive();
    void perform(const Step& step, std::unique_lock<base::Mutex>& lock);
    void begin_call(const Step& step) TORIL_REQUIRES(mutex_);
    void send(int lane, contract::FinishAndTakeParams params);
    void watch(Millis at_most);
    void recover();
    void on_answer(int lane, Result<contract::FinishedAndTaken> answer);
    void on_no_answer(int lane, const Error& error);
    void on_watch(const Result<Timestamp>& answer);
    void on_recovered(const Result<std::vector<JobId>>& answer);
    std::vector<RunningJobPtr> accept(int lane, contract::FinishedAndTaken& answer)
        TORIL_REQUIRES(mutex_);
    void reconsider(Call& call, std::vector<Status>& answers) TORIL_REQUIRES(mutex_);
    void refuse(int lane, const Error& error) TORIL_REQUIRES(mutex_);
    Millis tick() const;

    // engine_run.cpp: handlers, outcomes, hooks
    void prepare(RunningJob& job);
    Attempt attempt(const RunningJobPtr& job);
    Attempt run_handler(RunningJob& job);
    void count_duration(SteadyClock::duration taken);
    void conclude(const RunningJobPtr& job, Attempt attempt, std::size_t slots);
    void tell(Told told, std::size_t slots);
    void announce(const Outcome& outcome, const RunningJobPtr& job, const Status& status);
    void note_stalled(const std::vector<JobId>& jobs) TORIL_REQUIRES(mutex_);
    void note_outage(const Error& error) TORIL_REQUIRES(mutex_);
    void post(std::function<void()> chore) TORIL_REQUIRES(mutex_);
    void post_error(Error error) TORIL_REQUIRES(mutex_);

    // engine_schedule.cpp: runs of schedulers
    bool go_on_with_schedule(const RunningJobPtr& job);
    Result<bool> continue_schedule(const RunningJob& running);

    // engine_limits.cpp: runs that are to end: time limits, cancellations
    void limit_run(const RunningJob& job);
    void look_at_limits(SteadyClock::time_point at) TORIL_REQUIRES(mutex_);
    void expire_limits();
    SteadyClock::time_point expire_limit(const RunningJobPtr& job, SteadyClock::time_point now);
    bool cancel(const RunningJobPtr& job, std::string_view reason);

    // engine_keeper.cpp: locks, cancellations from elsewhere, jobs of dead workers
    void keep_locks();
    void renew_locks();
    void on_renewed(const std::vector<RunningJobPtr>& jobs, const std::vector<Status>& answers);
    void watch_cancellations();
    void on_cancellations(const Result<Timestamp>& answer);
    void recover_dead();
    void on_recovered_dead(const Result<std::vector<JobId>>& answer);
    void end_watch();

    // engine_life.cpp: threads, close, waiting
    void dispatch();
    std::size_t abandon();
    void hand_back(const std::vector<RunningJobPtr>& jobs, std::size_t slots_each);
    void end();
    bool is_quiet(const JobCounts& counts, Millis due_within) const;

    const EngineSetup setup_;
    const Identity identity_;
    OptionsCache options_;
    JobRegistry registry_;
    HandlerPool pool_;
    StorePort port_;
    Counters counters_;

    mutable base::Mutex mutex_;
    base::Condition changed_;  // state_ changed, for the dispatcher, the keeper and callers
    State state_ TORIL_GUARDED_BY(mutex_);
    // Only the thread that drives (`cancellations`: the keeper), and `end` when none does any more.
    struct Hands {
        std::shared_ptr<contract::JobStore> store{};
        std::unique_ptr<contract::Watcher> watcher{};
        std::unique_ptr<contract::Watcher> cancellations{};
    } hands_;
    std::vector<std::thread> threads_;
};

}  // namespace toril::worker
