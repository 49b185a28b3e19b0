#include "backend/sqlite/queue_flaws.hpp"

#include "backend/sqlite/parents.hpp"
#include "backend/sqlite/schedulers.hpp"
#include "toril/sqlite/statements.hpp"

#include <limits>
#include <string>
#include <utility>

namespace toril::sqlite {
namespace {

using Severity = Finding::Severity;
using Child = contract::Dependency::State;

constexpr const char* repair_command = "toril doctor --repair";
// A worker makes the next run within milliseconds of taking the one before.
constexpr std::int64_t late_ms = 60'000;

class Examination {
public:
    Examination(Session& session, QueueRow& queue, bool repair)
        : session_(session), queue_(queue), repair_(repair), now_ms_(session.ms({})) {}

    std::vector<Finding> run() {
        find_ghosts();
        find_unplaced();
        find_wrong_counts();
        find_parents();
        find_schedulers();
        return std::move(found_);
    }

private:
    std::int64_t first_key() const { return job_key(queue_.id, 0); }
    std::int64_t last_key() const { return job_key(queue_.id + 1, 0) - 1; }

    // `repairable`: it is mended now if it is to be.
    bool report(Severity severity, std::string code, std::string cause, bool repairable) {
        found_.push_back({.severity = severity,
                          .code = std::move(code),
                          .queue = queue_.name,
                          .cause = std::move(cause),
                          .remedy = repairable ? repair_command : "",
                          .repairable = repairable,
                          .repaired = repairable && repair_});
        return repairable && repair_;
    }

    void find_ghosts() {
        Statement ghosts(session_.db, sql::examine, "ghosts");
        std::int64_t count = 0;
        {
            Cursor row = ghosts.rows(queue_.id);
            if (row.next()) count = row.number(0);
        }
        if (count == 0) return;
        if (report(Severity::warning,
                   "ghost_job",
                   "the lists hold " + std::to_string(count) + " jobs that are not there",
                   true)) {
            Statement erase(session_.db, sql::examine, "erase_ghosts");
            erase.run(queue_.id);
            session_.queues.touch(queue_);
        }
    }

    void find_unplaced() {
        std::vector<std::int64_t> keys;
        Statement unplaced(session_.db, sql::examine, "unplaced");
        {
            Cursor row = unplaced.rows(queue_.id, first_key(), last_key());
            while (row.next())
                keys.push_back(row.number(0));
        }
        if (keys.empty()) return;
        const auto one = session_.jobs.head(keys.front());
        if (!report(Severity::error,
                    "orphan",
                    std::to_string(keys.size()) + " jobs of this queue are in no list (\"" +
                        (one ? one->id : "") + "\" for instance): nobody will ever run them",
                    true))
            return;
        for (const std::int64_t key : keys)
            if (const auto job = session_.jobs.head(key)) put_back(*job);
    }

    // Where its row says it is; one that waited, behind those that wait.
    void put_back(const JobHead& job) {
        Place to = job.place;
        switch (to.list) {
            case List::ready:
                to = session_.lines.to_end(queue_, job.key, std::max(0, job.priority));
                break;
            case List::delayed:
                to = session_.lines.to_delayed(queue_, job.key, job.id, to.rank);
                break;
            case List::waiting_children:
                to = session_.lines.to_waiting_children(queue_, job.key, job.id, to.rank);
                break;
            default: to = session_.lines.to_finished(queue_, job.key, job.id, to); break;
        }
        session_.jobs.moved(job.key, to);
    }

    JobCounts count() {
        JobCounts counts;
        Statement places(session_.db, sql::examine, "count_places");
        Cursor row = places.rows(queue_.id);
        while (row.next()) {
            JobHead head;
            head.place = {static_cast<List>(row.small(0)), row.number(1), 0};
            size_of(counts, head.state()) += static_cast<std::uint64_t>(row.number(2));
        }
        Statement leases(session_.db, sql::examine, "count_leases");
        Cursor lease = leases.rows(first_key(), last_key());
        if (lease.next()) counts.active = static_cast<std::uint64_t>(lease.number(0));
        return counts;
    }

    void find_wrong_counts() {
        const JobCounts there = count();
        if (session_.db.failed() || there == queue_.sizes) return;
        if (report(Severity::error,
                   "counters",
                   "the counts of this queue disagree with the jobs that are in its lists",
                   true)) {
            session_.queues.touch(queue_);
            queue_.sizes = there;
            queue_.touched.available = true;
        }
    }

    void find_parents() {
        for (const std::int64_t key : session_.lines.all(
                 queue_.id, JobState::waiting_children, std::numeric_limits<int>::max()))
            if (const auto parent = session_.jobs.head(key)) find_obstacle(*parent);
    }

    void find_obstacle(const JobHead& parent) {
        const std::string name = "job \"" + parent.id + "\" waits for ";
        if (!session_.children.any(parent.key, Child::unprocessed)) {
            if (report(Severity::error,
                       "releasable_parent",
                       name + "children and has none that are not done",
                       true))
                release_parent(session_, {&queue_, parent}, now_ms_);
            return;
        }
        for (const ChildTable::Row& child : session_.children.all(parent.key, Child::unprocessed)) {
            const auto [queue, job] = session_.find(child.queue, child.id);
            if (job && job->state() != JobState::failed) continue;
            report(Severity::error,
                   "stuck_parent",
                   name + "its child \"" + child.id + "\" of \"" + child.queue + "\", which " +
                       (job ? "failed and has no policy for that" : "is gone"),
                   false);
            found_.back().remedy =
                "retry or remove that child: toril flow tree " + queue_.name + " " + parent.id;
            return;
        }
    }

    void find_schedulers() {
        for (const contract::Scheduler& scheduler :
             session_.schedulers.page(queue_.id, 0, -1, true)) {
            if (!is_stalled(session_, queue_, scheduler, now_ms_ - late_ms)) continue;
            if (report(Severity::error,
                       "stalled_scheduler",
                       "scheduler \"" + scheduler.id + "\" was to run at " +
                           std::to_string(scheduler.next.time_since_epoch().count()) +
                           " (ms since 1970), and its job is not there: it makes no more",
                       true))
                restart_scheduler(session_, queue_, scheduler, now_ms_);
        }
    }

    Session& session_;
    QueueRow& queue_;
    const bool repair_;
    const std::int64_t now_ms_;
    std::vector<Finding> found_{};
};

}  // namespace

std::vector<Finding> examine_queue(Session& session, QueueRow& queue, bool repair) {
    return Examination(session, queue, repair).run();
}

}  // namespace toril::sqlite
