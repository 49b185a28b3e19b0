#include "model/snapshot.hpp"

#include "base/sync.hpp"

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

void print(std::ostream& out, const Job& job) {
    out << brief(job.id) << " name=" << brief(job.name) << " data=" << brief(job.data.text())
        << " opts=" << brief(job.opts.text()) << " state=" << toril::to_string(job.state)
        << " progress=" << brief(job.progress.text()) << " made=" << job.attempts_made
        << " started=" << job.attempts_started << " stalled=" << job.stalled_counter
        << " at=" << ms(job.timestamp) << " processed=" << ms(job.processed_on)
        << " finished=" << ms(job.finished_on) << " delay=" << job.delay.count()
        << " priority=" << job.priority
        << " value=" << (job.return_value ? brief(job.return_value->text()) : "none")
        << " reason=" << brief(job.failed_reason) << " stack=";
    for (const std::string& entry : job.stacktrace)
        out << brief(entry) << ';';
    out << " by=" << brief(job.processed_by) << " deferred=" << brief(job.deferred_failure);
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

// All questions are asked before the first answer is waited for: one round trip, not nine.
Snapshot look(conformance::Client& client, const std::string& queue) {
    contract::JobStore& store = client.store();
    Pending<contract::QueueInfo> info;
    Pending<JobCounts> counts;
    std::array<Pending<std::vector<Job>>, homes.size()> pages;
    store.info(queue, info.done());
    store.counts(queue, counts.done());
    for (std::size_t i = 0; i < homes.size(); ++i)
        store.page({.queue = queue, .state = homes[i], .start = 0, .end = -1, .ascending = true},
                   pages[i].done());
    Snapshot seen{.info = info.value(), .counts = counts.value()};
    for (std::size_t i = 0; i < homes.size(); ++i)
        seen.pages[homes[i]] = pages[i].value();
    return seen;
}

std::string to_string(const Snapshot& snapshot) {
    std::ostringstream out;
    const JobCounts& counts = snapshot.counts;
    out << "paused=" << snapshot.info.paused
        << " concurrency=" << snapshot.info.concurrency.value_or(-1) << '\n'
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
    return out.str();
}

std::string to_string(const contract::TakenJob& job) {
    std::ostringstream out;
    out << brief(job.id) << " name=" << brief(job.name) << " data=" << brief(job.data)
        << " opts=" << brief(job.opts) << " progress=" << brief(job.progress)
        << " stack=" << brief(job.stacktrace) << " parent=" << job.parent_key
        << " repeat=" << job.repeat_job_key << " deferred=" << job.deferred_failure
        << " made=" << job.attempts_made << " started=" << job.attempts_started
        << " stalled=" << job.stalled_counter << " priority=" << job.priority
        << " at=" << ms(job.timestamp) << " processed=" << ms(job.processed_on);
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
