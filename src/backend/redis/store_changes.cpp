// What people and programs change from outside: single jobs, and all of a queue.

#include "backend/redis/answers.hpp"
#include "backend/redis/batches.hpp"
#include "backend/redis/decode.hpp"
#include "backend/redis/key_scan.hpp"
#include "backend/redis/redis_store_impl.hpp"
#include "backend/redis/scripts.hpp"

#include <algorithm>
#include <memory>
#include <utility>

namespace toril::redis_store {
namespace {

// Most jobs that one step removes or moves: some milliseconds of the server's time.
constexpr std::size_t step_jobs_max = 1000;

std::size_t step_of(std::size_t count) {
    return std::min(count, step_jobs_max);
}

ScriptRunner::Done as_count(contract::Done<std::size_t> done) {
    return [done = std::move(done)](Result<redis::Reply> reply) {
        if (!reply) return done(reply.error());
        done(static_cast<std::size_t>(std::max<std::int64_t>(reply->root().integer(), 0)));
    };
}

bool is_finished(JobState state) {
    return state == JobState::completed || state == JobState::failed;
}

}  // namespace

// ---- one job ------------------------------------------------------------------------------

void RedisStore::change(const redis::Script& script,
                        contract::JobRef job,
                        const ScriptArgs& args,
                        contract::DoneStatus done) {
    count(
        script, std::move(job), args, [done = std::move(done)](const Result<std::int64_t>& answer) {
            if (!answer) return done(answer.error());
            done({});
        });
}

void RedisStore::promote(contract::JobRef job, Timestamp, contract::DoneStatus done) {
    ScriptArgs args;
    args.owned(job.id);
    change(scripts().promote, std::move(job), args, std::move(done));
}

void RedisStore::change_delay(contract::JobRef job,
                              Millis delay,
                              Timestamp now,
                              contract::DoneStatus done) {
    ScriptArgs args;
    args.time(now).owned(job.id).millis(std::max(delay, Millis{0}));
    change(scripts().change_delay, std::move(job), args, std::move(done));
}

void RedisStore::change_priority(contract::JobRef job,
                                 int priority,
                                 bool lifo,
                                 contract::DoneStatus done) {
    ScriptArgs args;
    args.owned(job.id).number(std::max(priority, 0)).flag(lifo);
    change(scripts().change_priority, std::move(job), args, std::move(done));
}

void RedisStore::update_data(contract::JobRef job, std::string data, contract::DoneStatus done) {
    ScriptArgs args;
    args.owned(job.id).text("data").text(data);
    change(scripts().update, std::move(job), args, std::move(done));
}

void RedisStore::update_progress(contract::JobRef job,
                                 std::string progress,
                                 contract::DoneStatus done) {
    ScriptArgs args;
    args.owned(job.id).text("progress").text(progress);
    change(scripts().update, std::move(job), args, std::move(done));
}

void RedisStore::add_log(contract::LogParams params, contract::Done<std::uint64_t> rows) {
    ScriptArgs args;
    args.owned(params.job.id).text(params.row);
    if (params.keep)
        args.number(std::max(*params.keep, 0));
    else
        args.text({});
    const std::string queue = params.job.queue;
    runner_.run(scripts().add_log,
                queue,
                args,
                [job = std::move(params.job), rows = std::move(rows)](Result<redis::Reply> reply) {
                    if (!reply) return rows(reply.error());
                    const std::int64_t count = reply->root().integer();
                    if (count < 0) return rows(error_of_code(count, job.queue, job.id));
                    rows(static_cast<std::uint64_t>(count));
                });
}

void RedisStore::retry(contract::RetryParams params, contract::DoneStatus done) {
    if (!is_finished(params.from))
        return done(Error(ErrorCode::wrong_state,
                          "only failed and completed jobs can be retried, not " +
                              std::string(to_string(params.from))));
    ScriptArgs args;
    args.owned(params.job.id).text(suffix_of(params.from)).flag(params.reset_attempts);
    change(scripts().retry, std::move(params.job), args, std::move(done));
}

void RedisStore::remove(contract::JobRef job, bool children_too, contract::DoneStatus done) {
    ScriptArgs args;
    args.owned(job.id).flag(children_too);
    change(scripts().remove, std::move(job), args, std::move(done));
}

// ---- the whole queue ----------------------------------------------------------------------

void RedisStore::retry_all(contract::RetryAllParams params, contract::Done<std::size_t> done) {
    if (!is_finished(params.from) && params.from != JobState::delayed)
        return done(Error(ErrorCode::invalid_argument,
                          "only failed, completed and delayed jobs can be put back, not " +
                              std::string(to_string(params.from))));
    ScriptArgs args;
    args.text(suffix_of(params.from)).number(step_of(params.count));
    if (params.until == Timestamp{})
        args.text({});
    else
        args.time(params.until);
    runner_.run(scripts().move_many, params.queue, args, as_count(std::move(done)));
}

void RedisStore::pause(std::string queue, contract::PauseStyle style, contract::DoneStatus done) {
    ScriptArgs args;
    args.text(style == contract::PauseStyle::v5   ? "5"
              : style == contract::PauseStyle::v6 ? "6"
                                                  : "");
    runner_.run(scripts().pause, queue, args, as_status(std::move(done)));
}

// Either style is undone in the same way, which loses no job of either.
void RedisStore::resume(std::string queue, contract::PauseStyle, contract::DoneStatus done) {
    runner_.run(scripts().resume, queue, ScriptArgs{}, as_status(std::move(done)));
}

void RedisStore::set_concurrency(std::string queue,
                                 std::optional<std::int64_t> max,
                                 contract::DoneStatus done) {
    ScriptArgs args;
    if (max)
        args.number(*max);
    else
        args.text({});
    runner_.run(scripts().set_concurrency, queue, args, as_status(std::move(done)));
}

void RedisStore::drain(std::string queue, bool delayed_too, contract::Done<std::size_t> done) {
    ScriptArgs args;
    args.flag(delayed_too).number(step_jobs_max);
    runner_.run(scripts().drain, queue, args, as_count(std::move(done)));
}

void RedisStore::clean(contract::CleanParams params, contract::Done<std::vector<JobId>> done) {
    if (params.state == JobState::waiting_children || params.state == JobState::unknown)
        return done(
            Error(ErrorCode::invalid_argument,
                  "jobs that are " + std::string(to_string(params.state)) + " cannot be cleaned"));
    ScriptArgs args;
    args.time(params.now).text(suffix_of(params.state)).millis(params.older_than);
    args.number(step_of(params.count));
    runner_.run(
        scripts().clean, params.queue, args, [done = std::move(done)](Result<redis::Reply> reply) {
            if (!reply) return done(reply.error());
            std::vector<JobId> ids;
            for (const redis::Value id : reply->root())
                ids.emplace_back(id.text());
            done(std::move(ids));
        });
}

void RedisStore::obliterate(std::string queue, bool force, contract::Done<bool> more) {
    ScriptArgs args;
    args.flag(force).number(step_jobs_max);
    runner_.run(scripts().obliterate,
                queue,
                args,
                [this, queue, more = std::move(more)](Result<redis::Reply> reply) mutable {
                    if (!reply) return more(reply.error());
                    const std::int64_t code = reply->root().integer();
                    if (code == -2)
                        return more(Error(ErrorCode::wrong_state,
                                          "queue \"" + queue +
                                              "\" has active jobs; only force removes them too"));
                    if (code == 1) return more(true);
                    sweep(queue, std::move(more));
                });
}

// Keys that nothing lists: what we remember for repeats, and windows of deduplication.
void RedisStore::sweep(const std::string& queue, contract::Done<bool> more) {
    const std::string base = runner_.base(queue);
    auto doomed = std::make_shared<std::vector<std::string>>();
    KeyScan scan;
    scan.pattern = glob_escaped(base) + "*";
    scan.found = [doomed, skip = base.size()](std::string_view key) {
        const std::string_view suffix = key.substr(std::min(key.size(), skip));
        if (suffix.starts_with("toril:") || suffix.starts_with("de:") || suffix.starts_with("dn:"))
            doomed->emplace_back(key);
    };
    scan.done = [this, doomed, more = std::move(more)](const Status& status) {
        if (!status) return more(status.error());
        if (doomed->empty()) return more(false);
        redis::Request request;
        request.command("DEL");
        for (const std::string& key : *doomed)
            request.arg(key);
        runner_.send(std::move(request), [more](const Result<redis::Reply>& reply) {
            if (!reply) return more(reply.error());
            more(false);
        });
    };
    scan_keys(runner_, std::move(scan));
}

}  // namespace toril::redis_store
