#include "redis/waiter.hpp"

#include <utility>

namespace toril::redis {

void Waiter::set(Result<Reply> answer) {
    answer_ = std::move(answer);
    ready_.store(1, std::memory_order_release);
    ready_.notify_one();
    let_go();
}

Result<Reply> Waiter::wait() {
    ready_.wait(0, std::memory_order_acquire);
    Result<Reply> answer = std::move(answer_);
    let_go();
    return answer;
}

void Waiter::let_go() noexcept {
    if (owners_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
}

}  // namespace toril::redis
