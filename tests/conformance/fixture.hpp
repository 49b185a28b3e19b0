#pragma once

// What every case of the suite starts from: an empty store, one queue, and a clock that only
// the test moves.

#include "backends.hpp"
#include "client.hpp"
#include "event_log.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace toril {

// How values look in a failure.
inline void PrintTo(const Error& error, std::ostream* out) {
    *out << to_string(error.code()) << ": " << error.message();
}
inline void PrintTo(const Status& status, std::ostream* out) {
    if (status)
        *out << "done";
    else
        PrintTo(status.error(), out);
}
inline void PrintTo(JobState state, std::ostream* out) {
    *out << to_string(state);
}
inline void PrintTo(Timestamp time, std::ostream* out) {
    *out << time.time_since_epoch().count() << " ms";
}

}  // namespace toril

namespace toril::conformance {

using namespace std::chrono_literals;
using contract::Added;
using contract::AddJob;
using contract::FinishedAndTaken;
using contract::Outcome;
using contract::RateLimit;
using contract::TakenJob;
using Ids = std::vector<JobId>;

using Node = contract::AddFlowParams::Node;

/// A job that was taken, and the token that holds it.
struct Taken {
    TakenJob job{};
    std::string token{};
    std::string queue{};
};

/// What a take gave: looking into one that gave nothing ends the test, not the program.
class MaybeTaken {
public:
    MaybeTaken() = default;
    MaybeTaken(Taken run) : run_(std::move(run)) {}

    explicit operator bool() const { return run_.has_value(); }
    const Taken* operator->() const { return &run_.value(); }
    const Taken& operator*() const { return run_.value(); }

private:
    std::optional<Taken> run_{};
};

inline constexpr Millis lock_duration{30'000};

class JobStoreConformance : public testing::TestWithParam<Backend> {
protected:
    JobStoreConformance();
    ~JobStoreConformance() override;

    Timestamp now() const { return Timestamp(Millis(now_)); }
    void pass_time(Millis by);

    // ---- adding ----
    JobId add(AddJob job = {});
    Ids add_several(std::size_t count, const AddJob& job = {});
    Result<std::vector<Result<Added>>> add_batch(std::vector<AddJob> jobs);
    /// A job that waits for its children, and one that is a child; both for `add_flow`.
    Node parent(JobId id, AddJob job = {}) const;
    Node child(JobId id, const JobId& of, ParentPolicy policy = ParentPolicy::none) const;
    Result<std::vector<Result<Added>>> add_flow(std::vector<Node> nodes);
    /// As `add_flow`; fails the test when it was refused.
    void plant(std::vector<Node> nodes);

    // ---- taking and finishing ----
    contract::FinishAndTakeParams next_call(std::size_t take);
    FinishedAndTaken call(const contract::FinishAndTakeParams& params);
    /// From `queue` when no other is named.
    MaybeTaken take(const std::string& from = {});
    std::vector<Taken> take_several(std::size_t count, const std::string& from = {});
    /// Finishes, and takes nothing.
    Status finish(const Outcome& outcome, const std::string& in = {});
    Status complete(const Taken& run, KeepJobs keep = {});
    Status fail(const Taken& run, KeepJobs keep = {});
    Status retry(const Taken& run, Millis delay = Millis{0});
    Status hand_back(const Taken& run);
    Status wait_for_children(const Taken& run);
    /// Adds a job and runs it to its end.
    JobId add_completed(KeepJobs keep = {});
    JobId add_failed(KeepJobs keep = {});
    /// Two stall checks with the time between them in which locks lapse.
    Ids recover_lost_jobs(int stalled_max = 1);

    // ---- looking ----
    Ids ids(JobState state, bool ascending = true);
    JobCounts counts();
    Job job(const JobId& id);
    contract::JobRef ref(const JobId& id) const { return {queue, id}; }
    JobState state_of(const JobId& id, const std::string& in = {});
    contract::DependencyCounts dependencies_of(const JobId& id);
    /// What happened in `queue`, or the one named, since this was asked last: see EventLog.
    Lines events(const std::string& of = {});

    const std::string queue = "mail";
    contract::Taker taker{.worker = "worker-1", .lock_duration = lock_duration};
    Opened opened;
    Client client;

private:
    std::atomic<std::int64_t> now_{1'700'000'000'000};
    std::uint64_t sequence_ = 0;
    std::uint64_t tokens_ = 0;
    std::map<std::string, EventLog> logs_{};
};

Ids ids_of(const std::vector<Taken>& runs);

/// The code of a refusal; fails the test when there was none.
template <class Answer>
ErrorCode code_of(const Answer& answer) {
    if (answer) {
        ADD_FAILURE() << "was not refused";
        return ErrorCode::failed;
    }
    return answer.error().code();
}

/// Done, or the reason why not in the failure's text.
testing::AssertionResult done(const Status& status);

#define TORIL_CONFORMANCE_SUITE_FROM(fixture, suite)                                  \
    class suite : public fixture {};                                                  \
    INSTANTIATE_TEST_SUITE_P(                                                         \
        On, suite, testing::ValuesIn(backends_under_test()), [](const auto& tested) { \
            return tested.param.name;                                                 \
        })
#define TORIL_CONFORMANCE_SUITE(suite) TORIL_CONFORMANCE_SUITE_FROM(JobStoreConformance, suite)

}  // namespace toril::conformance
