// The steps of the dispatcher machine, and what comes back.

#include "worker/engine.hpp"

#include "base/uuid.hpp"

#include <algorithm>
#include <utility>

namespace toril::worker {
namespace {

constexpr Millis answer_margin{1'000};
// Below 45 bytes, which Redis keeps in one allocation with the value's header, a token has room
// for 60 random bits of the worker's UUID; or, with up to 24 bytes by which the store knows the
// process, for 32, which tell apart the workers of one process.
constexpr std::size_t token_worker_chars = 23;
constexpr std::size_t token_worker_chars_in_process = 8;

DispatcherOptions dispatcher_options(const WorkerOptions& options) {
    return {.concurrency = static_cast<std::size_t>(options.concurrency),
            .block_timeout = options.block_timeout,
            .stalled_interval = options.stalled_interval};
}

contract::Taker make_taker(const WorkerOptions& options) {
    contract::Taker taker{.worker = base::make_uuid(),
                          .name = options.name,
                          .lock_duration = options.lock_duration,
                          .metrics_points_max = options.metrics_points_max};
    if (options.limit_max > 0)
        taker.limit =
            contract::RateLimit{.max = options.limit_max, .duration = options.limit_duration};
    return taker;
}

std::string start_of_tokens(const std::string& process_tag, const std::string& worker) {
    const std::size_t chars =
        process_tag.empty() ? token_worker_chars : token_worker_chars_in_process;
    return process_tag + worker.substr(0, chars) + ":";
}

// The job has children that are not done, or failed ones: its run was no success.
bool is_refused_for_children(const contract::Outcome& outcome, const Status& answer) {
    using Kind = contract::Outcome::Kind;
    if (answer || (outcome.kind != Kind::complete && outcome.kind != Kind::wait_children))
        return false;
    const ErrorCode code = answer.error().code();
    return code == ErrorCode::failed || code == ErrorCode::unrecoverable;
}

}  // namespace

Engine::Engine(EngineSetup setup)
    : setup_(std::move(setup)),
      identity_(make_identity(*setup_.store, setup_.options)),
      pool_(static_cast<std::size_t>(setup_.options.concurrency)),
      port_(setup_.store, setup_.queue, setup_.command_timeout + answer_margin),
      state_(dispatcher_options(setup_.options)),
      hands_{setup_.store, nullptr, nullptr} {}

Engine::Identity Engine::make_identity(const contract::JobStore& store,
                                       const WorkerOptions& options) {
    contract::Taker taker = make_taker(options);
    std::string token_start = start_of_tokens(store.process_tag(), taker.worker);
    return {std::move(taker), std::move(token_start)};
}

Millis Engine::tick() const {
    return std::chrono::floor<Millis>(SteadyClock::now().time_since_epoch());
}

// Carries out steps until there are none. REQUIRES: the news is in the machine.
void Engine::drive() {
    std::unique_lock lock(mutex_);
    if (state_.driving || state_.life == State::Life::ended) return;
    state_.driving = true;
    Millis now = tick();
    Step step;
    while ((step = state_.fsm.next(now)).what != Step::Do::rest) {
        perform(step, lock);
        now = tick();
    }
    state_.driving = false;
    const Millis wake_at = now + step.at_most;
    // The dispatcher sleeps until the earlier wake_at; only a still earlier one concerns it.
    const bool tell = wake_at < state_.wake_at || state_.fsm.is_closing() || state_.fsm.is_idle();
    state_.wake_at = wake_at;
    lock.unlock();
    if (tell) changed_.notify_all();
}

void Engine::perform(const Step& step, std::unique_lock<base::Mutex>& lock) {
    if (step.what == Step::Do::call) begin_call(step);
    contract::FinishAndTakeParams params;
    if (step.what == Step::Do::call || step.what == Step::Do::repeat)
        params = state_.calls[static_cast<std::size_t>(step.lane)].params;
    lock.unlock();
    switch (step.what) {
        case Step::Do::call:
        case Step::Do::repeat: send(step.lane, std::move(params)); break;
        case Step::Do::watch: watch(step.at_most); break;
        case Step::Do::interrupt: hands_.watcher->interrupt(); break;
        case Step::Do::recover: recover(); break;
        case Step::Do::rest: break;
    }
    lock.lock();
}

void Engine::begin_call(const Step& step) {
    Call& call = state_.calls[static_cast<std::size_t>(step.lane)];
    call.jobs.clear();
    call.params = {.queue = setup_.queue,
                   .taker = identity_.taker,
                   .lane = step.lane,
                   .sequence = ++call.sequence,
                   .take = step.take};
    call.params.outcomes.reserve(step.outcomes);
    for (std::size_t i = 0; i < step.outcomes; ++i) {
        Told& told = state_.waiting.front();
        call.params.outcomes.push_back(std::move(told.outcome));
        call.jobs.push_back(std::move(told.job));
        state_.waiting.pop_front();
    }
    if (step.take > 0)
        call.params.token =
            identity_.token_start + std::to_string(step.lane) + "." + std::to_string(call.sequence);
}

void Engine::send(int lane, contract::FinishAndTakeParams params) {
    hands_.store->finish_and_take(std::move(params),
                                  [self = shared_from_this(), lane](auto answer) {
                                      self->on_answer(lane, std::move(answer));
                                  });
}

void Engine::watch(Millis at_most) {
    if (!hands_.watcher)
        hands_.watcher = hands_.store->watch(
            {.queue = setup_.queue, .what = contract::WatchFor::work, .name = setup_.options.name});
    hands_.watcher->wait(at_most, [self = shared_from_this()](const Result<Timestamp>& answer) {
        self->on_watch(answer);
    });
}

void Engine::recover() {
    hands_.store->recover_stalled(
        {.queue = setup_.queue,
         .interval = setup_.options.stalled_interval,
         .stalled_max = setup_.options.max_stalled_count},
        [self = shared_from_this()](const auto& answer) { self->on_recovered(answer); });
}

void Engine::on_answer(int lane, Result<contract::FinishedAndTaken> answer) {
    if (!answer) return on_no_answer(lane, answer.error());
    std::vector<RunningJobPtr> finished;
    std::vector<Outcome> outcomes;
    std::vector<RunningJobPtr> taken;
    {
        base::MutexLock lock(mutex_);
        Call& call = state_.calls[static_cast<std::size_t>(lane)];
        reconsider(call, answer->finished);
        finished = std::move(call.jobs);
        outcomes = std::move(call.params.outcomes);
        taken = accept(lane, *answer);
    }
    registry_.remove(finished);
    registry_.add(taken);
    if (!taken.empty()) pool_.push(taken, shared_from_this());
    for (std::size_t i = 0; i < finished.size(); ++i)
        announce(
            outcomes[i], finished[i], i < answer->finished.size() ? answer->finished[i] : Status{});
    drive();
}

// Completions that the store refused because of the job's children become failures of their
// attempts, decided on the dispatcher's thread: the back-off strategy is the program's own code.
void Engine::reconsider(Call& call, std::vector<Status>& answers) {
    for (std::size_t i = std::min(call.jobs.size(), answers.size()); i-- > 0;) {
        if (!is_refused_for_children(call.params.outcomes[i], answers[i])) continue;
        const RunningJobPtr job = call.jobs[i];
        const auto at = static_cast<std::ptrdiff_t>(i);
        state_.fsm.slots_taken_back(1);
        job->claimed = false;
        post([this, job, error = answers[i].error()] { conclude(job, {.result = error}, 1); });
        call.jobs.erase(call.jobs.begin() + at);
        call.params.outcomes.erase(call.params.outcomes.begin() + at);
        answers.erase(answers.begin() + at);
    }
}

// Jobs that are to be run.
std::vector<RunningJobPtr> Engine::accept(int lane, contract::FinishedAndTaken& answer) {
    CallAnswer seen{
        .taken = answer.jobs.size(), .limited_for = answer.limited_for, .blocked = answer.blocked};
    if (answer.next_due != Timestamp{}) seen.due_in = answer.next_due - setup_.clock();
    const bool drained = state_.fsm.call_answered(lane, seen, tick());
    state_.outage = false;
    if (drained && setup_.options.hooks.drained) post(setup_.options.hooks.drained);

    std::vector<RunningJobPtr> taken;
    taken.reserve(answer.jobs.size());
    const std::string& token = state_.calls[static_cast<std::size_t>(lane)].params.token;
    for (contract::TakenJob& job : answer.jobs)
        taken.push_back(std::make_shared<RunningJob>(std::move(job), token));
    if (!state_.fsm.is_closing()) return taken;

    // Taken as the worker was closed: back at once.
    for (RunningJobPtr& job : taken)
        state_.waiting.push_back(
            {{.id = job->taken.id, .token = token, .kind = Outcome::Kind::hand_back}, job});
    state_.fsm.outcomes_wait(taken.size());
    state_.fsm.slots_freed(taken.size());
    return {};
}

void Engine::on_no_answer(int lane, const Error& error) {
    {
        base::MutexLock lock(mutex_);
        // A store that was closed before its worker answers nothing any more.
        const bool over = error.code() == ErrorCode::cancelled && state_.fsm.is_closing();
        if (is_worth_repeating(error.code()) && !over) {
            const bool unchanged = error.code() == ErrorCode::unavailable;
            state_.fsm.call_unanswered(lane, !unchanged, tick());
            note_outage(error);
        } else {
            refuse(lane, error);
        }
    }
    drive();
}

void Engine::refuse(int lane, const Error& error) {
    Call& call = state_.calls[static_cast<std::size_t>(lane)];
    state_.fsm.call_refused(lane, tick());
    post_error(error);
    if (call.jobs.size() == 1) {
        // Its lock runs out, and another worker recovers it.
        ++counters_.lost;
        registry_.remove(call.jobs);
        return;
    }
    for (std::size_t i = call.jobs.size(); i-- > 0;)
        state_.waiting.push_front({std::move(call.params.outcomes[i]), std::move(call.jobs[i])});
    call.jobs.clear();
}

void Engine::on_watch(const Result<Timestamp>& answer) {
    {
        base::MutexLock lock(mutex_);
        std::optional<Millis> due_in;
        if (answer && *answer != Timestamp{}) due_in = *answer - setup_.clock();
        if (!answer && answer.error().code() != ErrorCode::cancelled) note_outage(answer.error());
        state_.fsm.watch_answered(due_in, tick());
    }
    drive();
}

void Engine::on_recovered(const Result<std::vector<JobId>>& answer) {
    {
        base::MutexLock lock(mutex_);
        state_.fsm.recover_answered();
        if (answer)
            note_stalled(*answer);
        else
            note_outage(answer.error());
    }
    drive();
}

}  // namespace toril::worker
