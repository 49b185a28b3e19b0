#pragma once

// What the workers and producers of one sequence know: the time, their tokens, their numbers.
// It turns operations into calls, which then go to several stores alike.

#include "conformance/backends.hpp"
#include "conformance/client.hpp"
#include "conformance/event_log.hpp"
#include "model/operation.hpp"

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace toril::model {

/// One store of the comparison.
struct Side {
    explicit Side(conformance::Opened with) : opened(std::move(with)), client(opened.store) {}

    conformance::Opened opened;
    conformance::Client client;
    std::map<std::string, conformance::EventLog> logs{};  // of the queues of this sequence
};

/// An operation with everything filled in.
struct Step {
    Operation operation{};
    std::string queue{};
    Timestamp now{};
    contract::AddParams add{};
    contract::AddFlowParams flow{};
    contract::UpsertSchedulerParams upsert{};
    contract::ContinueSchedulerParams go_on{};
    contract::FinishAndTakeParams call{};
    std::string token{};  // renew
};

/// What a store said, as text to compare and in parts to learn from.
struct Answer {
    std::string text{};
    std::vector<contract::Added> added{};
    std::vector<contract::TakenJob> taken{};
    std::vector<Status> finished{};
    std::vector<JobId> ids{};    // recovered, cleaned
    std::optional<JobId> run{};  // of a scheduler: the one that is pending now
};

Answer perform(Side& side, const Step& step);

/// Longer than any lock and window of a sequence.
inline constexpr Millis lapse_time{2 * 3'600'000};

class World {
public:
    /// `name` makes its queues and workers its own.
    World(std::string name, Timestamp now) : name_(std::move(name)), now_(now) {}

    Step prepare(const Operation& operation);
    void learn(const Step& step, const Answer& answer);

    /// False for what is left open: whether a stall check of a queue that nobody made yet counts
    /// as the check of its interval; whether cancelling a run whose lock lapsed asks it to stop,
    /// or ends the job.
    bool is_settled(const Step& step) const;

    /// Whether jobs of one queue may have to do with those of another.
    bool has_flows() const { return has_flows_; }

    Timestamp now() const { return now_; }
    const std::string& name() const { return name_; }
    std::string queue(int index) const { return name_ + "-" + std::to_string(index); }

private:
    void fill_call(Step& step);
    void fill_flow(Step& step);
    void fill_scheduler(Step& step);
    /// When a pattern's next run is; of an interval that is the store's to say.
    Timestamp next_of(const std::string& scheduler, Millis wait) const;
    /// The id that is meant, for "run of s" that of the run.
    JobId resolve(const std::string& queue, const JobId& id) const;
    contract::AddJob resolve(contract::AddJob job) const;
    std::string token_of(const std::string& queue, const JobId& id, Holder holder) const;

    std::string name_;
    Timestamp now_;
    std::map<std::pair<std::string, JobId>, std::vector<std::string>> tokens_{};
    std::map<std::string, std::uint64_t> sequences_{};
    std::set<std::string> made_{};
    std::map<std::pair<std::string, std::string>, JobId> runs_{};  // of each scheduler
    // And the one of them that was taken last, with its options: a worker goes on with no other.
    std::map<std::pair<std::string, std::string>, std::pair<JobId, std::string>> taken_runs_{};
    // How many lapses there were before each job was taken last, and in all.
    std::map<std::pair<std::string, JobId>, int> taken_before_{};
    int lapses_ = 0;
    bool has_flows_ = false;
    std::uint64_t count_ = 0;
};

}  // namespace toril::model
