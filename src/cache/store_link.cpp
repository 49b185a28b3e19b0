#include "cache/store_link.hpp"

#include "base/sync.hpp"
#include "base/uuid.hpp"

#include <algorithm>
#include <utility>

namespace toril::cache {
namespace {

using contract::CacheAnswer;
using contract::CacheGeneration;

constexpr int failures_max = 2;
constexpr Millis pause_min{100};
constexpr Millis pause_max{1'000};
// Told in one call after an outage.
constexpr std::size_t intents_at_once = 256;
// The keeper may wait longer than callers: what it asks for can be a batch.
constexpr Millis keeper_timeout_min{500};
// A store answers by its own deadline; this much later we stop waiting for it.
constexpr Millis answer_margin{10};
// Asked for to find out whether there is an answer; what it says is not used.
constexpr const char* probe_key = "\x01";

}  // namespace

StoreLink::StoreLink(LinkOptions options,
                     std::shared_ptr<contract::CacheStore> store,
                     std::shared_ptr<base::FallbackBoard> board,
                     Empty empty)
    : options_(std::move(options)),
      store_(std::move(store)),
      board_(std::move(board)),
      empty_(std::move(empty)) {}

StoreLink::~StoreLink() {
    std::thread keeper;
    {
        base::MutexLock lock(mutex_);
        outage_.closing = true;
        keeper.swap(outage_.keeper);
        changed_.notify_all();
    }
    if (keeper.joinable()) keeper.join();
}

template <class T, class Start>
Result<T> StoreLink::ask(Millis timeout, Start&& start) {
    Result<T> answer = base::wait_for_answer<Result<T>>(timeout + answer_margin, start);
    if (answer)
        failures_in_a_row_.store(0);
    else
        failed(answer.error());
    return answer;
}

Result<StoreLink::Answer> StoreLink::get(const Question& question) {
    contract::CacheGetParams params{
        .cache = options_.cache, .keys = question.keys, .timeout = options_.timeout};
    if (question.lease_ahead) {
        params.lease = options_.lease;
        params.token = base::make_uuid();
        params.ahead = *question.lease_ahead;
    }
    std::string token = params.token;
    // An answer that nobody waits for any more may bring a lease, which would keep others waiting.
    const auto given_up = std::make_shared<std::atomic<bool>>(false);
    const auto give_back_all =
        [weak = std::weak_ptr(store_), cache = options_.cache, keys = question.keys, token] {
            if (const auto store = weak.lock(); store && !token.empty())
                for (const std::string& key : keys)
                    store->give_back(cache, key, token);
        };
    Result<CacheAnswer> answer = ask<CacheAnswer>(options_.timeout, [&](auto done) {
        store_->get(std::move(params),
                    [done = std::move(done), given_up, give_back_all](Result<CacheAnswer> found) {
                        const bool is_answer = static_cast<bool>(found);
                        done(std::move(found));
                        if (is_answer && given_up->load()) give_back_all();
                    });
    });
    if (answer) return Answer{std::move(*answer), std::move(token)};
    given_up->store(true);
    give_back_all();
    return answer.error();
}

Result<bool> StoreLink::fill(contract::CacheSetParams params) {
    params.cache = options_.cache;
    params.timeout = options_.timeout;
    return ask<bool>(options_.timeout,
                     [&](auto done) { store_->set(std::move(params), std::move(done)); });
}

void StoreLink::give_back(const std::string& key, const std::string& token) {
    if (!token.empty()) store_->give_back(options_.cache, key, token);
}

std::optional<bool> StoreLink::set(contract::CacheSetParams params) {
    std::string why;
    Intent intent{.kind = Intent::Kind::remove, .key = params.key};
    if (is_up()) {
        const Result<bool> stored = fill(std::move(params));
        if (stored) return *stored;
        why = stored.error().message();
    }
    note(std::move(intent), why);
    return std::nullopt;
}

Result<std::size_t> StoreLink::ask_change(Intent::Kind kind,
                                          std::vector<std::string> names,
                                          Millis timeout) {
    contract::CacheKeys keys{.cache = options_.cache, .keys = std::move(names), .timeout = timeout};
    return ask<std::size_t>(timeout, [&](auto done) {
        kind == Intent::Kind::remove ? store_->remove(std::move(keys), std::move(done))
                                     : store_->expire(std::move(keys), std::move(done));
    });
}

std::optional<std::size_t> StoreLink::change(Intent::Kind kind, const std::string& key) {
    std::string why;
    if (is_up()) {
        const Result<std::size_t> changed = ask_change(kind, {key}, options_.timeout);
        if (changed) return *changed;
        why = changed.error().message();
    }
    note({.kind = kind, .key = key}, why);
    return std::nullopt;
}

std::optional<std::size_t> StoreLink::remove(const std::string& key) {
    return change(Intent::Kind::remove, key);
}

std::optional<std::size_t> StoreLink::expire(const std::string& key) {
    return change(Intent::Kind::expire, key);
}

std::optional<CacheGeneration> StoreLink::invalidate(const contract::CacheMark& mark) {
    std::string why;
    if (is_up()) {
        const auto now = ask<CacheGeneration>(options_.timeout, [&](auto done) {
            store_->invalidate(
                {.cache = options_.cache, .marks = {mark}, .timeout = options_.timeout},
                std::move(done));
        });
        if (now) return *now;
        why = now.error().message();
    }
    note({.kind = Intent::Kind::mark, .key = {}, .mark = mark}, why);
    return std::nullopt;
}

void StoreLink::tally(std::map<std::string, std::uint64_t> counts,
                      std::function<void(bool)> stored) {
    store_->tally(
        options_.cache,
        std::move(counts),
        options_.timeout,
        [stored = std::move(stored)](const Status& status) { stored(static_cast<bool>(status)); });
}

Result<contract::CacheTotals> StoreLink::totals(Millis timeout) {
    return ask<contract::CacheTotals>(
        timeout, [&](auto done) { store_->totals(options_.cache, timeout, std::move(done)); });
}

void StoreLink::count_fallback() {
    if (is_away()) board_->count("cache:" + options_.cache);
}

void StoreLink::listen(std::weak_ptr<contract::CacheListener> listener) {
    if (exists()) store_->listen(options_.cache, std::move(listener));
}

Millis StoreLink::away_time() const {
    base::MutexLock lock(mutex_);
    const std::int64_t current = is_away() ? options_.clock.now() - outage_.since : 0;
    return Millis{outage_.total + current};
}

void StoreLink::failed(const Error& error) {
    failures_.fetch_add(1);
    if (failures_in_a_row_.fetch_add(1) + 1 < failures_max || is_away()) return;
    base::MutexLock lock(mutex_);
    begin_away(error.message());
}

void StoreLink::note(Intent intent, const std::string& why) {
    base::MutexLock lock(mutex_);
    outage_.intents.add(std::move(intent));
    begin_away(why);
}

void StoreLink::begin_away(const std::string& why) {
    if (away_.load() || outage_.closing) return;
    outage_.since = options_.clock.now();
    outage_.why = why;
    away_.store(true, std::memory_order_release);
    if (!outage_.keeper.joinable()) outage_.keeper = std::thread([this] { keep(); });
    changed_.notify_all();
}

void StoreLink::keep() {
    const std::string subsystem = "cache:" + options_.cache;
    std::string why;
    while (wait_for_outage(why)) {
        // Here and not where it begins: so what is told of it comes in order.
        board_->begin(subsystem, "memory", why);
        options_.log(LogLevel::warning,
                     "cache.store_away",
                     "the store is away; memory goes on alone",
                     {{"cache", options_.cache}, {"reason", why}});
        Millis pause = pause_min;
        while (!recover()) {
            if (!wait_for(pause)) return;
            pause = std::min(pause * 2, pause_max);
        }
        board_->end(subsystem);
        options_.log(LogLevel::info,
                     "cache.store_back",
                     "the store answers again; memory was emptied",
                     {{"cache", options_.cache}});
    }
}

bool StoreLink::wait_for_outage(std::string& why) {
    base::MutexLock lock(mutex_);
    changed_.wait(mutex_, [&]() TORIL_REQUIRES(mutex_) { return outage_.closing || away_.load(); });
    why = outage_.why;
    return !outage_.closing;
}

bool StoreLink::wait_for(Millis pause) {
    base::MutexLock lock(mutex_);
    return !changed_.wait_for(
        mutex_, pause, [&]() TORIL_REQUIRES(mutex_) { return outage_.closing; });
}

// Whether all was told and the store is up.
bool StoreLink::recover() {
    bool has_answered = false;
    for (;;) {
        Intents::Batch batch;
        {
            base::MutexLock lock(mutex_);
            if (outage_.closing) return false;
            batch = outage_.intents.next(intents_at_once);
            if (batch.intents.empty() && has_answered) {
                empty_();
                failures_in_a_row_.store(0);
                outage_.total += options_.clock.now() - outage_.since;
                away_.store(false, std::memory_order_release);
                return true;
            }
        }
        has_answered = static_cast<bool>(batch.intents.empty() ? probe() : tell(batch));
        if (!has_answered) return false;
        base::MutexLock lock(mutex_);
        outage_.intents.done(batch);
    }
}

Status StoreLink::tell(const Intents::Batch& batch) {
    const Millis timeout = std::max(options_.timeout, keeper_timeout_min);
    const auto ended = [](const auto& answer) { return answer ? Status() : answer.error(); };
    if (batch.intents[0].kind == Intent::Kind::mark) {
        std::vector<contract::CacheMark> marks;
        for (const Intent& intent : batch.intents)
            marks.push_back(intent.mark);
        return ended(ask<CacheGeneration>(timeout, [&](auto done) {
            store_->invalidate(
                {.cache = options_.cache, .marks = std::move(marks), .timeout = timeout},
                std::move(done));
        }));
    }
    std::vector<std::string> names;
    for (const Intent& intent : batch.intents)
        names.push_back(intent.key);
    return ended(ask_change(batch.intents[0].kind, std::move(names), timeout));
}

Status StoreLink::probe() {
    const Millis timeout = std::max(options_.timeout, keeper_timeout_min);
    const auto answer = ask<CacheAnswer>(timeout, [&](auto done) {
        store_->get({.cache = options_.cache, .keys = {probe_key}, .timeout = timeout},
                    std::move(done));
    });
    return answer ? Status() : answer.error();
}

}  // namespace toril::cache
