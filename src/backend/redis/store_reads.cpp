// Looking. None of these changes anything.

#include "backend/redis/batches.hpp"
#include "backend/redis/decode.hpp"
#include "backend/redis/doctor/examination.hpp"
#include "backend/redis/key_scan.hpp"
#include "backend/redis/redis_store_impl.hpp"
#include "backend/redis/scripts.hpp"

#include <memory>
#include <set>
#include <utility>

namespace toril::redis_store {
namespace {

// Most jobs that one script reads: a page of many goes in parts.
constexpr int page_jobs_max = 200;

std::uint64_t count_of(const redis::Value& value) {
    return static_cast<std::uint64_t>(value.integer());
}

}  // namespace

void RedisStore::queues(contract::Done<std::vector<std::string>> done) {
    const std::string before = runner_.prefix() + ":";
    const std::string after = ":meta";
    auto names = std::make_shared<std::set<std::string>>();
    KeyScan scan;
    scan.pattern = glob_escaped(before) + "*" + after;
    scan.type = "hash";
    scan.found = [names, before, after](std::string_view key) {
        if (key.size() <= before.size() + after.size()) return;
        const std::string_view name =
            key.substr(before.size(), key.size() - before.size() - after.size());
        // With a colon it is another prefix's queue, or some other key.
        if (name.find(':') == name.npos) names->emplace(name);
    };
    scan.done = [names, done = std::move(done)](const Status& status) {
        if (!status) return done(status.error());
        done(std::vector<std::string>(names->begin(), names->end()));
    };
    scan_keys(runner_, std::move(scan));
}

void RedisStore::info(std::string queue, contract::Done<contract::QueueInfo> done) {
    redis::Request request;
    request.command("HMGET").arg(runner_.base(queue) + "meta");
    request.arg("paused").arg("concurrency").arg("version");
    request.arg("max").arg("duration");
    runner_.send(std::move(request), [done = std::move(done)](const Result<redis::Reply>& reply) {
        if (!reply) return done(reply.error());
        const redis::Value fields = reply->root();
        contract::QueueInfo info;
        if (fields.size() == 5) {
            info.paused = !fields[0].is_null();
            if (!fields[1].is_null()) info.concurrency = fields[1].integer();
            info.version = std::string(fields[2].text());
            if (!fields[3].is_null())
                info.limit = contract::RateLimit{.max = fields[3].integer(),
                                                 .duration = Millis(fields[4].integer())};
        }
        done(std::move(info));
    });
}

void RedisStore::counts(std::string queue, contract::Done<JobCounts> done) {
    runner_.run(scripts().counts,
                queue,
                ScriptArgs{},
                [done = std::move(done)](const Result<redis::Reply>& reply) {
                    if (!reply) return done(reply.error());
                    const redis::Value counted = reply->root();
                    if (counted.size() < 8)
                        return done(Error(ErrorCode::corrupt, "redis gave no counts"));
                    done(JobCounts{.waiting = count_of(counted[0]),
                                   .active = count_of(counted[1]),
                                   .delayed = count_of(counted[2]),
                                   .prioritized = count_of(counted[3]),
                                   .waiting_children = count_of(counted[4]),
                                   .completed = count_of(counted[5]),
                                   .failed = count_of(counted[6]),
                                   .paused = count_of(counted[7])});
                });
}

struct RedisStore::PageCall {
    contract::PageParams params;
    contract::Done<std::vector<Job>> done;
    std::vector<Job> jobs{};
};

void RedisStore::page(contract::PageParams params, contract::Done<std::vector<Job>> done) {
    if (params.state == JobState::unknown) return done(std::vector<Job>{});
    auto call = std::make_shared<PageCall>();
    call->params = std::move(params);
    call->done = std::move(done);
    page_next(std::move(call));
}

void RedisStore::page_next(std::shared_ptr<PageCall> call) {
    const contract::PageParams& params = call->params;
    ScriptArgs args;
    args.text(suffix_of(params.state)).number(params.start).number(params.end);
    args.flag(params.ascending).number(page_jobs_max);
    runner_.run(
        scripts().page, params.queue, args, [this, call](Result<redis::Reply> reply) mutable {
            if (!reply) return call->done(reply.error());
            const redis::Value root = reply->root();
            auto at = root.begin();
            const std::int64_t next = (*at).integer();
            const std::int64_t end = (*++at).integer();
            for (++at; at != root.end(); ++at) {
                auto field = (*at).begin();
                JobId id((*field).text());
                Job job = decode_job(call->params.queue, std::move(id), ++field, (*at).end());
                job.state = call->params.state;
                call->jobs.push_back(std::move(job));
            }
            if (next < 0) return call->done(std::move(call->jobs));
            call->params.start = next;
            call->params.end = end;
            page_next(std::move(call));
        });
}

void RedisStore::job(contract::JobRef job, contract::Done<Job> done) {
    ScriptArgs args;
    args.owned(job.id);
    const std::string queue = job.queue;
    std::vector<std::string> ids{job.id};
    runner_.run(
        scripts().job,
        queue,
        args,
        [job = std::move(job), done = std::move(done)](Result<redis::Reply> reply) mutable {
            if (!reply) return done(reply.error());
            const redis::Value root = reply->root();
            if (root.size() == 0) return done(error_of_code(-1, job.queue, job.id));
            auto field = root.begin();
            const auto state = job_state_from((*field).text());
            Job found = decode_job(std::move(job.queue), std::move(job.id), ++field, root.end());
            found.state = state.value_or(JobState::unknown);
            done(std::move(found));
        },
        std::move(ids));
}

void RedisStore::logs(contract::LogPageParams params, contract::Done<contract::LogPage> done) {
    ScriptArgs args;
    args.owned(params.job.id).number(params.start).number(params.end).flag(params.ascending);
    const std::string queue = params.job.queue;
    runner_.run(
        scripts().logs,
        queue,
        args,
        [job = std::move(params.job), done = std::move(done)](const Result<redis::Reply>& reply) {
            if (!reply) return done(reply.error());
            const redis::Value root = reply->root();
            if (root.size() == 0) return done(error_of_code(-1, job.queue, job.id));
            contract::LogPage page;
            auto at = root.begin();
            page.total = count_of(*at);
            for (++at; at != root.end(); ++at)
                page.rows.emplace_back((*at).text());
            done(std::move(page));
        });
}

void RedisStore::examine(contract::ExamineParams params,
                         contract::Done<std::vector<Finding>> done) {
    std::make_shared<Examination>(runner_, *this, params, std::move(done))->start();
}

}  // namespace toril::redis_store
