#include "backend/sqlite/spool/job_row.hpp"

#include <string>

namespace toril::sqlite_spool {
namespace {

// Bits of `deduplication_flags`.
constexpr int extend_bit = 1;
constexpr int replace_bit = 2;
constexpr int reschedule_bit = 4;
constexpr int keep_last_bit = 8;

int flags_of(const Deduplication& rule) {
    return (rule.extend ? extend_bit : 0) | (rule.replace ? replace_bit : 0) |
           (rule.reschedule ? reschedule_bit : 0) | (rule.keep_last_if_active ? keep_last_bit : 0);
}

Deduplication deduplication_at(const sqlite::Cursor& row) {
    const int flags = row.small(11);
    return {.id = row.text(9),
            .ttl = Millis(row.number(10)),
            .extend = (flags & extend_bit) != 0,
            .replace = (flags & replace_bit) != 0,
            .reschedule = (flags & reschedule_bit) != 0,
            .keep_last_if_active = (flags & keep_last_bit) != 0};
}

}  // namespace

std::int64_t bytes_of(const contract::AddJob& job) {
    // The columns besides the texts are about so many.
    constexpr std::size_t row_bytes = 96;
    return static_cast<std::int64_t>(job.id.size() + job.name.size() + job.opts.size() +
                                     job.data.size() + row_bytes);
}

void insert(sqlite::Statement& statement, const Spot& spot, const contract::AddJob& job) {
    const Deduplication none;
    const Deduplication& rule = job.deduplication ? *job.deduplication : none;
    const contract::ParentLink orphan;
    const contract::ParentLink& parent = job.parent ? *job.parent : orphan;
    statement.run(spot.key,
                  spot.at_ms,
                  bytes_of(job),
                  job.id,
                  job.name,
                  static_cast<std::int64_t>(job.timestamp.time_since_epoch().count()),
                  static_cast<std::int64_t>(job.delay.count()),
                  job.priority,
                  job.lifo,
                  rule.id,
                  static_cast<std::int64_t>(rule.ttl.count()),
                  flags_of(rule),
                  parent.queue,
                  parent.id,
                  static_cast<int>(parent.policy),
                  job.opts,
                  job.data);
}

Spot spot_at(const sqlite::Cursor& row) {
    return {.key = row.number(0), .at_ms = row.number(1)};
}

contract::AddJob job_at(const sqlite::Cursor& row) {
    contract::AddJob job{.id = row.text(3),
                         .name = row.text(4),
                         .data = row.text(16),
                         .opts = row.text(15),
                         .delay = Millis(row.number(6)),
                         .priority = row.small(7),
                         .lifo = row.number(8) != 0,
                         .timestamp = Timestamp(Millis(row.number(5)))};
    if (Deduplication rule = deduplication_at(row); !rule.id.empty())
        job.deduplication = std::move(rule);
    if (std::string parent = row.text(13); !parent.empty())
        job.parent = contract::ParentLink{.queue = row.text(12),
                                          .id = std::move(parent),
                                          .policy = static_cast<ParentPolicy>(row.small(14))};
    return job;
}

}  // namespace toril::sqlite_spool
