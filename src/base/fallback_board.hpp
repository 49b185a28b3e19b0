#pragma once

// What of a store is replaced by something else at the moment, and by what: cache, throttle, locks
// and producers write it here, health and metrics read it. One board a store.

#include "base/mutex.hpp"

#include <toril/health.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace toril::base {

/// Threads: any. Listeners are called with no lock held.
class FallbackBoard {
public:
    using Listener = std::function<void(const Fallback& fallback, bool active)>;
    using Clock = std::function<std::chrono::steady_clock::time_point()>;

    explicit FallbackBoard(Clock clock = std::chrono::steady_clock::now)
        : clock_(std::move(clock)) {}

    /// `subsystem` works by `mode` from now on. Said again: only the reason is new.
    void begin(std::string_view subsystem, std::string_view mode, std::string_view reason);
    /// It works as it should. Nothing if it did.
    void end(std::string_view subsystem);
    /// One thing was done in the other way.
    void count(std::string_view subsystem, std::uint64_t by = 1);

    /// All that were ever in use, the active ones with `active`.
    std::vector<Fallback> all() const;
    bool is_any_active() const;

    /// Called after each begin and end, on the thread that said it; of two that come at once in
    /// either order: `all` knows which is true. Until `unlisten` with what this answers; one that
    /// is under way then still ends.
    std::uint64_t listen(Listener listener);
    void unlisten(std::uint64_t id);

private:
    using Time = std::chrono::steady_clock::time_point;
    struct Entry {
        Fallback fallback{};  // its `total` is without the time since `began`
        Time began{};
    };

    static Fallback shown(const Entry& entry, Time now);
    Entry& entry(std::string_view subsystem) TORIL_REQUIRES(mutex_);
    void tell(const Fallback& fallback, bool active);

    const Clock clock_;
    mutable Mutex mutex_{};
    std::map<std::string, Entry, std::less<>> entries_ TORIL_GUARDED_BY(mutex_){};
    std::map<std::uint64_t, Listener> listeners_ TORIL_GUARDED_BY(mutex_){};
    std::uint64_t listeners_made_ TORIL_GUARDED_BY(mutex_) = 0;
};

}  // namespace toril::base
