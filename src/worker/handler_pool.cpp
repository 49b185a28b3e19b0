#include "worker/handler_pool.hpp"

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <system_error>
#include <thread>

namespace toril::worker {
namespace {

// One idle thread. Each has a condition of its own, so that one can be chosen.
struct Sleeper {
    std::condition_variable woken{};
    bool is_woken = false;
};

}  // namespace

// std::mutex, because waking is the hot path here and condition_variable_any takes two locks.
struct HandlerPool::State {
    explicit State(std::size_t most) : threads_max(most) {}

    void work(const std::shared_ptr<JobRunner>& runner);
    void sleep(std::unique_lock<std::mutex>& lock);
    void wake_next(const std::shared_ptr<State>& self, const std::shared_ptr<JobRunner>& runner);

    const std::size_t threads_max;

    std::mutex mutex{};  // guards all below
    std::condition_variable ended{};
    std::deque<RunningJobPtr> jobs{};
    std::vector<Sleeper*> idle{};  // the one that fell idle last at the back
    std::vector<std::thread> threads{};
    std::size_t alive = 0;
    bool waking = false;  // a thread was woken or made, and has not come to the jobs yet
    bool stopping = false;
    std::weak_ptr<State> weak{};
};

void HandlerPool::State::work(const std::shared_ptr<JobRunner>& runner) {
    const std::shared_ptr<State> self = weak.lock();
    std::unique_lock lock(mutex);
    waking = false;
    while (!stopping) {
        if (jobs.empty()) {
            sleep(lock);
            continue;
        }
        const RunningJobPtr job = std::move(jobs.front());
        jobs.pop_front();
        if (!jobs.empty()) wake_next(self, runner);
        lock.unlock();
        runner->run(job);
        lock.lock();
    }
    --alive;
    ended.notify_all();
}

void HandlerPool::State::sleep(std::unique_lock<std::mutex>& lock) {
    Sleeper me;
    idle.push_back(&me);
    me.woken.wait(lock, [&] { return me.is_woken; });
    waking = false;
}

// REQUIRES: the mutex is held.
void HandlerPool::State::wake_next(const std::shared_ptr<State>& self,
                                   const std::shared_ptr<JobRunner>& runner) {
    if (waking || stopping) return;
    if (!idle.empty()) {
        Sleeper& next = *idle.back();
        idle.pop_back();
        next.is_woken = true;
        next.woken.notify_one();
        waking = true;
    } else if (threads.size() < threads_max) {
        try {
            threads.emplace_back([self, runner] { self->work(runner); });
            ++alive;
            waking = true;
        } catch (const std::system_error&) {
            // No more threads to be had: those there are do the work.
        }
    }
}

HandlerPool::HandlerPool(std::size_t threads_max) : state_(std::make_shared<State>(threads_max)) {
    state_->weak = state_;
}

HandlerPool::~HandlerPool() {
    stop(Millis{0});
}

void HandlerPool::push(std::span<const RunningJobPtr> jobs,
                       const std::shared_ptr<JobRunner>& runner) {
    const std::lock_guard lock(state_->mutex);
    state_->jobs.insert(state_->jobs.end(), jobs.begin(), jobs.end());
    if (!state_->jobs.empty()) state_->wake_next(state_, runner);
}

std::vector<RunningJobPtr> HandlerPool::take_back() {
    const std::lock_guard lock(state_->mutex);
    std::vector<RunningJobPtr> jobs(state_->jobs.begin(), state_->jobs.end());
    state_->jobs.clear();
    return jobs;
}

std::size_t HandlerPool::stop(Millis patience) {
    std::vector<std::thread> threads;
    std::size_t left = 0;
    {
        std::unique_lock lock(state_->mutex);
        state_->stopping = true;
        for (Sleeper* sleeper : state_->idle) {
            sleeper->is_woken = true;
            sleeper->woken.notify_one();
        }
        state_->idle.clear();
        state_->ended.wait_for(lock, patience, [this] { return state_->alive == 0; });
        left = state_->alive;
        threads.swap(state_->threads);
    }
    for (std::thread& thread : threads) {
        // Which of them is stuck is not known, and does not matter: a thread that has left its
        // loop touches nothing but the state that it owns a part of.
        if (left == 0 && thread.get_id() != std::this_thread::get_id())
            thread.join();
        else
            thread.detach();
    }
    return left;
}

std::size_t HandlerPool::threads() const {
    const std::lock_guard lock(state_->mutex);
    return state_->threads.size();
}

}  // namespace toril::worker
