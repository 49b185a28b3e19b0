#include "cache/load_pool.hpp"

#include "base/mutex.hpp"

#include <deque>
#include <thread>
#include <utility>
#include <vector>

namespace toril::cache {

struct LoadPool::State {
    explicit State(std::size_t max) : threads_max(max) {}

    void run() {
        for (;;) {
            Task task;
            {
                base::MutexLock lock(mutex);
                ++idle;
                changed.wait(mutex,
                             [&]() TORIL_REQUIRES(mutex) { return ended || !waiting.empty(); });
                --idle;
                if (ended) return;
                task = std::move(waiting.front());
                waiting.pop_front();
            }
            task();
        }
    }

    const std::size_t threads_max;
    base::Mutex mutex{};
    base::Condition changed{};  // waiting or ended
    std::deque<Task> waiting TORIL_GUARDED_BY(mutex){};
    std::vector<std::thread> threads TORIL_GUARDED_BY(mutex){};
    std::size_t idle TORIL_GUARDED_BY(mutex) = 0;
    bool ended TORIL_GUARDED_BY(mutex) = false;
};

LoadPool::LoadPool(std::size_t threads_max) : state_(std::make_shared<State>(threads_max)) {}

LoadPool::~LoadPool() {
    std::vector<std::thread> threads;
    std::deque<Task> dropped;  // ended after the lock: tasks hold what users gave them
    {
        base::MutexLock lock(state_->mutex);
        state_->ended = true;
        threads.swap(state_->threads);
        dropped.swap(state_->waiting);
        state_->changed.notify_all();
    }
    // A loader may hold the last handle of its cache: then this is one of the threads.
    for (std::thread& thread : threads)
        thread.get_id() == std::this_thread::get_id() ? thread.detach() : thread.join();
}

bool LoadPool::post(Task task, std::size_t waiting_max) {
    State& state = *state_;
    base::MutexLock lock(state.mutex);
    const bool has_idle = state.idle > state.waiting.size();
    const bool can_start = state.threads.size() < state.threads_max;
    if (!has_idle && !can_start && state.waiting.size() >= waiting_max) return false;
    state.waiting.push_back(std::move(task));
    if (!has_idle && can_start) state.threads.emplace_back([shared = state_] { shared->run(); });
    state.changed.notify_one();
    return true;
}

}  // namespace toril::cache
