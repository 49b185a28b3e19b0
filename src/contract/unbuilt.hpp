#pragma once

// What a store does not do yet.

#include "contract/job_store.hpp"

namespace toril::contract {

class Unbuilt : public JobStore {
    static Error later() { return {ErrorCode::wrong_state, "this store cannot do this yet"}; }

public:
    std::string process_tag() const override { return {}; }
    void recover_dead(std::string, int, Done<std::vector<JobId>> done) override { done(later()); }
    void add_flow(AddFlowParams, Done<std::vector<Result<Added>>> done) override { done(later()); }
    void cancel(JobRef, std::string, Timestamp, Done<JobState> done) override { done(later()); }
    void dependencies(DependencyParams, Done<DependencyPage> done) override { done(later()); }
    void dependency_counts(JobRef, Done<DependencyCounts> done) override { done(later()); }
    void remove_unprocessed_children(JobRef, Done<std::size_t> done) override { done(later()); }
    void remove_child_dependency(JobRef, Done<bool> done) override { done(later()); }
    void upsert_scheduler(UpsertSchedulerParams, Done<ScheduledRun> done) override {
        done(later());
    }
    void continue_scheduler(ContinueSchedulerParams, Done<bool> done) override { done(later()); }
    void scheduler(std::string, std::string, Done<Scheduler> done) override { done(later()); }
    void schedulers(PageParams, Done<std::vector<Scheduler>> done) override { done(later()); }
    void remove_scheduler(std::string, std::string, DoneStatus done) override { done(later()); }
    void deduplication_holder(std::string, std::string, Done<JobId> done) override {
        done(later());
    }
    void remove_deduplication(std::string, std::string, JobId, Done<bool> done) override {
        done(later());
    }
    void set_rate_limit(std::string, std::optional<RateLimit>, DoneStatus done) override {
        done(later());
    }
    void rate_limit_for(std::string, Millis, Timestamp, DoneStatus done) override { done(later()); }
    void rate_limit_ttl(std::string, std::int64_t, Timestamp, Done<Millis> done) override {
        done(later());
    }
    void counts_per_priority(std::string,
                             std::vector<int>,
                             Done<std::vector<std::uint64_t>> done) override {
        done(later());
    }
    void publish_event(PublishEventParams, DoneStatus done) override { done(later()); }
    void trim_events(std::string, std::uint64_t, Done<std::uint64_t> done) override {
        done(later());
    }
    void metrics(MetricsParams, Done<Metrics> done) override { done(later()); }
    void workers(std::string, Done<std::vector<WorkerInfo>> done) override { done(later()); }
    void find(FindParams, Done<Found> done) override { done(later()); }
    void examine(ExamineParams, Done<std::vector<Finding>> done) override { done(later()); }
    std::unique_ptr<EventReader> read_events(EventReaderParams) override { return nullptr; }
};

}  // namespace toril::contract
