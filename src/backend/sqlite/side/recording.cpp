#include "backend/sqlite/side/operations.hpp"

namespace toril::sqlite_side {
namespace {

using namespace contract;
using Row = RecordTable::Row;
using State = RecordTable::State;

Error not_ours(const std::string& key) {
    return {ErrorCode::not_owner,
            "the run of record \"" + key + "\" has ended: another runs, or ran"};
}

bool is_done(const Row& row) {
    return row.state == State::done || row.state == State::failed;
}

}  // namespace

BeginAnswer begin(Session& session, const BeginParams& params) {
    const RecordTable::Now now = session.now();
    const KeyRef record = session.ref(params.key);
    const std::optional<Row> row = session.records.find(record);
    const bool there = row && !RecordTable::has_ended(row->state, row->ends_ms, now);
    if (there && row->fingerprint != params.fingerprint)
        return {.kind = BeginAnswer::Kind::mismatch};
    if (there && is_done(*row))
        return {.kind = BeginAnswer::Kind::replay,
                .value = session.records.value(record),
                .failed = row->state == State::failed};
    const bool again = there && row->token == params.token;
    if (there && !again)
        return {.kind = BeginAnswer::Kind::running,
                .remaining = Millis{row->ends_ms - now.boot_ms}};
    const std::int64_t ends_ms = now.boot_ms + params.lease.count();
    if (again) {
        session.records.renew(record, ends_ms);
        return {.fence = static_cast<std::uint64_t>(row->fence)};
    }
    const std::int64_t fence = session.side.next_fence(
        row ? std::optional(row->fence) : std::nullopt, session.clock.wall_us());
    session.records.run(record,
                        {.token = params.token,
                         .fingerprint = params.fingerprint,
                         .fence = fence,
                         .ends_ms = ends_ms});
    return {.fence = static_cast<std::uint64_t>(fence)};
}

std::vector<Status> renew_records(Session& session, const std::vector<LockRef>& records) {
    const RecordTable::Now now = session.now();
    std::vector<Status> renewed;
    renewed.reserve(records.size());
    for (const LockRef& each : records) {
        const std::optional<Row> row = session.records.find(session.ref(each.key));
        const bool ours = row && row->state == State::running && row->token == each.token &&
                          row->ends_ms > now.boot_ms;
        if (ours) session.records.renew(session.ref(each.key), now.boot_ms + each.ttl.count());
        renewed.push_back(ours ? Status() : Status(not_ours(each.key)));
    }
    return renewed;
}

// While nobody else ran, a lease that ended does no harm.
Status finish(Session& session, const RecordParams& params) {
    const KeyRef record = session.ref(params.key);
    const std::optional<Row> row = session.records.find(record);
    if (!row || row->token != params.token) return not_ours(params.key);
    if (is_done(*row)) return {};
    session.records.finish(record,
                           {.state = params.failed ? State::failed : State::done,
                            .until_ms = session.now().wall_ms + params.keep.count()},
                           params.value);
    session.freed.push_back({.kind = LockKind::record, .key = params.key});
    return {};
}

Status forget(Session& session, const LockRef& lock) {
    const KeyRef record = session.ref(lock.key);
    const std::optional<Row> row = session.records.find(record);
    if (!row || row->token != lock.token) return not_ours(lock.key);
    session.records.free(record);
    session.freed.push_back({.kind = LockKind::record, .key = lock.key});
    return {};
}

std::optional<Millis> runs_for(Session& session, const std::string& key) {
    const RecordTable::Now now = session.now();
    const std::optional<Row> row = session.records.find(session.ref(key));
    if (!row || row->state != State::running || row->ends_ms <= now.boot_ms) return std::nullopt;
    return Millis{row->ends_ms - now.boot_ms};
}

}  // namespace toril::sqlite_side
