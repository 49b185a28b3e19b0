// toril jobs QUEUE --state S [--start 0 --end 49 --asc], toril jobs QUEUE --name N --data P=V
// --error TEXT

#include "arguments.hpp"
#include "command.hpp"
#include "commands.hpp"
#include "filter_argument.hpp"
#include "job_state_argument.hpp"
#include "json_object.hpp"
#include "progress.hpp"
#include "session.hpp"
#include "terminal.hpp"

#include <toril/job_json.hpp>

#include <limits>

namespace toril::cli {
namespace {

constexpr Range position{-1'000'000'000, 1'000'000'000};

class Jobs final : public Command {
public:
    void declare(Arguments& arguments) override {
        arguments.word("queue", "name of the queue", queue_);
        arguments.text(
            "--state", "waiting, active, delayed, prioritized, completed, failed, ...", state_);
        arguments.number("--start", "first position; 0 is the first [0]", position, start_);
        arguments.number("--end", "last position; -1 is the last [49]", position, end_);
        arguments.flag("--asc", "oldest first", ascending_);
        filter_.declare(arguments);
        arguments.number("--limit", "with a filter: at most so many [50]", {1, 1'000'000}, limit_);
        arguments.output(true);
    }

    Result<Exit> run(Session& session) override {
        Result<JobState> state = parse_state(state_.value_or("waiting"));
        if (!state) return state.error();
        if (limit_ && !filter_.is_set())
            return Error(ErrorCode::invalid_argument,
                         "--limit is for --name, --data and --error; use --start and --end");
        if (filter_.is_set() && (start_ || end_ || ascending_))
            return Error(ErrorCode::invalid_argument,
                         "--start, --end and --asc are not for --name, --data and --error; use "
                         "--limit");
        Result<Queue> queue = session.queue(queue_);
        if (!queue) return queue.error();
        if (filter_.is_set()) return search(session, *queue, *state);
        Result<std::vector<Job>> jobs = queue->jobs(
            *state,
            {.start = start_.value_or(0), .end = end_.value_or(49), .ascending = ascending_});
        if (!jobs) return jobs.error();
        print(session.out(), *jobs);
        return Exit::ok;
    }

private:
    // In all states unless one is named.
    Result<Exit> search(Session& session, const Queue& queue, JobState state) const {
        Result<JobFilter> filter = filter_.filter();
        if (!filter) return filter.error();
        if (state_) filter->states = {state};
        const auto limit = static_cast<std::size_t>(limit_.value_or(50));
        std::vector<Job> jobs;
        Progress progress("jobs looked at");
        const Status found = queue.find(
            *filter,
            [&](const Job& job) {
                jobs.push_back(job);
                return jobs.size() < limit;
            },
            [&](std::uint64_t looked) {
                progress.show(looked);
                return true;
            });
        if (!found) return found.error();
        print(session.out(), jobs);
        return Exit::ok;
    }

    static void print(Output& out, const std::vector<Job>& jobs) {
        if (!out.is_text()) return print_json(out, jobs);
        Table table({"ID", "NAME", "STATE", "ATTEMPTS", "ADDED", "DATA"});
        for (const Job& job : jobs)
            table.row({job.id,
                       job.name,
                       std::string(to_string(job.state)),
                       std::to_string(job.attempts_made),
                       iso_time(job.timestamp),
                       job.data.text()});
        out.raw(table.text(out.is_terminal() ? terminal_width() : 0));
    }

    std::string queue_{};
    std::optional<std::string> state_{};
    std::optional<std::int64_t> start_{};
    std::optional<std::int64_t> end_{};
    FilterArgument filter_{};
    std::optional<std::int64_t> limit_{};
    bool ascending_ = false;
};

}  // namespace

std::unique_ptr<Command> make_jobs() {
    return std::make_unique<Jobs>();
}

}  // namespace toril::cli
