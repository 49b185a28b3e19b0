#include "events/event_stream.hpp"

#include "queue/asker.hpp"

#include <algorithm>
#include <chrono>
#include <mutex>
#include <utility>

namespace toril::events {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::size_t events_a_step = 500;
constexpr Millis one_wait{10'000};
constexpr Millis first_wait{1};
constexpr Millis answer_patience{1'000};
constexpr Millis after_trouble{50};
constexpr Millis timeout_max{366LL * 86'400'000};

bool passes_by_itself(ErrorCode code) {
    return code == ErrorCode::unavailable || code == ErrorCode::outcome_unknown ||
           code == ErrorCode::timed_out;
}

bool is_number(std::string_view text) {
    return !text.empty() && text.size() <= 19 &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

Error closed_error() {
    return {ErrorCode::cancelled, "the reading of events was closed"};
}

}  // namespace

Status check_event_id(std::string_view id) {
    const std::size_t dash = id.find('-');
    const bool good =
        id.empty() || (is_number(id.substr(0, dash)) &&
                       (dash == std::string_view::npos || is_number(id.substr(dash + 1))));
    if (good) return {};
    return Error(ErrorCode::invalid_argument,
                 "\"" + std::string(id.substr(0, 60)) +
                     "\" is no id of an event; it is like \"1700000000000-0\", or \"0\" for all");
}

EventStream::EventStream(std::shared_ptr<contract::JobStore> store,
                         contract::EventReaderParams params)
    : store_(std::move(store)), reader_(store_->read_events(std::move(params))) {
    ask(first_wait);
    if (auto answer = asked_->wait_for(answer_patience)) {
        asked_.reset();
        // Trouble that lasts is told by the next call.
        static_cast<void>(take_in(std::move(*answer)));
    }
}

EventStream::~EventStream() {
    close();
    if (asked_) asked_->wait_for(answer_patience);
}

void EventStream::ask(Millis at_most) {
    auto slot = std::make_shared<base::OneShot<Answer>>();
    asked_ = slot;
    reader_->next(at_most, events_a_step, [slot](Answer answer) { slot->set(std::move(answer)); });
}

Status EventStream::take_in(Answer answer) {
    if (answer) {
        for (contract::Event& event : *answer)
            read_.push_back(std::move(event));
        return {};
    }
    if (!passes_by_itself(answer.error().code())) return answer.error();
    rest(after_trouble);
    return {};
}

Result<QueueEvent> EventStream::next(Millis timeout) {
    const auto deadline = SteadyClock::now() + std::clamp(timeout, Millis{0}, timeout_max);
    for (;;) {
        if (is_closed()) return closed_error();
        if (!read_.empty()) {
            contract::Event event = std::move(read_.front());
            read_.pop_front();
            return QueueEvent{.id = std::move(event.id),
                              .name = std::move(event.name),
                              .fields = std::move(event.fields)};
        }
        if (!asked_) ask(one_wait);
        const Millis left = queue::time_left(deadline);
        if (auto answer = asked_->wait_for(std::min(left, one_wait))) {
            asked_.reset();
            if (Status s = take_in(std::move(*answer)); !s) return s.error();
        } else if (left == Millis{0}) {
            return Error(ErrorCode::timed_out,
                         "no event within " + std::to_string(timeout.count()) + " ms");
        }
    }
}

Status EventStream::for_each(const std::function<bool(const QueueEvent&)>& callback) {
    for (;;) {
        const Result<QueueEvent> event = next(timeout_max);
        if (!event && is_closed()) return {};
        if (!event && event.error().code() == ErrorCode::timed_out) continue;
        if (!event) return event.error();
        if (!callback(*event)) return {};
    }
}

void EventStream::close() {
    {
        const base::MutexLock lock(mutex_);
        closed_ = true;
    }
    closing_.notify_all();
    reader_->interrupt();
}

bool EventStream::is_closed() {
    const base::MutexLock lock(mutex_);
    return closed_;
}

void EventStream::rest(Millis at_most) {
    std::unique_lock lock(mutex_);
    closing_.wait_for(lock, at_most, [this] { return closed_; });
}

}  // namespace toril::events
