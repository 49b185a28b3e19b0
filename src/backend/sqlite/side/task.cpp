#include "backend/sqlite/side/task.hpp"

namespace toril::sqlite_side {
namespace {

// Most operations of one transaction: it holds up other processes for as long as it takes.
constexpr std::size_t group_max = 256;
// Most that may wait: 15 us each, so longer than any caller would.
constexpr std::size_t waiting_max = 20'000;
// For an operation that brings no time-out.
constexpr Millis timeout_default{10'000};

Error closed() {
    return {ErrorCode::cancelled, "the store is closed"};
}

std::size_t index_of(Part part) {
    return static_cast<std::size_t>(part);
}

}  // namespace

Task::Task(Part of, Millis timeout)
    : part(of),
      deadline(std::chrono::steady_clock::now() +
               (timeout > Millis{0} ? timeout : timeout_default)) {}

void TaskQueue::push(std::unique_ptr<Task> task) {
    bool first = false;
    bool full = false;
    {
        const std::lock_guard lock(mutex_);
        full = waiting_.size() >= waiting_max;
        if (!full && !ended_ && !closed_[index_of(task->part)]) {
            first = waiting_.empty();
            ++open_[index_of(task->part)];
            waiting_.push_back(std::move(task));
        }
    }
    if (task && full)
        return task->refuse(
            Error(ErrorCode::limit_reached,
                  std::to_string(waiting_max) + " operations wait for the side file already"));
    if (task) return task->refuse(closed());
    if (first) changed_.notify_one();
}

TaskGroup TaskQueue::pop() {
    TaskGroup group;
    {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return ended_ || !waiting_.empty(); });
    }
    pop_more(group);
    return group;
}

void TaskQueue::pop_more(TaskGroup& group) {
    const std::lock_guard lock(mutex_);
    while (!waiting_.empty() && group.size() < group_max) {
        group.push_back(std::move(waiting_.front()));
        waiting_.pop_front();
    }
}

void TaskQueue::done(const std::array<std::size_t, parts>& count) {
    bool closing = false;
    {
        const std::lock_guard lock(mutex_);
        for (std::size_t i = 0; i < parts; ++i) {
            open_[i] -= count[i];
            closing = closing || closed_[i];
        }
    }
    if (closing) answered_.notify_all();
}

void TaskQueue::close(Part part, SteadyTime deadline) {
    TaskGroup late;
    {
        std::unique_lock lock(mutex_);
        closed_[index_of(part)] = true;
        answered_.wait_until(lock, deadline, [&] { return open_[index_of(part)] == 0; });
        for (auto& task : waiting_)
            if (task->part == part) late.push_back(std::move(task));
        std::erase(waiting_, nullptr);
        open_[index_of(part)] -= late.size();
    }
    for (const auto& task : late)
        task->refuse(closed());
}

void TaskQueue::end() {
    {
        const std::lock_guard lock(mutex_);
        ended_ = true;
    }
    changed_.notify_all();
}

std::size_t TaskQueue::size() const {
    const std::lock_guard lock(mutex_);
    std::size_t open = 0;
    for (const std::size_t count : open_)
        open += count;
    return open;
}

}  // namespace toril::sqlite_side
