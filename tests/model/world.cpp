#include "model/world.hpp"

#include "model/snapshot.hpp"

#include <sstream>

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
    const auto added = side.client.add(step.add);
    if (!added) return {.text = std::string(toril::to_string(added.error().code()))};
    for (const auto& each : *added) {
        if (each) answer.added.push_back(*each);
        answer.text += each ? each->id + (each->existed ? " existed; " : " added; ")
                            : std::string(toril::to_string(each.error().code())) + "; ";
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
            return text_of(client.retry({.job = job, .from = operation.state, .now = step.now}));
        case Kind::remove: return text_of(client.remove(job));
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
        case Kind::drain: return text_of(client.drain(step.queue, operation.flag));
        case Kind::obliterate: return text_of(client.obliterate(step.queue, operation.flag));
        default: return "";
    }
}

}  // namespace

Answer perform(Side& side, const Step& step) {
    const Operation& operation = step.operation;
    switch (operation.kind) {
        case Kind::add: return add(side, step);
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
    if (operation.kind == Kind::lapse) now_ += lapse_time;
    Step step{.operation = operation, .queue = queue(operation.queue), .now = now_};
    if (operation.kind == Kind::add)
        step.add = {.queue = step.queue,
                    .jobs = operation.jobs,
                    .repeat_token = name_ + "-add-" + std::to_string(++count_),
                    .now = now_};
    if (operation.kind == Kind::call) fill_call(step);
    if (operation.kind == Kind::renew)
        step.token = token_of(step.queue, operation.id, operation.holders.at(0));
    return step;
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
                 .outcomes = operation.outcomes,
                 .take = operation.take,
                 .token = name_ + "-take-" + std::to_string(++count_),
                 .now = now_};
    for (std::size_t i = 0; i < operation.outcomes.size(); ++i)
        step.call.outcomes[i].token =
            token_of(step.queue, operation.outcomes[i].id, operation.holders[i]);
}

void World::learn(const Step& step, const Answer& answer) {
    for (const auto& job : answer.taken)
        tokens_[{step.queue, job.id}].push_back(step.call.token);
    const Kind kind = step.operation.kind;
    if (kind == Kind::add || kind == Kind::pause || kind == Kind::set_concurrency)
        made_.insert(step.queue);
    if (kind == Kind::obliterate && answer.text == "0") made_.erase(step.queue);
}

bool World::is_settled(const Step& step) const {
    return step.operation.kind != Kind::recover_stalled || made_.contains(step.queue);
}

std::string World::token_of(const std::string& queue, const JobId& id, Holder holder) const {
    const auto found = tokens_.find({queue, id});
    const std::size_t back = holder == Holder::earlier ? 2 : 1;
    if (holder == Holder::stranger || found == tokens_.end() || found->second.size() < back)
        return "stranger";
    return found->second[found->second.size() - back];
}

}  // namespace toril::model
