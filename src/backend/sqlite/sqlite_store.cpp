#include "backend/sqlite/sqlite_store.hpp"

#include "backend/sqlite/deduplication.hpp"
#include "backend/sqlite/engine.hpp"
#include "backend/sqlite/event_reader.hpp"
#include "backend/sqlite/examining.hpp"
#include "backend/sqlite/job_search.hpp"
#include "backend/sqlite/limits.hpp"
#include "backend/sqlite/operations.hpp"
#include "backend/sqlite/schedulers.hpp"
#include "backend/sqlite/workers.hpp"

#include <utility>

namespace toril::sqlite {
namespace {

using namespace contract;

// Hands every call to the engine's writer or reader.
class SqliteStore final : public JobStore {
public:
    explicit SqliteStore(std::shared_ptr<Engine> engine) : engine_(std::move(engine)) {}
    ~SqliteStore() override { static_cast<void>(engine_->close(Millis{5'000})); }

    const Engine& engine() const { return *engine_; }

    Capabilities capabilities() const noexcept override {
        return {.shared = true, .outcomes_get_lost = false, .needs_lease_time = false};
    }
    Durability durability() const noexcept override { return engine_->durability(); }

    void add(AddParams params, Done<std::vector<Result<Added>>> done) override {
        using Answer = Result<std::vector<Result<Added>>>;
        const std::size_t jobs = params.jobs.size();
        auto work = std::make_unique<Request<Answer>>(
            [params = std::move(params)](Session& session) -> Answer {
                return sqlite::add(session, params);
            },
            std::move(done));
        work->jobs = jobs;
        work->needs_space = true;
        engine_->writer().push(std::move(work));
    }

    void add_flow(AddFlowParams params, Done<std::vector<Result<Added>>> done) override {
        using Answer = Result<std::vector<Result<Added>>>;
        const std::size_t jobs = params.nodes.size();
        auto work = std::make_unique<Request<Answer>>(
            [params = std::move(params)](Session& session) -> Answer {
                return sqlite::add_flow(session, params);
            },
            std::move(done));
        work->jobs = jobs;
        work->needs_space = true;
        engine_->writer().push(std::move(work));
    }

    void finish_and_take(FinishAndTakeParams params, Done<FinishedAndTaken> done) override {
        const std::size_t jobs = params.outcomes.size() + params.take;
        change<Result<FinishedAndTaken>>(
            std::move(done),
            [params = std::move(params)](Session& session) {
                return sqlite::finish_and_take(session, params);
            },
            jobs);
    }

    void renew(std::string queue,
               std::vector<Lease> leases,
               Millis lock_duration,
               Timestamp now,
               Done<std::vector<Status>> done) override {
        const std::size_t jobs = leases.size();
        change<Result<std::vector<Status>>>(
            std::move(done),
            [=](Session& session) {
                return sqlite::renew(session, queue, leases, lock_duration, now);
            },
            jobs);
    }

    void recover_stalled(StalledParams params, Done<std::vector<JobId>> done) override {
        Engine* engine = engine_.get();
        change<Result<std::vector<JobId>>>(
            std::move(done), [engine, params = std::move(params)](Session& session) {
                std::vector<JobId> recovered = engine->recover_dead(session, params);
                for (JobId& id : sqlite::recover_stalled(session, params))
                    recovered.push_back(std::move(id));
                return recovered;
            });
    }

    std::unique_ptr<Watcher> watch(WatchParams params) override {
        return sqlite::watch(engine_, std::move(params));
    }

    void queues(Done<std::vector<std::string>> done) override {
        look<std::vector<std::string>>(std::move(done),
                                       [](Session& session) { return session.queues.names(); });
    }
    void info(std::string queue, Done<QueueInfo> done) override {
        look<QueueInfo>(std::move(done),
                        [=](Session& session) { return sqlite::info(session, queue); });
    }
    void counts(std::string queue, Done<JobCounts> done) override {
        look<JobCounts>(std::move(done),
                        [=](Session& session) { return sqlite::counts(session, queue); });
    }
    void page(PageParams params, Done<std::vector<Job>> done) override {
        look<std::vector<Job>>(std::move(done),
                               [=](Session& session) { return sqlite::page(session, params); });
    }
    void job(JobRef job, Done<Job> done) override {
        look<Job>(std::move(done), [=](Session& session) { return sqlite::job(session, job); });
    }
    void logs(LogPageParams params, Done<LogPage> done) override {
        look<LogPage>(std::move(done),
                      [=](Session& session) { return sqlite::logs(session, params); });
    }

    void promote(JobRef job, Timestamp, DoneStatus done) override {
        change<Status>(std::move(done),
                       [=](Session& session) { return sqlite::promote(session, job); });
    }
    void change_delay(JobRef job, Millis delay, Timestamp now, DoneStatus done) override {
        change<Status>(std::move(done), [=](Session& session) {
            return sqlite::change_delay(session, job, delay, now);
        });
    }
    void change_priority(JobRef job, int priority, bool lifo, DoneStatus done) override {
        change<Status>(std::move(done), [=](Session& session) {
            return sqlite::change_priority(session, job, priority, lifo);
        });
    }
    void update_data(JobRef job, std::string data, DoneStatus done) override {
        change<Status>(std::move(done),
                       [job = std::move(job), data = std::move(data)](Session& session) {
                           return sqlite::update_data(session, job, data);
                       });
    }
    void update_progress(JobRef job, std::string progress, DoneStatus done) override {
        change<Status>(std::move(done), [=](Session& session) {
            return sqlite::update_progress(session, job, progress);
        });
    }
    void add_log(LogParams params, Done<std::uint64_t> rows) override {
        change<Result<std::uint64_t>>(
            std::move(rows), [=](Session& session) { return sqlite::add_log(session, params); });
    }
    void retry(RetryParams params, DoneStatus done) override {
        change<Status>(std::move(done),
                       [=](Session& session) { return sqlite::retry(session, params); });
    }
    void remove(JobRef job, bool children_too, DoneStatus done) override {
        change<Status>(std::move(done), [=](Session& session) {
            return sqlite::remove(session, job, children_too);
        });
    }
    void cancel(JobRef job, std::string reason, Timestamp now, Done<JobState> was) override {
        change<Result<JobState>>(std::move(was), [=](Session& session) {
            return sqlite::cancel(session, job, reason, now);
        });
    }

    void dependencies(DependencyParams params, Done<DependencyPage> done) override {
        look<DependencyPage>(std::move(done), [=](Session& session) {
            return sqlite::dependencies(session, params);
        });
    }
    void dependency_counts(JobRef job, Done<DependencyCounts> done) override {
        look<DependencyCounts>(std::move(done), [=](Session& session) {
            return sqlite::dependency_counts(session, job);
        });
    }
    void remove_unprocessed_children(JobRef job, Done<std::size_t> removed) override {
        change<Result<std::size_t>>(std::move(removed), [=](Session& session) {
            return sqlite::remove_unprocessed_children(session, job);
        });
    }
    void remove_child_dependency(JobRef job, Done<bool> was) override {
        change<Result<bool>>(std::move(was), [=](Session& session) {
            return sqlite::remove_child_dependency(session, job);
        });
    }

    void deduplication_holder(std::string queue, std::string id, Done<JobId> done) override {
        look<JobId>(std::move(done), [=](Session& session) {
            return sqlite::deduplication_holder(session, queue, id);
        });
    }
    void remove_deduplication(std::string queue,
                              std::string id,
                              JobId only_for,
                              Done<bool> was) override {
        change<Result<bool>>(std::move(was), [=](Session& session) {
            return sqlite::remove_deduplication(session, queue, id, only_for);
        });
    }

    void retry_all(RetryAllParams params, Done<std::size_t> done) override {
        change<Result<std::size_t>>(
            std::move(done),
            [=](Session& session) { return sqlite::retry_all(session, params); },
            params.count);
    }
    void pause(std::string queue, PauseStyle, DoneStatus done) override {
        change<Status>(std::move(done),
                       [=](Session& session) { return sqlite::pause(session, queue); });
    }
    void resume(std::string queue, PauseStyle, DoneStatus done) override {
        change<Status>(std::move(done),
                       [=](Session& session) { return sqlite::resume(session, queue); });
    }
    void set_concurrency(std::string queue,
                         std::optional<std::int64_t> max,
                         DoneStatus done) override {
        change<Status>(std::move(done), [=](Session& session) {
            return sqlite::set_concurrency(session, queue, max);
        });
    }
    void drain(std::string queue, bool delayed_too, Done<std::size_t> done) override {
        change<Result<std::size_t>>(
            std::move(done),
            [=](Session& session) { return sqlite::drain(session, queue, delayed_too); },
            sweep_jobs);
    }
    void clean(CleanParams params, Done<std::vector<JobId>> done) override {
        change<Result<std::vector<JobId>>>(
            std::move(done),
            [=](Session& session) { return sqlite::clean(session, params); },
            params.count);
    }
    void obliterate(std::string queue, bool force, Done<bool> more) override {
        change<Result<bool>>(
            std::move(more),
            [=](Session& session) { return sqlite::obliterate(session, queue, force); },
            sweep_jobs);
    }

    void upsert_scheduler(UpsertSchedulerParams params, Done<ScheduledRun> done) override {
        auto work = std::make_unique<Request<Result<ScheduledRun>>>(
            [params = std::move(params)](Session& session) {
                return sqlite::upsert_scheduler(session, params);
            },
            std::move(done));
        work->needs_space = true;
        engine_->writer().push(std::move(work));
    }
    void continue_scheduler(ContinueSchedulerParams params, Done<bool> done) override {
        change<Result<bool>>(std::move(done), [params = std::move(params)](Session& session) {
            return sqlite::continue_scheduler(session, params);
        });
    }
    void scheduler(std::string queue, std::string id, Done<Scheduler> done) override {
        look<Scheduler>(std::move(done),
                        [=](Session& session) { return sqlite::scheduler(session, queue, id); });
    }
    void schedulers(PageParams params, Done<std::vector<Scheduler>> done) override {
        look<std::vector<Scheduler>>(
            std::move(done), [=](Session& session) { return sqlite::schedulers(session, params); });
    }
    void remove_scheduler(std::string queue, std::string id, DoneStatus done) override {
        change<Status>(std::move(done), [=](Session& session) {
            return sqlite::remove_scheduler(session, queue, id);
        });
    }

    void set_rate_limit(std::string queue,
                        std::optional<RateLimit> limit,
                        DoneStatus done) override {
        change<Status>(std::move(done), [=](Session& session) {
            return sqlite::set_rate_limit(session, queue, limit);
        });
    }
    void rate_limit_for(std::string queue,
                        Millis duration,
                        Timestamp now,
                        DoneStatus done) override {
        change<Status>(std::move(done), [=](Session& session) {
            return sqlite::rate_limit_for(session, queue, duration, now);
        });
    }
    void rate_limit_ttl(std::string queue,
                        std::int64_t max,
                        Timestamp now,
                        Done<Millis> done) override {
        look<Millis>(std::move(done), [=](Session& session) {
            return sqlite::rate_limit_ttl(session, queue, max, now);
        });
    }
    void counts_per_priority(std::string queue,
                             std::vector<int> priorities,
                             Done<std::vector<std::uint64_t>> done) override {
        look<std::vector<std::uint64_t>>(std::move(done), [=](Session& session) {
            return sqlite::counts_per_priority(session, queue, priorities);
        });
    }
    void metrics(MetricsParams params, Done<contract::Metrics> done) override {
        look<contract::Metrics>(std::move(done),
                                [=](Session& session) { return sqlite::metrics(session, params); });
    }
    void workers(std::string queue, Done<std::vector<WorkerInfo>> done) override {
        Engine* engine = engine_.get();
        look<std::vector<WorkerInfo>>(std::move(done), [=](Session& session) {
            return sqlite::workers(session, *engine, queue);
        });
    }

    void find(FindParams params, Done<Found> done) override {
        look<Found>(std::move(done), [params = std::move(params)](Session& session) {
            return sqlite::find_jobs(session, params);
        });
    }

    void examine(ExamineParams params, Done<std::vector<Finding>> done) override {
        sqlite::examine(engine_, params, std::move(done));
    }

    /// None: jobs of dead processes are put back without being asked for.
    std::string process_tag() const override { return {}; }
    void recover_dead(std::string, int, Done<std::vector<JobId>> done) override {
        done(std::vector<JobId>{});
    }

    std::unique_ptr<EventReader> read_events(EventReaderParams params) override {
        return sqlite::read_events(engine_, std::move(params));
    }
    void publish_event(PublishEventParams params, DoneStatus done) override {
        change<Status>(std::move(done), [params = std::move(params)](Session& session) {
            return sqlite::publish_event(session, params);
        });
    }
    void trim_events(std::string queue, std::uint64_t kept, Done<std::uint64_t> done) override {
        change<Result<std::uint64_t>>(std::move(done), [=](Session& session) {
            return sqlite::trim_events(session, queue, kept);
        });
    }

    Status close(Millis deadline) override { return engine_->close(deadline); }

private:
    // Jobs that one step of a sweep goes through.
    static constexpr std::size_t sweep_jobs = 1000;

    template <class Answer, class Step>
    void change(std::function<void(Answer)> done, Step step, std::size_t jobs = 1) {
        auto work = std::make_unique<Request<Answer>>(std::move(step), std::move(done));
        work->jobs = jobs;
        engine_->writer().push(std::move(work));
    }

    template <class Value, class Step>
    void look(Done<Value> done, Step step) {
        engine_->reader().push(
            std::make_unique<Request<Result<Value>>>(std::move(step), std::move(done)));
    }

    const std::shared_ptr<Engine> engine_;
};

}  // namespace

Result<std::shared_ptr<JobStore>> open_sqlite(const SqliteOptions& options) {
    auto engine = Engine::open(options);
    if (!engine) return engine.error();
    return std::shared_ptr<JobStore>(std::make_shared<SqliteStore>(std::move(*engine)));
}

std::uint64_t commits_of(const JobStore& store) {
    return dynamic_cast<const SqliteStore&>(store).engine().commits();
}

}  // namespace toril::sqlite
