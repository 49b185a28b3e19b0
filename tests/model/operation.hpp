#pragma once

// What a sequence is made of. Operations name jobs by id and know nothing of answers, so a
// sequence stays meaningful when some of it is left out.

#include "contract/job_store.hpp"
#include "model/random.hpp"

#include <optional>
#include <string>
#include <vector>

namespace toril::model {

enum class Kind : unsigned char {
    add,
    call,  // finish and take
    renew,
    recover_stalled,
    promote,
    change_delay,
    change_priority,
    update_data,
    update_progress,
    add_log,
    retry,
    remove,
    retry_all,
    pause,
    resume,
    set_concurrency,
    drain,
    clean,
    obliterate,
    pass_time,
    lapse,  // more time than any lock or window lasts
    add_flow,
    remove_unprocessed,
    remove_dependency,
    cancel,
    remove_deduplication,
    upsert_scheduler,
    continue_scheduler,
    remove_scheduler,
    set_rate_limit,
    rate_limit_for,
};
inline constexpr std::size_t kinds = 31;

/// Whose token an outcome or a renewal shows.
enum class Holder : unsigned char { latest, earlier, stranger };

/// Queues are named by their number, also in a parent's link. The id "run of s" is that of the
/// latest run which scheduler s was heard to have.
struct Operation {
    Kind kind = Kind::add;
    int queue = 0;
    JobId id{};
    std::vector<contract::AddJob> jobs{};
    std::vector<int> queues{};                  // add_flow: one a job
    std::vector<contract::Outcome> outcomes{};  // tokens are filled in by the world
    std::vector<Holder> holders{};              // one an outcome
    std::size_t take = 0;
    int worker = 0;
    std::optional<contract::RateLimit> limit{};
    bool twice = false;  // add, add_flow, call: the answer gets lost, so it is sent again
    bool flag = false;
    std::optional<int> number{};
    Millis time{0};
    JobState state = JobState::waiting;
    std::string text{};
    contract::Scheduler scheduler{};  // upsert_scheduler
};

inline bool has_pattern(const std::string& scheduler) {
    return scheduler == "t";
}

/// The schedulers, deduplication ids and parents of all sequences.
inline const std::vector<std::string> scheduler_ids{"s", "t"};  // by interval, by pattern
inline const std::vector<std::string> deduplication_ids{"d", "e"};
inline const std::vector<JobId> parent_ids{"p", "q", "m", "n"};  // p and q above m and n

/// How often each kind comes, drawn anew for each sequence: some kinds not at all.
class Generator {
public:
    explicit Generator(std::uint64_t seed);
    std::vector<Operation> sequence();

private:
    Operation operation();
    void fill_call(Operation& operation);
    void fill_flow(Operation& operation);
    void fill_scheduler(Operation& operation);
    void fill_change(Operation& operation);
    contract::AddJob job();
    std::optional<Deduplication> deduplication();
    contract::ParentLink link(const JobId& parent);
    contract::Outcome outcome();
    JobId id();
    std::string json();
    std::string text();

    Random random_;
    std::vector<Kind> urn_{};
};

std::string to_string(const Operation& operation);

}  // namespace toril::model
