#pragma once

// Blocking calls on a store that answers by callback, repeated while it is safe to.

#include "base/sync.hpp"
#include "contract/job_store.hpp"

#include <toril/result.hpp>
#include <toril/time.hpp>

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <utility>

namespace toril {
class Store;
}

namespace toril::queue {

/// What the faces of the public API work on.
struct StoreAccess {
    std::shared_ptr<contract::JobStore> jobs{};
    std::string prefix = "bull";
    Millis timeout{15'000};  // of one call
};

StoreAccess access_to(const Store& store);

/// When a call whose answer got lost may be made again.
enum class Repeat : unsigned char {
    when_unchanged,  // only after an answer that says that nothing was changed
    always,          // doing it twice is as good as once
};

/// A store answers by its own deadline; this much later we stop waiting for it.
inline constexpr Millis answer_margin{1'000};

inline Millis time_left(std::chrono::steady_clock::time_point deadline) {
    return std::max(Millis{0},
                    std::chrono::ceil<Millis>(deadline - std::chrono::steady_clock::now()));
}

/// Threads: any method, from any thread, at the same time.
class Asker {
public:
    explicit Asker(StoreAccess access) : access_(std::move(access)) {}

    contract::JobStore& store() const noexcept { return *access_.jobs; }
    const StoreAccess& access() const noexcept { return access_; }

    /// Calls `start(store, done)` until there is an answer, or the timeout has passed.
    template <class R, class Start>
    R ask(Repeat repeat, const Start& start) const {
        const auto deadline = std::chrono::steady_clock::now() + access_.timeout;
        bool may_have_happened = false;
        for (Millis backoff = backoff_first;; backoff = std::min(backoff * 2, backoff_longest)) {
            R answer =
                base::wait_for_answer<R>(time_left(deadline) + answer_margin,
                                         [&](auto done) { start(*access_.jobs, std::move(done)); });
            if (answer) return answer;
            const ErrorCode code = answer.error().code();
            const bool unknown = code == ErrorCode::outcome_unknown;
            may_have_happened |= unknown;
            const bool safe =
                code == ErrorCode::unavailable || (unknown && repeat == Repeat::always);
            if (!safe || time_left(deadline) <= backoff) {
                if (code == ErrorCode::unavailable && may_have_happened)
                    return Error(ErrorCode::outcome_unknown, answer.error().message());
                return answer;
            }
            std::this_thread::sleep_for(backoff);
        }
    }

private:
    static constexpr Millis backoff_first{50};
    static constexpr Millis backoff_longest{1'000};

    const StoreAccess access_;
};

}  // namespace toril::queue
