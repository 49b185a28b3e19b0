#include "backend/sqlite/waker.hpp"

#include "backend/sqlite/reader.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace toril::sqlite {
namespace {

using namespace std::chrono_literals;

constexpr auto live_interval = 1s;
constexpr auto poll_interval = 50ms;
// The kernel tells of a closed file before it drops the file's locks: asked again after these.
constexpr std::array<Millis, 3> after_end{2ms, 20ms, 200ms};

}  // namespace

Waker::Waker(Session& session, const LiveFile& live, base::Logger log)
    : session_(session), live_(live), log_(std::move(log)) {}

Status Waker::open(const std::string& path, bool use_inotify) {
    poked_ = File(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
    if (poked_.fd() < 0)
        return Error(ErrorCode::unavailable,
                     "cannot make an eventfd: " + std::string(std::strerror(errno)) +
                         "; raise the limit of open files");
    if (use_inotify) {
        inotify_ = File(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
        wake_watch_ = ::inotify_add_watch(inotify_.fd(), (path + "-wake").c_str(), IN_MODIFY);
        live_watch_ = ::inotify_add_watch(inotify_.fd(), (path + "-live").c_str(), IN_CLOSE_WRITE);
    }
    if (wake_watch_ >= 0 && live_watch_ >= 0) return {};
    inotify_ = File();
    log_(LogLevel::warning,
         "sqlite.inotify_missing",
         "other processes are asked for news every 50 ms: raise fs.inotify.max_user_instances");
    return {};
}

void Waker::run(Wakeups& wakeups, const OnDead& on_dead) {
    const bool polls = inotify_.fd() < 0;
    auto next_live = SteadyTime::max();
    std::size_t asked = after_end.size();
    look_for_dead(on_dead);
    while (!stopping_) {
        if (others_active_ && next_live == SteadyTime::max())
            next_live = std::chrono::steady_clock::now() + live_interval;
        SteadyTime until = std::min(wakeups.next_deadline(), next_live);
        if (polls) until = std::min(until, std::chrono::steady_clock::now() + poll_interval);
        const Heard heard = listen(until);
        if (stopping_) break;
        look(wakeups, heard.commit || polls ? Wakeups::Which::all : Wakeups::Which::unknown);
        if (heard.end) asked = 0;
        const auto now = std::chrono::steady_clock::now();
        if (heard.end || now >= next_live) {
            look_for_dead(on_dead);
            next_live = asked < after_end.size() ? now + after_end[asked++] : SteadyTime::max();
        }
        wakeups.expire();
    }
    session_.db.close();
}

Waker::Heard Waker::listen(SteadyTime until) const {
    std::array<pollfd, 2> files{{{poked_.fd(), POLLIN, 0}, {inotify_.fd(), POLLIN, 0}}};
    int wait_ms = -1;
    if (until != SteadyTime::max()) {
        const auto left = std::chrono::ceil<Millis>(until - std::chrono::steady_clock::now());
        wait_ms = static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 3'600'000));
    }
    ::poll(files.data(), files.size(), wait_ms);
    std::uint64_t pokes = 0;
    [[maybe_unused]] const auto count = ::read(poked_.fd(), &pokes, sizeof pokes);
    Heard heard;
    alignas(inotify_event) std::array<char, 4096> bytes{};
    if (inotify_.fd() < 0) return heard;
    for (;;) {
        const auto size = ::read(inotify_.fd(), bytes.data(), bytes.size());
        if (size <= 0) return heard;
        for (ssize_t at = 0; at < size;) {
            inotify_event event{};
            std::memcpy(&event, bytes.data() + at, sizeof event);
            const bool lost = (event.mask & IN_Q_OVERFLOW) != 0;
            heard.commit = heard.commit || lost || event.wd == wake_watch_;
            heard.end = heard.end || lost || event.wd == live_watch_;
            at += static_cast<ssize_t>(sizeof event + event.len);
        }
    }
}

void Waker::look(Wakeups& wakeups, Wakeups::Which which) {
    const std::vector<Wakeups::Asked> asked = wakeups.queues(which);
    if (asked.empty() && (others_active_ || which == Wakeups::Which::unknown)) return;
    std::vector<News> seen;
    const Status looked = in_read_transaction(session_, [&] {
        for (const auto& [name, told] : asked) {
            const QueueRow* row = session_.queues.find(name);
            if (row == nullptr)
                seen.push_back({.queue = name});
            else
                seen.push_back(news_of(*row, session_.lines.next_due_ms(*row), row->has_work()));
        }
        others_active_ = !session_.lines.other_holders(session_.process).empty();
    });
    if (!looked) {
        log_(LogLevel::warning, "sqlite.look_failed", looked.error().message());
        return;
    }
    for (std::size_t i = 0; i < seen.size(); ++i)
        wakeups.look_at(asked[i], seen[i]);
}

void Waker::look_for_dead(const OnDead& on_dead) {
    std::vector<std::int64_t> dead;
    const Status looked = in_read_transaction(session_, [&] {
        dead = session_.records.other_processes(session_.process);
        others_active_ = !session_.lines.other_holders(session_.process).empty();
    });
    if (!looked) log_(LogLevel::warning, "sqlite.look_failed", looked.error().message());
    std::erase_if(dead, [this](std::int64_t id) { return live_.is_alive(id); });
    if (!dead.empty()) on_dead(std::move(dead));
}

void Waker::poke() const {
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(poked_.fd(), &one, sizeof one);
}

void Waker::stop() {
    stopping_ = true;
    poke();
}

}  // namespace toril::sqlite
