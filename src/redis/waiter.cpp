#include "redis/waiter.hpp"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <utility>

namespace toril::redis {
namespace {

// std::atomic::wait spins and yields first, which on few cores takes the time from the I/O
// thread that is to bring the answer.
long futex(std::atomic<std::uint32_t>& word, int operation, std::uint32_t value) noexcept {
    static_assert(sizeof word == sizeof(std::uint32_t));
    return syscall(SYS_futex, &word, operation, value, nullptr, nullptr, 0);
}

}  // namespace

void Waiter::set(Result<Reply> answer) {
    answer_ = std::move(answer);
    ready_.store(1, std::memory_order_release);
    futex(ready_, FUTEX_WAKE_PRIVATE, 1);
    let_go();
}

Result<Reply> Waiter::wait() {
    while (ready_.load(std::memory_order_acquire) == 0)
        futex(ready_, FUTEX_WAIT_PRIVATE, 0);
    Result<Reply> answer = std::move(answer_);
    let_go();
    return answer;
}

void Waiter::let_go() noexcept {
    if (owners_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
}

}  // namespace toril::redis
