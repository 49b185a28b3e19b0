#pragma once

// One queue's events one after another, over outages: what QueueEvents does, on any JobStore.

#include "base/mutex.hpp"
#include "base/sync.hpp"
#include "contract/event.hpp"
#include "contract/job_store.hpp"

#include <toril/queue_events.hpp>
#include <toril/result.hpp>
#include <toril/time.hpp>

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace toril::events {

/// "", "0", "<ms>" or "<ms>-<n>".
Status check_event_id(std::string_view id);

/// "From now on" begins when this is made, if the store answers within a second.
/// Threads: one calls `next` or `for_each`, any calls `close`.
class EventStream {
public:
    /// REQUIRES: names and ids were checked.
    EventStream(std::shared_ptr<contract::JobStore> store, contract::EventReaderParams params);
    ~EventStream();
    EventStream(const EventStream&) = delete;
    EventStream& operator=(const EventStream&) = delete;

    Result<QueueEvent> next(Millis timeout);
    Status for_each(const std::function<bool(const QueueEvent&)>& callback);
    void close();

private:
    using Answer = Result<std::vector<contract::Event>>;

    void ask(Millis at_most);
    /// Errors: those that asking again does not mend.
    Status take_in(Answer answer);
    bool is_closed() TORIL_EXCLUDES(mutex_);
    void rest(Millis at_most) TORIL_EXCLUDES(mutex_);

    const std::shared_ptr<contract::JobStore> store_;  // outlives the reader
    const std::unique_ptr<contract::EventReader> reader_;
    std::deque<contract::Event> read_{};  // and not handed out yet
    // The call that is under way; the reader takes one at a time.
    std::shared_ptr<base::OneShot<Answer>> asked_{};
    base::Mutex mutex_;
    base::Condition closing_;
    bool closed_ TORIL_GUARDED_BY(mutex_) = false;
};

}  // namespace toril::events
