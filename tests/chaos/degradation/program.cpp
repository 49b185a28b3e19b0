#include "program.hpp"

#include <charconv>
#include <stdexcept>
#include <utility>

namespace toril::testing {
namespace {

using namespace std::chrono_literals;

template <class T>
T must(Result<T> opened) {
    if (!opened) throw std::runtime_error(opened.error().message());
    return std::move(*opened);
}

std::uint64_t number_of(std::string_view text) {
    std::uint64_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

}  // namespace

Program::Program(const std::string& url, const std::filesystem::path& folder)
    : store_(must(Store::open(url, {.prefix = "story"}))),
      queue_(must(Queue::open(
          store_,
          "story",
          {.spool = SpoolOptions{.path = (folder / "spool.db").string(), .patience = 200ms}}))),
      cache_(must(Cache::open(store_, {.name = "story", .ttl_jitter = 0}))),
      locks_(must(Locks::open(store_))),
      throttle_(must(Throttle::open(store_))),
      health_(must(Health::open(
          store_, {.ping_every = 100ms, .ping_timeout = 200ms, .write_probe_every = 200ms}))),
      worker_(must(Worker::start(store_,
                                 "story",
                                 [seen = seen_](JobContext& context) -> Result<Json> {
                                     const std::uint64_t number = number_of(context.data().text());
                                     const std::lock_guard lock(seen->mutex);
                                     ++seen->handled[number];
                                     const auto [known, is_new] =
                                         seen->ids.emplace(number, context.id());
                                     if (!is_new && known->second != context.id())
                                         seen->twice = true;
                                     return Json{};
                                 },
                                 {.concurrency = 4, .lock_duration = 2s}))) {}

Result<AddedJob> Program::add() {
    Result<AddedJob> added =
        queue_.add("number", Json::unchecked(std::to_string(added_ + 1)), {.attempts = 10});
    if (added) ++added_;
    return added;
}

Result<CacheValue> Program::read(std::string_view key) {
    return cache_.get_or_set(key, [] { return Loaded("loaded"); });
}

Result<LimitAnswer> Program::pass() {
    return throttle_.check("story", {.max = 1'000'000, .per = 60s});
}

Result<LockOutcome> Program::lock(WhenAway when_away) {
    Result<LockAnswer> answer =
        locks_.acquire("story", {.ttl = 5s, .when_away = when_away, .store_timeout = 200ms});
    if (!answer) return answer.error();
    // Waits for it: what comes next must not find this one.
    if (answer->lock) answer->lock->release();
    return answer->outcome;
}

std::map<std::uint64_t, int> Program::handled() const {
    const std::lock_guard lock(seen_->mutex);
    return seen_->handled;
}

bool Program::is_all_done() const {
    const std::lock_guard lock(seen_->mutex);
    return !seen_->twice && seen_->handled.size() == added_;
}

}  // namespace toril::testing
