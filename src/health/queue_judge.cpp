#include "health/queue_judge.hpp"

#include "health/report.hpp"

#include <algorithm>

namespace toril::health {
namespace {

// A worker that looks after its timers is allowed this much.
constexpr Millis overdue_by{5'000};

bool has_run(const Job& job) {
    return job.attempts_made > 0 || job.attempts_started > 0 || job.stalled_counter > 0;
}

std::uint64_t overdue(const std::vector<Job>& delayed, Timestamp now) {
    return static_cast<std::uint64_t>(
        std::count_if(delayed.begin(), delayed.end(), [&](const Job& job) {
            return !has_run(job) && job.timestamp + job.delay + overdue_by < now;
        }));
}

}  // namespace

const QueueJudge::Head& QueueJudge::head_of(const Job& job, Timestamp now) {
    for (Head& head : heads_)
        if (head.id == job.id) {
            head.is_new = false;
            return head;
        }
    return heads_.emplace_back(Head{.id = job.id, .first_seen = now});
}

std::string QueueJudge::stuck_text(const QueueLook& look, const QueueProgress& progress) {
    if (look.paused || look.held_back || look.counts.active > 0 || !was_idle_) return {};
    for (const Job& job : look.next) {
        const auto head = std::find_if(
            heads_.begin(), heads_.end(), [&](const Head& each) { return each.id == job.id; });
        if (head == heads_.end() || head->is_new) continue;
        if (progress.oldest_waiting.value_or(Millis{0}) > options_.oldest_waiting_max)
            return "nothing is active, and the oldest job has waited for " +
                   roughly(*progress.oldest_waiting);
    }
    const Millis canary_max = options_.canary_every + options_.oldest_waiting_max;
    if (options_.canary_every > Millis{0} && look.canary_age.value_or(Millis{0}) > canary_max)
        return "no canary has come through for " + roughly(*look.canary_age);
    return {};
}

QueueProgress QueueJudge::on(const QueueLook& look) {
    QueueProgress progress{.queue = queue_};
    progress.waiting = look.counts.waiting + look.counts.prioritized;
    progress.active = look.counts.active;
    progress.paused = look.paused;
    progress.delayed_overdue = overdue(look.delayed, look.now);
    progress.canary_age = look.canary_age;
    for (const Job& job : look.next) {
        const Head& head = head_of(job, look.now);
        // One that ran before has been in this line since nobody knows when.
        const Timestamp from = has_run(job) ? head.first_seen : job.timestamp + job.delay;
        const Millis age = std::max(Millis{0}, look.now - from);
        progress.oldest_waiting = std::max(age, progress.oldest_waiting.value_or(Millis{0}));
    }
    progress.detail = stuck_text(look, progress);
    progress.stuck = !progress.detail.empty();
    std::erase_if(heads_, [&](const Head& head) {
        return std::none_of(
            look.next.begin(), look.next.end(), [&](const Job& job) { return job.id == head.id; });
    });
    was_idle_ = look.counts.active == 0;
    return progress;
}

}  // namespace toril::health
