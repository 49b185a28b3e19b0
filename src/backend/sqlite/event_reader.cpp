#include "backend/sqlite/event_reader.hpp"

#include <algorithm>
#include <atomic>
#include <charconv>
#include <deque>
#include <limits>
#include <utility>

namespace toril::sqlite {
namespace {

using contract::Event;
using SteadyClock = std::chrono::steady_clock;

// How long a failed look is answered late, so that a caller may simply ask again.
constexpr Millis pause_after_failure{200};
// Longer waits than this are cut: `at_most` may be the largest number there is.
constexpr Millis wait_max{24LL * 3'600'000};

// "<ms>-<n>" or "<ms>".
std::pair<std::int64_t, std::int64_t> numbers_of(std::string_view id) {
    std::int64_t ms = 0;
    std::int64_t n = 0;
    const char* const end = id.data() + id.size();
    const auto read = std::from_chars(id.data(), end, ms);
    if (read.ptr != end) std::from_chars(read.ptr + 1, end, n);
    return {ms, n};
}

// A call goes: look on the reader's thread; nothing there: wait for the signal; look again. One
// step at a time, each started by the end of the one before, so no two touch what is below.
class Stream final : public std::enable_shared_from_this<Stream> {
public:
    using Answer = std::function<void(Result<std::vector<Event>>)>;

    Stream(std::shared_ptr<Engine> engine, contract::EventReaderParams params)
        : engine_(std::move(engine)),
          params_(std::move(params)),
          signal_(engine_->watch_events(params_.queue)) {}

    void next(Millis at_most, std::size_t count, Answer done) {
        until_ = SteadyClock::now() + std::clamp(at_most, Millis{0}, wait_max);
        count_ = std::max<std::size_t>(1, count);
        look(std::move(done));
    }

    void interrupt() {
        interrupted_ = true;
        signal_->interrupt();
    }

private:
    void look(Answer done) {
        engine_->reader().push(std::make_unique<Request<Result<std::int64_t>>>(
            [self = shared_from_this()](Session& session) -> Result<std::int64_t> {
                return self->read(session);
            },
            [self = shared_from_this(),
             done = std::move(done)](const Result<std::int64_t>& seen) mutable {
                self->on_look(seen, std::move(done));
            }));
    }

    // Finds the latest row that was looked at. What a failed transaction found stays: it is
    // there, whatever becomes of the transaction.
    std::int64_t read(Session& session) {
        const QueueRow* queue = session.queues.find(params_.queue);
        if (session.db.failed()) return 0;
        if (!position_) position_ = begin(session, queue);
        if (queue == nullptr) return 0;
        EventPosition at = *position_;
        if (read_.size() < count_) {
            std::vector<Event> more = session.events.read(*queue, at, count_ - read_.size());
            if (session.db.failed()) return 0;
            position_ = at;
            std::move(more.begin(), more.end(), std::back_inserter(read_));
        }
        return job_key(queue->id, queue->events.row);
    }

    EventPosition begin(Session& session, const QueueRow* queue) const {
        if (queue == nullptr) return {};
        if (params_.after.empty()) return EventLog::end(*queue);
        const auto [ms, n] = numbers_of(params_.after);
        return session.events.after(*queue, ms, n);
    }

    void on_look(const Result<std::int64_t>& seen, Answer done) {
        if (!seen && seen.error().code() == ErrorCode::cancelled) return done(seen.error());
        if (interrupted_) return done(ended());
        if (!read_.empty()) return done(pop());
        auto left = std::chrono::ceil<Millis>(until_ - SteadyClock::now());
        if (!seen) return pause(std::min(left, pause_after_failure), seen.error(), std::move(done));
        if (left <= Millis{0}) return done(std::vector<Event>{});
        signal_->wait(*seen,
                      left,
                      [self = shared_from_this(),
                       done = std::move(done)](const Result<Timestamp>& woken) mutable {
                          if (!woken) return done(woken.error());
                          self->look(std::move(done));
                      });
    }

    void pause(Millis at_most, const Error& failure, Answer done) {
        constexpr std::int64_t none = std::numeric_limits<std::int64_t>::max();
        signal_->wait(
            none, at_most, [failure, done = std::move(done)](const Result<Timestamp>& woken) {
                done(woken ? failure : woken.error());
            });
    }

    std::vector<Event> pop() {
        const auto some = static_cast<std::ptrdiff_t>(std::min(count_, read_.size()));
        std::vector<Event> events(std::make_move_iterator(read_.begin()),
                                  std::make_move_iterator(read_.begin() + some));
        read_.erase(read_.begin(), read_.begin() + some);
        return events;
    }

    static Error ended() {
        return {ErrorCode::cancelled, "the reader of events was interrupted, or its store closed"};
    }

    const std::shared_ptr<Engine> engine_;
    const contract::EventReaderParams params_;
    const std::unique_ptr<Wakeups::EventWatcher> signal_;
    std::atomic<bool> interrupted_{false};  // set from any thread, seen at the next step
    SteadyClock::time_point until_{};
    std::size_t count_ = 1;
    std::optional<EventPosition> position_{};
    std::deque<Event> read_{};  // of the rows before `position_`, not yet answered
};

class QueueReader final : public contract::EventReader {
public:
    explicit QueueReader(std::shared_ptr<Stream> stream) : stream_(std::move(stream)) {}
    ~QueueReader() override { stream_->interrupt(); }

    void next(Millis at_most, std::size_t count, Stream::Answer done) override {
        stream_->next(at_most, count, std::move(done));
    }
    void interrupt() override { stream_->interrupt(); }

private:
    const std::shared_ptr<Stream> stream_;
};

}  // namespace

std::unique_ptr<contract::EventReader> read_events(std::shared_ptr<Engine> engine,
                                                   contract::EventReaderParams params) {
    return std::make_unique<QueueReader>(
        std::make_shared<Stream>(std::move(engine), std::move(params)));
}

}  // namespace toril::sqlite
