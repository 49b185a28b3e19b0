#include "backend/redis/delayed_calls.hpp"

#include <utility>

namespace toril::redis_store {

DelayedCalls::~DelayedCalls() {
    std::thread ended;
    {
        base::MutexLock lock(mutex_);
        ending_ = true;
        ended = std::move(thread_);
    }
    changed_.notify_all();
    if (ended.joinable()) ended.join();
}

void DelayedCalls::after(Millis pause, std::function<void()> call) {
    {
        base::MutexLock lock(mutex_);
        calls_.emplace(std::chrono::steady_clock::now() + pause, std::move(call));
        if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
    }
    changed_.notify_all();
}

void DelayedCalls::run() {
    std::unique_lock lock(mutex_);
    while (!ending_ || !calls_.empty()) {
        if (calls_.empty()) {
            changed_.wait(lock);
            continue;
        }
        const auto first = calls_.begin();
        if (!ending_ && first->first > std::chrono::steady_clock::now()) {
            const auto due = first->first;
            changed_.wait_until(lock, due);
            continue;
        }
        const std::function<void()> call = std::move(first->second);
        calls_.erase(first);
        lock.unlock();
        call();
        lock.lock();
    }
}

}  // namespace toril::redis_store
