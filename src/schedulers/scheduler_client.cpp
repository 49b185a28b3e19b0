#include "schedulers/scheduler_client.hpp"

#include "base/names.hpp"
#include "base/options_codec.hpp"
#include "queue/new_job.hpp"
#include "schedulers/repeat_check.hpp"

#include <utility>

namespace toril::schedulers {
namespace {

Error refused(std::string message) {
    return {ErrorCode::invalid_argument, std::move(message)};
}

// Each run has its own.
Status check_template(const JobTemplate& make) {
    const JobOptions& options = make.options;
    if (!options.id.empty()) return refused("a scheduler's jobs cannot have an id of your own");
    if (options.delay != Millis{0}) return refused("a scheduler's jobs cannot have a delay");
    if (options.timestamp != Timestamp{})
        return refused("a scheduler's jobs cannot have a timestamp");
    if (options.deduplication) return refused("a scheduler's jobs cannot have a deduplication");
    if (options.parent || options.parent_policy != ParentPolicy::none)
        return refused("a scheduler's jobs cannot have a parent");
    if (Status s = base::check_job_name(make.name); !s) return s;
    if (Status s = base::check_options(options); !s) return s;
    return queue::check_payload(make.data, options.payload_bytes_max);
}

bool is_same_schedule(const Repeat& a, const Repeat& b) {
    return a.pattern == b.pattern && a.tz == b.tz;
}

}  // namespace

SchedulerClient::SchedulerClient(queue::StoreAccess access, std::string queue, base::Clock clock)
    : asker_(std::move(access)), queue_(std::move(queue)), clock_(std::move(clock)) {}

Result<contract::UpsertSchedulerParams> SchedulerClient::checked(std::string_view id,
                                                                 const Repeat& repeat,
                                                                 const JobTemplate& make,
                                                                 Timestamp now) const {
    if (Status s = check_scheduler_id(id); !s) return s.error();
    if (Status s = check_repeat(repeat, now); !s) return s.error();
    if (Status s = check_template(make); !s) return s.error();
    return contract::UpsertSchedulerParams{
        .queue = queue_,
        .scheduler = {.id = std::string(id),
                      .repeat = repeat,
                      .name = make.name.empty() ? std::string(id) : make.name,
                      .data = make.data.text(),
                      .opts = base::encode_template_options(make.options)},
        .priority = make.options.priority,
        .lifo = make.options.lifo};
}

Result<JobScheduler> SchedulerClient::upsert(std::string_view id,
                                             const Repeat& repeat,
                                             const JobTemplate& make) {
    const Timestamp now = clock_();
    Result<contract::UpsertSchedulerParams> params = checked(id, repeat, make, now);
    if (!params) return params.error();
    if (!repeat.pattern.empty()) {
        Repeat from_now = repeat;
        // The same schedule again changes nothing: only a new one begins at once.
        if (repeat.immediately)
            if (const auto before = stored(id); before && is_same_schedule(before->repeat, repeat))
                from_now.immediately = false;
        const std::optional<Timestamp> next = first_run(from_now, now);
        if (!next)
            return refused("pattern \"" + repeat.pattern + "\" has no run before the end date");
        params->next = *next;
    }
    auto pending = asker_.ask<Result<contract::ScheduledRun>>(
        queue::Repeat::always, [&](contract::JobStore& store, auto done) {
            store.upsert_scheduler(*params, std::move(done));
        });
    if (!pending) return pending.error();
    if (Result<JobScheduler> after = get(id)) return after;
    // Removed by another since, or the store went away: what was made all the same.
    params->scheduler.next = pending->next;
    params->scheduler.iteration_count = 1;
    return to_public(std::move(params->scheduler));
}

Result<contract::Scheduler> SchedulerClient::stored(std::string_view id) const {
    return asker_.ask<Result<contract::Scheduler>>(
        queue::Repeat::always, [&](contract::JobStore& store, auto done) {
            store.scheduler(queue_, std::string(id), std::move(done));
        });
}

Result<JobScheduler> SchedulerClient::get(std::string_view id) const {
    if (id.empty()) return refused("a scheduler's id must not be empty");
    Result<contract::Scheduler> found = stored(id);
    if (!found) return found.error();
    return to_public(std::move(*found));
}

Result<std::vector<JobScheduler>> SchedulerClient::list(std::int64_t start,
                                                        std::int64_t end,
                                                        bool ascending) const {
    const contract::PageParams params{
        .queue = queue_, .start = start, .end = end, .ascending = ascending};
    auto found = asker_.ask<Result<std::vector<contract::Scheduler>>>(
        queue::Repeat::always,
        [&](contract::JobStore& store, auto done) { store.schedulers(params, std::move(done)); });
    if (!found) return found.error();
    std::vector<JobScheduler> list;
    list.reserve(found->size());
    for (contract::Scheduler& scheduler : *found)
        list.push_back(to_public(std::move(scheduler)));
    return list;
}

Status SchedulerClient::remove(std::string_view id) {
    if (id.empty()) return refused("a scheduler's id must not be empty");
    return asker_.ask<Status>(queue::Repeat::when_unchanged,
                              [&](contract::JobStore& store, auto done) {
                                  store.remove_scheduler(queue_, std::string(id), std::move(done));
                              });
}

JobScheduler SchedulerClient::to_public(contract::Scheduler scheduler) const {
    return {.id = std::move(scheduler.id),
            .queue = queue_,
            .repeat = std::move(scheduler.repeat),
            .name = std::move(scheduler.name),
            .data = Json::unchecked(std::move(scheduler.data)),
            .opts = Json::unchecked(std::move(scheduler.opts)),
            .next = scheduler.next,
            .iteration_count = scheduler.iteration_count};
}

}  // namespace toril::schedulers
