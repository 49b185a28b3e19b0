#include "backend/sqlite/side/upkeep.hpp"

#include <algorithm>

namespace toril::sqlite_side {
namespace {

// One transaction in so many looks at so many rows of one table. So each row that is written is
// matched by four that are looked at, and what ended does not pile up.
constexpr std::uint64_t sweep_every = 16;
constexpr int sweep_rows = 64;
constexpr std::uint64_t page_bytes = 4096;
// Entries that go in one step of making room.
constexpr int evict_rows = 32;

}  // namespace

Upkeep::Upkeep(Session& session, std::uint64_t bytes_max)
    : session_(session), bytes_max_(bytes_max) {}

void Upkeep::run() {
    if (++transactions_ % sweep_every == 0) sweep();
    if (session_.stored_bytes > 0) make_room();
    session_.stored_bytes = 0;
}

void Upkeep::sweep() {
    const RecordTable::Now now = session_.now();
    const std::int64_t cache_ms = session_.cache_ms > 0 ? session_.cache_ms : now.wall_ms;
    std::int64_t fence = 0;
    switch (sweeps_++ % 6) {
        case 0: fence = session_.locks.sweep(now.boot_ms, sweep_rows); break;
        case 1: fence = session_.records.sweep(now, sweep_rows); break;
        case 2: session_.rates.sweep(base::Micros(session_.clock.wall_us()), sweep_rows); break;
        case 3: session_.caches.entries.sweep(cache_ms, sweep_rows); break;
        case 4: session_.caches.leases.sweep(cache_ms, sweep_rows); break;
        default: session_.side.vacuum(); break;
    }
    if (fence > 0) session_.side.raise_fence(fence);
}

// A transaction that stored much makes much room, and never more than twice of what it stored: so
// no transaction is long, and the file comes down to its size when that was made smaller.
void Upkeep::make_room() {
    const auto pages_max = static_cast<std::int64_t>(bytes_max_ / page_bytes);
    const std::int64_t stored = session_.stored_bytes / static_cast<std::int64_t>(page_bytes) + 1;
    const std::int64_t used = session_.side.used_pages();
    const std::int64_t goal = std::max(pages_max, used - 2 * stored - evict_rows);
    while (!session_.db.failed() && session_.side.used_pages() > goal)
        if (session_.caches.entries.erase_oldest(evict_rows) == 0) break;
}

}  // namespace toril::sqlite_side
