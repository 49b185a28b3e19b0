#pragma once

// What a host knows of one key: what the store last said of it, and what was allowed here since
// without the store. Pure: times are arguments, on the steady clock of the host, in microseconds.
//
// The store's clock is only known from its answers. One says that it was `as_of` there when it was
// between `sent_at` and `sent_at` + `round_trip` here; so at a time t here it is
// as_of + (t - sent_at) there at the latest, and `round_trip` less at the earliest.

#include "base/rate_limit.hpp"

#include <cstdint>

namespace toril::throttle {

using base::Micros;
using base::RateDecision;
using base::RateRule;
using base::RateState;

/// Lies in memory that processes share: plain, of one size, valid whatever a process that died
/// left in it.
struct KnownLimit {
    std::uint64_t key = 0;  // the other half of its hash
    RateState state{};      // by the store's clock, what was taken here included
    Micros as_of{0};        // 0: nothing is known
    Micros sent_at{0};      // the last use, for who must go when room is needed
    Micros told_until{0};   // until then somebody is telling the store what was taken here
    std::uint32_t round_trip = 0;
    std::uint32_t spent = 0;    // taken here and not told, what is being told included
    std::uint32_t told = 0;     // of this, what is being told
    std::uint32_t refused = 0;  // 1: the store refused it last
};

/// What the store said.
struct StoreWord {
    RateState state{};
    Micros as_of{0};
    Micros sent_at{0};
    Micros heard_at{0};
    bool refused = false;
    bool final = false;  // it replaces what is known even if that was as new: a refund
};

/// Whether the bytes can be what they should be.
bool is_sound(const KnownLimit& known, Micros now);

/// Takes in an answer, unless one that knew of more was taken in. Answers that were under way at
/// the same time are told apart by the store's clock; a later one counts whatever that says.
void learn(KnownLimit& known, const RateRule& rule, const StoreWord& word);

/// The store's clock, at the latest and at the earliest. `unknown_offset`: for a key of which the
/// store said nothing.
Micros latest(const KnownLimit& known, Micros now, Micros unknown_offset);
Micros earliest(const KnownLimit& known, Micros now, Micros unknown_offset);

/// Refused by what the store last said, for certain: it would refuse too. Only while it lasts.
bool is_refused(const KnownLimit& known, const RateRule& rule, Micros now, std::int64_t cost);

/// Nobody needs it any more: it counts nothing and owes the store nothing.
bool is_over(const KnownLimit& known, Micros now, Micros unknown_offset);
/// It refuses now.
bool is_blocked(const KnownLimit& known, Micros now, Micros unknown_offset);

/// Moves it to now, so that it is the last to go.
void touch(KnownLimit& known, Micros now, Micros unknown_offset);

/// Notes that `cost` was taken here / given back.
void spend(KnownLimit& known, std::int64_t cost);
void unspend(KnownLimit& known, std::int64_t cost);

/// What the store must be told before its answers count; marks it as being told until `until`.
/// 0: nothing, or somebody is telling it: see `is_being_told`. Who began to tell and never came
/// back may have been heard: that part is not told again.
std::uint32_t begin_to_tell(KnownLimit& known, Micros now, Micros until);
bool is_being_told(const KnownLimit& known, Micros now);
/// `nothing_happened`: the store did not hear it, for certain; it is to be told another time.
void end_telling(KnownLimit& known, bool nothing_happened);

}  // namespace toril::throttle
