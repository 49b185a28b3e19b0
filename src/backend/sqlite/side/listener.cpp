#include "backend/sqlite/side/listener.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <utility>

namespace toril::sqlite_side {
namespace {

using namespace std::chrono_literals;
using SteadyClock = std::chrono::steady_clock;

// Below the smallest staleness bound of a cache (100 ms), twice.
constexpr auto tick_interval = 40ms;
// Where nobody counts on being told in time.
constexpr auto calm_interval = 1s;

}  // namespace

Listener::Listener(WakeFile& wake, LockWaits& waits, Feeds& feeds, base::Logger log)
    : wake_(wake), waits_(waits), feeds_(feeds), log_(std::move(log)) {}

Status Listener::open(bool use_inotify) {
    poked_ = sqlite::File(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
    if (poked_.fd() < 0)
        return Error(ErrorCode::unavailable,
                     "cannot make an eventfd: " + std::string(std::strerror(errno)) +
                         "; raise the limit of open files");
    if (use_inotify) inotify_ = sqlite::File(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
    if (inotify_.fd() < 0)
        log_(LogLevel::warning,
             "sqlite.inotify_missing",
             "other processes are asked for news of locks and caches every 40 ms: raise "
             "fs.inotify.max_user_instances");
    return {};
}

// Again and again: it may be another file by now. One that is watched already stays so.
void Listener::watch() {
    if (inotify_.fd() >= 0 && wake_.open())
        ::inotify_add_watch(inotify_.fd(), wake_.path().c_str(), IN_MODIFY);
}

void Listener::join() {
    watch();
    if (wake_.open()) wake_.join();
}

void Listener::run() {
    while (!stopping_) {
        take_part();
        const bool heard = listen(next_deadline());
        if (stopping_) break;
        const bool ticks = beat();
        tell_news(heard || ticks);
        look_at_locks(heard || (ticks && is_time_to_look()));
        make_calls(SteadyClock::now());
    }
    make_calls(SteadyTime::max());
}

// While nobody waits or listens others need not touch the file.
void Listener::take_part() {
    const bool wanted = is_wanted();
    if (wanted == own_.audience) return;
    own_.audience = wanted;
    own_.next_tick = wanted ? SteadyClock::now() : SteadyTime::max();
    if (wanted) return join();
    wake_.leave();
    // One who came meanwhile joined, and has left with us.
    if (!is_wanted()) return;
    join();
    own_.audience = true;
    own_.next_tick = SteadyClock::now();
}

bool Listener::is_wanted() {
    return !waits_.empty() || !feeds_.is_empty();
}

// Whether it is time for a look without having heard anything.
bool Listener::beat() {
    const auto now = SteadyClock::now();
    if (now < own_.next_tick) return false;
    const bool urgent = inotify_.fd() < 0 || feeds_.is_urgent();
    own_.next_tick = now + (urgent ? tick_interval : calm_interval);
    watch();
    return true;
}

// A process may die between its commit and the word of it.
bool Listener::is_time_to_look() {
    const auto now = SteadyClock::now();
    if (inotify_.fd() >= 0 && now < own_.next_look) return false;
    own_.next_look = now + calm_interval;
    return true;
}

void Listener::tell_news(bool look) {
    std::vector<std::optional<NewsPage>> pages;
    {
        base::MutexLock lock(mutex_);
        pages.swap(inbox_.pages);
    }
    for (const auto& page : pages) {
        own_.reading = false;
        own_.again = (page && feeds_.tell(*page)) || own_.again;
    }
    own_.again = own_.again || look;
    if (own_.reading || !own_.again || feeds_.is_empty()) return;
    own_.again = false;
    const auto now = SteadyClock::now();  // before the number is read
    if (!feeds_.tick(wake_.read_seq(), now)) return;
    own_.reading = true;
    asks_.read_news(feeds_.told());
}

void Listener::look_at_locks(bool all) {
    std::vector<LockWaits::Asked> asked = waits_.due(SteadyClock::now(), all);
    if (!asked.empty()) asks_.look(std::move(asked));
}

void Listener::make_calls(SteadyTime until) {
    std::vector<std::function<void()>> calls;
    {
        base::MutexLock lock(mutex_);
        const auto end = inbox_.calls.upper_bound(until);
        for (auto call = inbox_.calls.begin(); call != end; ++call)
            calls.push_back(std::move(call->second));
        inbox_.calls.erase(inbox_.calls.begin(), end);
    }
    for (const auto& call : calls)
        call();
}

SteadyTime Listener::next_deadline() {
    SteadyTime next = std::min(own_.next_tick, waits_.next_deadline());
    base::MutexLock lock(mutex_);
    if (!inbox_.calls.empty()) next = std::min(next, inbox_.calls.begin()->first);
    return next;
}

// True: another process may have committed something.
bool Listener::listen(SteadyTime until) {
    std::array<pollfd, 2> files{{{poked_.fd(), POLLIN, 0}, {inotify_.fd(), POLLIN, 0}}};
    int wait_ms = -1;
    if (until != SteadyTime::max()) {
        const auto left = std::chrono::ceil<Millis>(until - SteadyClock::now());
        wait_ms = static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 3'600'000));
    }
    ::poll(files.data(), files.size(), wait_ms);
    std::uint64_t pokes = 0;
    [[maybe_unused]] const auto count = ::read(poked_.fd(), &pokes, sizeof pokes);
    bool heard = false;
    alignas(inotify_event) std::array<char, 4096> bytes{};
    while (inotify_.fd() >= 0 && ::read(inotify_.fd(), bytes.data(), bytes.size()) > 0)
        heard = true;
    return heard;
}

void Listener::stop() {
    stopping_ = true;
    poke();
}

void Listener::poke() const {
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(poked_.fd(), &one, sizeof one);
}

void Listener::read(std::optional<NewsPage> page) {
    {
        base::MutexLock lock(mutex_);
        inbox_.pages.push_back(std::move(page));
    }
    poke();
}

void Listener::call_at(SteadyTime when, std::function<void()> call) {
    {
        base::MutexLock lock(mutex_);
        inbox_.calls.emplace(when, std::move(call));
    }
    poke();
}

}  // namespace toril::sqlite_side
