#include "backend/sqlite/work.hpp"

namespace toril::sqlite {
namespace {

Error closed() {
    return {ErrorCode::cancelled, "the store is closed"};
}

}  // namespace

void WorkQueue::push(std::unique_ptr<Work> work) {
    bool tell = false;
    {
        base::MutexLock lock(mutex_);
        if (!closed_) waiting_.push_back(std::move(work));
        tell = waiting_.size() >= wanted_;
    }
    if (work) return work->refuse(closed());
    if (tell) changed_.notify_all();
}

WorkGroup WorkQueue::pop(std::size_t jobs_max, const Gather& gather) {
    WorkGroup group;
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return closed_ || !waiting_.empty(); });
    wanted_ = gather.pieces;
    changed_.wait_for(
        lock, gather.at_most, [this] { return closed_ || waiting_.size() >= wanted_; });
    wanted_ = 1;
    std::size_t jobs = 0;
    while (!waiting_.empty() && (group.empty() || jobs + waiting_.front()->jobs <= jobs_max)) {
        jobs += waiting_.front()->jobs;
        group.push_back(std::move(waiting_.front()));
        waiting_.pop_front();
    }
    if (waiting_.empty()) changed_.notify_all();
    return group;
}

void WorkQueue::close(std::chrono::steady_clock::time_point deadline) {
    std::deque<std::unique_ptr<Work>> late;
    {
        std::unique_lock lock(mutex_);
        closed_ = true;
        changed_.notify_all();
        changed_.wait_until(lock, deadline, [this] { return waiting_.empty(); });
        late.swap(waiting_);
    }
    for (const auto& work : late)
        work->refuse(closed());
}

}  // namespace toril::sqlite
