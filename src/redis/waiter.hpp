#pragma once

// Waiting for one answer on a 32-bit futex. A promise or a condition variable costs several
// times as much, and many callers wait here at the same time.

#include <toril/redis/connection.hpp>

#include <atomic>
#include <cstdint>

namespace toril::redis {

/// Shared by the caller and the callback: each lets go once, the last one frees it. The
/// callback's capture is one pointer, which std::function keeps without an allocation.
///
/// REQUIRES: the callback runs exactly once (every command is answered exactly once).
class Waiter {
public:
    static OnReply callback(Waiter* waiter) {
        return [waiter](Result<Reply> answer) { waiter->set(std::move(answer)); };
    }

    /// Caller: blocks, takes the answer, and lets go.
    Result<Reply> wait();

private:
    void set(Result<Reply> answer);
    void let_go() noexcept;

    std::atomic<std::uint32_t> ready_{0};  // publishes answer_
    std::atomic<std::uint32_t> owners_{2};
    Result<Reply> answer_{Reply{}};
};

}  // namespace toril::redis
