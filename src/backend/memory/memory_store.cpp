#include "backend/memory/memory_store.hpp"

#include "backend/memory/memory_queue.hpp"
#include "backend/memory/wakeups.hpp"
#include "base/mutex.hpp"
#include "contract/unbuilt.hpp"

#include <algorithm>
#include <type_traits>
#include <unordered_map>

namespace toril::memory {
namespace {

using namespace contract;

Error closed() {
    return {ErrorCode::cancelled, "the store is closed"};
}

class MemoryStore final : public Unbuilt {
public:
    explicit MemoryStore(base::Clock clock)
        : clock_(std::move(clock)), wakeups_(std::make_shared<Wakeups>(clock_)) {}

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

    std::unique_ptr<Watcher> watch(WatchParams params) override {
        std::shared_ptr<Channel> channel;
        {
            base::MutexLock lock(mutex_);
            channel = place(params.queue).channel;
        }
        return wakeups_->watch(channel, params.what);
    }

    void queues(Done<std::vector<std::string>> done) override {
        done([&]() -> Result<std::vector<std::string>> {
            base::MutexLock lock(mutex_);
            if (closed_) return closed();
            std::vector<std::string> names;
            for (const auto& [name, at] : places_)
                if (at.queue.exists()) names.push_back(name);
            std::sort(names.begin(), names.end());
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
        change(params.job.queue, done, [&](MemoryQueue& queue) {
            return queue.retry(params.job.id, params.from);
        });
    }
    void remove(JobRef job, bool, DoneStatus done) override {
        change(job.queue, done, [&](MemoryQueue& queue) {
            return queue.remove(job.id, time(Timestamp{}));
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
    void drain(std::string queue, bool delayed_too, Done<std::size_t> done) override {
        change(queue, done, [&](MemoryQueue& in) { return in.drain(delayed_too); });
    }
    void clean(CleanParams params, Done<std::vector<JobId>> done) override {
        change(params.queue, done, [&](MemoryQueue& queue) {
            return queue.clean(params, time(params.now));
        });
    }
    void obliterate(std::string queue, bool force, Done<bool> more) override {
        change(queue, more, [&](MemoryQueue& in) { return in.obliterate(force); });
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
    struct Place {
        explicit Place(const std::string& name)
            : queue(name), channel(std::make_shared<Channel>()) {}

        MemoryQueue queue;
        std::shared_ptr<Channel> channel;
    };

    Timestamp time(Timestamp now) const { return now == Timestamp{} ? clock_() : now; }

    Place& place(const std::string& name) TORIL_REQUIRES(mutex_) {
        return places_.try_emplace(name, name).first->second;
    }

    // Runs `step` on the queue under the lock, wakes who waits for its result, and answers
    // without the lock.
    template <class Answer, class Step>
    void change(const std::string& name, std::function<void(Answer)>& done, Step step) {
        done([&]() -> Answer {
            base::MutexLock lock(mutex_);
            if (closed_) return closed();
            Place& at = place(name);
            const std::uint64_t signs = at.queue.work_signs();
            Answer answer = step(at.queue);
            // Told with the lock held, so that news arrive in the order of the changes.
            wakeups_->tell(*at.channel,
                           {.more_work = at.queue.work_signs() != signs,
                            .available = at.queue.available(clock_()),
                            .next_due = at.queue.next_due()});
            return answer;
        }());
    }

    template <class Answer, class Step>
    void look(const std::string& name, std::function<void(Answer)>& done, Step step) const {
        done([&]() -> Answer {
            base::MutexLock lock(mutex_);
            if (closed_) return closed();
            const auto found = places_.find(name);
            if (found == places_.end()) return step(MemoryQueue(name));
            return step(found->second.queue);
        }());
    }

    const base::Clock clock_;
    const std::shared_ptr<Wakeups> wakeups_;
    mutable base::Mutex mutex_;
    std::unordered_map<std::string, Place> places_ TORIL_GUARDED_BY(mutex_);
    bool closed_ TORIL_GUARDED_BY(mutex_) = false;
};

}  // namespace

std::shared_ptr<contract::JobStore> open_memory(base::Clock clock) {
    return std::make_shared<MemoryStore>(std::move(clock));
}

}  // namespace toril::memory
