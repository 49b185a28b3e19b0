#include "backend/sqlite/side/engine.hpp"

#include "backend/sqlite/side/operations.hpp"
#include "base/logger.hpp"

#include <random>

namespace toril::sqlite_side {
namespace {

// For looks on behalf of those who wait, and what they wait for when there is no answer.
constexpr Millis look_timeout{5'000};
constexpr Millis look_again{100};
constexpr int news_rows_max = 1'000;

// Tells our news from those of others.
std::int64_t make_writer_id() {
    std::random_device random;
    return static_cast<std::int64_t>(std::uint64_t{random()} << 31 ^ random());
}

// Waits are for ever when that is what `at_most` comes to.
SteadyTime deadline_after(Millis at_most) {
    const auto now = std::chrono::steady_clock::now();
    return at_most < SteadyTime::max() - now ? now + at_most : SteadyTime::max();
}

std::optional<Millis> held_for(Session& session, const LockWaits::Asked& asked) {
    if (asked.kind == contract::LockKind::record) return runs_for(session, asked.key);
    const auto holder = lock_status(session, asked.key);
    return holder ? std::optional(holder->remaining) : std::nullopt;
}

void end(std::thread& thread) {
    if (!thread.joinable()) return;
    // The last handle may go on a thread of ours: in a callback. It ends by itself then.
    if (thread.get_id() == std::this_thread::get_id())
        thread.detach();
    else
        thread.join();
}

}  // namespace

Engine::Engine(const SideOptions& options)
    : use_inotify_(options.use_inotify),
      session_(options.prefix, options.clock.value_or(SideClock::of_system()), make_writer_id()),
      wake_(options.path),
      worker_(
          {.path = options.path, .bytes_max = options.bytes_max, .log = base::Logger(options.log)},
          session_,
          wake_),
      feeds_(options.prefix),
      listener_(wake_, waits_, feeds_, base::Logger(options.log)) {
    worker_.set_listener([this](const std::vector<Freed>& freed) {
        waits_.freed(freed);
        for (const Freed& each : freed)
            if (each.taken) feeds_.tell_of_taken(each.key);
    });
    listener_.set_asks({.look = [this](auto asked) { look_at(std::move(asked)); },
                        .read_news = [this](std::int64_t after) { read_news(after); }});
}

void Engine::need_worker() {
    const std::lock_guard lock(mutex_);
    if (ended_ || work_.joinable()) return;
    work_ = std::thread([self = shared_from_this()] { self->worker_.run(); });
    working_ = true;
}

void Engine::need_listener() {
    const std::lock_guard lock(mutex_);
    if (ended_ || hear_.joinable()) return;
    // Without it waits end by their deadlines only.
    if (!listener_.open(use_inotify_)) return;
    hear_ = std::thread([self = shared_from_this()] { self->listener_.run(); });
}

void Engine::post(std::unique_ptr<Task> task) {
    if (!working_) need_worker();
    worker_.queue().push(std::move(task));
}

std::uint64_t Engine::wait(contract::LockKind kind,
                           std::string key,
                           Millis at_most,
                           contract::DoneStatus done) {
    need_listener();
    LockWaits::Asked asked =
        waits_.begin(kind, std::move(key), deadline_after(at_most), std::move(done));
    const std::uint64_t id = asked.id;
    if (id == 0) return id;
    // First of the audience, then the look: what others commit after it they tell of.
    listener_.join();
    look_at({std::move(asked)});
    return id;
}

void Engine::end_wait(std::uint64_t id) {
    waits_.end(id, Error(ErrorCode::cancelled, "the wait was interrupted"));
}

void Engine::look_at(std::vector<LockWaits::Asked> asked) {
    using Found = Result<std::vector<std::optional<Millis>>>;
    const auto look = [asked](Session& session) {
        std::vector<std::optional<Millis>> found;
        for (const LockWaits::Asked& each : asked)
            found.push_back(held_for(session, each));
        return Found(std::move(found));
    };
    ask<Found>(Part::locks, look_timeout, look, look, [this, asked](const Found& found) {
        for (std::size_t i = 0; i < asked.size(); ++i)
            waits_.found(asked[i].id, found ? (*found)[i] : look_again);
        listener_.poke();
    });
}

void Engine::read_news(std::int64_t after) {
    using Found = Result<NewsPage>;
    const auto look = [after, at = std::chrono::steady_clock::now()](Session& session) {
        return Found(NewsPage{.at = at,
                              .incarnation = session.side.incarnation(),
                              .oldest = session.news.oldest(),
                              .latest = session.news.latest(),
                              .rows = session.news.after(after, news_rows_max)});
    };
    ask<Found>(Part::cache, look_timeout, look, look, [this](Found found) {
        listener_.read(found ? std::optional(std::move(*found)) : std::nullopt);
    });
}

void Engine::listen(std::string cache, std::weak_ptr<contract::CacheListener> listener) {
    need_listener();
    feeds_.listen(std::move(cache), std::move(listener));
    listener_.poke();
}

void Engine::hear_of_taken(std::weak_ptr<contract::OnTaken> listener) {
    need_listener();
    feeds_.hear_of_taken(std::move(listener));
    listener_.poke();
}

void Engine::call_at(SteadyTime when, std::function<void()> call) {
    need_listener();
    listener_.call_at(when, std::move(call));
}

void Engine::close(Part part, Millis deadline) {
    if (part == Part::locks) waits_.close(Error(ErrorCode::cancelled, "the store is closed"));
    if (part == Part::cache) feeds_.close();
    worker_.queue().close(part, deadline_after(deadline));
}

void Engine::end() {
    std::thread hear;
    std::thread work;
    {
        const std::lock_guard lock(mutex_);
        ended_ = true;
        hear.swap(hear_);
        work.swap(work_);
    }
    listener_.stop();
    sqlite_side::end(hear);
    worker_.stop();
    worker_.queue().end();
    sqlite_side::end(work);
}

}  // namespace toril::sqlite_side
