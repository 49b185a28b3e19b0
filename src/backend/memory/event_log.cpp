#include "backend/memory/event_log.hpp"

#include <algorithm>
#include <charconv>

namespace toril::memory {
namespace {

// Trimmed in steps, as a stream of Redis is, which frees whole blocks.
constexpr std::size_t trim_step = 100;

}  // namespace

EventId event_id_from(std::string_view text) {
    EventId id;
    const char* const end = text.data() + text.size();
    const auto ms = std::from_chars(text.data(), end, id.ms);
    if (ms.ec != std::errc{}) return {};
    if (ms.ptr != end && *ms.ptr == '-') std::from_chars(ms.ptr + 1, end, id.n);
    return id;
}

void EventLog::append(Timestamp at, std::string name, Fields fields) {
    const std::int64_t ms = at.time_since_epoch().count();
    last_ = ms > last_.ms ? EventId{ms, 0} : EventId{last_.ms, last_.n + 1};
    entries_.push_back({last_, std::move(name), std::move(fields)});
    if (entries_.size() >= contract::events_kept_default + trim_step)
        trim(contract::events_kept_default);
}

std::vector<contract::Event> EventLog::after(EventId id, std::size_t count) const {
    auto at = std::upper_bound(
        entries_.begin(), entries_.end(), id, [](EventId wanted, const Entry& entry) {
            return wanted < entry.id;
        });
    std::vector<contract::Event> events;
    for (; at != entries_.end() && events.size() < count; ++at)
        events.push_back({.id = std::to_string(at->id.ms) + "-" + std::to_string(at->id.n),
                          .name = at->name,
                          .fields = at->fields});
    return events;
}

std::size_t EventLog::trim(std::size_t kept) {
    const std::size_t gone = entries_.size() - std::min(kept, entries_.size());
    entries_.erase(entries_.begin(), entries_.begin() + static_cast<std::ptrdiff_t>(gone));
    return gone;
}

}  // namespace toril::memory
