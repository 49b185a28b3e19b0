#include "worker/schedule.hpp"

#include "base/cron.hpp"

#include <algorithm>
#include <optional>

namespace toril::worker {
namespace {

bool is_over(const Repeat& rule, const TakenRun& run) {
    const bool counted_out = rule.limit > 0 && run.count + 1 > rule.limit;
    return counted_out || (rule.end_date != Timestamp{} && run.now > rule.end_date);
}

bool is_missed(const Repeat& rule, const TakenRun& run, std::optional<Timestamp> following) {
    return rule.missed == MissedRuns::skip && run.is_first_start && run.at != Timestamp{} &&
           following && *following <= run.now;
}

}  // namespace

Result<SchedulePlan> plan_schedule(const Repeat& rule, const TakenRun& run) {
    if (rule.every > Millis{0})
        return SchedulePlan{.is_missed = is_missed(rule, run, run.at + rule.every),
                            .goes_on = !is_over(rule, run)};
    if (rule.pattern.empty()) return SchedulePlan{};
    const auto cron = base::Cron::parse(rule.pattern, rule.tz);
    if (!cron) return cron.error();

    SchedulePlan plan{.is_missed = is_missed(rule, run, cron->next(run.at))};
    if (is_over(rule, run)) return plan;
    const bool each = rule.missed == MissedRuns::all && run.at != Timestamp{};
    const Timestamp from = std::max(each ? run.at : std::max(run.now, run.at), rule.start_date);
    const std::optional<Timestamp> next = cron->next(from);
    plan.goes_on = next && (rule.end_date == Timestamp{} || *next <= rule.end_date);
    if (plan.goes_on) plan.next = *next;
    return plan;
}

}  // namespace toril::worker
