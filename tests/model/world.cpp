#include "model/world.hpp"

#include "base/schedule.hpp"
#include "model/snapshot.hpp"

#include <sstream>
#include <tuple>

namespace toril::model {
namespace {

constexpr Millis lock_duration{3'600'000};
constexpr Millis stall_interval{600'000};

template <class T>
std::string text_of(const Result<T>& answer) {
    if (!answer) return std::string(toril::to_string(answer.error().code()));
    std::ostringstream out;
    out << *answer;
    return out.str();
}

std::string text_of(const Status& status) {
    return status ? "done" : std::string(toril::to_string(status.error().code()));
}

// Of a job that an earlier outcome of the same call trimmed away, a store may say either.
std::string refusal_of(const Status& status, std::size_t outcomes) {
    const bool gone = !status && (status.error().code() == ErrorCode::not_found ||
                                  status.error().code() == ErrorCode::not_owner);
    return gone && outcomes > 1 ? "not held" : text_of(status);
}

Answer add(Side& side, const Step& step) {
    Answer answer;
    const auto added = step.operation.kind == Kind::add ? side.client.add(step.add)
                                                        : side.client.add_flow(step.flow);
    if (!added) return {.text = std::string(toril::to_string(added.error().code()))};
    for (const auto& each : *added) {
        // One that was refused is as one that was there: nothing was added.
        answer.added.push_back(each ? *each : contract::Added{.existed = true});
        answer.text += !each                ? std::string(toril::to_string(each.error().code()))
                       : each->existed      ? each->id + " existed"
                       : each->deduplicated ? each->id + " holds the place"
                                            : each->id + " added";
        answer.text += "; ";
    }
    return answer;
}

Answer change_scheduler(Side& side, const Step& step) {
    Answer answer;
    if (step.operation.kind == Kind::upsert_scheduler) {
        const auto run = side.client.upsert_scheduler(step.upsert);
        if (!run) return {.text = std::string(toril::to_string(run.error().code()))};
        answer.run = run->job;
        answer.text = run->job + " at " + std::to_string(run->next.time_since_epoch().count());
    } else if (step.operation.kind == Kind::continue_scheduler) {
        answer.text = text_of(side.client.continue_scheduler(step.go_on));
        // Which run that made is the scheduler's to say.
        const auto now = side.client.scheduler(step.queue, step.go_on.scheduler);
        if (answer.text == "1" && now) answer.run = base::scheduled_job_id(now->id, now->next);
    } else {
        answer.text = text_of(side.client.remove_scheduler(step.queue, step.operation.text));
    }
    return answer;
}

Answer call(Side& side, const Step& step) {
    Answer answer;
    const auto said = side.client.finish_and_take(step.call);
    if (!said) return {.text = std::string(toril::to_string(said.error().code()))};
    answer.taken = said->jobs;
    answer.finished = said->finished;
    std::ostringstream out;
    for (const Status& each : said->finished)
        out << refusal_of(each, said->finished.size()) << "; ";
    out << "next due " << said->next_due.time_since_epoch().count() << ", limited "
        << (said->limited_for > Millis{0}) << ", blocked " << said->blocked << '\n';
    for (const auto& job : said->jobs)
        out << "took " << to_string(job) << '\n';
    answer.text = out.str();
    return answer;
}

Answer listed(const Result<std::vector<JobId>>& ids) {
    if (!ids) return {.text = std::string(toril::to_string(ids.error().code()))};
    Answer answer{.text = "ids:", .ids = *ids};
    for (const JobId& id : *ids)
        answer.text += " " + id;
    return answer;
}

std::string renew(Side& side, const Step& step) {
    const auto renewed =
        side.client.renew(step.queue, {{step.operation.id, step.token}}, lock_duration, step.now);
    return renewed ? text_of(renewed->at(0)) : text_of(Status(renewed.error()));
}

std::string add_log(Side& side, const Step& step) {
    const contract::JobRef job{step.queue, step.operation.id};
    std::string text = text_of(side.client.add_log(
        {.job = job, .row = step.operation.text, .keep = step.operation.number}));
    const auto page = side.client.logs({.job = job, .ascending = step.operation.flag});
    if (!page) return text + ", " + std::string(toril::to_string(page.error().code()));
    text += ", " + std::to_string(page->total) + " rows";
    for (const std::string& row : page->rows)
        text += " " + std::to_string(std::hash<std::string>{}(row));
    return text;
}

std::string change_job(Side& side, const Step& step) {
    const Operation& operation = step.operation;
    const contract::JobRef job{step.queue, operation.id};
    conformance::Client& client = side.client;
    switch (operation.kind) {
        case Kind::promote: return text_of(client.promote(job, step.now));
        case Kind::change_delay: return text_of(client.change_delay(job, operation.time, step.now));
        case Kind::change_priority:
            return text_of(
                client.change_priority(job, operation.number.value_or(0), operation.flag));
        case Kind::update_data: return text_of(client.update_data(job, operation.text));
        case Kind::update_progress: return text_of(client.update_progress(job, operation.text));
        case Kind::retry:
            return text_of(client.retry({.job = job,
                                         .from = operation.state,
                                         .reset_attempts = operation.number == 1,
                                         .now = step.now}));
        case Kind::remove: return text_of(client.remove(job, operation.flag));
        case Kind::remove_unprocessed: return text_of(client.remove_unprocessed_children(job));
        case Kind::remove_dependency: return text_of(client.remove_child_dependency(job));
        case Kind::cancel: {
            const auto was = client.cancel(job, "not needed", step.now);
            return std::string(was ? toril::to_string(*was) : toril::to_string(was.error().code()));
        }
        default: return "";
    }
}

std::string change_queue(Side& side, const Step& step) {
    const Operation& operation = step.operation;
    conformance::Client& client = side.client;
    switch (operation.kind) {
        case Kind::retry_all:
            return text_of(client.retry_all(
                {.queue = step.queue,
                 .from = operation.state,
                 .count = static_cast<std::size_t>(operation.number.value_or(1000)),
                 .until = operation.flag ? step.now - operation.time : Timestamp{},
                 .now = step.now}));
        case Kind::pause: return text_of(client.pause(step.queue));
        case Kind::resume: return text_of(client.resume(step.queue));
        case Kind::set_concurrency:
            return text_of(client.set_concurrency(step.queue, operation.number));
        case Kind::set_rate_limit:
            return text_of(client.set_rate_limit(step.queue, operation.limit));
        case Kind::rate_limit_for:
            return text_of(client.rate_limit_for(step.queue, operation.time, step.now));
        case Kind::remove_deduplication:
            return text_of(client.remove_deduplication(step.queue, operation.text, operation.id));
        case Kind::drain: return text_of(client.drain(step.queue, operation.flag));
        case Kind::obliterate: return text_of(client.obliterate(step.queue, operation.flag));
        default: return "";
    }
}

}  // namespace

Answer perform(Side& side, const Step& step) {
    const Operation& operation = step.operation;
    switch (operation.kind) {
        case Kind::add:
        case Kind::add_flow: return add(side, step);
        case Kind::upsert_scheduler:
        case Kind::continue_scheduler:
        case Kind::remove_scheduler: return change_scheduler(side, step);
        case Kind::call: return call(side, step);
        case Kind::renew: return {.text = renew(side, step)};
        case Kind::recover_stalled:
            return listed(side.client.recover_stalled({.queue = step.queue,
                                                       .interval = stall_interval,
                                                       .stalled_max = 1,
                                                       .now = step.now}));
        case Kind::clean:
            return listed(side.client.clean(
                {.queue = step.queue,
                 .state = operation.state,
                 .older_than = operation.time,
                 .count = static_cast<std::size_t>(operation.number.value_or(1000)),
                 .now = step.now}));
        case Kind::add_log: return {.text = add_log(side, step)};
        case Kind::pass_time: return {};
        case Kind::lapse: side.opened.pass_time(lapse_time); return {};
        default: return {.text = change_job(side, step) + change_queue(side, step)};
    }
}

Step World::prepare(const Operation& operation) {
    if (operation.kind == Kind::pass_time) now_ += operation.time;
    if (operation.kind == Kind::lapse) {
        now_ += lapse_time;
        ++lapses_;
    }
    Step step{.operation = operation, .queue = queue(operation.queue), .now = now_};
    step.operation.id = resolve(step.queue, operation.id);
    if (operation.kind == Kind::add) {
        step.add = {.queue = step.queue,
                    .repeat_token = name_ + "-add-" + std::to_string(++count_),
                    .now = now_};
        for (const contract::AddJob& job : operation.jobs)
            step.add.jobs.push_back(resolve(job));
    }
    fill_flow(step);
    fill_scheduler(step);
    if (operation.kind == Kind::call) fill_call(step);
    if (operation.kind == Kind::renew)
        step.token = token_of(step.queue, step.operation.id, operation.holders.at(0));
    return step;
}

void World::fill_flow(Step& step) {
    const Operation& operation = step.operation;
    for (const contract::AddJob& job : operation.jobs)
        has_flows_ |= job.parent.has_value() || job.has_children;
    if (operation.kind != Kind::add_flow) return;
    step.flow.repeat_token = name_ + "-flow-" + std::to_string(++count_);
    step.flow.now = now_;
    for (std::size_t i = 0; i < operation.jobs.size(); ++i)
        step.flow.nodes.push_back(
            {.queue = queue(operation.queues[i]), .job = resolve(operation.jobs[i])});
}

void World::fill_scheduler(Step& step) {
    const Operation& operation = step.operation;
    if (operation.kind == Kind::upsert_scheduler)
        step.upsert = {.queue = step.queue,
                       .scheduler = operation.scheduler,
                       .next = next_of(operation.scheduler.id, operation.time),
                       .priority = operation.number.value_or(0),
                       .now = now_};
    if (operation.kind != Kind::continue_scheduler) return;
    const auto run = taken_runs_.find({step.queue, operation.text});
    step.go_on = {.queue = step.queue,
                  .scheduler = operation.text,
                  .next = next_of(operation.text, Millis{1000}),
                  .now = now_};
    if (run != taken_runs_.end()) std::tie(step.go_on.job, step.go_on.opts) = run->second;
}

Timestamp World::next_of(const std::string& scheduler, Millis wait) const {
    return has_pattern(scheduler) ? now_ + wait : Timestamp{};
}

JobId World::resolve(const std::string& queue, const JobId& id) const {
    constexpr std::string_view alias = "run of ";
    if (!id.starts_with(alias)) return id;
    const auto run = runs_.find({queue, id.substr(alias.size())});
    return run == runs_.end() ? "nobody" : run->second;
}

contract::AddJob World::resolve(contract::AddJob job) const {
    if (job.parent) job.parent->queue = queue(std::stoi(job.parent->queue));
    return job;
}

void World::fill_call(Step& step) {
    const Operation& operation = step.operation;
    const std::string worker =
        step.queue + "-worker-" + std::to_string(operation.worker);  // of one queue
    step.call = {.queue = step.queue,
                 .taker = {.worker = worker,
                           .name = operation.worker == 2 ? "" : worker,
                           .lock_duration = lock_duration,
                           .limit = operation.limit},
                 .sequence = ++sequences_[worker],
                 .outcomes = operation.outcomes,  // ids and tokens follow
                 .take = operation.take,
                 .token = name_ + "-take-" + std::to_string(++count_),
                 .now = now_};
    step.call.taker.metrics_points_max = operation.worker == 1 ? 3 : 0;
    for (std::size_t i = 0; i < operation.outcomes.size(); ++i) {
        contract::Outcome& outcome = step.call.outcomes[i];
        outcome.id = resolve(step.queue, outcome.id);
        outcome.token = token_of(step.queue, outcome.id, operation.holders[i]);
    }
}

void World::learn(const Step& step, const Answer& answer) {
    for (const auto& job : answer.taken) {
        tokens_[{step.queue, job.id}].push_back(step.call.token);
        taken_before_[{step.queue, job.id}] = lapses_;
        if (!job.repeat_job_key.empty())
            taken_runs_[{step.queue, job.repeat_job_key}] = {job.id, job.opts};
    }
    const Kind kind = step.operation.kind;
    if (answer.run) {
        const std::string& id =
            kind == Kind::upsert_scheduler ? step.upsert.scheduler.id : step.go_on.scheduler;
        runs_[{step.queue, id}] = *answer.run;
    }
    if (kind == Kind::add || kind == Kind::pause || kind == Kind::set_concurrency)
        made_.insert(step.queue);
    if (kind == Kind::obliterate && answer.text == "0") made_.erase(step.queue);
}

bool World::is_settled(const Step& step) const {
    if (step.operation.kind == Kind::recover_stalled) return made_.contains(step.queue);
    if (step.operation.kind != Kind::cancel) return true;
    const auto taken = taken_before_.find({step.queue, step.operation.id});
    return taken == taken_before_.end() || taken->second == lapses_;
}

std::string World::token_of(const std::string& queue, const JobId& id, Holder holder) const {
    const auto found = tokens_.find({queue, id});
    const std::size_t back = holder == Holder::earlier ? 2 : 1;
    if (holder == Holder::stranger || found == tokens_.end() || found->second.size() < back)
        return "stranger";
    return found->second[found->second.size() - back];
}

}  // namespace toril::model
