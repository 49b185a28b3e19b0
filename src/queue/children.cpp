#include "queue/children.hpp"

#include <set>
#include <utility>

namespace toril::queue {
namespace {

using contract::Dependency;

constexpr std::size_t children_a_step = 500;
constexpr std::size_t children_named = 3;
constexpr int looks_max = 300;
constexpr int generations_max = 20;
constexpr std::size_t reason_shown_max = 120;

std::string shown(const std::string& reason) {
    std::string line = reason.substr(0, reason.find('\n'));
    if (line.size() > reason_shown_max) line = line.substr(0, reason_shown_max) + "...";
    return line;
}

Result<Job> job_of(const Asker& asker, const contract::JobRef& ref) {
    return asker.ask<Result<Job>>(Repeat::always, [&](contract::JobStore& store, auto done) {
        store.job(ref, std::move(done));
    });
}

// Walks down from one job and counts its looks.
class ChildrenWalk {
public:
    explicit ChildrenWalk(const Asker& asker) : asker_(asker) {}

    Result<WaitsFor> look(const contract::JobRef& parent, int generation) {
        auto counts = asker_.ask<Result<contract::DependencyCounts>>(
            Repeat::always, [&](contract::JobStore& store, auto done) {
                store.dependency_counts(parent, std::move(done));
            });
        if (!counts) return counts.error();
        WaitsFor found{.children = counts->unprocessed};
        if (found.children == 0) found.stuck = why_stuck_alone();
        Status read = for_each_child(
            asker_, parent, Dependency::State::unprocessed, [&](const Dependency& child) {
                look_at(child, generation, found);
                return looks_left_ > 0 && found.stuck.empty();
            });
        if (!read) return read.error();
        return found;
    }

private:
    void look_at(const Dependency& child, int generation, WaitsFor& into) {
        const std::string name = child.queue + ":" + child.id;
        std::string state = "in another prefix";
        if (is_ours(child)) {
            --looks_left_;
            const Result<Job> job = job_of(asker_, {child.queue, child.id});
            if (job) {
                state = to_string(job->state);
                into.stuck = job->state == JobState::waiting_children
                                 ? look_below(child, generation)
                                 : why_stuck(*job);
            } else if (job.error().code() == ErrorCode::not_found) {
                state = "gone";
                into.stuck = why_stuck_gone(child.queue, child.id);
            } else {
                state = "not known: " + job.error().message();
            }
        }
        if (into.some.size() < children_named) into.some.push_back(name + " (" + state + ")");
    }

    std::string look_below(const Dependency& child, int generation) {
        if (generation >= generations_max || looks_left_ <= 0) return {};
        const Result<WaitsFor> below = look({child.queue, child.id}, generation + 1);
        if (!below || below->stuck.empty()) return {};
        return why_stuck_below(child.queue, child.id, below->stuck);
    }

    const Asker& asker_;
    int looks_left_ = looks_max;
};

}  // namespace

Status for_each_child(const Asker& asker,
                      const contract::JobRef& parent,
                      Dependency::State state,
                      const std::function<bool(Dependency)>& callback) {
    contract::DependencyParams params{
        .queue = parent.queue, .id = parent.id, .state = state, .count = children_a_step};
    std::set<std::string> seen;  // a set that changes meanwhile gives members twice
    do {
        auto page = asker.ask<Result<contract::DependencyPage>>(
            Repeat::always, [&](contract::JobStore& store, auto done) {
                store.dependencies(params, std::move(done));
            });
        if (!page) return page.error();
        for (Dependency& child : page->children)
            if (seen.insert(child.key).second && !callback(std::move(child))) return {};
        params.cursor = std::move(page->cursor);
    } while (!params.cursor.empty());
    return {};
}

std::string why_stuck(const Job& child) {
    const std::string name = "child " + child.queue + ":" + child.id;
    const std::string words = child.queue + " " + child.id;
    switch (child.state) {
        case JobState::failed:
            return name + " failed (" + shown(child.failed_reason) +
                   ") and has no policy for its parent: retry it (`toril retry " + words +
                   "`) or remove it (`toril remove " + words + "`)";
        case JobState::completed:
            return name + " completed before it became a child: remove it (`toril remove " + words +
                   "`)";
        case JobState::unknown:
            return name + " is in no list of its queue: `toril doctor --repair` puts it back";
        default: return {};
    }
}

std::string why_stuck_gone(const std::string& queue, const JobId& id) {
    return "child " + queue + ":" + id + " is gone: `toril doctor --repair` cuts it off";
}

std::string why_stuck_below(const std::string& queue, const JobId& id, const std::string& why) {
    return "child " + queue + ":" + id + " is stuck itself: " + why;
}

std::string why_stuck_alone() {
    return "it has no child left to wait for: `toril doctor --repair` lets it go on";
}

bool is_ours(const Dependency& child) {
    return !child.queue.empty() && child.queue.find(':') == std::string::npos;
}

Result<WaitsFor> look_at_children(const Asker& asker, const contract::JobRef& parent) {
    return ChildrenWalk(asker).look(parent, 1);
}

}  // namespace toril::queue
