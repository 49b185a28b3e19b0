#include "health/queue_watch.hpp"

#include "base/clock.hpp"
#include "base/mutex.hpp"

#include <utility>

namespace toril::health {
namespace {

// Of the delayed ones, how many are looked at for overdue ones.
constexpr std::int64_t delayed_looked_at = 100;

void append(std::vector<Job>& jobs, Result<std::vector<Job>> more) {
    if (!more) return;
    for (Job& job : *more)
        jobs.push_back(std::move(job));
}

// Empty when the store did not answer: what is not known is not judged.
std::optional<QueueLook> look_at(const Queue& queue) {
    QueueLook look;
    const Result<JobCounts> counts = queue.counts();
    if (!counts) return std::nullopt;
    look.counts = *counts;
    const Result<QueueSettings> settings = queue.settings();
    if (!settings) return std::nullopt;
    look.paused = settings->paused;
    const PageOptions first{.start = 0, .end = 0, .ascending = true};
    if (look.counts.waiting > 0) append(look.next, queue.jobs(JobState::waiting, first));
    if (look.counts.prioritized > 0) append(look.next, queue.jobs(JobState::prioritized, first));
    if (look.counts.delayed > 0)
        append(look.delayed,
               queue.jobs(JobState::delayed,
                          {.start = 0, .end = delayed_looked_at - 1, .ascending = true}));
    if (!look.next.empty() && settings->limit_max > 0) {
        const Result<Millis> held = queue.rate_limit_ttl();
        look.held_back = held && *held > Millis{0};
    }
    look.now = base::wall_now();
    return look;
}

}  // namespace

struct QueueWatch::State {
    explicit State(Setup given)
        : setup(std::move(given)),
          judge(setup.queue, setup.options),
          progress{.queue = setup.queue} {}

    const Setup setup;
    QueueJudge judge;              // the own thread only
    std::optional<Queue> queue{};  // the same

    mutable base::Mutex mutex{};
    QueueProgress progress TORIL_GUARDED_BY(mutex);
    std::function<std::optional<Millis>()> canary_age TORIL_GUARDED_BY(mutex){};

    std::optional<Millis> age() const {
        std::function<std::optional<Millis>()> ask;
        {
            base::MutexLock lock(mutex);
            ask = canary_age;
        }
        return ask ? ask() : std::nullopt;
    }

    bool is_paused() const {
        base::MutexLock lock(mutex);
        return progress.paused;
    }

    void turn() {
        if (!setup.is_store_up()) return;
        if (!queue) {
            Result<Queue> opened = Queue::open(setup.store, setup.queue);
            if (!opened) return;
            queue.emplace(std::move(*opened));
        }
        std::optional<QueueLook> look = look_at(*queue);
        if (!look) return;
        look->canary_age = age();
        QueueProgress found = judge.on(*look);
        {
            base::MutexLock lock(mutex);
            progress = std::move(found);
        }
        setup.on_look();
    }
};

QueueWatch::QueueWatch(Setup setup)
    : state_(std::make_shared<State>(std::move(setup))),
      repeater_(state_->setup.options.every, [state = state_] { state->turn(); }) {
    const Setup& given = state_->setup;
    if (given.options.canary_every == Millis{0}) return;
    canary_ = std::make_unique<Canary>(CanarySetup{.store = given.store,
                                                   .queue = given.queue,
                                                   .every = given.options.canary_every,
                                                   .may_add =
                                                       [weak = std::weak_ptr(state_)] {
                                                           const auto state = weak.lock();
                                                           return state &&
                                                                  state->setup.is_store_up() &&
                                                                  !state->is_paused();
                                                       },
                                                   .on_through = given.on_look});
    base::MutexLock lock(state_->mutex);
    state_->canary_age = canary_->age_source();
}

QueueProgress QueueWatch::progress() const {
    QueueProgress progress;
    {
        base::MutexLock lock(state_->mutex);
        progress = state_->progress;
    }
    if (canary_) progress.canary_age = canary_->age();
    return progress;
}

const std::string& QueueWatch::queue() const noexcept {
    return state_->setup.queue;
}

}  // namespace toril::health
