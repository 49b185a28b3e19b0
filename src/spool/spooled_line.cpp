#include "spool/spooled_line.hpp"

#include "base/clock.hpp"
#include "base/store_away.hpp"
#include "base/uuid.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace toril::spool {
namespace {

using Do = Step::Do;

// One transaction of the spool: its sync is shared by as many adds as came meanwhile.
constexpr std::size_t append_jobs_max = 2'000;

// What a batch may meet that will be no better the next time. A damaged store may be repaired.
bool is_final(ErrorCode code) {
    return !base::is_store_away(code) && code != ErrorCode::corrupt && code != ErrorCode::cancelled;
}

std::vector<contract::AddJob> take_jobs(std::vector<PendingAdd>& adds) {
    std::vector<contract::AddJob> jobs;
    jobs.reserve(adds.size());
    for (PendingAdd& add : adds)
        jobs.push_back(std::move(add.job));
    return jobs;
}

std::vector<contract::SpoolRefusal> refusals_in(const StoreAnswer& answer, std::size_t jobs) {
    std::vector<contract::SpoolRefusal> refused;
    for (std::size_t i = 0; i < jobs; ++i) {
        if (!answer)
            refused.push_back({i, answer.error()});
        else if (i < answer->size() && !(*answer)[i])
            refused.push_back({i, (*answer)[i].error()});
    }
    return refused;
}

}  // namespace

SpooledLine::SpooledLine(std::shared_ptr<contract::JobStore> store,
                         std::unique_ptr<contract::SpoolLog> log,
                         std::shared_ptr<Inbox> inbox,
                         LineOptions options,
                         SpoolReport report)
    : store_(std::move(store)),
      log_(std::move(log)),
      inbox_(std::move(inbox)),
      options_(std::move(options)),
      report_(std::move(report)),
      fsm_(options_.timing),
      calls_{.token = base::make_uuid()} {}

void SpooledLine::run() {
    look(std::chrono::steady_clock::now());
    publish(true);
    for (;;) {
        News news = inbox_->news(calls_.number);
        const SteadyTime now = std::chrono::steady_clock::now();
        if (news.hurry) fsm_.hurry();
        if (news.answer) on_answer(std::move(*news.answer), now);
        if (is_over(news, now)) break;
        act(fsm_.next(now, news.adds_wait), now);
    }
    if (!log_->is_durable()) report_.lost(published_.stats.jobs);
    if (turn_) log_->end_turn();
}

// What a file holds is for whoever opens it next; a spool in memory waits for the store.
bool SpooledLine::is_over(const News& news, SteadyTime now) {
    if (!news.closing) return false;
    if (!ending_.at) ending_.at = now + options_.closing_max;
    if (news.adds_wait || fsm_.has_batch()) return false;
    return log_->is_durable() || ending_.store_closed || fsm_.state() == SpoolState::direct ||
           now >= *ending_.at;
}

void SpooledLine::act(const Step& step, SteadyTime now) {
    switch (step.what) {
        case Do::wait: {
            Step wait = step;
            if (ending_.at) wait.until = std::min(wait.until, *ending_.at);
            const bool idle = fsm_.state() == SpoolState::direct && !fsm_.has_batch();
            return inbox_->rest(wait, idle);
        }
        case Do::look: return look(now);
        case Do::send: return send(now);
        case Do::send_again: fsm_.sent_again(); return call(batch_->params);
        case Do::spool_batch: return spool_batch(now);
        case Do::append: return append();
        case Do::forward: return forward(now);
    }
}

// ---- straight to the store ----------------------------------------------------------------

void SpooledLine::look(SteadyTime now) {
    const Result<bool> empty = log_->is_empty();
    // Without its spool the queue still has its store.
    if (!empty) report_.failed(empty.error());
    const bool found = empty && !*empty;
    fsm_.looked(now, found);
    if (!found) return;
    report_.began("jobs of before, or of another process, come first", now);
    publish(true);
}

void SpooledLine::send(SteadyTime now) {
    look(now);
    if (fsm_.state() != SpoolState::direct) return;
    batch_.emplace();
    batch_->callers = inbox_->take(contract::batch_jobs_max, batch_bytes_max);
    batch_->params = {.queue = options_.queue,
                      .jobs = take_jobs(batch_->callers),
                      .repeat_token = calls_.token,
                      .repeat_sequence = ++calls_.sequence,
                      .repeat_lifetime = contract::spool_repeat_lifetime};
    fsm_.sent(now);
    call(batch_->params);
}

// A copy of the jobs: they may have to be sent again.
void SpooledLine::call(const contract::AddParams& params) {
    if (batch_) batch_->under_way = true;
    store_->add(params, [inbox = inbox_, number = ++calls_.number](StoreAnswer answer) {
        inbox->answer(number, std::move(answer));
    });
}

void SpooledLine::on_answer(StoreAnswer answer, SteadyTime now) {
    if (!batch_) return on_forwarded(std::move(answer), now);
    batch_->under_way = false;
    if (!answer && base::is_store_away(answer.error().code())) {
        batch_->may_have_happened |= base::may_have_happened(answer.error().code());
        batch_->error = answer.error();
        return fsm_.away(now);
    }
    answer_callers(std::move(answer));
    fsm_.answered();
}

void SpooledLine::answer_callers(StoreAnswer answer) {
    std::vector<PendingAdd> callers = std::move(batch_->callers);
    batch_.reset();
    for (std::size_t i = 0; i < callers.size(); ++i) {
        const PendingAdd& caller = callers[i];
        if (!answer)
            caller.sink->added(caller.index, answer.error());
        else if (i < answer->size())
            caller.sink->added(caller.index, std::move((*answer)[i]));
        else
            caller.sink->added(caller.index,
                               Error(ErrorCode::corrupt, "the store answered too few adds"));
    }
    inbox_->answered(callers.size());
}

// ---- into the spool -------------------------------------------------------------------------

void SpooledLine::spool_batch(SteadyTime now) {
    Batch batch = std::move(*batch_);
    batch_.reset();
    ++calls_.number;  // a late answer is for nobody: the batch is asked again
    const contract::SpoolAttempt attempt{batch.params.repeat_token, batch.params.repeat_sequence};
    const bool was_sent = batch.under_way || batch.may_have_happened;
    const Kept kept = keep(batch.params.jobs, was_sent ? &attempt : nullptr);
    if (kept.jobs > 0) {
        report_.began(batch.error.message(), now);
        fsm_.spooled(now);
    } else {
        fsm_.answered();
    }
    tell(batch.callers, batch.params.jobs, kept);
}

void SpooledLine::append() {
    std::vector<PendingAdd> adds = inbox_->take(append_jobs_max, batch_bytes_max);
    std::vector<contract::AddJob> jobs = take_jobs(adds);
    tell(adds, jobs, keep(jobs, nullptr));
}

SpooledLine::Kept SpooledLine::keep(std::vector<contract::AddJob>& jobs,
                                    const contract::SpoolAttempt* sent) {
    const Timestamp now = base::wall_now();
    for (contract::AddJob& job : jobs)
        if (job.timestamp == Timestamp{}) job.timestamp = now;  // from here a delay counts
    if (sent != nullptr) {
        const Status appended = log_->append_sent(jobs, now, *sent);
        if (appended) return {jobs.size(), full()};
        return {0,
                Error(ErrorCode::outcome_unknown,
                      "the store did not answer the add, and " + appended.error().message())};
    }
    const Result<std::size_t> appended = append_all(jobs, now);
    return appended ? Kept{*appended, full()} : Kept{0, appended.error()};
}

void SpooledLine::tell(std::vector<PendingAdd>& callers,
                       std::vector<contract::AddJob>& jobs,
                       const Kept& kept) {
    if (kept.jobs > 0) report_.spooled(kept.jobs);
    if (kept.jobs < callers.size()) report_.full(kept.error.message());
    published_.stats.spooled += kept.jobs;
    published_.stats.refused += callers.size() - kept.jobs;
    // Before the callers go on: they may look at it.
    publish(true);
    for (std::size_t i = 0; i < callers.size(); ++i) {
        if (i < kept.jobs)
            callers[i].sink->spooled(callers[i].index, std::move(jobs[i].id));
        else
            callers[i].sink->added(callers[i].index, kept.error);
    }
    inbox_->answered(callers.size());
}

// As many as there is room for; with `drop_oldest` there is room for one more again and again.
Result<std::size_t> SpooledLine::append_all(std::span<const contract::AddJob> jobs, Timestamp now) {
    std::size_t kept = 0;
    while (kept < jobs.size()) {
        const auto appended = log_->append(jobs.subspan(kept), now, options_.bounds);
        if (!appended) {
            if (kept == 0) return appended.error();
            break;
        }
        kept += appended->jobs;
        published_.stats.dropped += appended->dropped;
        report_.dropped(appended->dropped);
        if (appended->jobs == 0 || !options_.bounds.drop_oldest) break;
    }
    return kept;
}

Error SpooledLine::full() const {
    return {ErrorCode::limit_reached,
            "the spool of queue \"" + options_.queue + "\" is full (at most " +
                std::to_string(options_.bounds.jobs_max) + " jobs and " +
                std::to_string(options_.bounds.bytes_max) +
                " bytes): bring the store back, or raise jobs_max and bytes_max"};
}

// ---- out of the spool -----------------------------------------------------------------------

void SpooledLine::forward(SteadyTime now) {
    if (!has_turn(now)) return;
    if (!forward_) {
        const contract::SpoolAttempt fresh{calls_.token, calls_.sequence + 1};
        auto next = log_->next(fresh, contract::batch_jobs_max, batch_bytes_max);
        if (!next) {
            report_.failed(next.error());
            return fsm_.forward_failed(now);
        }
        if (*next && (*next)->attempt == fresh) ++calls_.sequence;
        forward_ = std::move(*next);
    }
    if (!forward_) {
        log_->end_turn();
        turn_ = false;
        fsm_.emptied(now);
        report_.drained(now);
        return publish(true);
    }
    fsm_.forwarding();
    call({.queue = options_.queue,
          .jobs = forward_->jobs,
          .repeat_token = forward_->attempt.token,
          .repeat_sequence = forward_->attempt.sequence,
          .repeat_lifetime = contract::spool_repeat_lifetime});
}

bool SpooledLine::has_turn(SteadyTime now) {
    if (turn_) return true;
    turn_ = log_->take_turn();
    if (turn_) return true;
    // Another one forwards, ours too.
    const Result<bool> empty = log_->is_empty();
    if (empty && *empty) {
        fsm_.emptied(now);
        report_.drained(now);
    } else {
        fsm_.turn_taken(now);
    }
    publish(true);
    return false;
}

void SpooledLine::on_forwarded(StoreAnswer answer, SteadyTime now) {
    if (!forward_) return;
    if (!answer && !is_final(answer.error().code())) {
        ending_.store_closed = answer.error().code() == ErrorCode::cancelled;
        if (!base::is_store_away(answer.error().code())) report_.failed(answer.error());
        fsm_.forward_failed(now);
        return publish(false);
    }
    const auto refused = refusals_in(answer, forward_->jobs.size());
    if (Status settled = log_->settle(*forward_, base::wall_now(), refused); !settled) {
        // Asked again, the store gives the same answer.
        report_.failed(settled.error());
        return fsm_.forward_failed(now);
    }
    for (const contract::SpoolRefusal& refusal : refused)
        report_.rejected(forward_->jobs[refusal.index].id, refusal.reason);
    const std::uint64_t taken = forward_->jobs.size() - refused.size();
    report_.forwarded(taken);
    published_.stats.forwarded += taken;
    forward_.reset();
    fsm_.forwarded();
    publish(true);
}

void SpooledLine::publish(bool sizes) {
    published_.stats.state = fsm_.state();
    if (sizes) {
        if (const auto size = log_->size()) {
            published_.stats.jobs = size->jobs;
            published_.stats.bytes = size->bytes;
            published_.stats.rejected = size->rejected;
            published_.oldest = size->oldest;
        }
    }
    inbox_->publish(published_);
}

}  // namespace toril::spool
