#pragma once

// What keeps an old answer of the store from replacing a newer value in memory.
//
// Between a request and its answer others may change the key. So a reader notes the number of
// changes when it sends, and keeps the answer only if it is still the same. A write changes the
// number when it is sent and when it is answered; of two at the same time neither is kept, as
// only the store knows which came last. News of other processes are changes too.
//
// Keys share stripes: a change of another key may keep an answer out of memory, never the other
// way round.

#include "base/mutex.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>

namespace toril::cache {

/// Threads: any. Functions that are passed run under the lock of a stripe and must be short.
class KeyGuards {
private:
    struct alignas(64) Stripe {
        base::Mutex mutex{};
        std::uint64_t changes TORIL_GUARDED_BY(mutex) = 0;
        std::uint32_t writers TORIL_GUARDED_BY(mutex) = 0;
    };

public:
    class Ticket {
    private:
        friend class KeyGuards;
        Stripe* stripe = nullptr;
        std::uint64_t changes = 0;
        bool alone = true;
    };

    Ticket begin_read(std::string_view key) {
        Ticket ticket;
        ticket.stripe = &stripe_of(key);
        base::MutexLock lock(ticket.stripe->mutex);
        ticket.changes = ticket.stripe->changes;
        return ticket;
    }

    /// Runs `keep` unless there was a change.
    template <class Keep>
    void end_read(const Ticket& ticket, Keep&& keep) {
        base::MutexLock lock(ticket.stripe->mutex);
        if (ticket.stripe->changes == ticket.changes) keep();
    }

    Ticket begin_write(std::string_view key) {
        Ticket ticket;
        ticket.stripe = &stripe_of(key);
        base::MutexLock lock(ticket.stripe->mutex);
        ticket.alone = ticket.stripe->writers++ == 0;
        ticket.changes = ++ticket.stripe->changes;
        return ticket;
    }

    /// Runs `finish(alone)`: true if there was no other change since begin_write.
    template <class Finish>
    void end_write(const Ticket& ticket, Finish&& finish) {
        base::MutexLock lock(ticket.stripe->mutex);
        finish(ticket.alone && ticket.stripe->changes == ticket.changes);
        --ticket.stripe->writers;
        ++ticket.stripe->changes;
    }

    /// A change that is known of as a whole.
    template <class Change>
    void change(std::string_view key, Change&& change) {
        Stripe& stripe = stripe_of(key);
        base::MutexLock lock(stripe.mutex);
        ++stripe.changes;
        change();
    }

private:
    Stripe& stripe_of(std::string_view key) noexcept {
        return stripes_[std::hash<std::string_view>{}(key) % stripes_.size()];
    }

    std::array<Stripe, 512> stripes_{};
};

}  // namespace toril::cache
