#include "throttle/decider.hpp"

#include "base/store_away.hpp"
#include "base/sync.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace toril::throttle {
namespace {

using contract::LimitParams;
using contract::LimitReply;
using contract::RateAsk;
using Steady = std::chrono::steady_clock::time_point;

constexpr std::string_view subsystem = "throttle";
// Who has begun to tell the store and did not come back after so many of its time-outs never will.
constexpr int telling_timeouts = 5;
// What the scout takes from: a key that lives for a millisecond.
constexpr std::string_view probe_key = "\x01probe";
// A store answers by its own deadline; this much later nobody waits for it.
constexpr Millis answer_margin{50};

Steady as_time(Micros now) {
    return Steady(std::chrono::duration_cast<Steady::duration>(now));
}

std::string_view mode_name(LimitWhenAway mode) {
    return mode == LimitWhenAway::local ? "local" : mode == LimitWhenAway::open ? "open" : "closed";
}

// The keys of a call, in the form that the table wants.
class Keys {
public:
    explicit Keys(const Asks& asks) : count_(std::min(asks.size(), HostTable::keys_max)) {
        for (std::size_t i = 0; i < count_; ++i)
            keys_[i] = asks[i].key;
    }
    std::span<const std::string_view> view() const { return {keys_.data(), count_}; }

private:
    std::array<std::string_view, HostTable::keys_max> keys_{};
    std::size_t count_;
};

RateDecision decide_one(Kind kind, const RateAsk& ask, RateState& state, Micros there) {
    switch (kind) {
        case Kind::take: return base::rate_take(ask.rule, state, there, ask.cost);
        case Kind::refund: return base::rate_refund(ask.rule, state, there, ask.cost);
        case Kind::debit: return base::rate_debit(ask.rule, state, there, ask.cost);
        case Kind::peek: break;
    }
    return base::rate_peek(ask.rule, state, there, ask.cost);
}

}  // namespace

struct Decider::Call {
    Kind kind = Kind::take;
    Asks asks{};
    OnDecided done{};
    Micros now{0};
    Asks debts{};  // told first
};

Decider::Decider(DeciderParts parts) : parts_(std::move(parts)) {}

void Decider::decide(Kind kind, Asks asks, OnDecided done) {
    auto call = std::make_shared<Call>();
    call->kind = kind;
    call->asks = std::move(asks);
    call->done = std::move(done);
    call->now = parts_.clock();
    if (!breaker_.is_closed())
        return call->done(without_store(*call, {ErrorCode::unavailable, "the store is away"}));
    if (std::optional<Result<Decided>> here = prepare(*call)) return call->done(std::move(*here));
    if (call->debts.empty())
        ask(std::move(call));
    else
        tell_then_ask(std::move(call));
}

// What the host itself can say; else it fills `debts`.
std::optional<Result<Decided>> Decider::prepare(Call& call) {
    if (!parts_.table) return std::nullopt;
    const Micros until = call.now + telling_timeouts * Micros(parts_.options.store_timeout);
    Decided remembered{.mode = LimitMode::remembered};
    bool refused = false;
    bool being_told = false;
    {
        const Keys keys(call.asks);
        const auto access = parts_.table->access(keys.view(), call.now);
        for (std::size_t i = 0; i < call.asks.size(); ++i) {
            KnownLimit* known = access.of(i);
            if (known && is_being_told(*known, call.now)) being_told = true;
        }
        for (std::size_t i = 0; i < call.asks.size() && !being_told; ++i) {
            const RateAsk& ask = call.asks[i];
            KnownLimit* known = access.of(i);
            if (!known) continue;
            if (call.kind == Kind::take && parts_.options.remember_refusals &&
                is_refused(*known, ask.rule, call.now, ask.cost))
                refused = true;
        }
        for (std::size_t i = 0; i < call.asks.size() && !being_told; ++i) {
            const RateAsk& ask = call.asks[i];
            KnownLimit* known = access.of(i);
            const Micros there = known ? earliest(*known, call.now, Micros{0}) : Micros{0};
            if (refused)
                remembered.decisions.push_back(
                    known ? base::rate_peek(ask.rule, known->state, there, ask.cost)
                          : RateDecision{.allowed = true});
            else if (const auto owed = known ? begin_to_tell(*known, call.now, until) : 0U)
                call.debts.push_back({.key = ask.key, .rule = ask.rule, .cost = owed});
        }
    }
    if (refused) return remembered;
    // For the moment until the store was told it does not know enough.
    if (being_told && parts_.options.when_away == LimitWhenAway::local) return decide_here(call);
    return std::nullopt;
}

Millis Decider::time_left(const Call& call) const {
    const Micros left = Micros(parts_.options.store_timeout) - (parts_.clock() - call.now);
    return std::max(std::chrono::ceil<Millis>(left), Millis{1});
}

void Decider::tell_then_ask(CallPtr call) {
    LimitParams params{.kind = Kind::debit, .asks = call->debts, .timeout = time_left(*call)};
    const Micros sent_at = parts_.clock();
    parts_.store->decide(std::move(params),
                         [self = shared_from_this(), call, sent_at](Result<LimitReply> reply) {
                             self->told(*call, reply, sent_at);
                             if (reply) return self->ask(call);
                             if (!base::is_store_away(reply.error().code()))
                                 return call->done(reply.error());
                             self->store_failed(reply.error());
                             call->done(self->without_store(*call, reply.error()));
                         });
}

void Decider::told(const Call& call, const Result<LimitReply>& reply, Micros sent_at) {
    const Micros now = parts_.clock();
    const bool nothing_happened = !reply && base::is_store_away(reply.error().code()) &&
                                  !base::may_have_happened(reply.error().code());
    {
        const Keys keys(call.debts);
        const auto access = parts_.table->access(keys.view(), now);
        for (std::size_t i = 0; i < call.debts.size(); ++i) {
            KnownLimit* known = access.of(i);
            if (!known) continue;
            end_telling(*known, nothing_happened);
            if (reply)
                learn(*known,
                      call.debts[i].rule,
                      {.state = reply->found[i].state,
                       .as_of = reply->now,
                       .sent_at = sent_at,
                       .heard_at = now,
                       .final = true});
        }
    }
    if (reply) counters_.add(Counters::carried_over, call.debts.size());
}

void Decider::ask(CallPtr call) {
    LimitParams params{.kind = call->kind, .asks = call->asks, .timeout = time_left(*call)};
    const Micros sent_at = parts_.clock();
    parts_.store->decide(std::move(params),
                         [self = shared_from_this(), call, sent_at](Result<LimitReply> reply) {
                             self->answered(*call, std::move(reply), sent_at);
                         });
}

void Decider::answered(Call& call, Result<LimitReply> reply, Micros sent_at) {
    if (!reply) {
        if (!base::is_store_away(reply.error().code())) return call.done(reply.error());
        store_failed(reply.error());
        // What may have been given back there is not given back here as well.
        if (call.kind == Kind::refund && base::may_have_happened(reply.error().code()))
            call.kind = Kind::peek;
        return call.done(without_store(call, reply.error()));
    }
    store_works();
    Decided decided;
    for (const contract::LimitFound& found : reply->found)
        decided.decisions.push_back(found.decision);
    if (parts_.table && call.kind != Kind::peek) {
        const Micros now = parts_.clock();
        parts_.table->set_store_offset(reply->now - sent_at);
        const Keys keys(call.asks);
        const auto access = parts_.table->access(keys.view(), now);
        for (std::size_t i = 0; i < call.asks.size(); ++i)
            if (KnownLimit* known = access.of(i))
                learn(*known,
                      call.asks[i].rule,
                      {.state = reply->found[i].state,
                       .as_of = reply->now,
                       .sent_at = sent_at,
                       .heard_at = now,
                       .refused = !decided.decisions[i].allowed,
                       .final = call.kind == Kind::refund});
    }
    call.done(std::move(decided));
}

// ---- without the store ----------------------------------------------------------------

Result<Decided> Decider::without_store(const Call& call, const Error& reason) {
    if (parts_.options.when_away == LimitWhenAway::closed || !parts_.table)
        return Error(ErrorCode::unavailable, "the limit cannot be asked: " + reason.message());
    parts_.fallbacks->count(subsystem);
    if (parts_.options.when_away == LimitWhenAway::local) return decide_here(call);
    Decided decided{.mode = LimitMode::open};
    for (const RateAsk& ask : call.asks)
        decided.decisions.push_back({.allowed = true, .remaining = ask.rule.max});
    return decided;
}

Result<Decided> Decider::decide_here(const Call& call) {
    counters_.add(Counters::local);
    Decided decided{.mode = LimitMode::local};
    const Keys keys(call.asks);
    const auto access = parts_.table->access(keys.view(), call.now);
    const Micros offset = parts_.table->store_offset();
    bool allowed = true;
    for (std::size_t i = 0; i < call.asks.size(); ++i) {
        const RateAsk& ask = call.asks[i];
        const KnownLimit* known = access.of(i);
        // Without a place to count it, it could be allowed without end.
        decided.decisions.push_back(
            known ? base::rate_peek(
                        ask.rule, known->state, latest(*known, call.now, offset), ask.cost)
                  : RateDecision{.retry_after = Micros(parts_.options.store_timeout),
                                 .reset_after = ask.rule.per});
        allowed = allowed && decided.decisions.back().allowed;
    }
    for (std::size_t i = 0; i < call.asks.size(); ++i) {
        KnownLimit* known = access.of(i);
        if (!known || call.kind == Kind::peek) continue;
        touch(*known, call.now, offset);
        if (call.kind == Kind::take) known->refused = decided.decisions[i].allowed ? 0 : 1;
        if (call.kind == Kind::take && !allowed) continue;
        const RateAsk& ask = call.asks[i];
        decided.decisions[i] = decide_one(call.kind, ask, known->state, known->as_of);
        if (call.kind == Kind::refund)
            unspend(*known, ask.cost);
        else
            spend(*known, ask.cost);
    }
    return decided;
}

// By a debit, not by a look: a store that refuses writes is away too.
bool Decider::is_store_back() {
    LimitParams params{.kind = Kind::debit,
                       .asks = {{.key = std::string(probe_key),
                                 .rule = {.shape = base::RateShape::gcra,
                                          .max = 1'000,
                                          .per = Micros{1'000'000}}}},
                       .timeout = parts_.options.store_timeout};
    const auto reply = base::wait_for_answer<Result<LimitReply>>(
        parts_.options.store_timeout + answer_margin,
        [&](auto done) { parts_.store->decide(std::move(params), std::move(done)); });
    if (!reply && base::is_store_away(reply.error().code())) return false;
    store_works();
    return true;
}

void Decider::store_failed(const Error& error) {
    counters_.add(Counters::store_failures);
    breaker_.failed(as_time(parts_.clock()));
    if (is_away_.exchange(true)) return;
    parts_.away->raise();
    const std::string mode(mode_name(parts_.options.when_away));
    parts_.fallbacks->begin(subsystem, mode, error.message());
    parts_.log(LogLevel::warning,
               "throttle.away",
               "rate limits are decided without the store",
               {{"mode", mode}, {"reason", error.message()}});
}

void Decider::store_works() {
    breaker_.succeeded();
    // Read before it is written: this is on the way of each answer.
    if (!is_away_.load(std::memory_order_relaxed) || !is_away_.exchange(false)) return;
    parts_.fallbacks->end(subsystem);
    parts_.log(LogLevel::info, "throttle.back", "rate limits are decided by the store again");
}

// ---- the rest -------------------------------------------------------------------------

void Decider::reset(std::string_view key, contract::DoneStatus done) {
    parts_.store->reset(
        std::string(key),
        parts_.options.store_timeout,
        [self = shared_from_this(), key = std::string(key), done = std::move(done)](Status status) {
            if (status && self->parts_.table) self->parts_.table->forget(key, self->parts_.clock());
            done(std::move(status));
        });
}

std::size_t Decider::local_keys() const {
    return parts_.table ? parts_.table->keys_approx() : 0;
}

Millis Decider::fallback_time() const {
    for (const Fallback& fallback : parts_.fallbacks->all())
        if (fallback.subsystem == subsystem) return fallback.total;
    return Millis{0};
}

}  // namespace toril::throttle
