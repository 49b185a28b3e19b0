#pragma once

// Between the callers and the store's threads on one side, and the thread of a line on the other.

#include "base/mutex.hpp"
#include "spool/pending_add.hpp"
#include "spool/spool_fsm.hpp"

#include <toril/result.hpp>
#include <toril/spool.hpp>

#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace toril::spool {

using StoreAnswer = Result<std::vector<Result<contract::Added>>>;

/// What the line's thread has to know before its next step.
struct News {
    bool adds_wait = false;
    bool hurry = false;  // once for each `hurry`
    bool closing = false;
    std::optional<StoreAnswer> answer{};  // to the call that was asked for
};

/// What callers may ask for without a wait. `oldest` instead of an age, which would not stay true.
struct Published {
    SpoolStats stats{};
    Timestamp oldest{};
};

/// Threads: any. Locks: a leaf; nothing is called with it.
class Inbox {
public:
    // Callers and stores.
    Status submit(std::span<PendingAdd> adds);
    void answer(std::uint64_t call, StoreAnswer answer);
    void hurry();
    void close();
    Published published() const;
    /// False: adds were unanswered, or jobs in the spool, all the time.
    bool wait_until_idle(SteadyTime deadline);

    // The line's thread.
    News news(std::uint64_t call);
    std::vector<PendingAdd> take(std::size_t jobs_max, std::size_t bytes_max);
    void answered(std::size_t adds);
    void publish(const Published& published);
    /// Until there is news, or `until`. `idle`: nothing is left to do.
    void rest(const Step& step, bool idle);

private:
    mutable base::Mutex mutex_{};
    base::Condition woken_{};
    base::Condition idle_{};
    std::deque<PendingAdd> queued_ TORIL_GUARDED_BY(mutex_){};
    std::vector<std::pair<std::uint64_t, StoreAnswer>> answers_ TORIL_GUARDED_BY(mutex_){};
    Published published_ TORIL_GUARDED_BY(mutex_){};
    std::size_t unanswered_ TORIL_GUARDED_BY(mutex_) = 0;
    struct Flags {
        bool woken = false;
        bool adds_wake = false;  // the thread rests, and waits for adds too
        bool hurry = false;
        bool closing = false;
        bool idle = false;
    } flags_ TORIL_GUARDED_BY(mutex_){};
};

}  // namespace toril::spool
