// Job schedulers. What comes next is worked out by the scripts, which see the pending run.

#include "backend/redis/batches.hpp"
#include "backend/redis/decode.hpp"
#include "backend/redis/redis_store_impl.hpp"
#include "backend/redis/run_options.hpp"
#include "backend/redis/scripts.hpp"

#include <memory>
#include <utility>

namespace toril::redis_store {
namespace {

// Most schedulers that one script reads.
constexpr int step_schedulers_max = 500;

std::string described(std::string_view queue, std::string_view id) {
    return "scheduler \"" + std::string(id) + "\" of \"" + std::string(queue) + "\"";
}

Error not_found(std::string_view queue, std::string_view id) {
    return {ErrorCode::not_found, described(queue, id) + " does not exist"};
}

Error in_the_way(std::int64_t code, std::string_view queue, std::string_view id) {
    const std::string where = code == -10
                                  ? " has a job of an earlier run where its next one would be"
                                  : " has jobs of earlier runs where its next 32 would be";
    return {ErrorCode::wrong_state,
            described(queue, id) + where +
                "; clean its finished jobs, or wait until the running one has ended"};
}

void read_repeat(Repeat& repeat, std::string_view field, const redis::Value& value) {
    if (field == "every")
        repeat.every = Millis(value.integer());
    else if (field == "pattern")
        repeat.pattern = value.text();
    else if (field == "tz")
        repeat.tz = value.text();
    else if (field == "offset")
        repeat.offset = Millis(value.integer());
    else if (field == "limit")
        repeat.limit = value.integer();
    else if (field == "startDate")
        repeat.start_date = timestamp_of(value.integer());
    else if (field == "endDate")
        repeat.end_date = timestamp_of(value.integer());
    else if (field == "missed")
        repeat.missed = missed_runs_from(value.text()).value_or(MissedRuns::once);
}

// An id, the time of the pending run, then field and value in turn.
contract::Scheduler decode_scheduler(const redis::Value& entry) {
    contract::Scheduler scheduler;
    auto at = entry.begin();
    scheduler.id = (*at).text();
    scheduler.next = timestamp_of((*++at).integer());
    for (++at; at != entry.end(); ++at) {
        const std::string_view field = (*at).text();
        if (++at == entry.end()) break;
        const redis::Value value = *at;
        if (field == "name")
            scheduler.name = value.text();
        else if (field == "data")
            scheduler.data = value.text();
        else if (field == "opts")
            scheduler.opts = value.text();
        else if (field == "ic")
            scheduler.iteration_count = value.integer();
        else
            read_repeat(scheduler.repeat, field, value);
    }
    // BullMQ writes one for cron schedulers too, where it means nothing.
    if (scheduler.repeat.every == Millis{0}) scheduler.repeat.offset.reset();
    return scheduler;
}

// Fields and values of a scheduler's record, but for those that the script works out.
void encode_record(const contract::Scheduler& scheduler, ScriptArgs& args) {
    const Repeat& repeat = scheduler.repeat;
    if (repeat.every > Millis{0})
        args.text("every").millis(repeat.every);
    else
        args.text("pattern").text(repeat.pattern);
    if (!repeat.tz.empty()) args.text("tz").text(repeat.tz);
    if (repeat.start_date != Timestamp{}) args.text("startDate").time(repeat.start_date);
    if (repeat.end_date != Timestamp{}) args.text("endDate").time(repeat.end_date);
    if (repeat.limit > 0) args.text("limit").number(repeat.limit);
    if (repeat.missed != MissedRuns::once) args.text("missed").text(to_string(repeat.missed));
    if (!scheduler.opts.empty() && scheduler.opts != "{}") args.text("opts").text(scheduler.opts);
    if (!scheduler.data.empty() && scheduler.data != "{}") args.text("data").text(scheduler.data);
}

ScriptArgs encode_upsert(const contract::UpsertSchedulerParams& params) {
    const contract::Scheduler& scheduler = params.scheduler;
    const Repeat& repeat = scheduler.repeat;
    ScriptArgs args;
    args.time(params.now).text(scheduler.id).time(params.next);
    if (repeat.every > Millis{0})
        args.millis(repeat.every).millis(repeat.offset.value_or(Millis{0}));
    else
        args.text({}).number(0);
    if (repeat.start_date != Timestamp{})
        args.time(repeat.start_date);
    else
        args.text({});
    args.flag(repeat.missed == MissedRuns::all);
    args.text(scheduler.name.empty() ? scheduler.id : scheduler.name);
    args.text(scheduler.data.empty() ? std::string_view("{}") : scheduler.data);
    args.owned(first_run_options(scheduler.opts, scheduler.id, repeat));
    args.number(std::max(params.priority, 0)).flag(params.lifo);
    encode_record(scheduler, args);
    return args;
}

}  // namespace

void RedisStore::upsert_scheduler(contract::UpsertSchedulerParams params,
                                  contract::Done<contract::ScheduledRun> done) {
    runner_.run(scripts().upsert_scheduler,
                params.queue,
                encode_upsert(params),
                [queue = params.queue, id = params.scheduler.id, done = std::move(done)](
                    const Result<redis::Reply>& reply) {
                    if (!reply) return done(reply.error());
                    const redis::Value root = reply->root();
                    if (root.size() < 2) return done(in_the_way(root.integer(), queue, id));
                    done(contract::ScheduledRun{.job = std::string(root[0].text()),
                                                .next = timestamp_of(root[1].integer())});
                });
}

void RedisStore::continue_scheduler(contract::ContinueSchedulerParams params,
                                    contract::Done<bool> done) {
    ScriptArgs args;
    args.time(params.now).text(params.scheduler).text(params.job).time(params.next);
    args.text(params.opts).owned(later_run_options(params.opts, params.scheduler));
    runner_.run(scripts().continue_scheduler,
                params.queue,
                args,
                [done = std::move(done)](const Result<redis::Reply>& reply) {
                    if (!reply) return done(reply.error());
                    done(reply->root().integer() == 1);
                });
}

void RedisStore::scheduler(std::string queue,
                           std::string id,
                           contract::Done<contract::Scheduler> done) {
    ScriptArgs args;
    args.owned(id);
    runner_.run(
        scripts().scheduler,
        queue,
        args,
        [queue, id = std::move(id), done = std::move(done)](const Result<redis::Reply>& reply) {
            if (!reply) return done(reply.error());
            if (reply->root().size() < 2) return done(not_found(queue, id));
            done(decode_scheduler(reply->root()));
        });
}

struct RedisStore::SchedulersCall {
    contract::PageParams params;
    contract::Done<std::vector<contract::Scheduler>> done;
    std::vector<contract::Scheduler> found{};
};

void RedisStore::schedulers(contract::PageParams params,
                            contract::Done<std::vector<contract::Scheduler>> done) {
    schedulers_next(std::make_shared<SchedulersCall>(
        SchedulersCall{.params = std::move(params), .done = std::move(done)}));
}

void RedisStore::schedulers_next(std::shared_ptr<SchedulersCall> call) {
    ScriptArgs args;
    args.number(call->params.start).number(call->params.end).flag(call->params.ascending);
    args.number(step_schedulers_max);
    const std::string_view queue = call->params.queue;
    runner_.run(
        scripts().schedulers, queue, args, [this, call](const Result<redis::Reply>& reply) mutable {
            if (!reply) return call->done(reply.error());
            const redis::Value root = reply->root();
            auto at = root.begin();
            const std::int64_t next = (*at).integer();
            const std::int64_t end = (*++at).integer();
            for (++at; at != root.end(); ++at)
                call->found.push_back(decode_scheduler(*at));
            if (next < 0) return call->done(std::move(call->found));
            call->params.start = next;
            call->params.end = end;
            schedulers_next(std::move(call));
        });
}

void RedisStore::remove_scheduler(std::string queue, std::string id, contract::DoneStatus done) {
    ScriptArgs args;
    args.owned(id);
    runner_.run(
        scripts().remove_scheduler,
        queue,
        args,
        [queue, id = std::move(id), done = std::move(done)](const Result<redis::Reply>& reply) {
            if (!reply) return done(reply.error());
            if (reply->root().integer() != 0) return done(not_found(queue, id));
            done({});
        });
}

}  // namespace toril::redis_store
