// What makes jobs by the clock (bullmq-wire 3.16). The arithmetic is in base/schedule.hpp.

#include "backend/memory/families.hpp"
#include "backend/memory/range.hpp"
#include "base/options_codec.hpp"
#include "base/schedule.hpp"

#include <algorithm>

namespace toril::memory {
namespace {

// How many busy slots an interval may step over. BullMQ's.
constexpr int slots_max = 32;

bool by_next_run(const contract::Scheduler& a, const contract::Scheduler& b) {
    return a.next != b.next ? a.next < b.next : a.id < b.id;
}

bool waits(const JobRecord* job) {
    return job != nullptr && (job->home == JobState::delayed ||
                              job->home == JobState::prioritized || job->home == JobState::waiting);
}

// There is no run after `made` runs, or that late.
bool has_ended(const Repeat& repeat, std::int64_t made, Timestamp now) {
    return (repeat.limit > 0 && made >= repeat.limit) ||
           (repeat.end_date != Timestamp{} && now > repeat.end_date);
}

Error slot_taken(const std::string& queue, const JobId& job) {
    return {ErrorCode::wrong_state,
            "job \"" + job + "\" of \"" + queue + "\" stands where the scheduler's next run would"};
}

}  // namespace

Result<contract::ScheduledRun> MemoryQueue::upsert_scheduler(
    const contract::UpsertSchedulerParams& params, Timestamp now) {
    contract::Scheduler wanted = params.scheduler;
    const auto found = schedulers_.find(wanted.id);
    const contract::Scheduler* known = found == schedulers_.end() ? nullptr : &found->second;
    JobRecord* pending =
        known == nullptr ? nullptr : find(base::scheduled_job_id(known->id, known->next));
    const bool replaces = waits(pending);
    const bool same_interval = known != nullptr && known->repeat.every == wanted.repeat.every;

    wanted.next = params.next;
    if (wanted.repeat.every > Millis{0}) {
        const auto previous = same_interval ? std::optional(known->next) : std::nullopt;
        const base::NextRun run = base::next_every(wanted.repeat, previous, now);
        wanted.next = replaces && same_interval ? known->next : run.at;
        if (!replaces) wanted.repeat.offset = run.offset;
    }
    if (!wanted.repeat.offset && known != nullptr) wanted.repeat.offset = known->repeat.offset;

    const auto is_taken = [&] {
        const JobRecord* job = find(base::scheduled_job_id(wanted.id, wanted.next));
        return job != nullptr && !(replaces && job == pending);
    };
    for (int i = 0; wanted.repeat.every > Millis{0} && i < slots_max && is_taken(); ++i)
        wanted.next += wanted.repeat.every;
    const JobId id = base::scheduled_job_id(wanted.id, wanted.next);
    if (is_taken()) return slot_taken(name_, id);

    if (replaces) discard(*pending, now);
    wanted.iteration_count = known == nullptr ? 1 : known->iteration_count;
    settings_.exists = true;
    make_run(
        wanted, {.opts = wanted.opts, .priority = params.priority, .lifo = params.lifo}, 1, now);
    const Timestamp next = wanted.next;
    schedulers_[wanted.id] = std::move(wanted);
    return contract::ScheduledRun{.job = id, .next = next};
}

// `like` has what the run's options say: run number `count` gets them too.
void MemoryQueue::make_run(const contract::Scheduler& scheduler,
                           contract::AddJob like,
                           std::int64_t count,
                           Timestamp now) {
    ++jobs_.id_counter;
    like.name = scheduler.name;
    like.data = scheduler.data;
    like.opts = base::scheduled_options(like.opts,
                                        {.scheduler = scheduler.id,
                                         .repeat = scheduler.repeat,
                                         .at = scheduler.next,
                                         .now = now,
                                         .count = count});
    like.delay = std::max(scheduler.next - now, Millis{0});
    like.repeat_job_key = scheduler.id;
    JobRecord& job = store(like, base::scheduled_job_id(scheduler.id, scheduler.next), now);
    place(job, like, now);
}

bool MemoryQueue::continue_scheduler(const contract::ContinueSchedulerParams& params,
                                     Timestamp now) {
    const auto found = schedulers_.find(params.scheduler);
    if (found == schedulers_.end()) return false;
    contract::Scheduler& scheduler = found->second;
    const std::int64_t made = base::scheduled_count(params.opts);
    if (has_ended(scheduler.repeat, made, now)) return false;
    if (params.job != base::scheduled_job_id(scheduler.id, scheduler.next)) return false;
    const Timestamp next = scheduler.repeat.every > Millis{0}
                               ? base::next_every(scheduler.repeat, scheduler.next, now).at
                               : params.next;
    if (next == Timestamp{}) return false;  // the pattern has no more
    const JobId id = base::scheduled_job_id(scheduler.id, next);
    if (find(id) != nullptr) {
        emit("duplicated", {{"jobId", id}});
        return false;
    }
    scheduler.next = next;
    ++scheduler.iteration_count;
    const JobOptions options = base::decode_options(params.opts);
    make_run(scheduler,
             {.opts = params.opts, .priority = options.priority, .lifo = options.lifo},
             made + 1,
             now);
    return true;
}

Result<contract::Scheduler> MemoryQueue::scheduler(const std::string& id) const {
    const auto found = schedulers_.find(id);
    if (found != schedulers_.end()) return found->second;
    return Error(ErrorCode::not_found, "there is no scheduler \"" + id + "\" in \"" + name_ + "\"");
}

std::vector<contract::Scheduler> MemoryQueue::schedulers(const contract::PageParams& params) const {
    std::vector<contract::Scheduler> all;
    for (const auto& [id, scheduler] : schedulers_)
        all.push_back(scheduler);
    std::sort(all.begin(), all.end(), by_next_run);
    if (!params.ascending) std::reverse(all.begin(), all.end());
    std::vector<contract::Scheduler> page;
    visit_range(all.begin(),
                range_of(params.start, params.end, all.size()),
                [&](const contract::Scheduler& scheduler) { page.push_back(scheduler); });
    return page;
}

// A run that waits already is left to run: BullMQ's rule.
Status MemoryQueue::remove_scheduler(const std::string& id) {
    const auto found = schedulers_.find(id);
    if (found == schedulers_.end()) return scheduler(id).error();
    JobRecord* pending = find(base::scheduled_job_id(id, found->second.next));
    schedulers_.erase(found);
    if (pending != nullptr && pending->home == JobState::delayed) {
        const JobId job = pending->id;
        erase(*pending);
        emit("removed", {{"jobId", job}, {"prev", "delayed"}});
    }
    return {};
}

bool MemoryQueue::is_pending_run(const JobRecord& job) const {
    if (job.links.scheduler.empty()) return false;
    const auto found = schedulers_.find(job.links.scheduler);
    return found != schedulers_.end() &&
           job.id == base::scheduled_job_id(found->first, found->second.next);
}

// Whoever takes a run makes the next one at once. So one that ended, or is gone, is the last,
// unless it was meant to be.
std::vector<contract::Scheduler> MemoryQueue::stalled_schedulers(Timestamp now) const {
    std::vector<contract::Scheduler> stalled;
    for (const auto& [id, scheduler] : schedulers_) {
        const JobRecord* pending = find(base::scheduled_job_id(id, scheduler.next));
        const bool is_over = pending == nullptr || pending->home == JobState::completed ||
                             pending->home == JobState::failed;
        if (is_over && !has_ended(scheduler.repeat, scheduler.iteration_count, now))
            stalled.push_back(scheduler);
    }
    return stalled;
}

void MemoryQueue::restart_scheduler(const std::string& id, Timestamp now) {
    contract::Scheduler& scheduler = schedulers_.at(id);
    const JobOptions options = base::decode_options(scheduler.opts);
    if (find(base::scheduled_job_id(id, scheduler.next)) != nullptr) {
        scheduler.next = std::max(now, scheduler.next + Millis{1});
        ++scheduler.iteration_count;
    }
    make_run(scheduler,
             {.opts = scheduler.opts, .priority = options.priority, .lifo = options.lifo},
             scheduler.iteration_count,
             now);
}

}  // namespace toril::memory
