#include "backend/faulty/delay_line.hpp"

namespace toril::faulty {

void DelayLine::later(std::function<void()> call) {
    {
        base::MutexLock lock(mutex_);
        if (!ended_) {
            calls_.emplace_back(Clock::now() + delay_, std::move(call));
            if (!thread_.joinable())
                thread_ = std::thread([self = shared_from_this()] { self->run(); });
            changed_.notify_one();
            return;
        }
    }
    call();
}

void DelayLine::end() {
    std::thread ending;
    {
        base::MutexLock lock(mutex_);
        ended_ = true;
        ending = std::move(thread_);
        changed_.notify_one();
    }
    if (!ending.joinable()) return;
    if (ending.get_id() == std::this_thread::get_id())
        ending.detach();
    else
        ending.join();
}

void DelayLine::run() {
    std::unique_lock lock(mutex_);
    while (!ended_ || !calls_.empty()) {
        if (calls_.empty()) {
            changed_.wait(lock);
        } else if (!ended_ && calls_.front().first > Clock::now()) {
            changed_.wait_until(lock, calls_.front().first);
        } else {
            const auto call = std::move(calls_.front().second);
            calls_.pop_front();
            lock.unlock();
            call();
            lock.lock();
        }
    }
}

}  // namespace toril::faulty
