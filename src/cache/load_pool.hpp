#pragma once

// Threads for loads that nobody waits for, or that are waited for no longer than a time-out.

#include <cstddef>
#include <functional>
#include <memory>

namespace toril::cache {

/// Threads: any. They are started when they are needed, and stay.
class LoadPool {
public:
    using Task = std::function<void()>;

    explicit LoadPool(std::size_t threads_max);
    /// Waits for what runs; what has not begun is dropped. It may be called by one of the tasks.
    ~LoadPool();
    LoadPool(const LoadPool&) = delete;
    LoadPool& operator=(const LoadPool&) = delete;

    /// Runs `task` on a thread of this. False, and nothing is done: all threads are busy and
    /// `waiting_max` others wait already.
    bool post(Task task, std::size_t waiting_max);

private:
    struct State;
    std::shared_ptr<State> state_;  // the threads share it: one of them may outlive this
};

}  // namespace toril::cache
