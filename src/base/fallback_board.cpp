#include "base/fallback_board.hpp"

#include <algorithm>

namespace toril::base {

Fallback FallbackBoard::shown(const Entry& entry, Time now) {
    Fallback fallback = entry.fallback;
    if (!fallback.active) return fallback;
    fallback.since = std::chrono::duration_cast<Millis>(now - entry.began);
    fallback.total += fallback.since;
    return fallback;
}

FallbackBoard::Entry& FallbackBoard::entry(std::string_view subsystem) {
    const auto found = entries_.find(subsystem);
    if (found != entries_.end()) return found->second;
    Entry& made = entries_[std::string(subsystem)];
    made.fallback.subsystem = subsystem;
    return made;
}

void FallbackBoard::begin(std::string_view subsystem,
                          std::string_view mode,
                          std::string_view reason) {
    Fallback began;
    {
        MutexLock lock(mutex_);
        Entry& it = entry(subsystem);
        it.fallback.reason = reason;
        if (it.fallback.active) return;
        it.fallback.mode = mode;
        it.fallback.active = true;
        ++it.fallback.times;
        it.began = clock_();
        began = it.fallback;
    }
    tell(began, true);
}

void FallbackBoard::end(std::string_view subsystem) {
    Fallback ended;
    {
        MutexLock lock(mutex_);
        const auto found = entries_.find(subsystem);
        if (found == entries_.end() || !found->second.fallback.active) return;
        Entry& it = found->second;
        it.fallback = shown(it, clock_());
        ended = it.fallback;
        it.fallback.active = ended.active = false;
        it.fallback.since = Millis{0};
    }
    // `since` of what is told: how long it lasted.
    tell(ended, false);
}

void FallbackBoard::count(std::string_view subsystem, std::uint64_t by) {
    MutexLock lock(mutex_);
    entry(subsystem).fallback.count += by;
}

std::vector<Fallback> FallbackBoard::all() const {
    const Time now = clock_();
    std::vector<Fallback> fallbacks;
    MutexLock lock(mutex_);
    fallbacks.reserve(entries_.size());
    for (const auto& [subsystem, it] : entries_)
        fallbacks.push_back(shown(it, std::max(now, it.began)));
    return fallbacks;
}

bool FallbackBoard::is_any_active() const {
    MutexLock lock(mutex_);
    return std::any_of(entries_.begin(), entries_.end(), [](const auto& each) {
        return each.second.fallback.active;
    });
}

std::uint64_t FallbackBoard::listen(Listener listener) {
    MutexLock lock(mutex_);
    listeners_.emplace(++listeners_made_, std::move(listener));
    return listeners_made_;
}

void FallbackBoard::unlisten(std::uint64_t id) {
    MutexLock lock(mutex_);
    listeners_.erase(id);
}

void FallbackBoard::tell(const Fallback& fallback, bool active) {
    std::vector<Listener> listeners;
    {
        MutexLock lock(mutex_);
        for (const auto& [id, listener] : listeners_)
            listeners.push_back(listener);
    }
    for (const Listener& listener : listeners)
        listener(fallback, active);
}

}  // namespace toril::base
