#include "backend/sqlite/side/operations.hpp"

namespace toril::sqlite_side {
namespace {

using namespace contract;
using Row = LockTable::Row;

bool is_held(const std::optional<Row>& row, std::int64_t now_ms) {
    return row && row->ends_ms > now_ms;
}

LockHolder holder_of(const Row& row, std::int64_t now_ms) {
    return {.owner = row.owner,
            .fence = static_cast<std::uint64_t>(row.fence),
            .remaining = Millis{row.ends_ms - now_ms}};
}

Error not_held(const std::string& key) {
    return {ErrorCode::not_owner, "lock \"" + key + "\" has ended, or is another's"};
}

}  // namespace

AcquireAnswer acquire(Session& session, const AcquireParams& params) {
    const std::int64_t now_ms = session.clock.boot_ms();
    const KeyRef lock = session.ref(params.key);
    std::optional<Row> row = session.locks.find(lock);
    const bool again = is_held(row, now_ms) && row->token == params.token;
    if (is_held(row, now_ms) && !again) return {.holder = holder_of(*row, now_ms)};
    const std::int64_t ends_ms = now_ms + params.ttl.count();
    if (again) {
        session.locks.renew(lock, params.token, ends_ms);
        return {.held = true, .fence = static_cast<std::uint64_t>(row->fence)};
    }
    const std::int64_t fence = session.side.next_fence(
        row ? std::optional(row->fence) : std::nullopt, session.clock.wall_us());
    session.locks.put(
        lock, {.token = params.token, .owner = params.owner, .fence = fence, .ends_ms = ends_ms});
    return {.held = true, .fence = static_cast<std::uint64_t>(fence)};
}

std::vector<Status> renew(Session& session, const std::vector<LockRef>& locks) {
    const std::int64_t now_ms = session.clock.boot_ms();
    std::vector<Status> renewed;
    renewed.reserve(locks.size());
    for (const LockRef& each : locks) {
        const KeyRef lock = session.ref(each.key);
        const std::optional<Row> row = session.locks.find(lock);
        const bool ours = is_held(row, now_ms) && row->token == each.token;
        if (ours) session.locks.renew(lock, each.token, now_ms + each.ttl.count());
        renewed.push_back(ours ? Status() : Status(not_held(each.key)));
    }
    return renewed;
}

ReleaseOutcome release(Session& session, const LockRef& lock) {
    const std::optional<Row> row = session.locks.find(session.ref(lock.key));
    if (!is_held(row, session.clock.boot_ms())) return ReleaseOutcome::expired;
    if (row->token != lock.token) return ReleaseOutcome::lost;
    session.locks.free(session.ref(lock.key));
    session.freed.push_back({.kind = LockKind::lock, .key = lock.key});
    return ReleaseOutcome::released;
}

Status release_owner(Session& session, const std::string& key, const std::string& owner) {
    const std::optional<Row> row = session.locks.find(session.ref(key));
    if (!is_held(row, session.clock.boot_ms()))
        return Error(ErrorCode::not_found, "nobody holds lock \"" + key + "\"");
    if (row->owner != owner)
        return Error(ErrorCode::not_owner,
                     "lock \"" + key + "\" is held by \"" + row->owner + "\"");
    session.locks.free(session.ref(key));
    session.freed.push_back({.kind = LockKind::lock, .key = key, .taken = true});
    session.news.add({.kind = NewsKind::taken, .prefix = session.prefix, .text = key});
    return {};
}

std::optional<LockHolder> lock_status(Session& session, const std::string& key) {
    const std::int64_t now_ms = session.clock.boot_ms();
    const std::optional<Row> row = session.locks.find(session.ref(key));
    if (!is_held(row, now_ms)) return std::nullopt;
    return holder_of(*row, now_ms);
}

}  // namespace toril::sqlite_side
