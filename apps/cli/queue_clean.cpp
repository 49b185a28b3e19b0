// toril queue clean QUEUE --state S --older-than AGE [--limit N] --yes

#include "arguments.hpp"
#include "command.hpp"
#include "commands.hpp"
#include "confirm.hpp"
#include "job_state_argument.hpp"
#include "json_object.hpp"
#include "session.hpp"

#include <toril/config.hpp>

#include <algorithm>
#include <chrono>
#include <limits>

namespace toril::cli {
namespace {

constexpr std::int64_t page_jobs = 500;

class QueueClean final : public Command {
public:
    void declare(Arguments& arguments) override {
        arguments.word("queue", "name of the queue", queue_);
        arguments.text("--state", "completed, failed, waiting, delayed or prioritized", state_);
        arguments.duration("--older-than", "since they finished, else since they were added", age_);
        arguments.number("--limit",
                         "at most this many; 0: all [0]",
                         {0, std::numeric_limits<int>::max()},
                         limit_);
        arguments.flag("--yes", "do not ask", consent_.yes);
        arguments.flag("--dry-run", "only say which would go", consent_.dry_run);
        arguments.output();
    }

    Result<Exit> run(Session& session) override {
        if (!state_ || !age_)
            return Error(ErrorCode::invalid_argument,
                         "give --state and --older-than (0s for all ages)");
        Result<JobState> state = parse_state(*state_);
        if (!state) return state.error();
        Result<Queue> queue = session.queue(queue_);
        if (!queue) return queue.error();
        if (consent_.dry_run) {
            Result<std::vector<JobId>> ids = candidates(*queue, *state);
            if (!ids) return ids.error();
            return print(session.out(), *ids);
        }
        if (Status s = confirm(consent_,
                               "remove the " + *state_ + " jobs of \"" + queue_ +
                                   "\" that are older than " + format_duration(*age_));
            !s)
            return s.error();
        Result<std::vector<JobId>> ids =
            queue->clean(*state, *age_, static_cast<std::size_t>(limit_.value_or(0)));
        if (!ids) return ids.error();
        return print(session.out(), *ids);
    }

private:
    // What `clean` would take, by this host's clock.
    Result<std::vector<JobId>> candidates(const Queue& queue, JobState state) const {
        const Timestamp until =
            std::chrono::floor<Millis>(std::chrono::system_clock::now()) - *age_;
        std::vector<JobId> ids;
        for (std::int64_t start = 0;; start += page_jobs) {
            Result<std::vector<Job>> page = queue.jobs(
                state, {.start = start, .end = start + page_jobs - 1, .ascending = true});
            if (!page) return page.error();
            for (const Job& job : *page) {
                const Timestamp since =
                    job.finished_on != Timestamp{} ? job.finished_on : job.timestamp;
                if (since <= until) ids.push_back(job.id);
            }
            const auto wanted = static_cast<std::size_t>(limit_.value_or(0));
            if (wanted > 0 && ids.size() >= wanted) {
                ids.resize(wanted);
                return ids;
            }
            if (page->empty()) return ids;
        }
    }

    Result<Exit> print(Output& out, const std::vector<JobId>& ids) const {
        JsonArray array;
        for (const JobId& id : ids) {
            if (out.is_text()) out.line(id);
            array.add(Json::string(id));
        }
        if (!out.is_text())
            out.json(JsonObject()
                         .put("queue", queue_)
                         .put("removed", ids.size())
                         .put("ids", array.json())
                         .put("dryRun", consent_.dry_run)
                         .json());
        return Exit::ok;
    }

    std::string queue_{};
    std::optional<std::string> state_{};
    std::optional<Millis> age_{};
    std::optional<std::int64_t> limit_{};
    Consent consent_{};
};

}  // namespace

std::unique_ptr<Command> make_queue_clean() {
    return std::make_unique<QueueClean>();
}

}  // namespace toril::cli
