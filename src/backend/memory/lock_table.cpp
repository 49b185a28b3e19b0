#include "backend/memory/lock_table.hpp"

#include <algorithm>

namespace toril::memory {
namespace {

// How long a record is kept beyond its lease, for who finishes late.
constexpr Millis without_lease{86'400'000};

Error not_held(const std::string& key) {
    return {ErrorCode::not_owner, "\"" + key + "\" is not held by this handle any more"};
}

Error lease_lost(const std::string& key) {
    return {ErrorCode::not_owner, "the lease of \"" + key + "\" was lost; what another did counts"};
}

Millis until(std::chrono::steady_clock::time_point end, std::chrono::steady_clock::time_point now) {
    return std::max(Millis{0}, std::chrono::ceil<Millis>(end - now));
}

}  // namespace

// ---- locks --------------------------------------------------------------------------------------

const LockTable::Held* LockTable::holder(const std::string& key, Time now) const {
    const auto found = locks_.find(key);
    return found != locks_.end() && found->second.ends > now ? &found->second : nullptr;
}

std::uint64_t LockTable::next_fence(const LockTime& time) {
    return last_fence_ = std::max(last_fence_ + 1, time.wall_micros);
}

contract::AcquireAnswer LockTable::acquire(const contract::AcquireParams& params,
                                           const LockTime& time) {
    if (size() >= sweep_at_) sweep(time.now);
    if (const Held* held = holder(params.key, time.now); held && held->token != params.token)
        return {.holder = *status(params.key, time)};
    Held& held = locks_[params.key];
    const bool again = held.token == params.token && held.ends > time.now;
    if (!again) held = {.token = params.token, .owner = params.owner, .fence = next_fence(time)};
    held.ends = time.now + params.ttl;
    return {.held = true, .fence = held.fence};
}

Status LockTable::renew(const contract::LockRef& lock, const LockTime& time) {
    const Held* held = holder(lock.key, time.now);
    if (!held || held->token != lock.token) return not_held(lock.key);
    locks_[lock.key].ends = time.now + lock.ttl;
    return {};
}

contract::ReleaseOutcome LockTable::release(const contract::LockRef& lock, const LockTime& time) {
    const Held* held = holder(lock.key, time.now);
    if (!held) return contract::ReleaseOutcome::expired;
    if (held->token != lock.token) return contract::ReleaseOutcome::lost;
    locks_.erase(lock.key);
    return contract::ReleaseOutcome::released;
}

Status LockTable::release_owner(const std::string& key,
                                const std::string& owner,
                                const LockTime& time) {
    const Held* held = holder(key, time.now);
    if (!held) return Error(ErrorCode::not_found, "nobody holds \"" + key + "\"");
    if (held->owner != owner)
        return Error(ErrorCode::not_owner, "\"" + key + "\" is held by \"" + held->owner + "\"");
    locks_.erase(key);
    return {};
}

std::optional<contract::LockHolder> LockTable::status(const std::string& key,
                                                      const LockTime& time) const {
    const Held* held = holder(key, time.now);
    if (!held) return std::nullopt;
    return contract::LockHolder{
        .owner = held->owner, .fence = held->fence, .remaining = until(held->ends, time.now)};
}

// ---- records ------------------------------------------------------------------------------------

LockTable::Record* LockTable::mine(const std::string& key, const std::string& token, Time now) {
    const auto found = records_.find(key);
    if (found == records_.end() || found->second.kept_until <= now) return nullptr;
    return found->second.token == token ? &found->second : nullptr;
}

contract::BeginAnswer LockTable::begin(const contract::BeginParams& params, const LockTime& time) {
    using Kind = contract::BeginAnswer::Kind;
    if (size() >= sweep_at_) sweep(time.now);
    Record& record = records_[params.key];
    const bool is_kept = record.kept_until > time.now;
    const bool is_done = is_kept && record.done;
    const bool is_running = is_kept && !record.done && record.lease_ends > time.now;
    if (is_running && record.token == params.token) {
        record.lease_ends = time.now + params.lease;
        record.kept_until = record.lease_ends + without_lease;
        return {.kind = Kind::run, .fence = record.fence};
    }
    if ((is_done || is_running) && record.fingerprint != params.fingerprint)
        return {.kind = Kind::mismatch};
    if (is_done) return {.kind = Kind::replay, .value = record.value, .failed = record.failed};
    if (is_running) return {.kind = Kind::running, .remaining = until(record.lease_ends, time.now)};
    record = {.fingerprint = params.fingerprint,
              .token = params.token,
              .fence = next_fence(time),
              .lease_ends = time.now + params.lease};
    record.kept_until = record.lease_ends + without_lease;
    return {.kind = Kind::run, .fence = record.fence};
}

Status LockTable::renew_record(const contract::LockRef& ref, const LockTime& time) {
    Record* record = mine(ref.key, ref.token, time.now);
    if (!record || record->done || record->lease_ends <= time.now) return not_held(ref.key);
    record->lease_ends = time.now + ref.ttl;
    record->kept_until = record->lease_ends + without_lease;
    return {};
}

Status LockTable::finish(const contract::RecordParams& params, const LockTime& time) {
    Record* record = mine(params.key, params.token, time.now);
    if (!record) return lease_lost(params.key);
    if (record->done) return {};
    record->done = true;
    record->value = params.value;
    record->failed = params.failed;
    record->kept_until = time.now + params.keep;
    return {};
}

Status LockTable::forget(const contract::LockRef& ref, const LockTime& time) {
    const Record* record = mine(ref.key, ref.token, time.now);
    if (!record || record->done) return lease_lost(ref.key);
    records_.erase(ref.key);
    return {};
}

// ---- both ---------------------------------------------------------------------------------------

Millis LockTable::remaining(contract::LockKind kind,
                            const std::string& key,
                            const LockTime& time) const {
    if (kind == contract::LockKind::lock) {
        const Held* held = holder(key, time.now);
        return held ? until(held->ends, time.now) : Millis{0};
    }
    const auto found = records_.find(key);
    if (found == records_.end() || found->second.done) return Millis{0};
    return until(found->second.lease_ends, time.now);
}

// What has ended goes when there is twice as much as was left the last time.
void LockTable::sweep(Time now) {
    std::erase_if(locks_, [&](const auto& entry) { return entry.second.ends <= now; });
    std::erase_if(records_, [&](const auto& entry) { return entry.second.kept_until <= now; });
    sweep_at_ = std::max<std::size_t>(64, size() * 2);
}

}  // namespace toril::memory
