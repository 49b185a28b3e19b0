#include "base/names.hpp"
#include "events/event_stream.hpp"
#include "queue/asker.hpp"

#include <toril/queue_events.hpp>
#include <toril/store.hpp>

namespace toril {

class QueueEvents::Impl final : public events::EventStream {
public:
    using EventStream::EventStream;
};

QueueEvents::QueueEvents(std::shared_ptr<Impl> impl) noexcept : impl_(std::move(impl)) {}
QueueEvents::QueueEvents(QueueEvents&&) noexcept = default;
QueueEvents& QueueEvents::operator=(QueueEvents&&) noexcept = default;
QueueEvents::~QueueEvents() = default;

Result<QueueEvents> QueueEvents::open(const Store& store,
                                      std::string_view queue,
                                      const QueueEventsOptions& options) {
    if (Status s = base::check_queue_name(queue); !s) return s.error();
    if (Status s = events::check_event_id(options.after); !s) return s.error();
    return QueueEvents(std::make_shared<Impl>(
        queue::access_to(store).jobs,
        contract::EventReaderParams{.queue = std::string(queue), .after = options.after}));
}

Result<QueueEvent> QueueEvents::next(Millis timeout) {
    return impl_->next(timeout);
}

Status QueueEvents::for_each(const std::function<bool(const QueueEvent&)>& callback) {
    return impl_->for_each(callback);
}

void QueueEvents::close() {
    impl_->close();
}

}  // namespace toril
