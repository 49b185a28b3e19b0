#include "throttle/known_limit.hpp"

#include <algorithm>
#include <limits>

namespace toril::throttle {
namespace {

constexpr Micros per_max = std::chrono::hours{24} * 366;
constexpr Micros time_max{std::int64_t{1} << 58};

bool is_time(Micros time) {
    return time >= Micros{0} && time < time_max;
}

// A rule of which it is only known what the state says: for the questions when it ends, and
// whether anything of it counts.
RateRule rule_of(const RateState& state) {
    return {.shape = state.shape, .max = 1'000'000'000, .per = state.per};
}

}  // namespace

bool is_sound(const KnownLimit& known, Micros now) {
    // Of another boot, or of a place with another clock.
    if (known.sent_at > now + std::chrono::minutes{1}) return false;
    const RateState& state = known.state;
    if (!is_time(known.as_of) || !is_time(known.sent_at) || !is_time(known.told_until))
        return false;
    if (static_cast<unsigned char>(state.shape) > 2) return false;
    if (state.per < Micros{0} || state.per > per_max || !is_time(Micros{state.mark})) return false;
    return known.told <= known.spent && known.refused <= 1;
}

void learn(KnownLimit& known, const RateRule& rule, const StoreWord& word) {
    const bool overlap = word.sent_at < known.sent_at + Micros(known.round_trip);
    if (overlap && word.as_of < known.as_of) return;
    if (overlap && word.as_of == known.as_of && !word.final) {
        const auto left = base::rate_peek(rule, word.state, word.as_of, 0).remaining;
        if (left > base::rate_peek(rule, known.state, word.as_of, 0).remaining) return;
    }
    known.state = word.state;
    known.as_of = word.as_of;
    known.sent_at = word.sent_at;
    known.round_trip = static_cast<std::uint32_t>(
        std::clamp<std::int64_t>((word.heard_at - word.sent_at).count(), 0, 1'000'000'000));
    known.refused = word.refused ? 1 : 0;
    // The store does not know of these yet.
    if (known.spent > 0) base::rate_debit(rule, known.state, known.as_of, known.spent);
}

Micros latest(const KnownLimit& known, Micros now, Micros unknown_offset) {
    if (known.as_of == Micros{0}) return now + unknown_offset;
    return known.as_of + (now - known.sent_at);
}

Micros earliest(const KnownLimit& known, Micros now, Micros unknown_offset) {
    return latest(known, now, unknown_offset) - Micros(known.round_trip);
}

bool is_refused(const KnownLimit& known, const RateRule& rule, Micros now, std::int64_t cost) {
    if (known.refused == 0 || known.as_of == Micros{0} || known.spent > 0) return false;
    return !base::rate_peek(rule, known.state, latest(known, now, Micros{0}), cost).allowed;
}

bool is_over(const KnownLimit& known, Micros now, Micros unknown_offset) {
    if (known.spent > 0) return false;
    if (known.state.per == Micros{0}) return true;
    const Micros there = earliest(known, now, unknown_offset);
    return base::rate_lifetime(rule_of(known.state), known.state, there) == Micros{0};
}

bool is_blocked(const KnownLimit& known, Micros now, Micros unknown_offset) {
    return known.refused == 1 && !is_over(known, now, unknown_offset);
}

void touch(KnownLimit& known, Micros now, Micros unknown_offset) {
    known.as_of = latest(known, now, unknown_offset);
    known.sent_at = now;
}

void spend(KnownLimit& known, std::int64_t cost) {
    constexpr std::int64_t most = std::numeric_limits<std::uint32_t>::max();
    known.spent = static_cast<std::uint32_t>(std::min(known.spent + cost, most));
}

void unspend(KnownLimit& known, std::int64_t cost) {
    const std::int64_t own = known.spent - known.told;
    known.spent -= static_cast<std::uint32_t>(std::min(own, cost));
}

std::uint32_t begin_to_tell(KnownLimit& known, Micros now, Micros until) {
    if (is_being_told(known, now)) return 0;
    if (known.told > 0) end_telling(known, false);
    if (known.spent == 0) return 0;
    known.told = known.spent;
    known.told_until = until;
    return known.told;
}

bool is_being_told(const KnownLimit& known, Micros now) {
    return known.told > 0 && now < known.told_until;
}

void end_telling(KnownLimit& known, bool nothing_happened) {
    if (!nothing_happened) known.spent -= known.told;
    known.told = 0;
    known.told_until = Micros{0};
}

}  // namespace toril::throttle
