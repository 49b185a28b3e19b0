#pragma once

// What of a store is replaced by something else at the moment, and by what: cache, throttle, locks
// and producers write it here, health and metrics read it. One board a store.

#include "base/mutex.hpp"

#include <toril/health.hpp>

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

    /// `subsystem` works by `mode` from now on. Said again: only the reason is new.
    void begin(std::string_view subsystem, std::string_view mode, std::string_view reason);
    /// It works as it should. Nothing if it did.
    void end(std::string_view subsystem);
    /// One thing was done in the other way.
    void count(std::string_view subsystem, std::uint64_t by = 1);

    /// All that were ever in use, the active ones with `active`.
    std::vector<Fallback> all() const;
    bool is_any_active() const;

    void listen(Listener listener);

private:
    void tell(const Fallback& fallback, bool active);

    mutable Mutex mutex_{};
    std::map<std::string, Fallback, std::less<>> fallbacks_ TORIL_GUARDED_BY(mutex_){};
    std::vector<Listener> listeners_ TORIL_GUARDED_BY(mutex_){};
};

}  // namespace toril::base
