#pragma once

#include <toril/fwd.hpp>
#include <toril/json.hpp>
#include <toril/result.hpp>
#include <toril/time.hpp>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace toril {

/// Something that happened in a queue: BullMQ's names and fields, all values as text.
///
///     added {jobId, name} · waiting {jobId, prev?} · delayed {jobId, delay} · active {jobId, prev}
///     progress {jobId, data} · completed {jobId, returnvalue, prev} · failed {jobId, failedReason,
///     prev} retries-exhausted {jobId, attemptsMade} · stalled {jobId} · removed {jobId, prev} ·
///     duplicated {jobId} · deduplicated {jobId, deduplicationId, deduplicatedJobId} ·
///     waiting-children {jobId} · cleaned {count} · drained · paused · resumed
struct QueueEvent {
    std::string id{};  ///< "<ms>-<n>": give it to `QueueEventsOptions::after` to go on here.
    std::string name{};
    std::vector<std::pair<std::string, std::string>> fields{};

    /// The field's text; empty: it has none of that name.
    std::string_view field(std::string_view key) const noexcept;
    std::string_view job_id() const noexcept { return field("jobId"); }
};

/// `{"id","event","jobId",...}`. `data` and `returnvalue` as JSON, `delay` as a number.
Json to_json(const QueueEvent& event);

struct QueueEventsOptions {
    /// The id of an event: what came later. "0": all that the store still has. Empty (the
    /// default): what happens from now on.
    std::string after{};
};

/// Reads a queue's events, one after another, also over an outage of the store.
///
/// Threads:  one reader, and `close` from any other.
/// Failure:  while the store is away `next` waits and goes on where it was. A reader that lags
///           by more than the events that are kept (10'000 by default) misses some.
class QueueEvents final {
public:
    /// Errors: `invalid_argument` for a name that Queue refuses, or an `after` that is no id.
    static Result<QueueEvents> open(const Store& store,
                                    std::string_view queue,
                                    const QueueEventsOptions& options = {});

    QueueEvents(QueueEvents&&) noexcept;
    QueueEvents& operator=(QueueEvents&&) noexcept;
    ~QueueEvents();  // close

    /// The next one. Blocks. Errors: `timed_out` when there was none for `timeout`; `cancelled`
    /// after `close`; `unauthorized`.
    Result<QueueEvent> next(Millis timeout);

    /// Calls back for each event, on the calling thread, until the callback answers false or
    /// `close` is called. Errors: `unauthorized`.
    Status for_each(const std::function<bool(const QueueEvent&)>& callback);

    /// Ends `next` and `for_each`. From any thread, also from a callback. Idempotent.
    void close();

private:
    class Impl;
    explicit QueueEvents(std::shared_ptr<Impl> impl) noexcept;

    std::shared_ptr<Impl> impl_;  // null only in a moved-from QueueEvents
};

}  // namespace toril
