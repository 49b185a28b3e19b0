#pragma once

// What JobSchedulers does, on any JobStore.

#include "base/clock.hpp"
#include "contract/job_store.hpp"
#include "queue/asker.hpp"

#include <toril/result.hpp>
#include <toril/scheduler.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace toril::schedulers {

/// Threads: any method, from any thread, at the same time.
class SchedulerClient {
public:
    /// `clock`: by it a pattern's next run is worked out.
    /// REQUIRES: `queue` passed check_queue_name.
    SchedulerClient(queue::StoreAccess access,
                    std::string queue,
                    base::Clock clock = base::wall_now);

    Result<JobScheduler> upsert(std::string_view id, const Repeat& repeat, const JobTemplate& make);
    Result<JobScheduler> get(std::string_view id) const;
    Result<std::vector<JobScheduler>> list(std::int64_t start,
                                           std::int64_t end,
                                           bool ascending) const;
    Status remove(std::string_view id);

private:
    Result<contract::UpsertSchedulerParams> checked(std::string_view id,
                                                    const Repeat& repeat,
                                                    const JobTemplate& make,
                                                    Timestamp now) const;
    Result<contract::Scheduler> stored(std::string_view id) const;
    JobScheduler to_public(contract::Scheduler scheduler) const;

    const queue::Asker asker_;
    const std::string queue_;
    const base::Clock clock_;
};

}  // namespace toril::schedulers
