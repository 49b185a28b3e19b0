#include "backend/memory/memory_store.hpp"

#include "backend/memory/event_reader.hpp"
#include "backend/memory/families.hpp"
#include "backend/memory/memory_queues.hpp"
#include "backend/memory/wakeups.hpp"
#include "base/mutex.hpp"

#include <algorithm>
#include <type_traits>
#include <unordered_map>

namespace toril::memory {
namespace {

using namespace contract;

Error closed() {
    return {ErrorCode::cancelled, "the store is closed"};
}

class MemoryStore final : public JobStore, public std::enable_shared_from_this<MemoryStore> {
public:
    MemoryStore(base::Clock clock, std::string prefix)
        : clock_(std::move(clock)),
          wakeups_(std::make_shared<Wakeups>(clock_)),
          queues_(std::move(prefix)) {}

    ~MemoryStore() override { wakeups_->close(); }

    Capabilities capabilities() const noexcept override {
        return {.shared = false, .outcomes_get_lost = false, .needs_lease_time = true};
    }
    Durability durability() const noexcept override { return Durability::in_process; }

    void add(AddParams params, Done<std::vector<Result<Added>>> done) override {
        change(params.queue, done, [&](MemoryQueue& queue) {
            return queue.add(params, time(params.now));
        });
    }

    // Its first node's queue stands for all: whichever the flow reaches are told.
    void add_flow(AddFlowParams params, Done<std::vector<Result<Added>>> done) override {
        if (params.nodes.empty()) {
            done(std::vector<Result<Added>>());
            return;
        }
        change(params.nodes.front().queue, done, [&](MemoryQueue& queue) {
            return queue.all().add_flow(params, time(params.now));
        });
    }

    void finish_and_take(FinishAndTakeParams params, Done<FinishedAndTaken> done) override {
        change(params.queue, done, [&](MemoryQueue& queue) {
            return queue.finish_and_take(params, time(params.now));
        });
    }

    void renew(std::string queue,
               std::vector<Lease> leases,
               Millis lock_duration,
               Timestamp now,
               Done<std::vector<Status>> done) override {
        change(queue, done, [&](MemoryQueue& in) {
            return in.renew(leases, lock_duration, time(now));
        });
    }

    void recover_stalled(StalledParams params, Done<std::vector<JobId>> done) override {
        change(params.queue, done, [&](MemoryQueue& queue) {
            return queue.recover_stalled(params, time(params.now));
        });
    }

    // Who dies takes this store along, so nobody is left to tell of it.
    std::string process_tag() const override { return {}; }
    void recover_dead(std::string queue, int, Done<std::vector<JobId>> done) override {
        look(queue, done, [](const MemoryQueue&) { return std::vector<JobId>(); });
    }

    std::unique_ptr<Watcher> watch(WatchParams params) override {
        return wakeups_->watch(channel(params.queue), params.what, std::move(params.name));
    }

    void queues(Done<std::vector<std::string>> done) override {
        done([&]() -> Result<std::vector<std::string>> {
            base::MutexLock lock(mutex_);
            if (closed_) return closed();
            std::vector<std::string> names;
            for (const MemoryQueue* queue : queues_.all())
                if (queue->exists()) names.push_back(queue->name());
            return names;
        }());
    }

    void info(std::string queue, Done<QueueInfo> done) override {
        look(queue, done, [](const MemoryQueue& in) { return in.info(); });
    }
    void counts(std::string queue, Done<JobCounts> done) override {
        look(queue, done, [](const MemoryQueue& in) { return in.counts(); });
    }
    void page(PageParams params, Done<std::vector<Job>> done) override {
        look(params.queue, done, [&](const MemoryQueue& queue) { return queue.page(params); });
    }
    void job(JobRef job, Done<Job> done) override {
        look(job.queue, done, [&](const MemoryQueue& queue) { return queue.job(job.id); });
    }
    void logs(LogPageParams params, Done<LogPage> done) override {
        look(params.job.queue, done, [&](const MemoryQueue& in) { return in.logs(params); });
    }

    void find(FindParams params, Done<Found> done) override {
        look(params.queue, done, [&](const MemoryQueue& queue) { return queue.search(params); });
    }

    void promote(JobRef job, Timestamp, DoneStatus done) override {
        change(job.queue, done, [&](MemoryQueue& queue) { return queue.promote(job.id); });
    }
    void change_delay(JobRef job, Millis delay, Timestamp now, DoneStatus done) override {
        change(job.queue, done, [&](MemoryQueue& queue) {
            return queue.change_delay(job.id, delay, time(now));
        });
    }
    void change_priority(JobRef job, int priority, bool lifo, DoneStatus done) override {
        change(job.queue, done, [&](MemoryQueue& queue) {
            return queue.change_priority(job.id, priority, lifo);
        });
    }
    void update_data(JobRef job, std::string data, DoneStatus done) override {
        change(job.queue, done, [&](MemoryQueue& queue) {
            return queue.update_data(job.id, std::move(data));
        });
    }
    void update_progress(JobRef job, std::string progress, DoneStatus done) override {
        change(job.queue, done, [&](MemoryQueue& queue) {
            return queue.update_progress(job.id, std::move(progress));
        });
    }
    void add_log(LogParams params, Done<std::uint64_t> done) override {
        change(params.job.queue, done, [&](MemoryQueue& queue) { return queue.add_log(params); });
    }
    void retry(RetryParams params, DoneStatus done) override {
        change(params.job.queue, done, [&](MemoryQueue& queue) { return queue.retry(params); });
    }
    void remove(JobRef job, bool children_too, DoneStatus done) override {
        change(job.queue, done, [&](MemoryQueue& queue) {
            return remove_job(queue, job.id, children_too);
        });
    }
    void cancel(JobRef job, std::string reason, Timestamp now, Done<JobState> was) override {
        change(job.queue, was, [&](MemoryQueue& queue) {
            return queue.cancel(job.id, reason, time(now));
        });
    }

    void dependencies(DependencyParams params, Done<DependencyPage> done) override {
        look(params.queue, done, [&](const MemoryQueue& queue) {
            return children_page(queue, params);
        });
    }
    void dependency_counts(JobRef job, Done<DependencyCounts> done) override {
        look(job.queue, done, [&](const MemoryQueue& queue) {
            return count_children(queue, job.id);
        });
    }
    void remove_unprocessed_children(JobRef job, Done<std::size_t> done) override {
        change(job.queue, done, [&](MemoryQueue& queue) {
            return memory::remove_unprocessed_children(queue, job.id, time(Timestamp{}));
        });
    }
    void remove_child_dependency(JobRef job, Done<bool> done) override {
        change(job.queue, done, [&](MemoryQueue& queue) {
            return memory::remove_child_dependency(queue, job.id, time(Timestamp{}));
        });
    }

    void upsert_scheduler(UpsertSchedulerParams params, Done<ScheduledRun> done) override {
        change(params.queue, done, [&](MemoryQueue& queue) {
            return queue.upsert_scheduler(params, time(params.now));
        });
    }
    void continue_scheduler(ContinueSchedulerParams params, Done<bool> done) override {
        change(params.queue, done, [&](MemoryQueue& queue) {
            return queue.continue_scheduler(params, time(params.now));
        });
    }
    void scheduler(std::string queue, std::string id, Done<Scheduler> done) override {
        look(queue, done, [&](const MemoryQueue& in) { return in.scheduler(id); });
    }
    void schedulers(PageParams params, Done<std::vector<Scheduler>> done) override {
        look(params.queue, done, [&](const MemoryQueue& in) { return in.schedulers(params); });
    }
    void remove_scheduler(std::string queue, std::string id, DoneStatus done) override {
        change(queue, done, [&](MemoryQueue& in) { return in.remove_scheduler(id); });
    }

    void deduplication_holder(std::string queue, std::string id, Done<JobId> done) override {
        look(queue, done, [&](const MemoryQueue& in) {
            return in.deduplication_holder(id, time(Timestamp{}));
        });
    }
    void remove_deduplication(std::string queue,
                              std::string id,
                              JobId only_for,
                              Done<bool> done) override {
        change(queue, done, [&](MemoryQueue& in) {
            return in.remove_deduplication(id, only_for, time(Timestamp{}));
        });
    }

    void retry_all(RetryAllParams params, Done<std::size_t> done) override {
        change(params.queue, done, [&](MemoryQueue& queue) { return queue.retry_all(params); });
    }
    void pause(std::string queue, PauseStyle, DoneStatus done) override {
        change(queue, done, [](MemoryQueue& in) { return in.pause(), Status(); });
    }
    void resume(std::string queue, PauseStyle, DoneStatus done) override {
        change(queue, done, [](MemoryQueue& in) { return in.resume(), Status(); });
    }
    void set_concurrency(std::string queue,
                         std::optional<std::int64_t> max,
                         DoneStatus done) override {
        change(queue, done, [&](MemoryQueue& in) { return in.set_concurrency(max), Status(); });
    }
    void set_rate_limit(std::string queue,
                        std::optional<RateLimit> limit,
                        DoneStatus done) override {
        change(queue, done, [&](MemoryQueue& in) { return in.set_rate_limit(limit), Status(); });
    }
    void rate_limit_for(std::string queue,
                        Millis duration,
                        Timestamp now,
                        DoneStatus done) override {
        change(queue, done, [&](MemoryQueue& in) {
            return in.rate_limit_for(duration, time(now)), Status();
        });
    }
    void rate_limit_ttl(std::string queue,
                        std::int64_t max,
                        Timestamp now,
                        Done<Millis> done) override {
        look(queue, done, [&](const MemoryQueue& in) { return in.rate_limit_ttl(max, time(now)); });
    }
    void counts_per_priority(std::string queue,
                             std::vector<int> priorities,
                             Done<std::vector<std::uint64_t>> done) override {
        look(
            queue, done, [&](const MemoryQueue& in) { return in.counts_per_priority(priorities); });
    }

    std::unique_ptr<EventReader> read_events(EventReaderParams params) override {
        EventId after = event_id_from(params.after);
        if (params.after.empty()) {
            base::MutexLock lock(mutex_);
            after = queues_.at(params.queue).events().last();
        }
        return make_event_reader(
            [weak = weak_from_this(), queue = params.queue](EventId id, std::size_t count) {
                const auto store = weak.lock();
                if (!store) return Result<std::vector<Event>>(closed());
                return store->events(queue, id, count);
            },
            wakeups_->watch(channel(params.queue), WatchFor::changes),
            after);
    }
    void publish_event(PublishEventParams params, DoneStatus done) override {
        change(params.queue, done, [&](MemoryQueue& queue) {
            return queue.publish_event(params), Status();
        });
    }
    void trim_events(std::string queue, std::uint64_t kept, Done<std::uint64_t> done) override {
        change(queue, done, [&](MemoryQueue& in) -> std::uint64_t { return in.trim_events(kept); });
    }
    void metrics(MetricsParams params, Done<contract::Metrics> done) override {
        look(params.queue, done, [&](const MemoryQueue& queue) { return queue.metrics(params); });
    }

    void workers(std::string queue, Done<std::vector<WorkerInfo>> done) override {
        const std::shared_ptr<Channel> in = channel(queue);
        look(queue, done, [&](const MemoryQueue&) { return wakeups_->workers(*in); });
    }
    void examine(ExamineParams params, Done<std::vector<Finding>> done) override {
        done([&]() -> Result<std::vector<Finding>> {
            base::MutexLock lock(mutex_);
            if (closed_) return closed();
            queues_.set_time(clock_());
            auto findings = queues_.examine(params.repair, clock_());
            tell_of_changes();
            return findings;
        }());
    }

    void drain(std::string queue, bool delayed_too, Done<std::size_t> done) override {
        change(
            queue, done, [&](MemoryQueue& in) { return in.drain(delayed_too, time(Timestamp{})); });
    }
    void clean(CleanParams params, Done<std::vector<JobId>> done) override {
        change(params.queue, done, [&](MemoryQueue& queue) {
            return queue.clean(params, time(params.now));
        });
    }
    void obliterate(std::string queue, bool force, Done<bool> more) override {
        change(
            queue, more, [&](MemoryQueue& in) { return in.obliterate(force, time(Timestamp{})); });
    }

    // Nothing is ever under way for longer than a call.
    Status close(Millis) override {
        {
            base::MutexLock lock(mutex_);
            closed_ = true;
        }
        wakeups_->close();
        return {};
    }

private:
    // What watchers of a queue were told last.
    struct Told {
        std::shared_ptr<Channel> channel = std::make_shared<Channel>();
        std::uint64_t work_signs = 0;
        std::uint64_t cancellations = 0;
    };

    Timestamp time(Timestamp now) const { return now == Timestamp{} ? clock_() : now; }

    std::shared_ptr<Channel> channel(const std::string& queue) {
        base::MutexLock lock(mutex_);
        return told_[queue].channel;
    }

    // Runs `step` on the queue under the lock, wakes who waits for its result, and answers
    // without the lock.
    template <class Answer, class Step>
    void change(const std::string& name, std::function<void(Answer)>& done, Step step) {
        done([&]() -> Answer {
            base::MutexLock lock(mutex_);
            if (closed_) return closed();
            queues_.set_time(clock_());
            MemoryQueue& queue = queues_.at(name);
            queues_.touch(queue);
            Answer answer = step(queue);
            tell_of_changes();
            return answer;
        }());
    }

    // With the lock held, so that news arrive in the order of the changes.
    void tell_of_changes() TORIL_REQUIRES(mutex_) {
        for (const MemoryQueue* queue : queues_.take_touched()) {
            Told& told = told_[queue->name()];
            wakeups_->tell(*told.channel,
                           {.more_work = queue->work_signs() != told.work_signs,
                            .cancelled = queue->cancellations() != told.cancellations,
                            .available = queue->available(clock_()),
                            .next_due = queue->next_due()});
            told.work_signs = queue->work_signs();
            told.cancellations = queue->cancellations();
        }
    }

    template <class Answer, class Step>
    void look(const std::string& name, std::function<void(Answer)>& done, Step step) {
        done([&]() -> Answer {
            base::MutexLock lock(mutex_);
            if (closed_) return closed();
            const MemoryQueue* queue = queues_.find(name);
            if (queue == nullptr) return step(MemoryQueue(queues_, name));
            return step(*queue);
        }());
    }

    Result<std::vector<Event>> events(const std::string& queue, EventId after, std::size_t count) {
        base::MutexLock lock(mutex_);
        if (closed_) return closed();
        return queues_.at(queue).events().after(after, count);
    }

    const base::Clock clock_;
    const std::shared_ptr<Wakeups> wakeups_;
    base::Mutex mutex_;
    MemoryQueues queues_ TORIL_GUARDED_BY(mutex_);
    std::unordered_map<std::string, Told> told_ TORIL_GUARDED_BY(mutex_);
    bool closed_ TORIL_GUARDED_BY(mutex_) = false;
};

}  // namespace

std::shared_ptr<contract::JobStore> open_memory(base::Clock clock, std::string prefix) {
    return std::make_shared<MemoryStore>(std::move(clock), std::move(prefix));
}

}  // namespace toril::memory
