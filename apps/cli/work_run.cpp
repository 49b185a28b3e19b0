#include "work_run.hpp"

#include "signals.hpp"
#include "work_log.hpp"

#include <poll.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <thread>

namespace toril::cli {
namespace {

constexpr int tick_millis = 1'000;  // when lines that were left out are told
constexpr Millis patience{15'000};  // for a store that is away, with --until-empty

class WorkRun {
public:
    WorkRun(Session& session, WorkPlan plan)
        : session_(session), plan_(std::move(plan)), log_(session.logs()) {}

    Result<Exit> run() {
        if (Status s = start(); !s) return s.error();
        std::thread idler;
        if (plan_.until_empty) idler = std::thread([this] { wait_until_idle(); });
        serve();
        if (idler.joinable()) idler.join();
        for (std::thread& closer : closers_)
            closer.join();
        const WorkerStats total = stats();
        workers_.clear();
        session_.logs().print_rests(true);
        log_.stopped(total, handed_back_);
        if (idle_error_) return *idle_error_;
        return handed_back_ > 0 ? Exit::partly : Exit::ok;
    }

private:
    Status start() {
        Result<Store> store = session_.store();
        if (!store) return store.error();
        for (const std::string& queue : plan_.queues) {
            WorkerOptions options = plan_.options;
            options.hooks = log_.hooks(queue);
            Result<Worker> worker = Worker::start(*store, queue, plan_.handler, options);
            if (!worker) return worker.error();
            workers_.push_back(std::move(*worker));
            log_.started(queue, store->url(), options);
        }
        return {};
    }

    // Until all workers have closed. Only this thread starts a close.
    void serve() {
        while (closed_ < workers_.size()) {
            pollfd files[] = {{signals_.file(), POLLIN, 0}, {bell_.file(), POLLIN, 0}};
            ::poll(files, 2, tick_millis);
            session_.logs().print_rests();
            bell_.silence();
            while (signals_.take() != 0)
                on_signal();
            if (is_idle_ && closers_.empty()) close_all(plan_.grace);
        }
    }

    void on_signal() {
        if (closers_.empty()) {
            log_.stopping(plan_.grace, stats().running);
            close_all(plan_.grace);
        } else {
            // Shortens the wait of those that are closing.
            for (Worker& worker : workers_)
                handed_back_now(worker);
        }
    }

    static void handed_back_now(Worker& worker) { (void)worker.close(Millis{0}); }

    void close_all(Millis grace) {
        for (Worker& worker : workers_)
            closers_.emplace_back([this, &worker, grace] {
                handed_back_ += worker.close(grace);
                ++closed_;
                bell_.ring();
            });
    }

    // A job of one queue may add to another: all must be idle for a whole round.
    void wait_until_idle() {
        std::uint64_t started_before = 0;
        do {
            started_before = stats().started;
            for (Worker& worker : workers_)
                if (Status s = worker.wait_until_idle(plan_.reach, patience); !s) {
                    if (s.error().code() != ErrorCode::cancelled) idle_error_ = s.error();
                    is_idle_ = true;
                    bell_.ring();
                    return;
                }
        } while (stats().started != started_before);
        is_idle_ = true;
        bell_.ring();
    }

    WorkerStats stats() const {
        WorkerStats total;
        for (const Worker& worker : workers_) {
            const WorkerStats each = worker.stats_approx();
            total.started += each.started;
            total.completed += each.completed;
            total.failed += each.failed;
            total.retried += each.retried;
            total.stalled += each.stalled;
            total.lost += each.lost;
            total.running += each.running;
        }
        return total;
    }

    Session& session_;
    WorkPlan plan_;
    Signals signals_{};
    Bell bell_{};
    WorkLog log_;
    std::vector<Worker> workers_{};
    std::vector<std::thread> closers_{};
    std::atomic<std::size_t> closed_ = 0;
    std::atomic<std::size_t> handed_back_ = 0;
    std::atomic<bool> is_idle_ = false;
    std::optional<Error> idle_error_{};  // written before is_idle_, read after the thread's end
};

}  // namespace

Result<Exit> run_workers(Session& session, WorkPlan plan) {
    return WorkRun(session, std::move(plan)).run();
}

}  // namespace toril::cli
