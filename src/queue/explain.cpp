#include "queue/explain.hpp"

#include "base/options_codec.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <utility>
#include <vector>

namespace toril::queue {
namespace {

constexpr std::int64_t jobs_a_page = 200;
constexpr std::size_t reason_shown_max = 200;

// ---- words ----------------------------------------------------------------------------------

std::string shown(const std::string& reason) {
    std::string line = reason.substr(0, reason.find('\n'));
    if (line.size() > reason_shown_max) line = line.substr(0, reason_shown_max) + "...";
    return line.empty() ? "no reason was given" : line;
}

std::string count_of(std::uint64_t count, const std::string& one, const std::string& many) {
    return std::to_string(count) + " " + (count == 1 ? one : many);
}

// "350 ms", "4.2 s", "5 min", "3 h", "12 days"
std::string roughly(Millis span) {
    const std::int64_t ms = std::max<std::int64_t>(span.count(), 0);
    if (ms < 1'000) return std::to_string(ms) + " ms";
    if (ms < 60'000) {
        const std::int64_t tenths = ms / 100;
        return std::to_string(tenths / 10) +
               (tenths % 10 == 0 ? "" : "." + std::to_string(tenths % 10)) + " s";
    }
    if (ms < 2 * 3'600'000) return std::to_string(ms / 60'000) + " min";
    if (ms < 2 * 86'400'000) return std::to_string(ms / 3'600'000) + " h";
    return std::to_string(ms / 86'400'000) + " days";
}

std::string utc(Timestamp time) {
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss clock(std::chrono::floor<std::chrono::seconds>(time - day));
    std::array<char, 48> text{};
    std::snprintf(text.data(),
                  text.size(),
                  "%04d-%02u-%02u %02d:%02d:%02d UTC",
                  static_cast<int>(date.year()),
                  static_cast<unsigned>(date.month()),
                  static_cast<unsigned>(date.day()),
                  static_cast<int>(clock.hours().count()),
                  static_cast<int>(clock.minutes().count()),
                  static_cast<int>(clock.seconds().count()));
    return text.data();
}

std::string joined(const std::vector<std::string>& parts) {
    std::string text;
    for (const std::string& part : parts)
        text += (text.empty() ? "" : "; ") + part;
    return text;
}

// ---- reasons --------------------------------------------------------------------------------

// What keeps every job of the queue from starting.
std::vector<std::string> queue_reasons(const JobFacts& facts) {
    std::vector<std::string> reasons;
    if (facts.queue.paused)
        reasons.push_back("the queue is paused (`toril queue resume " + facts.job.queue +
                          "` lets it go on)");
    const std::int64_t most = facts.queue.concurrency.value_or(0);
    if (most > 0 && facts.counts.active >= static_cast<std::uint64_t>(most))
        reasons.push_back("the queue is at its limit of " +
                          count_of(static_cast<std::uint64_t>(most), "active job", "active jobs") +
                          " (" + std::to_string(facts.counts.active) + " are active)");
    if (facts.limited_for > Millis{0})
        reasons.push_back("the rate limit lets no job start for another " +
                          roughly(facts.limited_for));
    if (facts.workers == 0u) reasons.emplace_back("no worker is connected to take it");
    return reasons;
}

std::string workers_text(const JobFacts& facts) {
    std::string text;
    if (facts.workers && *facts.workers > 0)
        text = count_of(*facts.workers, "worker is", "workers are") + " connected, ";
    return text + count_of(facts.counts.active, "job is", "jobs are") + " active";
}

std::string line_text(const JobFacts& facts) {
    std::string ahead = "more than " + std::to_string(line_looked_at) + " jobs are before it";
    if (facts.ahead && *facts.ahead == 0)
        ahead = "it is the next one";
    else if (facts.ahead)
        ahead = count_of(*facts.ahead, "job is", "jobs are") + " before it";
    if (facts.job.state == JobState::prioritized) {
        const std::uint64_t first = facts.counts.waiting + facts.counts.paused;
        ahead = "it has priority " + std::to_string(facts.job.priority) + ", " + ahead +
                " among those with a priority";
        if (first > 0)
            ahead += ", and " + count_of(first, "job without one goes", "jobs without one go") +
                     " first";
    }
    return ahead;
}

std::string waiting_text(const JobFacts& facts) {
    std::vector<std::string> reasons = queue_reasons(facts);
    const bool is_held = !reasons.empty();
    reasons.push_back(line_text(facts));
    if (!is_held) reasons.push_back(workers_text(facts));
    if (facts.job.attempts_made > 0 && !facts.job.failed_reason.empty())
        reasons.push_back("attempt " + std::to_string(facts.job.attempts_made) +
                          " failed: " + shown(facts.job.failed_reason));
    if (facts.job.stalled_counter > 0)
        reasons.push_back(
            "its worker was lost " +
            count_of(static_cast<std::uint64_t>(facts.job.stalled_counter), "time", "times") +
            " before");
    return "waits: " + joined(reasons);
}

std::string delayed_text(const JobFacts& facts) {
    const Timestamp due = facts.job.timestamp + facts.job.delay;
    const bool was_retried = facts.job.attempts_made > 0 && !facts.job.failed_reason.empty();
    std::string text = "is delayed";
    // A retry counts from the failure, of which the record does not tell the time.
    if (!was_retried && due > facts.now)
        text += " until " + utc(due) + ", for another " + roughly(due - facts.now);
    else if (was_retried)
        text += " by " + roughly(facts.job.delay) + " since attempt " +
                std::to_string(facts.job.attempts_made) +
                " failed: " + shown(facts.job.failed_reason);
    else
        text += " and due, to be started by the next worker that looks";
    const std::vector<std::string> reasons = queue_reasons(facts);
    return reasons.empty() ? text : text + "; besides, " + joined(reasons);
}

std::string children_text(const JobFacts& facts) {
    std::string text = "waits for " + count_of(facts.children.children, "child", "children");
    std::string some;
    for (const std::string& child : facts.children.some)
        some += (some.empty() ? "" : ", ") + child;
    if (!some.empty()) {
        const bool all = facts.children.some.size() >= facts.children.children;
        text += ": " + some + (all ? "" : ", ...");
    }
    if (!facts.children.stuck.empty())
        text += "; it cannot go on by itself: " + facts.children.stuck;
    return text;
}

std::string active_text(const JobFacts& facts) {
    std::string text = "runs";
    if (facts.job.processed_on != Timestamp{})
        text += " since " + utc(facts.job.processed_on) + ", for " +
                roughly(facts.now - facts.job.processed_on);
    if (!facts.job.processed_by.empty()) text += ", by worker " + facts.job.processed_by;
    text += " (run " + std::to_string(facts.job.attempts_started) + ")";
    if (facts.workers == 0u)
        text +=
            "; no worker is connected: if its worker died, it is put back when a worker "
            "looks for stalled jobs";
    return text;
}

std::string ended_text(const JobFacts& facts) {
    const Job& job = facts.job;
    std::string text = job.state == JobState::completed ? "completed" : "failed";
    if (job.finished_on != Timestamp{})
        text +=
            " at " + utc(job.finished_on) + ", " + roughly(facts.now - job.finished_on) + " ago";
    const auto made = static_cast<std::uint64_t>(std::max(job.attempts_made, 0));
    text += ", after " + count_of(made, "attempt", "attempts");
    if (job.state == JobState::completed) return text;
    const int most = base::decode_options(job.opts.text()).attempts;
    if (most > 1) text += " of " + std::to_string(most);
    return text + ": " + shown(job.failed_reason);
}

std::string state_text(const JobFacts& facts) {
    switch (facts.job.state) {
        case JobState::waiting:
        case JobState::prioritized: return waiting_text(facts);
        case JobState::delayed: return delayed_text(facts);
        case JobState::waiting_children: return children_text(facts);
        case JobState::active: return active_text(facts);
        case JobState::completed:
        case JobState::failed: return ended_text(facts);
        default:
            return "is in no list of its queue, so no worker will find it: "
                   "`toril doctor --repair` puts it back";
    }
}

// ---- facts ----------------------------------------------------------------------------------

// Jobs before it in its line, next to run first.
Result<std::optional<std::uint64_t>> jobs_ahead(const Asker& asker, const Job& job) {
    for (std::int64_t start = 0; start < line_looked_at; start += jobs_a_page) {
        const contract::PageParams params{.queue = job.queue,
                                          .state = job.state,
                                          .start = start,
                                          .end = start + jobs_a_page - 1,
                                          .ascending = true};
        auto page = asker.ask<Result<std::vector<Job>>>(
            Repeat::always,
            [&](contract::JobStore& store, auto done) { store.page(params, std::move(done)); });
        if (!page) return page.error();
        for (std::size_t i = 0; i < page->size(); ++i)
            if ((*page)[i].id == job.id)
                return std::optional(static_cast<std::uint64_t>(start) + i);
        if (page->size() < static_cast<std::size_t>(jobs_a_page)) break;
    }
    return std::optional<std::uint64_t>{};
}

// About the queue, for a job that is to be started.
Status gather_queue_facts(const Asker& asker, JobFacts& facts) {
    const std::string& queue = facts.job.queue;
    auto info = asker.ask<Result<contract::QueueInfo>>(
        Repeat::always,
        [&](contract::JobStore& store, auto done) { store.info(queue, std::move(done)); });
    if (!info) return info.error();
    facts.queue = std::move(*info);
    auto counts = asker.ask<Result<JobCounts>>(
        Repeat::always,
        [&](contract::JobStore& store, auto done) { store.counts(queue, std::move(done)); });
    if (!counts) return counts.error();
    facts.counts = *counts;
    auto limited =
        asker.ask<Result<Millis>>(Repeat::always, [&](contract::JobStore& store, auto done) {
            store.rate_limit_ttl(queue, 0, {}, std::move(done));
        });
    if (!limited) return limited.error();
    facts.limited_for = *limited;
    // Who may not list clients is still told the rest.
    auto workers = asker.ask<Result<std::vector<WorkerInfo>>>(
        Repeat::always,
        [&](contract::JobStore& store, auto done) { store.workers(queue, std::move(done)); });
    if (workers) facts.workers = workers->size();
    return {};
}

}  // namespace

Result<JobFacts> gather_facts(const Asker& asker, const contract::JobRef& ref, Timestamp now) {
    auto job = asker.ask<Result<Job>>(Repeat::always, [&](contract::JobStore& store, auto done) {
        store.job(ref, std::move(done));
    });
    if (!job) return job.error();
    JobFacts facts{.job = std::move(*job), .now = now};
    const JobState state = facts.job.state;
    if (state == JobState::completed || state == JobState::failed || state == JobState::unknown)
        return facts;
    if (Status s = gather_queue_facts(asker, facts); !s) return s.error();
    if (state == JobState::waiting || state == JobState::prioritized) {
        auto ahead = jobs_ahead(asker, facts.job);
        if (!ahead) return ahead.error();
        facts.ahead = *ahead;
    }
    if (state == JobState::waiting_children) {
        auto children = look_at_children(asker, ref);
        if (!children) return children.error();
        facts.children = std::move(*children);
    }
    return facts;
}

std::string explain(const JobFacts& facts) {
    const Job& job = facts.job;
    std::string text = "job " + job.id + " of \"" + job.queue + "\" " + state_text(facts);
    if (!job.deferred_failure.empty() && job.state != JobState::failed)
        text += "; its next run will fail at once: " + shown(job.deferred_failure);
    return text;
}

}  // namespace toril::queue
