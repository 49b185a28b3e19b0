#pragma once

// What one connection works with. The operations in operations.hpp are functions on it.
//
// Threads: one at a time, as for its Database.

#include "backend/sqlite/child_table.hpp"
#include "backend/sqlite/deduplication_table.hpp"
#include "backend/sqlite/event_log.hpp"
#include "backend/sqlite/lines.hpp"
#include "backend/sqlite/metric_table.hpp"
#include "backend/sqlite/records.hpp"
#include "backend/sqlite/scheduler_table.hpp"
#include "backend/sqlite/take_replays.hpp"
#include "backend/sqlite/worker_table.hpp"
#include "base/clock.hpp"

#include <string>
#include <utility>

namespace toril::sqlite {

struct Session {
    Session(std::string prefix, base::Clock now)
        : queues(db, std::move(prefix)), clock(std::move(now)) {}

    /// `now` as a number; the epoch means the store's clock.
    std::int64_t ms(Timestamp now) const {
        return (now == Timestamp{} ? clock() : now).time_since_epoch().count();
    }

    /// The job's head, by queue and id. Null queue: there is none, and no job.
    struct Found {
        QueueRow* queue = nullptr;
        std::optional<JobHead> job{};
    };
    Found find(std::string_view queue, std::string_view id) {
        QueueRow* row = queues.find(queue);
        if (row == nullptr) return {};
        const auto key = jobs.find(row->id, id);
        return {row, key ? jobs.head(*key) : std::nullopt};
    }

    Database db{};
    QueueTable queues;
    JobTable jobs{db, queues.prefix()};
    Lines lines{db, queues};
    ChildTable children{db};
    DeduplicationTable deduplication{db};
    EventLog events{db, queues};
    SchedulerTable schedulers{db};
    MetricTable metrics{db};
    WorkerTable workers{db, queues.prefix()};
    Records records{db, queues.prefix()};
    TakeReplays replays{};
    base::Clock clock;
    std::int64_t process = 0;       // our row in `process`
    bool wants_checkpoint = false;  // of the writer, at the end of this transaction
};

}  // namespace toril::sqlite
