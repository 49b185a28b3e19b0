#pragma once

// What the handles of one Locks share: how to ask the store, what to do without it, the keeper
// of what is held, and the line of those who wait.
//
//     acquire   the host's lock if the policy is `local` (so that it excludes others of the host
//               before, during and after an outage), then the store's, then the policy
//     waiting   in line among this process' own; the first watches the key and asks again after
//               a release, the end of the holder's ttl, and at the latest after a second

#include "contract/backend.hpp"
#include "lock/host_lock.hpp"
#include "lock/keeper.hpp"
#include "lock/lines.hpp"
#include "lock/outage.hpp"

#include <toril/lock.hpp>
#include <toril/store.hpp>

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace toril::lock {

/// Each counter stands for itself.
struct Counters {
    std::atomic<std::uint64_t> held{0};
    std::atomic<std::uint64_t> busy{0};
    std::atomic<std::uint64_t> degraded{0};
    std::atomic<std::uint64_t> refused_away{0};
    std::atomic<std::uint64_t> released{0};
    std::atomic<std::uint64_t> renewals{0};
    std::atomic<std::uint64_t> lost{0};
    std::atomic<std::uint64_t> wait_ms{0};
    std::atomic<std::uint64_t> holding{0};
};

/// What a Core works with.
struct Surroundings {
    std::shared_ptr<contract::LockStore> store{};
    std::shared_ptr<base::FallbackBoard> board{};
    std::string name{};  ///< Of the store, for locks of the host.
    LogSink log{};
    Millis timeout{15'000};  ///< Of what has no timeout of its own.

    static Surroundings of(const Store& store);
};

/// Threads: any. Blocks the calling thread, and never holds a mutex while it does.
class Core : public std::enable_shared_from_this<Core> {
public:
    explicit Core(Surroundings surroundings);

    /// REQUIRES: key and options were checked.
    Result<LockAnswer> acquire(std::string_view key, const LockOptions& options);
    Status release_owner(std::string_view key, std::string_view owner);
    Result<std::optional<LockInfo>> status(std::string_view key);

    // For handles.
    Status renew(Holding& holding, Millis timeout);
    LockRelease release(const std::shared_ptr<Holding>& holding, Millis timeout);
    void release_later(const std::shared_ptr<Holding>& holding, Millis timeout);
    void leave(const std::shared_ptr<Holding>& holding);

    Counters& counters() noexcept { return *counters_; }

private:
    struct Attempt {
        std::string key;
        std::string owner;
        std::string token;
        const LockOptions& options;
    };

    Result<LockAnswer> wait_for(const Attempt& attempt);
    Result<LockAnswer> ask(const Attempt& attempt);
    Result<LockAnswer> ask_store(const Attempt& attempt, std::optional<HostLock> host);
    Result<contract::AcquireAnswer> acquire_in_store(const Attempt& attempt);
    Result<LockAnswer> without_store(const Attempt& attempt,
                                     const Error& reason,
                                     std::optional<HostLock> host);
    LockAnswer taken_on_host(const Attempt& attempt, const std::string& path);
    Status pause(const Attempt& attempt, Lines::Place& place, const LockInfo& holder, Millis left);
    void give_back(const Attempt& attempt);
    void count(const Result<LockAnswer>& answer);
    void listen();

    const Surroundings with_;
    contract::LockStore* const store_;
    const std::shared_ptr<Counters> counters_ = std::make_shared<Counters>();
    const std::shared_ptr<Outage> outage_;
    const std::shared_ptr<Keeper> keeper_;
    Lines lines_{};
    std::once_flag listening_{};
    std::shared_ptr<contract::OnTaken> on_taken_{};
};

/// A keeper whose renewals go by `renew` of the store, and the outage that hears of them.
using RenewCall = void (contract::LockStore::*)(std::vector<contract::LockRef>,
                                                Millis,
                                                contract::Done<std::vector<Status>>);
std::shared_ptr<Keeper> make_keeper(const std::shared_ptr<contract::LockStore>& store,
                                    RenewCall renew,
                                    const std::shared_ptr<Outage>& outage,
                                    const std::shared_ptr<Counters>& counters,
                                    const base::Logger& log);

}  // namespace toril::lock
