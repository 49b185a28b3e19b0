#include "backend/redis/doctor/queue_findings.hpp"

#include "base/names.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace toril::redis_store {
namespace {

using Severity = Finding::Severity;

std::string in_quotes(std::string_view text) {
    return "\"" + std::string(text.substr(0, 100)) + (text.size() > 100 ? "...\"" : "\"");
}

// "1 job", "12 jobs"
std::string jobs(std::string_view count) {
    return std::string(count) + (count == "1" ? " job" : " jobs");
}

// Text of a detail, a number's digits included.
std::string text_of(const redis::Value& value) {
    const std::string_view text = value.text();
    return text.empty() ? std::to_string(value.integer()) : std::string(text);
}

// One kind of finding: its words, with %1, %2, %3 for the details of the row and %q for the
// queue. It stands here as a table, because that is how a reader checks it.
struct Words {
    std::string_view code;
    Severity severity;
    bool repairable;
    std::string_view cause;
    std::string_view remedy;
};

constexpr std::string_view repair = "toril doctor --repair";

constexpr std::array<Words, 12> all_words{
    {{"wrong_type",
      Severity::error,
      false,
      "key %1 is a %2 and should be a %3",
      "find out who wrote it, then remove or rename the key: the queue stands still until then"},
     {"reserved_id",
      Severity::error,
      true,
      "a job was added with the id %1, which is the name of one of the queue's own keys: the "
      "queue stands still",
      "toril doctor --repair gives it the id %2"},
     {"stranded_paused",
      Severity::error,
      true,
      "%1 jobs are set aside by a pause of BullMQ 5, and the queue is not paused: nobody takes "
      "them",
      repair},
     {"ghost_job",
      Severity::warning,
      true,
      "list %1 holds %2 ids of jobs that are not there, %3 for instance",
      repair},
     {"missing_marker",
      Severity::warning,
      true,
      "%1 jobs wait, and the marker that wakes idle workers is missing: they start late",
      repair},
     {"stale_limiter",
      Severity::warning,
      true,
      "the rate limit's counter never expires, so that nothing is limited",
      repair},
     {"stuck_stall_check",
      Severity::error,
      true,
      "the mark of the last stall check never expires: jobs of lost workers are not recovered",
      repair},
     {"scheduler_without_record",
      Severity::warning,
      true,
      "scheduler %1 is listed and has no record",
      repair},
     {"stalled_scheduler",
      Severity::error,
      true,
      "scheduler %1 was to run at %2 (ms since 1970), and its job is not there: it makes no more",
      repair},
     {"releasable_parent",
      Severity::error,
      true,
      "job %1 waits for children and has none that are not done",
      repair},
     {"stuck_parent",
      Severity::warning,
      false,
      "job %1 waits for its child %2, which %3",
      "retry or remove that child: toril flow tree %q %1"},
     {"abandoned_job",
      Severity::warning,
      false,
      "%1 active jobs have no worker any more (%2 for instance), and no worker looks for such",
      "start a worker: toril work %q ..."}}};

std::string filled(std::string_view words,
                   const std::string& queue,
                   const std::vector<std::string>& details) {
    std::string text;
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (words[i] != '%' || i + 1 == words.size()) {
            text += words[i];
            continue;
        }
        const char which = words[++i];
        if (which == 'q')
            text += queue;
        else if (const auto at = static_cast<std::size_t>(which - '1'); at < details.size())
            text += details[at];
    }
    return text;
}

std::string obstacle(const std::string& code) {
    if (code == "gone") return "is gone";
    if (code == "failed") return "failed and has no policy for that";
    return "cannot be found by its key";
}

}  // namespace

std::optional<Finding> queue_finding(const std::string& queue, const redis::Value& row) {
    if (row.size() < 2) return std::nullopt;
    const std::string_view code = row[0].text();
    const auto* const words = std::find_if(
        all_words.begin(), all_words.end(), [&](const Words& each) { return each.code == code; });
    if (words == all_words.end()) return std::nullopt;
    std::vector<std::string> details;
    for (std::size_t i = 2; i < row.size(); ++i)
        details.push_back(text_of(row[i]));
    if (code == "stuck_parent" && details.size() == 3) details[2] = obstacle(details[2]);
    Finding finding;
    finding.severity = words->severity;
    finding.code = code;
    finding.queue = queue;
    finding.cause = filled(words->cause, queue, details);
    finding.remedy = filled(words->remedy, queue, details);
    finding.repairable = words->repairable;
    finding.repaired = row[1].integer() == 1;
    return finding;
}

Finding orphan_finding(const std::string& queue, std::int64_t count, std::string_view one) {
    Finding finding;
    finding.severity = Severity::error;
    finding.code = "orphan";
    finding.queue = queue;
    finding.cause = jobs(std::to_string(count)) + " of this queue are in no list (" +
                    in_quotes(one) + " for instance): nobody will ever run them";
    finding.remedy = repair;
    finding.repairable = true;
    return finding;
}

Finding stale_deduplication_finding(const std::string& queue,
                                    std::int64_t ids,
                                    std::string_view one) {
    Finding finding;
    finding.code = "stale_deduplication";
    finding.queue = queue;
    finding.cause = std::to_string(ids) + " deduplication ids are held by jobs that are gone (" +
                    in_quotes(one) + " for instance): BullMQ 5 adds nothing with them any more";
    finding.remedy = repair;
    finding.repairable = true;
    return finding;
}

bool may_be_lost(std::string_view suffix) {
    if (suffix.starts_with("de:")) return true;
    if (suffix.starts_with("dn:") || suffix.starts_with("toril:")) return false;
    return static_cast<bool>(base::check_job_id(suffix));
}

}  // namespace toril::redis_store
