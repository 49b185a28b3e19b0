#pragma once

// Asks of many callers as few calls: while two calls are under way, what comes waits and goes with
// the next, up to 64 asks in one.

#include "base/mutex.hpp"
#include "contract/limit_store.hpp"

#include <toril/redis/connection.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace toril::redis_store {

/// Threads:  `submit` from any. Answers come on the I/O thread of the connection.
/// Lifetime: the connection must be closed before this is used no more: its factory waits for
///           the callbacks, which hold this.
class LimitBatches : public std::enable_shared_from_this<LimitBatches> {
public:
    using Done = contract::Done<contract::LimitReply>;

    LimitBatches(redis::Connection& connection, std::string key_begin)
        : connection_(connection), key_begin_(std::move(key_begin)) {}

    void submit(contract::LimitParams params, Done done);
    /// Refuses what comes.
    void close();

    std::string key_of(std::string_view key) const;

private:
    using Clock = std::chrono::steady_clock;

    struct Waiting {
        contract::LimitParams params{};
        Done done{};
        Clock::time_point deadline{};
    };
    using Batch = std::vector<Waiting>;

    // A call more would wait behind the first two anyway; two keep the server busy while one's
    // answers are read.
    static constexpr int calls_max = 2;
    static constexpr std::size_t asks_max = 64;
    static constexpr std::size_t waiting_max = 10'000;

    Batch next_batch(Clock::time_point now, Batch& late) TORIL_REQUIRES(mutex_);
    void send(Batch batch);
    void answered(const Batch& batch, const Result<redis::Reply>& reply);

    redis::Connection& connection_;
    const std::string key_begin_;

    base::Mutex mutex_{};
    std::deque<Waiting> waiting_ TORIL_GUARDED_BY(mutex_){};
    int calls_ TORIL_GUARDED_BY(mutex_) = 0;
    bool closed_ TORIL_GUARDED_BY(mutex_) = false;
};

}  // namespace toril::redis_store
