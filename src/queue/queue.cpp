#include "base/names.hpp"
#include "queue/queue_client.hpp"
#include "queue/queue_spool.hpp"

#include <toril/queue.hpp>

namespace toril {

class Queue::Impl final : public queue::QueueClient {
public:
    using QueueClient::QueueClient;
};

Queue::Queue(std::shared_ptr<Impl> impl) noexcept : impl_(std::move(impl)) {}
Queue::Queue(Queue&&) noexcept = default;
Queue& Queue::operator=(Queue&&) noexcept = default;
Queue::~Queue() = default;

Result<Queue> Queue::open(const Store& store, std::string_view name) {
    if (Status s = base::check_queue_name(name); !s) return s.error();
    return Queue(std::make_shared<Impl>(queue::access_to(store), std::string(name)));
}

Result<Queue> Queue::open(const Store& store, std::string_view name, const QueueOptions& options) {
    Result<Queue> queue = open(store, name);
    if (!queue || !options.spool) return queue;
    auto adds = queue::open_spool(store, queue->name(), *options.spool);
    if (!adds) return adds.error();
    queue->impl_->keep_adds_in(std::move(*adds), options.spool->patience);
    return queue;
}

const std::string& Queue::name() const noexcept {
    return impl_->name();
}

Result<AddedJob> Queue::add(std::string_view name, const Json& data, const JobOptions& options) {
    return impl_->add(name, data, options);
}

std::vector<Result<AddedJob>> Queue::add_bulk(std::span<const NewJob> jobs) {
    return impl_->add_bulk(jobs);
}

void Queue::add_async(NewJob job, std::function<void(Result<AddedJob>)> done) {
    impl_->add_async(std::move(job), std::move(done));
}

SpoolStats Queue::spool_stats() const {
    return impl_->spool_stats();
}

Status Queue::flush_spool(Millis deadline) {
    return impl_->flush_spool(deadline);
}

Result<Job> Queue::job(std::string_view id) const {
    return impl_->job(id);
}

Result<JobCounts> Queue::counts() const {
    return impl_->counts();
}

Result<std::vector<Job>> Queue::jobs(JobState state, const PageOptions& page) const {
    return impl_->jobs(state, page);
}

Result<JobLogs> Queue::logs(std::string_view id, const PageOptions& page) const {
    return impl_->logs(id, page);
}

Status Queue::add_log(std::string_view id, std::string_view row) {
    return impl_->add_log(id, row);
}

Result<Job> Queue::wait_until_finished(std::string_view id, Millis timeout) const {
    return impl_->wait_until_finished(id, timeout);
}

Status Queue::retry(std::string_view id, JobState from, bool reset_attempts) {
    return impl_->retry(id, from, reset_attempts);
}

Result<std::size_t> Queue::retry_all(JobState from) {
    return impl_->retry_all(from);
}

Status Queue::promote(std::string_view id) {
    return impl_->promote(id);
}

Result<std::size_t> Queue::promote_all() {
    return impl_->retry_all(JobState::delayed);
}

Status Queue::remove(std::string_view id, bool children_too) {
    return impl_->remove(id, children_too);
}

Status Queue::update_data(std::string_view id, const Json& data) {
    return impl_->update_data(id, data);
}

Status Queue::update_progress(std::string_view id, const Json& progress) {
    return impl_->update_progress(id, progress);
}

Status Queue::change_delay(std::string_view id, Millis delay) {
    return impl_->change_delay(id, delay);
}

Status Queue::change_priority(std::string_view id, int priority, bool lifo) {
    return impl_->change_priority(id, priority, lifo);
}

Result<JobState> Queue::cancel(std::string_view id, std::string_view reason) {
    return impl_->cancel(id, reason);
}

Result<JobDependencies> Queue::dependencies(std::string_view id) const {
    return impl_->dependencies(id);
}

Result<JobDependencyCounts> Queue::dependency_counts(std::string_view id) const {
    return impl_->dependency_counts(id);
}

Result<std::size_t> Queue::remove_unprocessed_children(std::string_view id) {
    return impl_->remove_unprocessed_children(id);
}

Result<bool> Queue::remove_child_dependency(std::string_view id) {
    return impl_->remove_child_dependency(id);
}

Result<JobId> Queue::deduplication_job_id(std::string_view deduplication_id) const {
    return impl_->deduplication_job_id(deduplication_id);
}

Result<bool> Queue::remove_deduplication_key(std::string_view deduplication_id,
                                             std::string_view only_for) {
    return impl_->remove_deduplication_key(deduplication_id, only_for);
}

Status Queue::find(const JobFilter& filter,
                   const std::function<bool(const Job&)>& found,
                   const std::function<bool(std::uint64_t looked)>& progress) const {
    return impl_->find(filter, found, progress);
}

Result<std::string> Queue::explain(std::string_view id) const {
    return impl_->explain(id);
}

Status Queue::pause(PauseStyle style) {
    return impl_->pause(style);
}

Status Queue::resume(PauseStyle style) {
    return impl_->resume(style);
}

Result<bool> Queue::is_paused() const {
    const Result<QueueSettings> settings = impl_->settings();
    if (!settings) return settings.error();
    return settings->paused;
}

Result<QueueSettings> Queue::settings() const {
    return impl_->settings();
}

Result<std::vector<WorkerInfo>> Queue::workers() const {
    return impl_->workers();
}

Status Queue::set_concurrency(std::int64_t jobs_max) {
    return impl_->set_concurrency(jobs_max);
}

Status Queue::set_rate_limit(std::int64_t starts_max, Millis duration) {
    return impl_->set_rate_limit(starts_max, duration);
}

Status Queue::rate_limit(Millis duration) {
    return impl_->rate_limit(duration);
}

Result<Millis> Queue::rate_limit_ttl(std::int64_t starts_max) const {
    return impl_->rate_limit_ttl(starts_max);
}

Result<std::map<int, std::uint64_t>> Queue::counts_per_priority(
    std::span<const int> priorities) const {
    return impl_->counts_per_priority(priorities);
}

Result<QueueMetrics> Queue::metrics(JobState state, std::int64_t start, std::int64_t end) const {
    return impl_->metrics(state, start, end);
}

Result<std::string> Queue::prometheus_metrics(
    const std::map<std::string, std::string>& labels) const {
    return impl_->prometheus_metrics(labels);
}

Status Queue::publish_event(std::string_view name,
                            const std::vector<std::pair<std::string, std::string>>& fields) {
    return impl_->publish_event(name, fields);
}

Result<std::uint64_t> Queue::trim_events(std::uint64_t kept) {
    return impl_->trim_events(kept);
}

Result<std::size_t> Queue::drain(bool delayed_too) {
    return impl_->drain(delayed_too);
}

Result<std::vector<JobId>> Queue::clean(JobState state, Millis age, std::size_t jobs_max) {
    return impl_->clean(state, age, jobs_max);
}

Status Queue::obliterate(bool force) {
    return impl_->obliterate(force);
}

}  // namespace toril
