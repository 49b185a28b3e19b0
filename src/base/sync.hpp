#pragma once

// From callbacks to blocking calls: the public API's plain face over asynchronous contracts.

#include <toril/result.hpp>
#include <toril/time.hpp>

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

namespace toril::base {

/// A slot that is filled once, by any thread, and waited for by one.
///
/// std::mutex and not base::Mutex: condition_variable_any takes a second lock at each wake-up,
/// and this is where a hundred blocked callers come together.
template <class T>
class OneShot {
public:
    void set(T value) {
        // Told under the lock: who waits may end this object as soon as it is released.
        const std::lock_guard lock(mutex_);
        value_.emplace(std::move(value));
        filled_.notify_one();
    }

    /// Empty when `timeout` passed first.
    std::optional<T> wait_for(Millis timeout) {
        const auto deadline = std::chrono::steady_clock::now() + timeout;
        std::unique_lock lock(mutex_);
        filled_.wait_until(lock, deadline, [this] { return value_.has_value(); });
        return std::exchange(value_, std::nullopt);
    }

private:
    std::mutex mutex_;  // guards value_
    std::condition_variable filled_;
    std::optional<T> value_;
};

/// Starts an asynchronous call with `start(done)` and blocks for its answer.
///
/// When `timeout` passes first the answer is `timed_out`, and the late one is dropped. Stores
/// answer by their own deadline; give them a little longer than that.
template <class R, class Start>
R wait_for_answer(Millis timeout, Start&& start) {
    auto slot = std::make_shared<OneShot<R>>();
    start([slot](R answer) { slot->set(std::move(answer)); });
    std::optional<R> answer = slot->wait_for(timeout);
    if (answer) return std::move(*answer);
    return Error(ErrorCode::timed_out,
                 "no answer from the store within " + std::to_string(timeout.count()) + " ms");
}

}  // namespace toril::base
