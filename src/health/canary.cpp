#include "health/canary.hpp"

#include "base/mutex.hpp"
#include "base/names.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace toril::health {
namespace {

using SteadyTime = std::chrono::steady_clock::time_point;

// Longest wait for an event before looking whether to add one, or to end.
constexpr Millis one_wait{1'000};
// One whose end was not seen: whether it is still there is asked so often.
constexpr Millis lost_after{10'000};

}  // namespace

struct Canary::State {
    explicit State(CanarySetup given) : setup(std::move(given)) {}

    const CanarySetup setup;

    // The own thread only.
    std::optional<Queue> queue{};
    JobId under_way{};  // empty: none
    SteadyTime added_at{};
    SteadyTime asked_at{};

    mutable base::Mutex mutex{};
    std::shared_ptr<QueueEvents> events TORIL_GUARDED_BY(mutex){};
    std::optional<SteadyTime> good_at TORIL_GUARDED_BY(mutex){};
    bool stopping TORIL_GUARDED_BY(mutex) = false;

    void turn();
    std::shared_ptr<QueueEvents> reader();
    void add(SteadyTime now);
    void hear(const QueueEvent& event);
    void look_for_lost(SteadyTime now);
};

std::shared_ptr<QueueEvents> Canary::State::reader() {
    {
        base::MutexLock lock(mutex);
        if (events || stopping) return events;
    }
    Result<QueueEvents> opened = QueueEvents::open(setup.store, setup.queue);
    if (!opened) return nullptr;
    base::MutexLock lock(mutex);
    if (!stopping) events = std::make_shared<QueueEvents>(std::move(*opened));
    return events;
}

void Canary::State::add(SteadyTime now) {
    if (!queue) {
        Result<Queue> opened = Queue::open(setup.store, setup.queue);
        if (!opened) return;
        queue.emplace(std::move(*opened));
    }
    const Result<AddedJob> added =
        queue->add(base::canary_job_name,
                   Json::unchecked("{}"),
                   {.remove_on_complete = KeepJobs::none(), .remove_on_fail = KeepJobs::none()});
    added_at = asked_at = now;
    if (!added) return;
    under_way = added->id;
    base::MutexLock lock(mutex);
    if (!good_at) good_at = now;
}

void Canary::State::hear(const QueueEvent& event) {
    if (under_way.empty() || event.job_id() != under_way) return;
    if (event.name == "failed" || event.name == "removed") under_way.clear();
    if (event.name != "completed") return;
    under_way.clear();
    {
        base::MutexLock lock(mutex);
        good_at = std::chrono::steady_clock::now();
    }
    if (setup.on_through) setup.on_through();
}

// Its end was among events that were trimmed before we read them, or it was drained: not known
// to be good, and not to be waited for.
void Canary::State::look_for_lost(SteadyTime now) {
    if (under_way.empty() || now - asked_at < lost_after) return;
    asked_at = now;
    const Result<Job> job = queue->job(under_way);
    if (!job && job.error().code() == ErrorCode::not_found) under_way.clear();
}

void Canary::State::turn() {
    const std::shared_ptr<QueueEvents> reading = reader();
    if (!reading) return;
    const SteadyTime now = std::chrono::steady_clock::now();
    const bool is_due = added_at == SteadyTime{} || now - added_at >= setup.every;
    if (under_way.empty() && is_due && setup.may_add()) add(now);
    look_for_lost(now);
    const Result<QueueEvent> event = reading->next(std::min(setup.every, one_wait));
    if (event) hear(*event);
}

Canary::Canary(CanarySetup setup) : state_(std::make_shared<State>(std::move(setup))) {
    repeater_.emplace(Millis{1}, [state = state_] { state->turn(); });
}

Canary::~Canary() {
    std::shared_ptr<QueueEvents> reading;
    {
        base::MutexLock lock(state_->mutex);
        state_->stopping = true;
        reading = state_->events;
    }
    if (reading) reading->close();
    repeater_.reset();
}

std::function<std::optional<Millis>()> Canary::age_source() const {
    return [state = state_]() -> std::optional<Millis> {
        base::MutexLock lock(state->mutex);
        if (!state->good_at) return std::nullopt;
        return std::chrono::duration_cast<Millis>(std::chrono::steady_clock::now() -
                                                  *state->good_at);
    };
}

}  // namespace toril::health
