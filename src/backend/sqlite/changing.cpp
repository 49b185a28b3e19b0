// What people and programs change in one job from outside.

#include "backend/sqlite/operations.hpp"
#include "backend/sqlite/parents.hpp"

#include <algorithm>

namespace toril::sqlite {

Error no_such_job(std::string_view queue, std::string_view id) {
    return {ErrorCode::not_found,
            "there is no job \"" + std::string(id) + "\" in \"" + std::string(queue) + "\""};
}

Error wrong_state(std::string_view queue, const JobHead& job, std::string_view wanted) {
    return {ErrorCode::wrong_state,
            "job \"" + job.id + "\" of \"" + std::string(queue) + "\" is " +
                std::string(to_string(job.state())) + ", not " + std::string(wanted)};
}

void erase_job(Session& session, QueueRow& queue, const JobHead& job) {
    session.lines.take_out(queue, job);
    session.jobs.erase(job);
    if (job.has_children()) session.children.erase(job.key);
}

Place enqueue(Session& session, QueueRow& queue, const JobHead& job) {
    return session.lines.to_end(queue, job.key, std::max(0, job.priority));
}

Place enqueue_again(Session& session, QueueRow& queue, const JobHead& job) {
    if (job.priority <= 0 && job.is_lifo()) return session.lines.to_front(queue, job.key);
    return enqueue(session, queue, job);
}

Status promote(Session& session, const contract::JobRef& ref) {
    const auto [queue, job] = session.find(ref.queue, ref.id);
    if (!job) return no_such_job(ref.queue, ref.id);
    if (job->state() != JobState::delayed) return wrong_state(ref.queue, *job, "delayed");
    session.lines.take_out(*queue, *job);
    session.jobs.promoted(job->key, enqueue(session, *queue, *job));
    session.events.waiting(*queue, job->id, "delayed");
    return {};
}

Status change_delay(Session& session, const contract::JobRef& ref, Millis delay, Timestamp now) {
    const auto [queue, job] = session.find(ref.queue, ref.id);
    if (!job) return no_such_job(ref.queue, ref.id);
    if (job->state() != JobState::delayed) return wrong_state(ref.queue, *job, "delayed");
    const std::int64_t due_ms = session.ms(now) + std::max<std::int64_t>(0, delay.count());
    session.lines.take_out(*queue, *job);
    session.jobs.delayed_anew(
        job->key, session.lines.to_delayed(*queue, job->key, job->id, due_ms), delay);
    session.events.delayed(*queue, job->id, due_ms);
    return {};
}

Status change_priority(Session& session, const contract::JobRef& ref, int priority, bool lifo) {
    const auto [queue, job] = session.find(ref.queue, ref.id);
    if (!job) return no_such_job(ref.queue, ref.id);
    session.queues.touch(*queue);
    session.jobs.set_priority(job->key, priority);
    if (job->state() != JobState::waiting && job->state() != JobState::prioritized) return {};
    session.lines.take_out(*queue, *job);
    Place to;
    if (!lifo)
        to = session.lines.to_end(*queue, job->key, std::max(0, priority));
    else if (priority > 0)
        to = session.lines.to_front_of_priority(*queue, job->key, priority, job->id);
    else
        to = session.lines.to_front(*queue, job->key);
    session.jobs.moved(job->key, to);
    return {};
}

Status update_data(Session& session, const contract::JobRef& ref, std::string_view data) {
    const auto [queue, job] = session.find(ref.queue, ref.id);
    if (!job) return no_such_job(ref.queue, ref.id);
    session.queues.touch(*queue);
    session.jobs.set_data(*job, data);
    return {};
}

Status update_progress(Session& session, const contract::JobRef& ref, std::string_view progress) {
    const auto [queue, job] = session.find(ref.queue, ref.id);
    if (!job) return no_such_job(ref.queue, ref.id);
    session.queues.touch(*queue);
    session.jobs.set_progress(job->key, progress);
    session.events.emit(*queue, "progress", {{"jobId", job->id}, {"data", progress}});
    return {};
}

Result<std::uint64_t> add_log(Session& session, const contract::LogParams& params) {
    const auto [queue, job] = session.find(params.job.queue, params.job.id);
    if (!job) return no_such_job(params.job.queue, params.job.id);
    session.queues.touch(*queue);
    return session.jobs.add_log(*job, params.row, params.keep);
}

Status retry(Session& session, const contract::RetryParams& params) {
    const auto [queue, job] = session.find(params.job.queue, params.job.id);
    if (!job) return no_such_job(params.job.queue, params.job.id);
    const bool finished = params.from == JobState::completed || params.from == JobState::failed;
    if (!finished || job->state() != params.from)
        return wrong_state(params.job.queue, *job, to_string(params.from));
    session.lines.take_out(*queue, *job);
    session.jobs.revived(*job, enqueue_again(session, *queue, *job));
    if (params.reset_attempts) session.jobs.reset_attempts(job->key);
    child_retried(session, *queue, *job);
    session.events.waiting(*queue, job->id, to_string(params.from));
    return {};
}

}  // namespace toril::sqlite
