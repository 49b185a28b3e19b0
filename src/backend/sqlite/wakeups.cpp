#include "backend/sqlite/wakeups.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace toril::sqlite {
namespace {

// Longer waits than this are cut: `at_most` may be the largest number there is.
constexpr Millis wait_max{24LL * 3'600'000};

Error ended() {
    return {ErrorCode::cancelled, "the watcher was interrupted, or its store closed"};
}

Timestamp time_from(std::int64_t ms) {
    return Timestamp(Millis(ms));
}

SteadyTime deadline(Millis at_most) {
    return std::chrono::steady_clock::now() + std::clamp(at_most, Millis{0}, wait_max);
}

}  // namespace

class Wakeups::QueueWatcher final : public contract::Watcher {
public:
    QueueWatcher(std::shared_ptr<Wakeups> wakeups, std::shared_ptr<Seat> seat)
        : wakeups_(std::move(wakeups)), seat_(std::move(seat)) {}
    ~QueueWatcher() override { wakeups_->leave(seat_); }

    void wait(Millis at_most, contract::Done<Timestamp> done) override {
        wakeups_->wait(*seat_, {.until = deadline(at_most), .done = std::move(done)});
    }
    void interrupt() override { wakeups_->interrupt(*seat_); }

private:
    const std::shared_ptr<Wakeups> wakeups_;
    const std::shared_ptr<Seat> seat_;
};

std::shared_ptr<Wakeups::Seat> Wakeups::take_seat(std::string queue, Kind kind) {
    auto seat = std::make_shared<Seat>();
    seat->queue = std::move(queue);
    seat->kind = kind;
    {
        base::MutexLock lock(mutex_);
        seat->interrupted = closed_;
        Channel& channel = channels_[seat->queue];
        channel.seats.push_back(seat);
        // The queue is looked at for each new watcher: there may be work already.
        channel.unknown = true;
    }
    poke_();
    return seat;
}

std::unique_ptr<contract::Watcher> Wakeups::watch(contract::WatchParams params) {
    Kind kind = Kind::work;
    if (params.what == contract::WatchFor::changes) kind = Kind::changes;
    if (params.what == contract::WatchFor::cancellations) kind = Kind::cancellations;
    return std::make_unique<QueueWatcher>(shared_from_this(),
                                          take_seat(std::move(params.queue), kind));
}

std::unique_ptr<Wakeups::EventWatcher> Wakeups::watch_events(std::string queue) {
    return std::make_unique<EventWatcher>(shared_from_this(),
                                          take_seat(std::move(queue), Kind::events));
}

Wakeups::EventWatcher::~EventWatcher() {
    wakeups_->leave(seat_);
}

void Wakeups::EventWatcher::wait(std::int64_t after,
                                 Millis at_most,
                                 contract::Done<Timestamp> done) {
    wakeups_->wait(*seat_,
                   {.until = deadline(at_most), .done = std::move(done), .events_after = after});
}

void Wakeups::EventWatcher::interrupt() {
    wakeups_->interrupt(*seat_);
}

void Wakeups::wait(Seat& seat, Wait wait) {
    std::optional<Result<Timestamp>> at_once;
    {
        base::MutexLock lock(mutex_);
        assert(!seat.wait && "one wait at a time");
        const Channel& channel = channels_[seat.queue];
        const bool has_events = seat.kind == Kind::events && channel.events > wait.events_after;
        if (seat.interrupted)
            at_once = ended();
        else if (std::exchange(seat.signalled, false) || has_events)
            at_once = time_from(channel.next_due_ms);
        else
            seat.wait = std::move(wait);
    }
    if (at_once)
        wait.done(std::move(*at_once));
    else
        poke_();
}

void Wakeups::interrupt(Seat& seat) {
    Calls calls;
    {
        base::MutexLock lock(mutex_);
        seat.interrupted = true;
        end(seat, ended(), calls);
    }
    make(calls);
}

void Wakeups::leave(const std::shared_ptr<Seat>& seat) {
    Calls calls;
    {
        base::MutexLock lock(mutex_);
        end(*seat, ended(), calls);
        const auto channel = channels_.find(seat->queue);
        std::erase(channel->second.seats, seat);
        if (channel->second.seats.empty()) channels_.erase(channel);
    }
    make(calls);
}

void Wakeups::tell(const std::vector<News>& news) {
    Calls calls;
    bool timer = false;
    {
        base::MutexLock lock(mutex_);
        for (const News& each : news) {
            const auto channel = channels_.find(each.queue);
            if (channel == channels_.end()) continue;
            timer = timer || channel->second.next_due_ms != each.next_due_ms;
            ++channel->second.told;
            update(channel->second, each, calls);
        }
    }
    make(calls);
    if (timer) poke_();
}

void Wakeups::look_at(const Asked& asked, const News& seen) {
    Calls calls;
    bool again = false;
    {
        base::MutexLock lock(mutex_);
        const auto found = channels_.find(asked.queue);
        if (found == channels_.end()) return;
        Channel& channel = found->second;
        // A commit told meanwhile may be newer than what was read, or older.
        again = channel.told != asked.told;
        channel.unknown = again;
        if (!again) update(channel, seen, calls);
    }
    make(calls);
    if (again) poke_();
}

void Wakeups::update(Channel& channel, const News& news, Calls& calls) {
    const bool changed = channel.changes != -1 && channel.changes != news.changes;
    // Also at the first look: one that came before it may be meant for who watches now.
    const bool cancelled = channel.cancellations != news.cancellations;
    channel.changes = news.changes;
    channel.cancellations = news.cancellations;
    channel.next_due_ms = news.next_due_ms;
    channel.events = std::max(channel.events, news.events);
    if (news.available) signal(channel, Kind::work, calls);
    if (changed) signal(channel, Kind::changes, calls);
    if (cancelled) signal(channel, Kind::cancellations, calls);
    tell_of_events(channel, calls);
}

void Wakeups::tell_of_events(Channel& channel, Calls& calls) {
    for (const auto& seat : channel.seats)
        if (seat->kind == Kind::events && seat->wait && seat->wait->events_after < channel.events)
            end(*seat, time_from(channel.next_due_ms), calls);
}

void Wakeups::signal(Channel& channel, Kind kind, Calls& calls) {
    for (const auto& seat : channel.seats) {
        if (seat->kind != kind) continue;
        if (seat->wait)
            end(*seat, time_from(channel.next_due_ms), calls);
        else
            seat->signalled = true;
    }
}

void Wakeups::end(Seat& seat, Result<Timestamp> with, Calls& calls) {
    if (!seat.wait) return;
    calls.emplace_back(std::move(seat.wait->done), std::move(with));
    seat.wait.reset();
}

std::vector<Wakeups::Asked> Wakeups::queues(Which which) {
    std::vector<Asked> found;
    base::MutexLock lock(mutex_);
    for (auto& [name, channel] : channels_) {
        // Where nobody waits just now, the next wait asks.
        channel.unknown = channel.unknown || which == Which::all;
        const bool waits = std::any_of(channel.seats.begin(),
                                       channel.seats.end(),
                                       [](const auto& seat) { return seat->wait.has_value(); });
        if (channel.unknown && waits) found.push_back({name, channel.told});
    }
    return found;
}

// A due time is told once: who was told and took nothing is not asked again and again.
SteadyTime Wakeups::due_time(const Channel& channel) const {
    if (channel.next_due_ms == 0 || channel.next_due_ms == channel.due_told_ms)
        return SteadyTime::max();
    const Millis ahead = time_from(channel.next_due_ms) - clock_();
    return std::chrono::steady_clock::now() + std::clamp(ahead, Millis{0}, wait_max);
}

void Wakeups::expire() {
    Calls calls;
    {
        base::MutexLock lock(mutex_);
        const auto now = std::chrono::steady_clock::now();
        for (auto& [name, channel] : channels_) {
            if (channel.next_due_ms != 0 && channel.next_due_ms != channel.due_told_ms &&
                time_from(channel.next_due_ms) <= clock_()) {
                channel.due_told_ms = channel.next_due_ms;
                signal(channel, Kind::work, calls);
            }
            for (const auto& seat : channel.seats)
                if (seat->wait && seat->wait->until <= now)
                    end(*seat, time_from(channel.next_due_ms), calls);
        }
    }
    make(calls);
}

SteadyTime Wakeups::next_deadline() {
    base::MutexLock lock(mutex_);
    auto first = SteadyTime::max();
    for (const auto& [name, channel] : channels_) {
        first = std::min(first, due_time(channel));
        for (const auto& seat : channel.seats)
            if (seat->wait) first = std::min(first, seat->wait->until);
    }
    return first;
}

void Wakeups::close() {
    Calls calls;
    {
        base::MutexLock lock(mutex_);
        closed_ = true;
        for (auto& [name, channel] : channels_)
            for (const auto& seat : channel.seats) {
                seat->interrupted = true;
                end(*seat, ended(), calls);
            }
    }
    make(calls);
}

void Wakeups::make(Calls& calls) {
    for (auto& [done, with] : calls)
        done(std::move(with));
}

}  // namespace toril::sqlite
