#pragma once

// What happened in a queue, in order: BullMQ's stream with its names and fields, on every store.

#include <toril/result.hpp>
#include <toril/time.hpp>

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace toril::contract {

/// How many events a queue keeps when nobody said otherwise. About: trimming is in steps.
inline constexpr std::size_t events_kept_default = 10'000;

struct Event {
    std::string id{};                                           // "<ms>-<n>", ascending in a queue
    std::string name{};                                         // "added", "waiting", ...
    std::vector<std::pair<std::string, std::string>> fields{};  // "jobId" and so on

    friend bool operator==(const Event&, const Event&) = default;
};

struct EventReaderParams {
    std::string queue{};
    std::string after{};  // an id: what came later. "0": all there is. Empty: from now on.
};

/// Reads a queue's events one after another. Its own connection where the store has those.
class EventReader {
public:
    virtual ~EventReader() = default;

    /// At least one event, at most `count`; none after `at_most`. One call at a time.
    ///
    /// "From now on" is settled by the first answer of the store, so nothing falls between two
    /// calls. Events that were trimmed away before they were read are left out silently.
    /// Errors: `cancelled` after `interrupt`; `unavailable` while the store is away, after a
    /// pause chosen by the store: a caller may simply ask again, and goes on where it was.
    virtual void next(Millis at_most,
                      std::size_t count,
                      std::function<void(Result<std::vector<Event>>)> done) = 0;

    /// Ends a call that is under way, and makes later ones return at once. From any thread.
    virtual void interrupt() = 0;
};

/// Events that a program of its own adds to the stream.
struct PublishEventParams {
    std::string queue{};
    std::string name{};
    std::vector<std::pair<std::string, std::string>> fields{};
};

// ---- per-minute metrics of finished jobs ----------------------------------------------------

struct MetricsParams {
    std::string queue{};
    bool failed = false;     // else: completed
    std::int64_t start = 0;  // positions in `data`, 0 the newest, -1 the oldest
    std::int64_t end = -1;
};

/// As BullMQ keeps them: `data` has finished jobs per minute, the newest first, without the
/// minute that is under way.
struct Metrics {
    std::int64_t count = 0;  // of all time
    Timestamp previous_at{};
    std::int64_t previous_count = 0;
    std::vector<std::int64_t> data{};
    std::uint64_t points = 0;  // in the store, beyond this page

    friend bool operator==(const Metrics&, const Metrics&) = default;
};

}  // namespace toril::contract
