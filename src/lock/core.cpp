#include "lock/core.hpp"

#include "base/sync.hpp"
#include "lock/lock_impl.hpp"
#include "lock/naming.hpp"

#include <algorithm>
#include <random>
#include <utility>

namespace toril::lock {
namespace {

using Time = BootClock::time_point;

// A store answers by its own deadline; this much later we stop waiting for it.
constexpr Millis answer_margin{1'000};
// Who waits looks again after this at the latest, for the case that a message got lost.
constexpr Millis look_max{1'000};

Millis left_until(Time end) {
    return std::max(Millis{0}, std::chrono::ceil<Millis>(end - BootClock::now()));
}

// Not all at once: some of those who wait for one lock look a little later.
Millis spread(Millis up_to) {
    thread_local std::minstd_rand random(std::random_device{}());
    return Millis{std::uniform_int_distribution<std::int64_t>(0, up_to.count())(random)};
}

LockInfo info_of(contract::LockHolder holder) {
    return {.owner = std::move(holder.owner), .fence = holder.fence, .remaining = holder.remaining};
}

LockAnswer busy(LockInfo holder) {
    return {.outcome = LockOutcome::busy, .holder = std::move(holder)};
}

Lock handle(const std::string& key, std::shared_ptr<Lock::Impl> impl) {
    impl->name(key);
    return Lock(std::move(impl));
}

}  // namespace

std::shared_ptr<Keeper> make_keeper(const std::shared_ptr<contract::LockStore>& store,
                                    RenewCall renew,
                                    const std::shared_ptr<Outage>& outage,
                                    const std::shared_ptr<Counters>& counters,
                                    const base::Logger& log) {
    KeeperCalls calls;
    calls.renew = [store, renew, counters](
                      std::vector<contract::LockRef> refs, Millis timeout, auto done) {
        const auto counted = [counters,
                              done = std::move(done)](const Result<std::vector<Status>>& answers) {
            if (answers)
                for (const Status& status : *answers)
                    counters->renewals += status ? 1 : 0;
            done(answers);
        };
        (store.get()->*renew)(std::move(refs), timeout, counted);
    };
    calls.answered = [outage](const Status& status) {
        if (!status && base::is_store_away(status.error().code()))
            outage->failed(status.error());
        else
            outage->answered();
    };
    calls.lost = [counters, log](const Holding& holding, std::string_view cause) {
        ++counters->lost;
        log(LogLevel::warning,
            "lock.lost",
            "\"" + holding.ref().key + "\" is lost: " + std::string(cause),
            {{"key", holding.ref().key}});
    };
    auto keeper = std::make_shared<Keeper>(std::move(calls));
    outage->start(keeper->timer());
    return keeper;
}

Surroundings Surroundings::of(const Store& store) {
    return {.store = store.backend().locks,
            .board = store.backend().fallbacks,
            .name = store.url() + "\n" + store.options().prefix,
            .log = store.options().log,
            .timeout = store.options().command_timeout};
}

Core::Core(Surroundings surroundings)
    : with_(std::move(surroundings)),
      store_(with_.store.get()),
      outage_(std::make_shared<Outage>(with_.store, with_.board, base::Logger(with_.log))),
      keeper_(make_keeper(
          with_.store, &contract::LockStore::renew, outage_, counters_, base::Logger(with_.log))) {}

// ---- acquiring ----------------------------------------------------------------------------------

Result<LockAnswer> Core::acquire(std::string_view key, const LockOptions& options) {
    const Attempt attempt{.key = std::string(key),
                          .owner = options.owner.empty() ? default_owner() : options.owner,
                          .token = make_token(),
                          .options = options};
    Result<LockAnswer> answer = options.wait > Millis{0} ? wait_for(attempt) : ask(attempt);
    count(answer);
    return answer;
}

Result<LockAnswer> Core::wait_for(const Attempt& attempt) {
    const Time begun = BootClock::now();
    const Time give_up = begun + attempt.options.wait;
    const auto ended = [&](Result<LockAnswer> answer) {
        const auto waited = std::chrono::floor<Millis>(BootClock::now() - begun);
        counters_->wait_ms += static_cast<std::uint64_t>(waited.count());
        return answer;
    };
    Lines::Place place(lines_, attempt.key);
    if (!place.wait_for_turn(give_up)) {
        if (const auto holder = place.noted()) return ended(busy(*holder));
        return ended(ask(attempt));
    }
    for (;;) {
        Result<LockAnswer> answer = ask(attempt);
        const Millis left = left_until(give_up);
        if (!answer || answer->outcome != LockOutcome::busy || left == Millis{0})
            return ended(std::move(answer));
        place.note(*answer->holder);
        if (Status s = pause(attempt, place, *answer->holder, left); !s) return ended(s.error());
    }
}

// Watches from before the second look on: what happens between a look and its wait counts.
Status Core::pause(const Attempt& attempt,
                   Lines::Place& place,
                   const LockInfo& holder,
                   Millis left) {
    if (holder.fence == 0) {  // of a lock of the host; the kernel tells of its end
        const Result<std::string> path = HostLock::path_of(with_.name, attempt.key);
        if (!path) return path.error();
        HostLock::wait_for_change(*path, std::min(left, look_max));
        return {};
    }
    contract::LockWatcher& watcher =
        place.watcher([&] { return store_->watch(contract::LockKind::lock, attempt.key); });
    const Millis its_end = holder.remaining + Millis{1} + spread(Millis{5});
    const Millis time = std::min({left, its_end, look_max - spread(look_max / 4)});
    Status waited = base::wait_for_answer<Status>(
        time + answer_margin, [&](auto done) { watcher.wait(time, std::move(done)); });
    if (waited || waited.error().code() != ErrorCode::cancelled) return {};
    return waited;
}

Result<LockAnswer> Core::ask(const Attempt& attempt) {
    if (attempt.options.when_away != WhenAway::local) return ask_store(attempt, std::nullopt);
    const Result<std::string> path = HostLock::path_of(with_.name, attempt.key);
    if (!path)
        return outage_->is_on() ? Result<LockAnswer>(path.error())
                                : ask_store(attempt, std::nullopt);
    Result<std::optional<HostLock>> host = HostLock::try_take(*path, attempt.owner);
    if (host && !*host) return taken_on_host(attempt, *path);
    // Without a lock of the host there is still the store's, while there is a store.
    return ask_store(attempt, host ? std::move(*host) : std::optional<HostLock>());
}

// The store knows more of the holder than its file does.
LockAnswer Core::taken_on_host(const Attempt& attempt, const std::string& path) {
    if (!outage_->is_on())
        if (const auto holder = status(attempt.key); holder && *holder) return busy(**holder);
    return busy({.owner = HostLock::owner_of(path)});
}

Result<LockAnswer> Core::ask_store(const Attempt& attempt, std::optional<HostLock> host) {
    if (outage_->is_on()) return without_store(attempt, outage_->reason(), std::move(host));
    const Time asked_at = BootClock::now();
    Result<contract::AcquireAnswer> answer = acquire_in_store(attempt);
    if (!answer) {
        const Error& error = answer.error();
        if (!base::is_store_away(error.code())) return error;
        outage_->failed(error);
        if (error.code() != ErrorCode::unavailable) give_back(attempt);
        return without_store(attempt, error, std::move(host));
    }
    outage_->answered();
    if (!answer->held) return busy(info_of(std::move(answer->holder)));
    const Lease lease(attempt.options.ttl, attempt.options.renew, asked_at);
    if (lease.is_over(BootClock::now())) {
        give_back(attempt);
        const Error late(ErrorCode::timed_out,
                         "the store took longer to answer than the lock's ttl");
        return without_store(attempt, late, std::move(host));
    }
    auto holding = std::make_shared<Holding>(
        contract::LockRef{.key = attempt.key, .token = attempt.token, .ttl = attempt.options.ttl},
        lease);
    listen();
    keeper_->keep(holding);
    return LockAnswer{.outcome = LockOutcome::held,
                      .lock = handle(attempt.key,
                                     std::make_shared<Lock::Impl>(shared_from_this(),
                                                                  std::move(holding),
                                                                  answer->fence,
                                                                  attempt.options.store_timeout,
                                                                  std::move(host)))};
}

// Asked again when its answer got lost with the link: the token makes that harmless, and the
// time counts from the first call.
Result<contract::AcquireAnswer> Core::acquire_in_store(const Attempt& attempt) {
    using Answer = Result<contract::AcquireAnswer>;
    const Millis timeout = attempt.options.store_timeout;
    const Time give_up = BootClock::now() + timeout;
    for (bool is_first = true;; is_first = false) {
        const Millis left = is_first ? timeout : left_until(give_up);
        Answer answer = base::wait_for_answer<Answer>(left + answer_margin, [&](auto done) {
            store_->acquire({.key = attempt.key,
                             .token = attempt.token,
                             .owner = attempt.owner,
                             .ttl = attempt.options.ttl,
                             .timeout = left},
                            std::move(done));
        });
        const bool is_unknown = !answer && answer.error().code() == ErrorCode::outcome_unknown;
        if (!is_unknown || !is_first || left_until(give_up) == Millis{0}) return answer;
    }
}

Result<LockAnswer> Core::without_store(const Attempt& attempt,
                                       const Error& reason,
                                       std::optional<HostLock> host) {
    const WhenAway policy = attempt.options.when_away;
    if (policy == WhenAway::closed || (policy == WhenAway::local && !host))
        return Error(ErrorCode::unavailable,
                     "nobody can have \"" + attempt.key + "\" while the store of locks is away (" +
                         reason.message() +
                         "); try again when it is back, or let the lock go on without it "
                         "(when_away: open or local)");
    outage_->stood_in(to_string(policy), reason);
    return LockAnswer{
        .outcome = LockOutcome::degraded,
        .lock = handle(
            attempt.key,
            std::make_shared<Lock::Impl>(
                shared_from_this(), nullptr, 0, attempt.options.store_timeout, std::move(host)))};
}

// It may be held by a token that nobody knows of.
void Core::give_back(const Attempt& attempt) {
    store_->release({.key = attempt.key, .token = attempt.token},
                    attempt.options.store_timeout,
                    [](const Result<contract::ReleaseOutcome>&) {});
}

void Core::count(const Result<LockAnswer>& answer) {
    if (!answer) {
        if (answer.error().code() == ErrorCode::unavailable) ++counters_->refused_away;
        return;
    }
    switch (answer->outcome) {
        case LockOutcome::held: ++counters_->held; break;
        case LockOutcome::busy: ++counters_->busy; break;
        case LockOutcome::degraded: ++counters_->degraded; break;
    }
}

// Once something is held: to hear at once when somebody takes it.
void Core::listen() {
    std::call_once(listening_, [this] {
        on_taken_ = std::make_shared<contract::OnTaken>(keeper_->checker());
        store_->hear_of_taken(on_taken_);
    });
}

// ---- by name ------------------------------------------------------------------------------------

Status Core::release_owner(std::string_view key, std::string_view owner) {
    if (outage_->is_on()) return outage_->reason();
    return base::wait_for_answer<Status>(with_.timeout + answer_margin, [&](auto done) {
        store_->release_owner(std::string(key), std::string(owner), with_.timeout, std::move(done));
    });
}

Result<std::optional<LockInfo>> Core::status(std::string_view key) {
    using Found = Result<std::optional<contract::LockHolder>>;
    if (outage_->is_on()) return outage_->reason();
    const Found found = base::wait_for_answer<Found>(with_.timeout + answer_margin, [&](auto done) {
        store_->status(std::string(key), with_.timeout, std::move(done));
    });
    if (!found) return found.error();
    return *found ? std::optional<LockInfo>(info_of(**found)) : std::optional<LockInfo>();
}

// ---- for handles --------------------------------------------------------------------------------

Status Core::renew(Holding& holding, Millis timeout) {
    using Answers = Result<std::vector<Status>>;
    const Time asked_at = BootClock::now();
    const Answers answers = base::wait_for_answer<Answers>(timeout + answer_margin, [&](auto done) {
        store_->renew({holding.ref()}, timeout, std::move(done));
    });
    if (!answers) {
        if (base::is_store_away(answers.error().code())) outage_->failed(answers.error());
        return answers.error();
    }
    outage_->answered();
    const Status status = answers->empty() ? Status() : answers->front();
    if (status) {
        ++counters_->renewals;
        holding.granted(asked_at);
    } else if (status.error().code() == ErrorCode::not_owner) {
        keeper_->check(holding.ref().key);  // which says so to all who hold it
    }
    return status;
}

LockRelease Core::release(const std::shared_ptr<Holding>& holding, Millis timeout) {
    using Outcome = Result<contract::ReleaseOutcome>;
    if (outage_->is_on()) {
        release_later(holding, timeout);
        return LockRelease::unknown;
    }
    leave(holding);
    const Outcome outcome = base::wait_for_answer<Outcome>(timeout + answer_margin, [&](auto done) {
        store_->release(holding->ref(), timeout, std::move(done));
    });
    if (!outcome) {
        if (base::is_store_away(outcome.error().code())) outage_->failed(outcome.error());
        return LockRelease::unknown;
    }
    outage_->answered();
    switch (*outcome) {
        case contract::ReleaseOutcome::released:
            ++counters_->released;
            return LockRelease::released;
        case contract::ReleaseOutcome::expired: return LockRelease::expired;
        case contract::ReleaseOutcome::lost: break;
    }
    return LockRelease::lost;
}

void Core::release_later(const std::shared_ptr<Holding>& holding, Millis timeout) {
    leave(holding);
    store_->release(holding->ref(),
                    timeout,
                    [counters = counters_](const Result<contract::ReleaseOutcome>& outcome) {
                        if (outcome && *outcome == contract::ReleaseOutcome::released)
                            ++counters->released;
                    });
}

void Core::leave(const std::shared_ptr<Holding>& holding) {
    holding->end();
    keeper_->drop(holding);
}

}  // namespace toril::lock
