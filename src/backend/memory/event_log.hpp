#pragma once

// What happened in one queue, the newest of it: BullMQ's stream.

#include "contract/event.hpp"

#include <compare>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace toril::memory {

/// "<ms>-<n>"
struct EventId {
    std::int64_t ms = 0;
    std::uint64_t n = 0;

    friend auto operator<=>(const EventId&, const EventId&) = default;
};

/// What is no id comes before all events.
EventId event_id_from(std::string_view text);

class EventLog {
public:
    using Fields = std::vector<std::pair<std::string, std::string>>;

    /// Ids ascend even when the clock goes back.
    void append(Timestamp at, std::string name, Fields fields);

    /// The id of the latest, also after it was trimmed away.
    EventId last() const { return last_; }

    /// At most `count` of those that came after `id`.
    std::vector<contract::Event> after(EventId id, std::size_t count) const;

    /// Keeps the newest. Answers how many went.
    std::size_t trim(std::size_t kept);

private:
    struct Entry {
        EventId id{};
        std::string name{};
        Fields fields{};
    };

    std::deque<Entry> entries_{};
    EventId last_{};
};

}  // namespace toril::memory
