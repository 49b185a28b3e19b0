#pragma once

// A program that uses everything at once on one store, and writes down what it was promised.

#include <toril/cache.hpp>
#include <toril/health.hpp>
#include <toril/lock.hpp>
#include <toril/queue.hpp>
#include <toril/store.hpp>
#include <toril/throttle.hpp>
#include <toril/worker.hpp>

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace toril::testing {

class Program {
public:
    /// The spool is a file in `folder`. Throws std::runtime_error when something does not open.
    Program(const std::string& url, const std::filesystem::path& folder);

    /// Adds job number `jobs() + 1`. Its data is the number.
    Result<AddedJob> add();
    std::uint64_t jobs() const { return added_; }

    /// The cached value of `key`, which is loaded as "loaded".
    Result<CacheValue> read(std::string_view key);
    /// Takes one of a limit that is never used up.
    Result<LimitAnswer> pass();
    Result<LockOutcome> lock(WhenAway when_away);

    /// How often each number was handled.
    std::map<std::uint64_t, int> handled() const;
    /// Each acknowledged job ran, and no number came from two adds.
    bool is_all_done() const;

    const Store& store() const { return store_; }
    Queue& queue() { return queue_; }
    Cache& cache() { return cache_; }
    Throttle& throttle() { return throttle_; }
    Health& health() { return health_; }

private:
    // What handlers write; they may outlive a test that fails.
    struct Seen {
        mutable std::mutex mutex{};
        std::map<std::uint64_t, int> handled{};
        std::map<std::uint64_t, std::string> ids{};
        bool twice = false;  // one number under two ids
    };

    Store store_;
    Queue queue_;
    Cache cache_;
    Locks locks_;
    Throttle throttle_;
    Health health_;
    const std::shared_ptr<Seen> seen_ = std::make_shared<Seen>();
    Worker worker_;
    std::uint64_t added_ = 0;
};

}  // namespace toril::testing
