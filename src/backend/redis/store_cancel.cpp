// Cancelling jobs.

#include "backend/redis/batches.hpp"
#include "backend/redis/redis_store_impl.hpp"
#include "backend/redis/scripts.hpp"

#include <utility>

namespace toril::redis_store {
namespace {

// Longer than any lock in use: the mark has to be there still when the job is put back.
constexpr Millis mark_lifetime{86'400'000};

Error refusal(std::int64_t code, const contract::JobRef& job) {
    if (code == -3)
        return {ErrorCode::wrong_state,
                "job \"" + job.id + "\" of \"" + job.queue + "\" is finished already"};
    return error_of_code(code, job.queue, job.id);
}

}  // namespace

void RedisStore::cancel(contract::JobRef job,
                        std::string reason,
                        Timestamp now,
                        contract::Done<JobState> was) {
    ScriptArgs args;
    args.time(now).owned(job.id).text(reason).millis(mark_lifetime);
    const std::string queue = job.queue;
    std::vector<std::string> ids{job.id};
    runner_.run(
        scripts().cancel,
        queue,
        args,
        [job = std::move(job), was = std::move(was)](const Result<redis::Reply>& reply) {
            if (!reply) return was(reply.error());
            const redis::Value root = reply->root();
            if (root.type() == redis::ReplyType::integer) return was(refusal(root.integer(), job));
            was(job_state_from(root.text()).value_or(JobState::unknown));
        },
        std::move(ids));
}

}  // namespace toril::redis_store
