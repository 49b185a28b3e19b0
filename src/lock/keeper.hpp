#pragma once

// Renews what is held, in the background, and says what was lost.

#include "lock/holding.hpp"

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace toril::lock {

/// What the keeper needs of its surroundings.
struct KeeperCalls {
    using Renewed = contract::Done<std::vector<Status>>;
    /// Asks the store for all of them in one call.
    std::function<void(std::vector<contract::LockRef>, Millis timeout, Renewed)> renew{};
    /// After each answer, on a thread of the store.
    std::function<void(const Status&)> answered{};
    /// Before the stop token is asked to stop.
    std::function<void(const Holding&, std::string_view cause)> lost{};
};

/// One thread that sleeps until something is due. It starts with the first `keep`.
///
/// Threads: any method, from any thread. The calls are made on the keeper's thread.
class Keeper {
public:
    explicit Keeper(KeeperCalls calls);
    ~Keeper();  // stops renewing; what is held ends by its ttl
    Keeper(const Keeper&) = delete;
    Keeper& operator=(const Keeper&) = delete;

    void keep(const std::shared_ptr<Holding>& holding);
    void drop(const std::shared_ptr<Holding>& holding);
    /// Asks the store for what is held under this key, now. Empty: for all that is held.
    void check(const std::string& key);

    // For those who may outlive the keeper; they do nothing then.
    using Check = std::function<void(const std::string& key)>;
    Check checker() const;
    /// Makes a call after a pause, or never when the keeper ends before.
    using Later = std::function<void(Millis pause, std::function<void()> call)>;
    Later timer() const;

private:
    class State;
    const std::shared_ptr<State> state_;
};

}  // namespace toril::lock
