#include "base/delayed_calls.hpp"

namespace toril::base {

using std::chrono::steady_clock;

DelayedCalls::~DelayedCalls() {
    std::thread ended;
    {
        MutexLock lock(mutex_);
        ending_ = true;
        ended = std::move(thread_);
    }
    changed_.notify_all();
    if (ended.joinable()) ended.join();
    run();  // what was added when the thread was at its end already
}

DelayedCalls::Key DelayedCalls::after(Millis pause, std::function<void()> call) {
    Key key;
    bool sooner = false;
    {
        MutexLock lock(mutex_);
        key = {steady_clock::now() + pause, ++count_};
        calls_.emplace(key, std::move(call));
        sooner = key.first < wakes_at_;
        // At the end nobody would join it; who ends this makes the call.
        if (!thread_.joinable() && !ending_) thread_ = std::thread([this] { run(); });
    }
    if (sooner) changed_.notify_all();
    return key;
}

void DelayedCalls::cancel(const Key& key) {
    std::function<void()> dropped;  // destroyed outside of the lock
    MutexLock lock(mutex_);
    const auto found = calls_.find(key);
    if (found == calls_.end()) return;
    dropped = std::move(found->second);
    calls_.erase(found);
}

void DelayedCalls::run() {
    std::unique_lock lock(mutex_);
    while (!ending_ || !calls_.empty()) {
        if (calls_.empty()) {
            wakes_at_ = steady_clock::time_point::max();
            changed_.wait(lock);
            continue;
        }
        const auto first = calls_.begin();
        if (!ending_ && first->first.first > steady_clock::now()) {
            wakes_at_ = first->first.first;
            const auto due = wakes_at_;
            changed_.wait_until(lock, due);
            continue;
        }
        wakes_at_ = {};
        const std::function<void()> call = std::move(first->second);
        calls_.erase(first);
        lock.unlock();
        call();
        lock.lock();
    }
}

}  // namespace toril::base
