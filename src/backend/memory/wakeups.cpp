#include "backend/memory/wakeups.hpp"

#include <unistd.h>

#include <algorithm>
#include <cassert>

namespace toril::memory {
namespace {

Error ended() {
    return {ErrorCode::cancelled, "the watcher was interrupted, or its store closed"};
}

std::uint64_t signs_for(const Watching& watching, const Channel& channel) {
    switch (watching.what) {
        case contract::WatchFor::work: return channel.work_signs;
        case contract::WatchFor::cancellations: return channel.cancellations;
        default: return channel.changes;
    }
}

// Longer waits than this are cut: `at_most` may be the largest number there is.
constexpr Millis wait_max{24LL * 3'600'000};

}  // namespace

class Wakeups::QueueWatcher final : public contract::Watcher {
public:
    QueueWatcher(std::shared_ptr<Wakeups> wakeups,
                 std::shared_ptr<Channel> channel,
                 std::shared_ptr<Watching> watching)
        : wakeups_(std::move(wakeups)),
          channel_(std::move(channel)),
          watching_(std::move(watching)) {}

    ~QueueWatcher() override { wakeups_->leave(*channel_, watching_); }

    void wait(Millis at_most, contract::Done<Timestamp> done) override {
        const auto bounded = std::clamp(at_most, Millis{0}, wait_max);
        wakeups_->wait(
            *channel_, *watching_, {std::chrono::steady_clock::now() + bounded, std::move(done)});
    }

    void interrupt() override { wakeups_->interrupt(*watching_); }

private:
    const std::shared_ptr<Wakeups> wakeups_;
    const std::shared_ptr<Channel> channel_;
    const std::shared_ptr<Watching> watching_;
};

std::unique_ptr<contract::Watcher> Wakeups::watch(const std::shared_ptr<Channel>& channel,
                                                  contract::WatchFor what,
                                                  std::string name) {
    auto watching = std::make_shared<Watching>();
    watching->what = what;
    watching->name = std::move(name);
    watching->since = clock_();
    base::MutexLock lock(mutex_);
    watching->interrupted = closed_;
    if (channel->watching.empty()) channels_.push_back(channel);
    channel->watching.push_back(watching);
    return std::make_unique<QueueWatcher>(shared_from_this(), channel, std::move(watching));
}

std::vector<WorkerInfo> Wakeups::workers(const Channel& channel) {
    const Timestamp now = clock_();
    const std::string address = "pid " + std::to_string(::getpid());
    base::MutexLock lock(mutex_);
    std::vector<WorkerInfo> workers;
    for (const auto& watching : channel.watching)
        if (watching->what == contract::WatchFor::work)
            workers.push_back(
                {.name = watching->name, .address = address, .age = now - watching->since});
    std::stable_sort(workers.begin(), workers.end(), [](const WorkerInfo& a, const WorkerInfo& b) {
        return a.age > b.age;
    });
    return workers;
}

void Wakeups::tell(Channel& channel, const News& news) {
    base::MutexLock lock(mutex_);
    ++channel.changes;
    if (news.cancelled) ++channel.cancellations;
    if (news.more_work) ++channel.work_signs;
    if (channel.next_due != news.next_due) {
        channel.next_due = news.next_due;
        channel.due_told = news.next_due == Timestamp{};
    }
    if (channel.watching.empty()) return;
    wake(channel, news.available);
    for (const auto& watching : channel.watching)
        if (watching->what == contract::WatchFor::changes ||
            (news.cancelled && watching->what == contract::WatchFor::cancellations))
            answer(*watching, channel.next_due);
    changed_.notify_one();
}

void Wakeups::wait(Channel& channel, Watching& watching, Wait wait) {
    std::optional<Result<Timestamp>> at_once;
    {
        base::MutexLock lock(mutex_);
        if (!channel.due_told && channel.next_due <= clock_()) tell_due(channel);
        if (closed_ || watching.interrupted)
            at_once = ended();
        else if (watching.seen < signs_for(watching, channel))
            at_once = channel.next_due;
        watching.seen = signs_for(watching, channel);
        if (!at_once) {
            assert(!watching.wait && "one wait at a time");
            watching.wait = std::move(wait);
            start_thread();
            changed_.notify_one();
        }
    }
    if (at_once) wait.done(std::move(*at_once));
}

void Wakeups::interrupt(Watching& watching) {
    base::MutexLock lock(mutex_);
    watching.interrupted = true;
    answer(watching, ended());
    changed_.notify_one();
}

void Wakeups::leave(Channel& channel, const std::shared_ptr<Watching>& watching) {
    base::MutexLock lock(mutex_);
    answer(*watching, ended());
    channel.watching.remove(watching);
    if (channel.watching.empty())
        channels_.remove_if([&](const auto& each) { return each.get() == &channel; });
    changed_.notify_one();
}

void Wakeups::close() {
    std::thread ending;
    {
        base::MutexLock lock(mutex_);
        closed_ = true;
        for (const auto& channel : channels_)
            for (const auto& watching : channel->watching)
                answer(*watching, ended());
        changed_.notify_one();
        ending = std::move(thread_);
    }
    if (!ending.joinable()) return;
    // A Done may drop the last handle to the store; the thread then ends by itself.
    if (ending.get_id() == std::this_thread::get_id())
        ending.detach();
    else
        ending.join();
}

// Those that wait longest first. A watcher that waits again goes behind the others.
void Wakeups::wake(Channel& channel, std::size_t most) {
    std::list<std::shared_ptr<Watching>> woken;
    auto& watching = channel.watching;
    for (auto at = watching.begin(); at != watching.end() && woken.size() < most;) {
        const auto each = at++;
        if ((*each)->what != contract::WatchFor::work || !(*each)->wait) continue;
        (*each)->seen = channel.work_signs;
        answer(**each, channel.next_due);
        woken.splice(woken.end(), watching, each);
    }
    watching.splice(watching.end(), woken);
}

void Wakeups::answer(Watching& watching, Result<Timestamp> with) {
    if (!watching.wait) return;
    calls_.emplace_back(std::move(watching.wait->done), std::move(with));
    watching.wait.reset();
}

void Wakeups::tell_due(Channel& channel) {
    channel.due_told = true;
    ++channel.work_signs;
    wake(channel, 1);
}

void Wakeups::start_thread() {
    if (thread_.joinable() || closed_) return;
    thread_ = std::thread([self = shared_from_this()] { self->run(); });
}

void Wakeups::run() {
    std::unique_lock lock(mutex_);
    for (;;) {
        Calls calls = take_expired(std::chrono::steady_clock::now());
        if (!calls.empty()) {
            lock.unlock();
            for (auto& [done, with] : calls)
                done(std::move(with));
            calls.clear();  // what they hold goes before the lock comes back
            lock.lock();
            continue;
        }
        if (closed_) return;
        changed_.wait_until(lock, next_deadline());
    }
}

// All that is to be called now: woken, past `at_most`, or for a delayed job that came due.
Wakeups::Calls Wakeups::take_expired(SteadyTime now) {
    for (const auto& channel : channels_) {
        if (!channel->due_told && channel->next_due <= clock_()) tell_due(*channel);
        for (const auto& watching : channel->watching)
            if (watching->wait && watching->wait->until <= now)
                answer(*watching, channel->next_due);
    }
    return std::exchange(calls_, {});
}

SteadyTime Wakeups::next_deadline() const {
    SteadyTime next = std::chrono::steady_clock::now() + wait_max;
    for (const auto& channel : channels_) {
        bool waits_for_work = false;
        for (const auto& watching : channel->watching) {
            if (!watching->wait) continue;
            next = std::min(next, watching->wait->until);
            waits_for_work |= watching->what == contract::WatchFor::work;
        }
        if (waits_for_work && !channel->due_told)
            next = std::min(next, due_in_steady_time(*channel));
    }
    return next;
}

// A millisecond late at most, never early: the store's clock counts whole ones.
SteadyTime Wakeups::due_in_steady_time(const Channel& channel) const {
    const Millis left = std::clamp(channel.next_due - clock_(), Millis{1}, wait_max);
    return std::chrono::steady_clock::now() + left;
}

}  // namespace toril::memory
