#include "base/rate_limit.hpp"

#include <algorithm>
#include <limits>
#include <numeric>

namespace toril::base {
namespace {

using Int = std::int64_t;

constexpr Int uint32_max = std::numeric_limits<std::uint32_t>::max();

// ---- sliding and fixed: counts of parts of the window ---------------------------------

// A window of 16 parts, or one. Part n begins at n * per / 16, rounded up to a microsecond; `kept`
// parts count, so that the last `per` lies wholly in them.
static_assert(rate_parts == 16);
class Parts {
public:
    explicit Parts(const RateState& state) : Parts(state.shape, state.per) {}
    explicit Parts(RateShape shape, Micros per)
        : per_(per.count()),
          shift_(shape == RateShape::sliding ? 4 : 0),
          kept_(shape == RateShape::sliding ? Int{rate_parts} + 1 : 1) {}

    // now < 2^53, so now * 16 < 2^57. Shifts, as a division is a third of a decision's time.
    Int at(Micros now) const { return (now.count() << shift_) / per_; }
    Micros begin_of(Int part) const {
        return Micros((part * per_ + (Int{1} << shift_) - 1) >> shift_);
    }
    /// When the count with this index no longer counts.
    Micros end_of(const RateState& state, Int index) const {
        return begin_of(state.mark - index + kept_);
    }

    /// Moves the counts so that the first is that of now.
    void align(RateState& state, Micros now) const {
        const Int part = at(now);
        const Int shift = part - state.mark;
        state.mark = part;
        if (shift <= 0) return;
        auto& counts = state.counts;
        if (shift >= kept_) return counts.fill(0);
        std::copy_backward(
            counts.begin(), counts.begin() + (kept_ - shift), counts.begin() + kept_);
        std::fill_n(counts.begin(), shift, 0U);
    }

    /// When `cost` more fit below `max`, if nothing else is taken. REQUIRES: cost <= max.
    Micros room_at(const RateState& state, Int max, Int cost) const {
        Int left = total(state);
        Int index = kept_;
        while (left + cost > max && index > 0)
            left -= state.counts[static_cast<std::size_t>(--index)];
        return end_of(state, index);
    }
    /// When nothing counts any more.
    Micros empty_at(const RateState& state) const {
        const auto newest =
            std::find_if(state.counts.begin(), state.counts.end(), [](auto n) { return n != 0; });
        return newest == state.counts.end() ? Micros{0}
                                            : end_of(state, newest - state.counts.begin());
    }

    static Int total(const RateState& state) {
        return std::accumulate(state.counts.begin(), state.counts.end(), Int{0});
    }

private:
    const Int per_;
    const int shift_;
    const Int kept_;
};

void add_to_counts(RateState& state, Int cost) {
    state.counts[0] = static_cast<std::uint32_t>(std::min(state.counts[0] + cost, uint32_max));
}

// The oldest first: what was given back too early must not make room later, when a part that was
// taken from in truth still counts.
void take_off_counts(RateState& state, Int cost) {
    for (auto count = state.counts.rbegin(); count != state.counts.rend(); ++count) {
        const Int part = std::min(cost, Int{*count});
        *count -= static_cast<std::uint32_t>(part);
        cost -= part;
    }
}

// ---- gcra: a point in time ------------------------------------------------------------

using Span = RateSpan;

// A unit of the limit is per / max, which need not be whole microseconds.
class Bucket {
public:
    explicit Bucket(const RateRule& rule)
        : max_(rule.max),
          per_(rule.per.count()),
          burst_(rule.burst > 0 ? rule.burst : rule.max),
          unit_(per_ / max_),
          unit_rest_(per_ % max_) {}

    Int burst() const { return burst_; }
    Int units_max() const { return burst_ + max_; }

    // At most 2 x max units: below 2 x per, and 2e9 x 1e9 fits into 63 bits.
    Span time_of(Int units) const {
        if (unit_rest_ == 0) return {units * unit_, 0};
        const Int rest = units * unit_rest_;
        return {units * unit_ + rest / max_, rest % max_};
    }
    /// Whole units in a span, at most `most`.
    Int units_in(Span span, Int most) const {
        if (unit_rest_ == 0) return std::min(span.micros / unit_, most);
        const double micros = static_cast<double>(span.micros) +
                              static_cast<double>(span.rest) / static_cast<double>(max_);
        const double guess = micros / static_cast<double>(per_) * static_cast<double>(max_);
        if (guess >= static_cast<double>(most) + 1) return most;
        // The guess is off by one at most; what it means in time is exact.
        Int units = std::clamp(static_cast<Int>(guess), Int{0}, most);
        if (time_of(units) > span) return units - 1;
        return units < most && time_of(units + 1) <= span ? units + 1 : units;
    }

    /// What must pass until the bucket is full: at most as after a debit of all of `max`.
    Span owed(const RateState& state, Micros now) const {
        if (state.mark < now.count()) return {};
        const Int rest = state.counts[0];
        Span span{state.mark - now.count(), rest};
        if (rest >= max_) span = {span.micros + 1, 0};  // written under a higher max
        return std::min(span, time_of(units_max()));
    }
    Span sum(Span a, Span b) const {
        const Int rest = a.rest + b.rest;
        return rest < max_ ? Span{a.micros + b.micros, rest}
                           : Span{a.micros + b.micros + 1, rest - max_};
    }
    Span difference(Span a, Span b) const {
        if (a <= b) return {};
        const Int rest = a.rest - b.rest;
        return rest >= 0 ? Span{a.micros - b.micros, rest}
                         : Span{a.micros - b.micros - 1, rest + max_};
    }

private:
    const Int max_;
    const Int per_;
    const Int burst_;
    const Int unit_;
    const Int unit_rest_;
};

Micros rounded_up(Span span) {
    return Micros(span.micros + (span.rest > 0 ? 1 : 0));
}

void set_owed(RateState& state, Micros now, Span owed) {
    // Nothing owed is no point in time: if the clock went back it would be one to come.
    state.mark = owed == Span{} ? 0 : now.count() + owed.micros;
    state.counts[0] = static_cast<std::uint32_t>(owed.rest);
}

// ---- a state of another rule ----------------------------------------------------------

// The rule a state was made under, as far as we know: of its `max`, that it is this one.
Bucket bucket_of(const RateRule& rule, const RateState& state) {
    RateRule made_under = rule;
    made_under.per = state.per;
    return Bucket(made_under);
}

// What still counts, in units of `rule`: nobody gets a fresh start, and nobody owes more than all.
// gcra: the share of the old `per` that is owed is that of the new `max`.
Int still_used(const RateRule& rule, RateState state, Micros now) {
    if (state.shape != RateShape::gcra) {
        Parts(state).align(state, now);
        return std::min(Parts::total(state), rule.max);
    }
    const Bucket bucket = bucket_of(rule, state);
    const Span owed{rounded_up(bucket.owed(state, now)).count(), 0};
    const Int units = bucket.units_in(owed, rule.max);
    return units < rule.max && bucket.time_of(units) < owed ? units + 1 : units;
}

void convert(const RateRule& rule, RateState& state, Micros now) {
    const Int used = state.per > Micros{0} ? still_used(rule, state, now) : 0;
    state = {.per = rule.per, .shape = rule.shape};
    if (rule.shape == RateShape::gcra) return set_owed(state, now, Bucket(rule).time_of(used));
    state.mark = Parts(state).at(now);
    add_to_counts(state, used);
}

// The same state, as of now and under `rule`.
void bring_up(const RateRule& rule, RateState& state, Micros now) {
    if (state.shape != rule.shape || state.per != rule.per) return convert(rule, state, now);
    if (rule.shape != RateShape::gcra) return Parts(state).align(state, now);
    set_owed(state, now, Bucket(rule).owed(state, now));
}

// Written at a time that is still to come. Only then a refusal writes: else it would be refused
// until that time, as each refusal would count it as of its own now.
bool is_ahead(const RateRule& rule, const RateState& state, Micros now) {
    if (state.per == Micros{0}) return false;
    if (state.shape != RateShape::gcra) return state.mark > Parts(state).at(now);
    const Bucket bucket = bucket_of(rule, state);
    return state.mark > now.count() + bucket.time_of(bucket.units_max()).micros;
}

// ---- decisions, on a state that was brought up to now ---------------------------------

struct Counted {
    static bool has_room(const RateRule& rule, const RateState& state, Int cost) {
        return Parts::total(state) + cost <= rule.max;
    }
    static void describe(const RateRule& rule,
                         const RateState& state,
                         Micros now,
                         RateDecision& d) {
        d.remaining = std::max(rule.max - Parts::total(state), Int{0});
        d.reset_after = std::max(Parts(state).empty_at(state) - now, Micros{0});
    }
    static Micros wait(const RateRule& rule, const RateState& state, Micros now, Int cost) {
        if (cost > rule.max) return Micros{-1};
        return Parts(state).room_at(state, rule.max, cost) - now;
    }
};

RateDecision described(const Bucket& bucket, Span owed) {
    RateDecision decision{.allowed = true, .reset_after = rounded_up(owed)};
    const Span all = bucket.time_of(bucket.burst());
    if (owed <= all)
        decision.remaining = bucket.units_in(bucket.difference(all, owed), bucket.burst());
    return decision;
}

RateDecision described(const RateRule& rule, const RateState& state, Micros now) {
    if (rule.shape == RateShape::gcra) {
        const Bucket bucket(rule);
        return described(bucket, bucket.owed(state, now));
    }
    RateDecision decision{.allowed = true};
    Counted::describe(rule, state, now, decision);
    return decision;
}

Micros wait_for(const Bucket& bucket, Span owed, Int cost) {
    if (cost > bucket.burst()) return Micros{-1};
    return rounded_up(bucket.difference(owed, bucket.time_of(bucket.burst() - cost)));
}

// Until `cost` is allowed; 0: it is now; -1: never.
Micros wait_for(const RateRule& rule, const RateState& state, Micros now, Int cost) {
    if (rule.shape != RateShape::gcra)
        return Counted::has_room(rule, state, cost) ? Micros{0}
                                                    : Counted::wait(rule, state, now, cost);
    const Bucket bucket(rule);
    return wait_for(bucket, bucket.owed(state, now), cost);
}

void take_from(const RateRule& rule, RateState& state, Micros now, Int cost) {
    if (rule.shape != RateShape::gcra) return add_to_counts(state, cost);
    const Bucket bucket(rule);
    const Span more = bucket.time_of(std::min(cost, bucket.units_max()));
    const Span owed = bucket.sum(bucket.owed(state, now), more);
    set_owed(state, now, std::min(owed, bucket.time_of(bucket.units_max())));
}

// The two ways that nearly all asks go, in place: a state of this rule, and of this part.
RateDecision take_from_part(
    const Parts& parts, const RateRule& rule, RateState& state, Micros now, Int cost) {
    const Int total = Parts::total(state);
    const bool allowed = total + cost <= rule.max;
    if (allowed) add_to_counts(state, cost);
    RateDecision decision{.allowed = allowed,
                          .remaining = std::max(rule.max - total - (allowed ? cost : 0), Int{0})};
    if (!allowed) decision.retry_after = Counted::wait(rule, state, now, cost);
    decision.reset_after = std::max(parts.empty_at(state) - now, Micros{0});
    return decision;
}

RateDecision take_from_bucket(const RateRule& rule, RateState& state, Micros now, Int cost) {
    const Bucket bucket(rule);
    Span owed = bucket.owed(state, now);
    const Micros wait = wait_for(bucket, owed, cost);
    if (wait == Micros{0}) owed = bucket.sum(owed, bucket.time_of(cost));
    if (wait == Micros{0} || is_ahead(rule, state, now)) set_owed(state, now, owed);
    RateDecision decision = described(bucket, owed);
    decision.allowed = wait == Micros{0};
    decision.retry_after = wait;
    return decision;
}

RateDecision looked_at(const RateRule& rule, const RateState& state, Micros now, Int cost) {
    RateDecision decision = described(rule, state, now);
    decision.retry_after = wait_for(rule, state, now, cost);
    decision.allowed = decision.retry_after == Micros{0};
    return decision;
}

// ---- as bytes -------------------------------------------------------------------------

std::size_t stored_counts(RateShape shape) {
    return shape == RateShape::sliding ? rate_parts + 1 : 1;
}

void append_number(std::string& bytes, std::uint64_t number, int size) {
    for (int i = 0; i < size; ++i)
        bytes += static_cast<char>(number >> (8 * i));
}

std::uint64_t number_at(std::string_view bytes, std::size_t at, std::size_t size) {
    std::uint64_t number = 0;
    for (std::size_t i = size; i > 0; --i)
        number = number << 8 | static_cast<unsigned char>(bytes[at + i - 1]);
    return number;
}

}  // namespace

RateDecision rate_take(const RateRule& rule, RateState& state, Micros now, std::int64_t cost) {
    if (state.shape == rule.shape && state.per == rule.per) {
        if (rule.shape == RateShape::gcra) return take_from_bucket(rule, state, now, cost);
        const Parts parts(state);
        if (parts.at(now) == state.mark) return take_from_part(parts, rule, state, now, cost);
    }
    RateState brought = state;
    bring_up(rule, brought, now);
    const Micros wait = wait_for(rule, brought, now, cost);
    if (wait == Micros{0}) take_from(rule, brought, now, cost);
    RateDecision decision = described(rule, brought, now);
    decision.allowed = wait == Micros{0};
    decision.retry_after = wait;
    if (decision.allowed || is_ahead(rule, state, now)) state = brought;
    return decision;
}

RateDecision rate_peek(const RateRule& rule,
                       const RateState& state,
                       Micros now,
                       std::int64_t cost) {
    RateState copy = state;
    bring_up(rule, copy, now);
    return looked_at(rule, copy, now, cost);
}

RateDecision rate_debit(const RateRule& rule, RateState& state, Micros now, std::int64_t cost) {
    bring_up(rule, state, now);
    take_from(rule, state, now, cost);
    return described(rule, state, now);
}

RateDecision rate_refund(const RateRule& rule, RateState& state, Micros now, std::int64_t cost) {
    bring_up(rule, state, now);
    if (rule.shape == RateShape::gcra) {
        const Bucket bucket(rule);
        const Span back = bucket.time_of(std::min(cost, bucket.units_max()));
        set_owed(state, now, bucket.difference(bucket.owed(state, now), back));
    } else {
        take_off_counts(state, cost);
    }
    return described(rule, state, now);
}

Micros rate_lifetime(const RateRule& rule, const RateState& state, Micros now) {
    return rate_peek(rule, state, now, 0).reset_after;
}

bool rate_take_all(std::span<RateUse> uses, Micros now) {
    bool allowed = true;
    for (RateUse& use : uses) {
        use.decision = rate_peek(use.rule, use.state, now, use.cost);
        allowed = allowed && use.decision.allowed;
    }
    for (RateUse& use : uses) {
        if (allowed)
            use.decision = rate_take(use.rule, use.state, now, use.cost);
        else if (is_ahead(use.rule, use.state, now))
            bring_up(use.rule, use.state, now);
    }
    return allowed;
}

RateSpans rate_spans(const RateRule& rule, std::int64_t cost) {
    const Bucket bucket(rule);
    return {.room = bucket.time_of(std::max(bucket.burst() - cost, Int{0})),
            .step = bucket.time_of(std::min(cost, bucket.units_max())),
            .most = bucket.time_of(bucket.units_max())};
}

std::string rate_encode(const RateState& state) {
    std::string bytes;
    bytes.reserve(17 + 4 * stored_counts(state.shape));
    bytes += static_cast<char>(state.shape);
    append_number(bytes, static_cast<std::uint64_t>(state.per.count()), 8);
    append_number(bytes, static_cast<std::uint64_t>(state.mark), 8);
    for (std::size_t i = 0; i < stored_counts(state.shape); ++i)
        append_number(bytes, state.counts[i], 4);
    return bytes;
}

std::optional<RateState> rate_decode(std::string_view bytes) {
    if (bytes.size() < 17 || static_cast<unsigned char>(bytes[0]) > 2) return std::nullopt;
    RateState state;
    state.shape = static_cast<RateShape>(bytes[0]);
    if (bytes.size() != 17 + 4 * stored_counts(state.shape)) return std::nullopt;
    state.per = Micros(static_cast<Int>(number_at(bytes, 1, 8)));
    state.mark = static_cast<Int>(number_at(bytes, 9, 8));
    // What we never write; the arithmetic relies on it.
    if (state.per < Micros{1} || state.per > Micros{std::chrono::hours{24} * 366})
        return std::nullopt;
    if (state.mark < 0 || state.mark >= Int{1} << 58) return std::nullopt;
    for (std::size_t i = 0; i < stored_counts(state.shape); ++i)
        state.counts[i] = static_cast<std::uint32_t>(number_at(bytes, 17 + 4 * i, 4));
    return state;
}

}  // namespace toril::base
