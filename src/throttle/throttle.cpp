#include "base/logger.hpp"
#include "base/sync.hpp"
#include "contract/backend.hpp"
#include "throttle/decider.hpp"
#include "throttle/limit_check.hpp"

#include <toril/store.hpp>
#include <toril/throttle.hpp>

#include <cstdio>

namespace toril {
namespace {

using throttle::Asks;
using throttle::Counters;
using throttle::Decided;
using throttle::DeciderParts;
using throttle::Kind;

using Answer = Result<LimitAnswer>;

// A decision comes by the store's own deadline; only a store that breaks its word needs this.
constexpr Millis answer_margin{5'000};
constexpr base::Micros observed_every{1'000'000};

base::Micros steady_now() {
    return std::chrono::duration_cast<base::Micros>(
        std::chrono::steady_clock::now().time_since_epoch());
}

// One table for all programs of this user that use the same store in the same way.
std::string table_name(const Store& store) {
    const base::KeyHasher hasher({0x9E37'79B9'7F4A'7C15,
                                  0xBF58'476D'1CE4'E5B9,
                                  0x94D0'49BB'1331'11EB,
                                  0xD6E8'FEB8'6659'FD93});
    const base::KeyHash hash = hasher(store.backend().url + '\n' + store.options().prefix);
    char name[64];
    std::snprintf(name,
                  sizeof name,
                  "limits-%016llx%016llx",
                  static_cast<unsigned long long>(hash.high),
                  static_cast<unsigned long long>(hash.low));
    return name;
}

Result<std::unique_ptr<throttle::HostTable>> open_table(const Store& store,
                                                        std::size_t keys_max,
                                                        const base::Logger& log) {
    using throttle::HostTable;
    const contract::Capabilities can = store.backend().jobs->capabilities();
    if (!can.shared) return std::unique_ptr<HostTable>();
    // Only a store behind a link can be away while its callers live.
    if (!can.outcomes_get_lost) return HostTable::open_private(keys_max);
    const Result<std::string> folder = throttle::host_table_folder();
    if (!folder) {
        log(LogLevel::warning, "throttle.unshared", folder.error().message());
        return HostTable::open_private(keys_max);
    }
    auto table = HostTable::open(*folder, table_name(store), keys_max);
    if (table) return table;
    log(LogLevel::warning, "throttle.unshared", table.error().message());
    return HostTable::open_private(keys_max);
}

}  // namespace

class Throttle::Impl : public std::enable_shared_from_this<Throttle::Impl> {
public:
    explicit Impl(DeciderParts parts) : options_(parts.options), log_(parts.log) {
        const std::shared_ptr<throttle::AwaySignal> away = parts.away;
        const bool may_be_away = parts.table != nullptr;
        decider_ = std::make_shared<throttle::Decider>(std::move(parts));
        if (may_be_away)
            scout_.emplace(away, [decider = decider_] { return decider->is_store_back(); });
    }

    Answer at_once_or_wait(Kind kind,
                           std::string_view key,
                           const LimitRule& rule,
                           std::int64_t cost) {
        if (Status s = check(key, rule, cost); !s) return s.error();
        const base::RateRule rate = throttle::rate_rule(rule);
        if (kind == Kind::take)
            if (const auto decision = decider_->take_at_once(key, rate, cost))
                return counted(throttle::answer_of(rule, *decision, LimitMode::store));
        return wait([&](auto done) {
            decider_->decide(kind, one(key, rate, cost), finish_one(kind, rule, std::move(done)));
        });
    }

    void start(std::string_view key,
               const LimitRule& rule,
               std::int64_t cost,
               std::function<void(Answer)> done) {
        if (Status s = check(key, rule, cost); !s) return done(s.error());
        decider_->decide(Kind::take,
                         one(key, throttle::rate_rule(rule), cost),
                         finish_one(Kind::take, rule, std::move(done)));
    }

    Answer all(std::span<const LimitAsk> asks) {
        if (Status s = throttle::check_asks(asks); !s) return s.error();
        Asks wanted;
        for (const LimitAsk& ask : asks)
            wanted.push_back(
                {.key = ask.key, .rule = throttle::rate_rule(ask.rule), .cost = ask.cost});
        return wait([&](auto done) {
            // Not by reference: after a time-out the caller's asks are gone.
            auto rules = std::make_shared<std::vector<LimitRule>>();
            for (const LimitAsk& ask : asks)
                rules->push_back(ask.rule);
            decider_->decide(Kind::take,
                             std::move(wanted),
                             [self = shared_from_this(), rules, done = std::move(done)](
                                 Result<Decided> decided) {
                                 if (!decided) return done(decided.error());
                                 const std::size_t index = throttle::deciding(decided->decisions);
                                 LimitAnswer answer = throttle::answer_of(
                                     (*rules)[index], decided->decisions[index], decided->mode);
                                 answer.refused_by = index;
                                 done(self->counted(answer));
                             });
        });
    }

    Status reset(std::string_view key) {
        if (Status s = throttle::check_key(key); !s) return s;
        return base::wait_for_answer<Status>(
            options_.store_timeout + answer_margin,
            [&](auto done) { decider_->reset(key, std::move(done)); });
    }

    ThrottleStats stats() const {
        const Counters& counters = decider_->counters();
        return {.allowed = counters.sum(Counters::allowed),
                .refused = counters.sum(Counters::refused),
                .refused_remembered = counters.sum(Counters::refused_remembered),
                .local = counters.sum(Counters::local),
                .carried_over = counters.sum(Counters::carried_over),
                .store_failures = counters.sum(Counters::store_failures),
                .local_keys = decider_->local_keys(),
                .fallback_ms = static_cast<std::uint64_t>(decider_->fallback_time().count())};
    }

private:
    static Status check(std::string_view key, const LimitRule& rule, std::int64_t cost) {
        if (Status s = throttle::check_key(key); !s) return s;
        if (Status s = throttle::check_rule(rule); !s) return s;
        return throttle::check_cost(cost);
    }
    static Asks one(std::string_view key, const base::RateRule& rate, std::int64_t cost) {
        return {{.key = std::string(key), .rule = rate, .cost = cost}};
    }

    template <class Start>
    Answer wait(const Start& start) {
        return base::wait_for_answer<Answer>(options_.store_timeout + answer_margin, start);
    }

    template <class Done>
    throttle::OnDecided finish_one(Kind kind, const LimitRule& rule, Done done) {
        return [self = shared_from_this(), kind, rule, done = std::move(done)](
                   Result<Decided> decided) {
            if (!decided) return done(decided.error());
            const LimitAnswer answer =
                throttle::answer_of(rule, decided->decisions.front(), decided->mode);
            done(kind == Kind::take ? self->counted(answer) : answer);
        };
    }

    LimitAnswer counted(LimitAnswer answer) {
        Counters& counters = decider_->counters();
        counters.add(answer.allowed ? Counters::allowed : Counters::refused);
        if (answer.mode == LimitMode::remembered) counters.add(Counters::refused_remembered);
        if (answer.allowed || !options_.only_observe) return answer;
        observe(answer);
        answer.allowed = true;
        answer.retry_after = Millis{0};
        return answer;
    }

    // One line a second at most: a limit that is far too low must not fill the disk.
    void observe(const LimitAnswer& answer) {
        observed_.fetch_add(1, std::memory_order_relaxed);
        const base::Micros now = steady_now();
        std::int64_t next = log_next_.load(std::memory_order_relaxed);
        if (now.count() < next ||
            !log_next_.compare_exchange_strong(next, (now + observed_every).count()))
            return;
        log_(LogLevel::info,
             "throttle.would_refuse",
             "limits would have refused, and only observe",
             {{"times", std::to_string(observed_.exchange(0))},
              {"last_limit", std::to_string(answer.limit)},
              {"retry_after_ms", std::to_string(answer.retry_after.count())}});
    }

    const ThrottleOptions options_;
    const base::Logger log_;
    std::shared_ptr<throttle::Decider> decider_{};
    // Relaxed: for the log only.
    std::atomic<std::uint64_t> observed_{0};
    std::atomic<std::int64_t> log_next_{0};
    std::optional<throttle::Scout> scout_{};
};

Throttle::Throttle(std::shared_ptr<Impl> impl) noexcept : impl_(std::move(impl)) {}

Result<Throttle> Throttle::open(const Store& store, const ThrottleOptions& options) {
    if (Status s = throttle::check_options(options); !s) return s.error();
    const contract::Backend& backend = store.backend();
    if (!backend.limits)
        return Error(ErrorCode::unavailable, "this store keeps no limits: " + store.backend().url);
    const base::Logger log(store.options().log);
    auto table = open_table(store, options.local_keys_max, log);
    if (!table) return table.error();
    return Throttle(std::make_shared<Impl>(DeciderParts{.store = backend.limits,
                                                        .fallbacks = backend.fallbacks,
                                                        .table = std::move(*table),
                                                        .options = options,
                                                        .log = log,
                                                        .clock = steady_now}));
}

Result<LimitAnswer> Throttle::check(std::string_view key,
                                    const LimitRule& rule,
                                    std::int64_t cost) {
    return impl_->at_once_or_wait(Kind::take, key, rule, cost);
}

Result<LimitAnswer> Throttle::check_all(std::span<const LimitAsk> asks) {
    return impl_->all(asks);
}

void Throttle::check_async(std::string_view key,
                           const LimitRule& rule,
                           std::int64_t cost,
                           std::function<void(Result<LimitAnswer>)> done) {
    impl_->start(key, rule, cost, std::move(done));
}

Result<LimitAnswer> Throttle::peek(std::string_view key, const LimitRule& rule) {
    return impl_->at_once_or_wait(Kind::peek, key, rule, 1);
}

Result<LimitAnswer> Throttle::refund(std::string_view key,
                                     const LimitRule& rule,
                                     std::int64_t cost) {
    return impl_->at_once_or_wait(Kind::refund, key, rule, cost);
}

Status Throttle::reset(std::string_view key) {
    return impl_->reset(key);
}

ThrottleStats Throttle::stats() const {
    return impl_->stats();
}

}  // namespace toril
