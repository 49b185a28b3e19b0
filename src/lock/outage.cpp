#include "lock/outage.hpp"

#include "lock/naming.hpp"

#include <chrono>
#include <utility>

namespace toril::lock {
namespace {

using std::chrono::steady_clock;

// How often a store that is away is looked at.
constexpr Millis look_every{200};
constexpr Millis look_timeout{1'000};
// No key of a user holds a control character.
constexpr const char* probe_key = "\x01probe";

}  // namespace

void Outage::answered() {
    breaker_.succeeded();
    if (told_.load(std::memory_order_relaxed)) over();
}

void Outage::failed(const Error& error) {
    {
        base::MutexLock lock(mutex_);
        reason_ = error.message();
    }
    breaker_.failed(steady_clock::now());
    if (!is_on()) return;
    tell(error);
    look_later();
}

void Outage::stood_in(std::string_view mode, const Error& reason) {
    board_->begin("locks", mode, reason.message());
    board_->count("locks");
    tell(reason);
    look_later();
}

void Outage::tell(const Error& error) {
    if (told_.exchange(true)) return;
    log_(LogLevel::warning,
         "lock.store_away",
         "the store of locks is away: " + error.message(),
         {{"reason", std::string(to_string(error.code()))}});
}

Error Outage::reason() const {
    base::MutexLock lock(mutex_);
    return {ErrorCode::unavailable, reason_};
}

void Outage::over() {
    if (!told_.exchange(false)) return;
    board_->end("locks");
    log_(LogLevel::info, "lock.store_back", "the store of locks is back");
}

void Outage::look_later() {
    if (looking_.exchange(true)) return;
    later_(look_every, [weak = weak_from_this()] {
        if (const auto self = weak.lock()) self->look();
    });
}

// By a lock, not by a ping: a server that refuses writes is away too.
void Outage::look() {
    if (is_on() && !breaker_.may_ask(steady_clock::now())) {
        looking_.store(false);
        return look_later();
    }
    store_->acquire({.key = probe_key,
                     .token = make_token(),
                     .owner = "probe",
                     .ttl = look_every / 2,
                     .timeout = look_timeout},
                    [weak = weak_from_this()](const Result<contract::AcquireAnswer>& answer) {
                        const auto self = weak.lock();
                        if (!self) return;
                        self->looking_.store(false);
                        if (answer || !base::is_store_away(answer.error().code()))
                            return self->answered();
                        self->failed(answer.error());
                        self->look_later();
                    });
}

}  // namespace toril::lock
