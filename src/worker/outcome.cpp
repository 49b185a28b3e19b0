#include "worker/outcome.hpp"

#include "base/backoff.hpp"
#include "base/json_strings.hpp"

#include <algorithm>
#include <array>
#include <exception>
#include <optional>
#include <vector>

namespace toril::worker {
namespace {

using Kind = contract::Outcome::Kind;

std::string stack_entry(const std::string& reason, const std::vector<std::string>& causes) {
    std::string entry = "Error: " + reason;
    for (const std::string& cause : causes)
        entry += "\n    caused by: " + cause;
    return entry;
}

// The array with one more entry, the newest `limit` of all; no limit: all.
std::string append_stack(const std::string& array, std::string entry, std::optional<int> limit) {
    if (limit && *limit <= 0) return "[]";
    std::vector<std::string> entries = base::strings_from_json(array);
    entries.push_back(std::move(entry));
    if (limit && entries.size() > static_cast<std::size_t>(*limit))
        entries.erase(entries.begin(), entries.end() - *limit);
    return base::json_from_strings(entries);
}

// Empty: do not retry. `note`: why not, if the job's owner should know.
std::optional<Millis> custom_delay(const AttemptFacts& facts,
                                   const BackoffStrategy& strategy,
                                   std::string& note) {
    const std::string& type = facts.options.backoff.type;
    if (!strategy) {
        note = " (not retried: the worker has no backoff strategy for \"" + type + "\")";
        return std::nullopt;
    }
    try {
        const std::optional<Millis> delay = strategy(type, facts.job, facts.job.attempts_made + 1);
        if (!delay) return std::nullopt;
        return std::clamp(*delay, Millis{0}, base::backoff_max);
    } catch (const std::exception& e) {
        note = std::string(" (not retried: the backoff strategy threw: ") + e.what() + ")";
    } catch (...) {
        note = " (not retried: the backoff strategy threw)";
    }
    return std::nullopt;
}

std::optional<Millis> retry_delay(const AttemptFacts& facts,
                                  const Error& error,
                                  const WorkerOptions& worker,
                                  std::string& note) {
    const int made = facts.job.attempts_made + 1;
    if (error.code() == ErrorCode::unrecoverable || made >= facts.options.attempts)
        return std::nullopt;
    // Another start would be one too many.
    if (worker.max_started_attempts > 0 &&
        facts.job.attempts_started >= worker.max_started_attempts)
        return std::nullopt;
    if (facts.options.backoff.kind == Backoff::Kind::custom)
        return custom_delay(facts, worker.backoff_strategy, note);
    return base::backoff_delay(facts.options.backoff, made, facts.random);
}

Kind kind_of(Move::Kind move) {
    switch (move) {
        case Move::Kind::wait_children: return Kind::wait_children;
        case Move::Kind::rate_limit: return Kind::rate_limit;
        case Move::Kind::hand_back: return Kind::hand_back;
        default: return Kind::postpone;
    }
}

}  // namespace

contract::Outcome decide(const AttemptFacts& facts, Attempt attempt, const WorkerOptions& worker) {
    contract::Outcome outcome;
    outcome.attempts = facts.options.attempts;
    if (attempt.result) {
        outcome.kind = Kind::complete;
        outcome.value = attempt.result->text();
        outcome.keep = facts.options.remove_on_complete.value_or(worker.remove_on_complete);
        return outcome;
    }
    if (attempt.move) {
        outcome.kind = kind_of(attempt.move->kind);
        outcome.delay = attempt.move->delay;
        return outcome;
    }
    std::string note;
    const std::optional<Millis> delay = retry_delay(facts, attempt.result.error(), worker, note);
    outcome.kind = delay ? Kind::retry : Kind::fail;
    outcome.delay = delay.value_or(Millis{0});
    outcome.value = attempt.result.error().message() + note;
    outcome.stacktrace = append_stack(facts.stacktrace,
                                      stack_entry(outcome.value, attempt.causes),
                                      facts.options.stack_trace_limit);
    if (!delay) outcome.keep = facts.options.remove_on_fail.value_or(worker.remove_on_fail);
    return outcome;
}

std::string duration_text(Millis duration) {
    struct Unit {
        Millis length;
        const char* name;
    };
    constexpr std::array<Unit, 4> units{{{Millis{86'400'000}, "d"},
                                         {Millis{3'600'000}, "h"},
                                         {Millis{60'000}, "m"},
                                         {Millis{1'000}, "s"}}};
    for (const Unit& unit : units)
        if (duration >= unit.length && duration % unit.length == Millis{0})
            return std::to_string(duration / unit.length) + unit.name;
    return std::to_string(duration.count()) + "ms";
}

}  // namespace toril::worker
