#include "backend/redis/batches.hpp"

#include "backend/redis/decode.hpp"

#include <charconv>

namespace toril::redis_store {
namespace {

constexpr std::size_t batch_bytes_max = 8u * 1024 * 1024;

char letter_of(contract::Outcome::Kind kind) {
    using Kind = contract::Outcome::Kind;
    switch (kind) {
        case Kind::complete: return 'c';
        case Kind::fail: return 'f';
        case Kind::retry: return 'r';
        case Kind::postpone: return 'p';
        case Kind::wait_children: return 'w';
        case Kind::rate_limit: return 'l';
        case Kind::hand_back: break;
    }
    return 'h';
}

void append(std::string& text, std::int64_t number) {
    char digits[24];
    text.append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
}

// kind "|" keep_count? "|" keep_age_s? "|" delay "|" attempts "|" made?
std::string control_of(const contract::Outcome& outcome) {
    std::string text{letter_of(outcome.kind), '|'};
    if (outcome.keep.count) append(text, std::max<std::int64_t>(*outcome.keep.count, 0));
    text += '|';
    if (outcome.keep.age) append(text, std::max<std::int64_t>(outcome.keep.age->count() / 1000, 0));
    text += '|';
    append(text, std::max<std::int64_t>(outcome.delay.count(), 0));
    text += '|';
    append(text, outcome.attempts);
    text += '|';
    if (outcome.attempts_made && !outcome.is_deduplicated) append(text, *outcome.attempts_made);
    return text;
}

}  // namespace

std::string_view kind_of(const contract::AddJob& job) {
    if (job.delay > Millis{0}) return "d";
    if (job.priority > 0) return "p";
    return job.lifo ? "l" : "s";
}

std::size_t end_of_add_batch(std::span<const contract::AddJob> jobs, std::size_t from) {
    std::size_t bytes = 0;
    std::size_t end = from;
    while (end < jobs.size() && end - from < contract::batch_jobs_max) {
        bytes += jobs[end].data.size() + jobs[end].opts.size() + jobs[end].name.size();
        if (end > from && bytes > batch_bytes_max) break;
        ++end;
    }
    return end;
}

ScriptArgs encode_add(const contract::AddParams& params,
                      std::span<const contract::AddJob> jobs,
                      std::string_view token) {
    ScriptArgs args;
    args.reserve(5 + jobs.size() * 8);
    args.time(params.now)
        .text(token)
        .number(params.repeat_sequence)
        .millis(params.repeat_lifetime)
        .number(jobs.size());
    for (const contract::AddJob& job : jobs) {
        args.text(kind_of(job)).text(job.id).text(job.name).text(job.data).text(job.opts);
        if (job.timestamp == Timestamp{})
            args.text({});
        else
            args.time(job.timestamp);
        args.millis(std::max(job.delay, Millis{0})).number(std::max(job.priority, 0));
    }
    return args;
}

std::vector<Result<contract::Added>> decode_added(std::span<const JobId> ids,
                                                  const redis::Value& reply) {
    const std::int64_t first = reply[0].integer();
    const std::string_view existed = reply[2].text();
    std::vector<Result<contract::Added>> added;
    added.reserve(ids.size());
    for (std::size_t i = 0; i < ids.size(); ++i)
        added.emplace_back(contract::Added{
            .id =
                ids[i].empty() ? std::to_string(first + static_cast<std::int64_t>(i) + 1) : ids[i],
            .existed = i < existed.size() && existed[i] == '1'});
    return added;
}

ScriptArgs encode_finish_and_take(const contract::FinishAndTakeParams& params,
                                  std::span<const contract::Outcome> outcomes,
                                  std::size_t take,
                                  const std::string& lane) {
    ScriptArgs args;
    args.reserve(10 + outcomes.size() * 5);
    args.time(params.now).text(lane).number(params.sequence).number(take).text(params.token);
    args.millis(std::max(params.taker.lock_duration, Millis{1})).text(params.taker.name);
    if (params.taker.limit)
        args.number(params.taker.limit->max).millis(params.taker.limit->duration);
    else
        args.text({}).text({});
    args.number(outcomes.size());
    for (const contract::Outcome& outcome : outcomes) {
        args.text(outcome.id).text(outcome.token).owned(control_of(outcome));
        args.text(outcome.value).text(outcome.stacktrace);
    }
    if (params.taker.metrics_points_max > 0) args.number(params.taker.metrics_points_max);
    return args;
}

void decode_finished(std::string_view queue,
                     std::span<const JobId> ids,
                     const redis::Value& reply,
                     contract::FinishedAndTaken& answer) {
    auto at = reply.begin();
    const Timestamp now = timestamp_of((*at).integer());
    const redis::Value codes = *++at;
    auto code = codes.begin();
    for (std::size_t i = 0; i < ids.size(); ++i) {
        std::int64_t refused = 0;
        if (codes.type() == redis::ReplyType::array && code != codes.end()) {
            refused = (*code).integer();
            ++code;
        }
        if (refused == 0)
            answer.finished.emplace_back();
        else
            answer.finished.emplace_back(error_of_code(refused, queue, ids[i]));
    }
    answer.next_due = timestamp_of((*++at).integer());
    answer.limited_for = Millis((*++at).integer());
    answer.blocked = (*++at).integer() != 0;
    for (++at; at != reply.end(); ++at)
        answer.jobs.push_back(decode_taken(*at, now));
}

Error error_of_code(std::int64_t code, std::string_view queue, std::string_view id) {
    const std::string job = "job \"" + std::string(id) + "\" of \"" + std::string(queue) + "\" ";
    switch (code) {
        case 1:
        case -1: return {ErrorCode::not_found, job + "does not exist"};
        case 2: return {ErrorCode::not_owner, job + "is no longer held by this run"};
        case 3: return {ErrorCode::wrong_state, job + "is not active"};
        case -3: return {ErrorCode::wrong_state, job + "is not in the state that this needs"};
        case 4: return {ErrorCode::failed, job + "has pending children"};
        case 6: return {ErrorCode::not_owner, job + "is held by another run"};
        case 9: return {ErrorCode::unrecoverable, job + "has at least one failed child"};
        case 21:
            return {
                ErrorCode::corrupt,
                job + "cannot end: a key of its parent or its deduplication id has the wrong type"};
        case -2: return {ErrorCode::wrong_state, job + "or a child of it is held by a worker"};
        case -5: return {ErrorCode::not_found, job + "has no parent that exists"};
        case -8:
            return {ErrorCode::wrong_state,
                    job + "is the next run of a schedule; remove the schedule instead"};
        default: break;
    }
    return {ErrorCode::corrupt, job + "is damaged: a key of it has the wrong type"};
}

}  // namespace toril::redis_store
