#include "backend/sqlite/schedulers.hpp"

#include "backend/sqlite/adding.hpp"
#include "backend/sqlite/parents.hpp"
#include "base/options_codec.hpp"
#include "base/schedule.hpp"

#include <algorithm>
#include <utility>

namespace toril::sqlite {
namespace {

// Later times that are tried when jobs of earlier runs stand where the next one would. BullMQ's.
constexpr int slots_tried_max = 32;

Timestamp time_from(std::int64_t ms) {
    return Timestamp(Millis(ms));
}

std::string described(std::string_view queue, std::string_view id) {
    return "scheduler \"" + std::string(id) + "\" of \"" + std::string(queue) + "\"";
}

Error not_found(std::string_view queue, std::string_view id) {
    return {ErrorCode::not_found, described(queue, id) + " does not exist"};
}

// The ids of its runs are `repeat:<scheduler>:<ms>`.
std::string_view scheduler_of(std::string_view job) {
    constexpr std::string_view start = "repeat:";
    const std::size_t last = job.rfind(':');
    if (!job.starts_with(start) || last < start.size()) return {};
    return job.substr(start.size(), last - start.size());
}

// One run, as it is about to be made.
struct Run {
    std::string scheduler{};
    std::string name{};
    std::string data{};
    std::string opts{};
    int priority = 0;
    bool lifo = false;
    Timestamp at{};
};

void make_run(Session& session, QueueRow& queue, Run run, std::int64_t now_ms) {
    const Timestamp now = time_from(now_ms);
    contract::AddJob job{.id = base::scheduled_job_id(run.scheduler, run.at),
                         .name = std::move(run.name),
                         .data = std::move(run.data),
                         .opts = std::move(run.opts),
                         .delay = std::max(Millis{0}, run.at - now),
                         .priority = std::max(0, run.priority),
                         .lifo = run.lifo,
                         .timestamp = now,
                         .repeat_job_key = std::move(run.scheduler)};
    const std::int64_t key = job_key(queue.id, ++queue.job_number);
    admit(session, queue, job, {.key = key, .id = job.id, .timestamp_ms = now_ms});
}

// What is there of a scheduler when it is set anew.
struct Before {
    std::optional<contract::Scheduler> record{};
    std::optional<JobHead> pending{};  // its next run, if that has not begun
};

Before look_before(Session& session, const QueueRow& queue, const std::string& id) {
    Before before{.record = session.schedulers.find(queue.id, id)};
    if (!before.record) return before;
    const JobId run = base::scheduled_job_id(id, before.record->next);
    const auto key = session.jobs.find(queue.id, run);
    auto head = key ? session.jobs.head(*key) : std::nullopt;
    if (!head) return before;
    const JobState state = head->state();
    if (state == JobState::delayed || state == JobState::prioritized || state == JobState::waiting)
        before.pending = std::move(head);
    return before;
}

// Where the next run goes. Errors: jobs of earlier runs stand there.
Result<base::NextRun> find_slot(Session& session,
                                const QueueRow& queue,
                                const contract::UpsertSchedulerParams& params,
                                const Before& before,
                                Timestamp now) {
    const std::string& id = params.scheduler.id;
    const Repeat& repeat = params.scheduler.repeat;
    const bool is_interval = repeat.every > Millis{0};
    const bool same = before.record && before.record->repeat.every == repeat.every;
    base::NextRun next{.at = params.next};
    if (is_interval) {
        std::optional<Timestamp> previous;
        if (same) previous = before.record->next;
        next = base::next_every(repeat, previous, now);
        // A run that is only replaced keeps its time.
        if (same && before.pending) next.at = before.record->next;
    }
    const auto is_taken = [&](Timestamp at) {
        const JobId run = base::scheduled_job_id(id, at);
        if (before.pending && before.pending->id == run) return false;
        return session.jobs.find(queue.id, run).has_value();
    };
    const int slots = is_interval ? slots_tried_max : 0;
    for (int slot = 0; slot <= slots; ++slot, next.at += repeat.every)
        if (!is_taken(next.at)) return next;
    return Error(ErrorCode::wrong_state,
                 described(queue.name, id) +
                     (is_interval ? " has jobs of earlier runs where its next 32 would be"
                                  : " has a job of an earlier run where its next one would be") +
                     "; clean its finished jobs, or wait until the running one has ended");
}

// As BullMQ has it: a run that was replaced leaves the place in the interval as it was.
std::optional<Millis> offset_of(const Repeat& repeat,
                                const Before& before,
                                const base::NextRun& next) {
    if (repeat.every <= Millis{0}) return std::nullopt;
    if (repeat.offset && *repeat.offset > Millis{0}) return repeat.offset;
    if (before.pending) return before.record->repeat.offset;
    return next.offset;
}

std::string or_else(const std::string& text, std::string_view otherwise) {
    return text.empty() ? std::string(otherwise) : text;
}

}  // namespace

Result<contract::ScheduledRun> upsert_scheduler(Session& session,
                                                const contract::UpsertSchedulerParams& params) {
    QueueRow* queue = session.queues.find_or_make(params.queue);
    if (queue == nullptr) return contract::ScheduledRun{};  // the database failed, and says so
    const std::int64_t now_ms = session.ms(params.now);
    contract::Scheduler made = params.scheduler;
    const Before before = look_before(session, *queue, made.id);
    const auto next = find_slot(session, *queue, params, before, time_from(now_ms));
    if (!next) return next.error();
    session.queues.touch(*queue);
    if (before.pending) remove_job(session, *queue, *before.pending);
    made.name = or_else(made.name, made.id);
    made.data = or_else(made.data, "{}");
    made.opts = or_else(made.opts, "{}");
    made.repeat.offset = offset_of(made.repeat, before, *next);
    made.next = next->at;
    made.iteration_count = before.record ? before.record->iteration_count : 1;
    session.schedulers.put(queue->id, made);
    make_run(session,
             *queue,
             {.scheduler = made.id,
              .name = made.name,
              .data = made.data,
              .opts = base::scheduled_options(made.opts,
                                              {.scheduler = made.id,
                                               .repeat = params.scheduler.repeat,
                                               .at = made.next,
                                               .now = time_from(now_ms)}),
              .priority = params.priority,
              .lifo = params.lifo,
              .at = made.next},
             now_ms);
    return contract::ScheduledRun{.job = base::scheduled_job_id(made.id, made.next),
                                  .next = made.next};
}

Result<bool> continue_scheduler(Session& session, const contract::ContinueSchedulerParams& params) {
    QueueRow* queue = session.queues.find(params.queue);
    const auto record =
        queue != nullptr ? session.schedulers.find(queue->id, params.scheduler) : std::nullopt;
    if (!record || params.job != base::scheduled_job_id(record->id, record->next)) return false;
    const Repeat& repeat = record->repeat;
    const Timestamp now = time_from(session.ms(params.now));
    const std::int64_t count = base::scheduled_count(params.opts) + 1;
    if (repeat.limit > 0 && count > repeat.limit) return false;
    if (repeat.end_date != Timestamp{} && now > repeat.end_date) return false;
    Timestamp at = params.next;
    if (repeat.every > Millis{0}) at = base::next_every(repeat, record->next, now).at;
    if (at == Timestamp{}) return false;
    const JobId run = base::scheduled_job_id(record->id, at);
    if (session.jobs.find(queue->id, run)) {
        session.events.emit(*queue, "duplicated", {{"jobId", run}});
        return false;
    }
    session.queues.touch(*queue);
    session.schedulers.continued(queue->id, record->id, at.time_since_epoch().count());
    const JobOptions options = base::decode_options(params.opts);
    make_run(
        session,
        *queue,
        {.scheduler = record->id,
         .name = record->name,
         .data = record->data,
         .opts = base::scheduled_options(
             params.opts,
             {.scheduler = record->id, .repeat = repeat, .at = at, .now = now, .count = count}),
         .priority = options.priority,
         .lifo = options.lifo,
         .at = at},
        now.time_since_epoch().count());
    return true;
}

Result<contract::Scheduler> scheduler(Session& session,
                                      const std::string& queue,
                                      const std::string& id) {
    const QueueRow* row = session.queues.find(queue);
    auto found = row != nullptr ? session.schedulers.find(row->id, id) : std::nullopt;
    if (!found) return not_found(queue, id);
    return std::move(*found);
}

std::vector<contract::Scheduler> schedulers(Session& session, const contract::PageParams& params) {
    const QueueRow* queue = session.queues.find(params.queue);
    if (queue == nullptr) return {};
    return session.schedulers.page(queue->id, params.start, params.end, params.ascending);
}

// A run that waits or has begun stays: it belongs to the queue already.
Status remove_scheduler(Session& session, const std::string& queue, const std::string& id) {
    QueueRow* row = session.queues.find(queue);
    const auto record = row != nullptr ? session.schedulers.find(row->id, id) : std::nullopt;
    if (!record) return not_found(queue, id);
    session.queues.touch(*row);
    const auto [found, pending] =
        session.find(queue, base::scheduled_job_id(record->id, record->next));
    if (pending && pending->state() == JobState::delayed) {
        remove_job(session, *row, *pending);
        session.events.removed(*row, pending->id, "delayed");
    }
    session.schedulers.erase(row->id, id);
    return {};
}

bool is_pending_run(Session& session, const QueueRow& queue, std::string_view job) {
    const std::string_view id = scheduler_of(job);
    if (id.empty()) return false;
    const auto next_ms = session.schedulers.next_ms(queue.id, id);
    return next_ms && base::scheduled_job_id(id, time_from(*next_ms)) == job;
}

bool has_scheduler(Session& session, const QueueRow& queue, std::string_view job) {
    const std::string_view id = scheduler_of(job);
    return !id.empty() && session.schedulers.next_ms(queue.id, id).has_value();
}

// Whoever takes a run makes the next one at once. So one that ended, or is gone, is the last.
bool is_stalled(Session& session,
                const QueueRow& queue,
                const contract::Scheduler& scheduler,
                std::int64_t before_ms) {
    const Repeat& repeat = scheduler.repeat;
    const Timestamp before = time_from(before_ms);
    if (scheduler.next >= before) return false;
    if (repeat.limit > 0 && scheduler.iteration_count >= repeat.limit) return false;
    if (repeat.end_date != Timestamp{} && before > repeat.end_date) return false;
    const auto key =
        session.jobs.find(queue.id, base::scheduled_job_id(scheduler.id, scheduler.next));
    const auto run = key ? session.jobs.head(*key) : std::nullopt;
    return !run || run->state() == JobState::completed || run->state() == JobState::failed;
}

void restart_scheduler(Session& session,
                       QueueRow& queue,
                       const contract::Scheduler& scheduler,
                       std::int64_t now_ms) {
    contract::Scheduler next = scheduler;
    if (session.jobs.find(queue.id, base::scheduled_job_id(next.id, next.next))) {
        next.next = std::max(time_from(now_ms), next.next + Millis{1});
        ++next.iteration_count;
    }
    session.queues.touch(queue);
    session.schedulers.put(queue.id, next);
    const JobOptions options = base::decode_options(next.opts);
    make_run(session,
             queue,
             {.scheduler = next.id,
              .name = next.name,
              .data = next.data,
              .opts = base::scheduled_options(next.opts,
                                              {.scheduler = next.id,
                                               .repeat = next.repeat,
                                               .at = next.next,
                                               .now = time_from(now_ms),
                                               .count = next.iteration_count}),
              .priority = options.priority,
              .lifo = options.lifo,
              .at = next.next},
             now_ms);
}

}  // namespace toril::sqlite
