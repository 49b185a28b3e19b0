#include "model/snapshot.hpp"

#include "base/sync.hpp"
#include "model/operation.hpp"

#include <algorithm>
#include <sstream>
#include <string_view>

namespace toril::model {
namespace {

long long ms(Timestamp time) {
    return time.time_since_epoch().count();
}

// Long or binary text as its length and hash: what matters is whether it is the same.
std::string brief(const std::string& text) {
    bool plain = text.size() <= 60;
    for (const char c : text)
        plain &= c >= ' ' && c <= '~';
    if (plain) return text;
    return "<" + std::to_string(text.size()) + " bytes, " +
           std::to_string(std::hash<std::string_view>{}(text)) + ">";
}

// What is in a JSON text, whatever its order, which a store may change. The offset that an
// interval got by its first run may be told with it, or not.
std::string members_of(const std::string& json) {
    std::vector<std::string> members(1);
    for (const char c : json) {
        if (c == '{' || c == '}' || c == ',')
            members.emplace_back();
        else
            members.back() += c;
    }
    std::sort(members.begin(), members.end());
    std::string text;
    for (const std::string& member : members)
        if (!member.empty() && !member.starts_with("\"offset\":"))
            text += (text.empty() ? "" : ",") + member;
    return text;
}

void print(std::ostream& out, const Job& job) {
    out << brief(job.id) << " name=" << brief(job.name) << " data=" << brief(job.data.text())
        << " opts=" << members_of(job.opts.text()) << " state=" << toril::to_string(job.state)
        << " progress=" << brief(job.progress.text()) << " made=" << job.attempts_made
        << " started=" << job.attempts_started << " stalled=" << job.stalled_counter
        << " at=" << ms(job.timestamp) << " processed=" << ms(job.processed_on)
        << " finished=" << ms(job.finished_on) << " delay=" << job.delay.count()
        << " priority=" << job.priority
        << " value=" << (job.return_value ? brief(job.return_value->text()) : "none")
        << " reason=" << brief(job.failed_reason) << " stack=";
    for (const std::string& entry : job.stacktrace)
        out << brief(entry) << ';';
    out << " by=" << brief(job.processed_by) << " deferred=" << job.deferred_failure
        << " parent=" << job.parent_key << ' ' << job.parent.text()
        << " deduplication=" << job.deduplication_id << " scheduler=" << job.repeat_job_key;
}

void print(std::ostream& out, const Children& children) {
    out << children.counts.unprocessed << " unprocessed, " << children.counts.processed
        << " processed, " << children.counts.ignored << " ignored, " << children.counts.failed
        << " failed:";
    std::vector<std::string> lines;
    for (const contract::Dependency& each : children.each)
        lines.push_back(each.key + ' ' + std::to_string(static_cast<int>(each.state)) + ' ' +
                        brief(each.value));
    std::sort(lines.begin(), lines.end());
    for (const std::string& line : lines)
        out << ' ' << line << ';';
}

void print(std::ostream& out, const contract::Scheduler& scheduler) {
    const Repeat& repeat = scheduler.repeat;
    out << scheduler.id << " every=" << repeat.every.count() << " pattern=" << repeat.pattern
        << " offset="  // which means nothing with a pattern
        << (repeat.every > Millis{0} ? repeat.offset.value_or(Millis{0}).count() : 0)
        << " limit=" << repeat.limit << " missed=" << to_string(repeat.missed)
        << " name=" << scheduler.name << " data=" << brief(scheduler.data)
        << " opts=" << scheduler.opts << " next=" << ms(scheduler.next)
        << " count=" << scheduler.iteration_count;
}

void print(std::ostream& out, const contract::Metrics& metrics) {
    out << metrics.count << " since " << ms(metrics.previous_at) << " from "
        << metrics.previous_count << ':';
    for (const std::int64_t point : metrics.data)
        out << ' ' << point;
}

// An answer that is under way.
template <class T>
class Pending {
public:
    contract::Done<T> done() {
        return [slot = slot_](Result<T> answer) { slot->set(std::move(answer)); };
    }
    T value() { return slot_->wait_for(Millis{20'000}).value().value(); }

private:
    std::shared_ptr<base::OneShot<Result<T>>> slot_ = std::make_shared<base::OneShot<Result<T>>>();
};

}  // namespace

const Job* Snapshot::find(const JobId& id) const {
    for (const auto& [state, jobs] : pages)
        for (const Job& job : jobs)
            if (job.id == id) return &job;
    return nullptr;
}

namespace {

// Whose line it is: the second word, where there is one that is an id.
JobId owner_of(const std::string& line) {
    const std::size_t space = line.find(' ');
    if (space == line.npos) return "";
    const std::string rest = line.substr(space + 1);
    const std::size_t end = rest.find(' ');
    const JobId id = rest.substr(0, end);
    return id.find('=') == id.npos ? id : "";
}

// More starts than any sequence has: only a limit set by hand is as high.
constexpr std::int64_t starts_beyond_all = 1'000'000;

// A second round of questions: about the children of those jobs that may have some.
void look_at_children(conformance::Client& client, const std::string& queue, Snapshot& seen) {
    using State = contract::Dependency::State;
    constexpr std::array<State, 4> states{
        State::unprocessed, State::processed, State::ignored, State::failed};
    struct Asked {
        Pending<contract::DependencyCounts> counts;
        std::array<Pending<contract::DependencyPage>, 4> pages;
    };
    std::map<JobId, Asked> asked;
    for (const JobId& id : parent_ids) {
        if (seen.find(id) == nullptr) continue;
        Asked& one = asked[id];
        client.store().dependency_counts({queue, id}, one.counts.done());
        for (std::size_t i = 0; i < states.size(); ++i)
            client.store().dependencies(
                {.queue = queue, .id = id, .state = states[i], .count = 1000}, one.pages[i].done());
    }
    for (auto& [id, one] : asked) {
        Children& children = seen.children[id];
        children.counts = one.counts.value();
        for (auto& page : one.pages)
            for (contract::Dependency& each : page.value().children)
                children.each.push_back(std::move(each));
    }
}

}  // namespace

// All questions are asked before the first answer is waited for: one round trip, not fifteen.
Snapshot look(conformance::Client& client,
              conformance::EventLog& log,
              const std::string& queue,
              Timestamp now,
              bool flows) {
    contract::JobStore& store = client.store();
    Pending<contract::QueueInfo> info;
    Pending<JobCounts> counts;
    std::array<Pending<std::vector<Job>>, homes.size()> pages;
    std::map<std::string, Pending<JobId>> holders;
    Pending<std::vector<contract::Scheduler>> schedulers;
    Pending<Millis> limit;
    std::array<Pending<contract::Metrics>, 2> metrics;
    store.info(queue, info.done());
    store.counts(queue, counts.done());
    for (std::size_t i = 0; i < homes.size(); ++i)
        store.page({.queue = queue, .state = homes[i], .start = 0, .end = -1, .ascending = true},
                   pages[i].done());
    for (const std::string& id : deduplication_ids)
        store.deduplication_holder(queue, id, holders[id].done());
    store.schedulers({.queue = queue, .start = 0, .end = -1, .ascending = true}, schedulers.done());
    store.rate_limit_ttl(queue, starts_beyond_all, now, limit.done());
    for (std::size_t i = 0; i < metrics.size(); ++i)
        store.metrics({.queue = queue, .failed = i == 1}, metrics[i].done());
    Snapshot seen{.info = info.value(), .counts = counts.value()};
    for (std::size_t i = 0; i < homes.size(); ++i)
        seen.pages[homes[i]] = pages[i].value();
    for (auto& [id, holder] : holders)
        seen.holders[id] = holder.value();
    seen.schedulers = schedulers.value();
    seen.limited = limit.value() > Millis{0};
    for (std::size_t i = 0; i < metrics.size(); ++i)
        seen.metrics[i] = metrics[i].value();
    if (flows) look_at_children(client, queue, seen);
    for (std::string& line : log.next())
        seen.events[owner_of(line)].push_back(std::move(line));
    return seen;
}

std::string to_string(const Snapshot& snapshot) {
    std::ostringstream out;
    const JobCounts& counts = snapshot.counts;
    out << "paused=" << snapshot.info.paused
        << " concurrency=" << snapshot.info.concurrency.value_or(-1)
        << " max=" << (snapshot.info.limit ? snapshot.info.limit->max : -1)
        << " limited=" << snapshot.limited << '\n'
        << "waiting=" << counts.waiting + counts.paused << " active=" << counts.active
        << " delayed=" << counts.delayed << " prioritized=" << counts.prioritized
        << " waiting_children=" << counts.waiting_children << " completed=" << counts.completed
        << " failed=" << counts.failed << '\n';
    for (const auto& [state, jobs] : snapshot.pages)
        for (const Job& job : jobs) {
            out << "in " << toril::to_string(state) << ": ";
            print(out, job);
            out << '\n';
        }
    for (const auto& [id, children] : snapshot.children) {
        out << "children of " << id << ": ";
        print(out, children);
        out << '\n';
    }
    for (const auto& [id, holder] : snapshot.holders)
        out << "deduplication " << id << ": " << holder << '\n';
    for (const contract::Scheduler& scheduler : snapshot.schedulers) {
        out << "scheduler ";
        print(out, scheduler);
        out << '\n';
    }
    for (const contract::Metrics& metrics : snapshot.metrics) {
        out << "metrics ";
        print(out, metrics);
        out << '\n';
    }
    for (const auto& [id, lines] : snapshot.events) {
        out << "told of " << brief(id) << ':';
        for (const std::string& line : lines)
            out << ' ' << brief(line) << ';';
        out << '\n';
    }
    return out.str();
}

std::string to_string(const contract::TakenJob& job) {
    std::ostringstream out;
    out << brief(job.id) << " name=" << brief(job.name) << " data=" << brief(job.data)
        << " opts=" << members_of(job.opts) << " progress=" << brief(job.progress)
        << " stack=" << brief(job.stacktrace) << " parent=" << job.parent_key << ' ' << job.parent
        << " deduplication=" << job.deduplication_id << " repeat=" << job.repeat_job_key
        << " deferred=" << job.deferred_failure << " made=" << job.attempts_made
        << " started=" << job.attempts_started << " stalled=" << job.stalled_counter
        << " priority=" << job.priority << " at=" << ms(job.timestamp)
        << " processed=" << ms(job.processed_on);
    return out.str();
}

std::string first_difference(const std::string& expected, const std::string& found) {
    std::istringstream left(expected);
    std::istringstream right(found);
    std::string one;
    std::string other;
    for (;;) {
        const bool more = static_cast<bool>(std::getline(left, one));
        const bool too = static_cast<bool>(std::getline(right, other));
        if (!more && !too) return "no difference";
        if (!more) one = "(nothing)";
        if (!too) other = "(nothing)";
        if (one != other) return "  expected: " + one + "\n  found:    " + other + "\n";
    }
}

}  // namespace toril::model
