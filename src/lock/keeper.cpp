#include "lock/keeper.hpp"

#include <map>
#include <string>
#include <thread>
#include <unordered_map>
#include <utility>

namespace toril::lock {
namespace {

using Time = BootClock::time_point;
using Held = std::shared_ptr<Holding>;

// What a renewal was answered.
struct Renewed {
    Held holding{};
    Time asked_at{};
    Status status{};
};

}  // namespace

// Shared with the thread and with answers under way, which may outlive the keeper.
class Keeper::State : public std::enable_shared_from_this<State> {
public:
    explicit State(KeeperCalls calls) : calls_(std::move(calls)) {}

    void keep(const Held& holding) {
        base::MutexLock lock(mutex_);
        if (ending_) return;
        schedule(holding);
        start();
    }

    void drop(const Held& holding) {
        base::MutexLock lock(mutex_);
        unschedule(holding);
    }

    void check(const std::string& key) {
        base::MutexLock lock(mutex_);
        std::vector<Held> found;
        for (const auto& [at, holding] : schedule_)
            if (key.empty() || holding->ref().key == key) found.push_back(holding);
        for (const Held& holding : found) {
            holding->renew_at_once();
            schedule(holding);
        }
    }

    void later(Millis pause, std::function<void()> call) {
        base::MutexLock lock(mutex_);
        if (ending_) return;
        const Time at = BootClock::now() + pause;
        chores_.emplace(at, std::move(call));
        wake_before(at);
        start();
    }

    std::thread end() {
        std::thread thread;
        {
            base::MutexLock lock(mutex_);
            ending_ = true;
            thread = std::move(thread_);
        }
        changed_.notify_all();
        return thread;
    }

private:
    void start() TORIL_REQUIRES(mutex_) {
        if (!thread_.joinable())
            thread_ = std::thread([self = shared_from_this()] { self->run(); });
    }

    void schedule(const Held& holding) TORIL_REQUIRES(mutex_) {
        unschedule(holding);
        const Time at = holding->wakes_at();
        schedule_.emplace(std::pair(at, holding.get()), holding);
        times_[holding.get()] = at;
        wake_before(at);
    }

    void unschedule(const Held& holding) TORIL_REQUIRES(mutex_) {
        const auto found = times_.find(holding.get());
        if (found == times_.end()) return;
        schedule_.erase({found->second, holding.get()});
        times_.erase(found);
    }

    void wake_before(Time at) TORIL_REQUIRES(mutex_) {
        if (at < wakes_at_) changed_.notify_all();
    }

    void run() {
        std::unique_lock lock(mutex_);
        while (!ending_) {
            const Time now = BootClock::now();
            const Time next = next_time();
            if (renewed_.empty() && next > now) {
                wakes_at_ = next;
                if (next == Time::max())
                    changed_.wait(lock);
                else
                    changed_.wait_for(lock, next - now);
                continue;
            }
            wakes_at_ = Time::min();  // awake: nobody has to wake it
            const auto renewed = std::exchange(renewed_, {});
            const auto chores = due_chores(now);
            const auto due = due_holdings(now);
            lock.unlock();
            settle(renewed);
            for (const auto& chore : chores)
                chore();
            look_after(due, now);
            lock.lock();
        }
    }

    Time next_time() const TORIL_REQUIRES(mutex_) {
        Time next = Time::max();
        if (!schedule_.empty()) next = schedule_.begin()->first.first;
        if (!chores_.empty()) next = std::min(next, chores_.begin()->first);
        return next;
    }

    std::vector<std::function<void()>> due_chores(Time now) TORIL_REQUIRES(mutex_) {
        std::vector<std::function<void()>> due;
        while (!chores_.empty() && chores_.begin()->first <= now) {
            due.push_back(std::move(chores_.begin()->second));
            chores_.erase(chores_.begin());
        }
        return due;
    }

    // Taken out of the schedule: what goes on comes in again.
    std::vector<Held> due_holdings(Time now) TORIL_REQUIRES(mutex_) {
        std::vector<Held> due;
        while (!schedule_.empty() && schedule_.begin()->first.first <= now) {
            due.push_back(schedule_.begin()->second);
            times_.erase(due.back().get());
            schedule_.erase(schedule_.begin());
        }
        return due;
    }

    void look_after(const std::vector<Held>& due, Time now) {
        std::vector<Held> asked;
        for (const Held& holding : due) {
            const Holding::Step step = holding->look(now);
            if (step == Holding::Step::none) continue;
            if (step == Holding::Step::over) {
                lose(holding, "the store did not renew it in time");
                continue;
            }
            if (step == Holding::Step::renew) asked.push_back(holding);
            again(holding);
        }
        if (!asked.empty()) renew(std::move(asked));
    }

    void again(const Held& holding) {
        base::MutexLock lock(mutex_);
        schedule(holding);
    }

    // Sent as one call. The time counts from before.
    void renew(std::vector<Held> holdings) {
        const Time asked_at = BootClock::now();
        std::vector<contract::LockRef> refs;
        Millis timeout{1'000};
        for (const Held& holding : holdings) {
            refs.push_back(holding->ref());
            timeout = std::min(timeout, holding->patience(asked_at));
        }
        calls_.renew(std::move(refs),
                     timeout,
                     [self = shared_from_this(), holdings = std::move(holdings), asked_at](
                         const Result<std::vector<Status>>& answers) {
                         self->heard(holdings, asked_at, answers);
                     });
    }

    // On a thread of the store: users' callbacks must not run here.
    void heard(const std::vector<Held>& holdings,
               Time asked_at,
               const Result<std::vector<Status>>& answers) {
        calls_.answered(answers ? Status() : Status(answers.error()));
        {
            base::MutexLock lock(mutex_);
            for (std::size_t i = 0; i < holdings.size(); ++i) {
                Status status = !answers              ? Status(answers.error())
                                : i < answers->size() ? (*answers)[i]
                                                      : Status();
                renewed_.push_back({holdings[i], asked_at, std::move(status)});
            }
        }
        changed_.notify_all();
    }

    void settle(const std::vector<Renewed>& renewed) {
        for (const Renewed& answer : renewed) {
            const Held& holding = answer.holding;
            if (answer.status) {
                holding->granted(answer.asked_at);
            } else if (answer.status.error().code() == ErrorCode::not_owner) {
                lose(holding, "it was released, or taken, by another");
                continue;
            } else {
                holding->failed(BootClock::now());
            }
            base::MutexLock lock(mutex_);
            if (times_.contains(holding.get())) schedule(holding);  // else it was dropped
        }
    }

    void lose(const Held& holding, std::string_view cause) {
        drop(holding);
        if (!holding->lose()) return;
        calls_.lost(*holding, cause);
        holding->stop();
    }

    const KeeperCalls calls_;
    base::Mutex mutex_{};
    base::Condition changed_{};
    std::map<std::pair<Time, const Holding*>, Held> schedule_ TORIL_GUARDED_BY(mutex_){};
    std::unordered_map<const Holding*, Time> times_ TORIL_GUARDED_BY(mutex_){};
    std::multimap<Time, std::function<void()>> chores_ TORIL_GUARDED_BY(mutex_){};
    std::vector<Renewed> renewed_ TORIL_GUARDED_BY(mutex_){};
    // Until when the thread sleeps: it is not woken for what comes later.
    Time wakes_at_ TORIL_GUARDED_BY(mutex_) = Time::min();
    bool ending_ TORIL_GUARDED_BY(mutex_) = false;
    std::thread thread_ TORIL_GUARDED_BY(mutex_){};
};

Keeper::Keeper(KeeperCalls calls) : state_(std::make_shared<State>(std::move(calls))) {}

Keeper::~Keeper() {
    std::thread thread = state_->end();
    if (!thread.joinable()) return;
    // The last handle may end in a callback of a stop token, which runs on this thread.
    if (thread.get_id() == std::this_thread::get_id())
        thread.detach();
    else
        thread.join();
}

void Keeper::keep(const std::shared_ptr<Holding>& holding) {
    state_->keep(holding);
}

void Keeper::drop(const std::shared_ptr<Holding>& holding) {
    state_->drop(holding);
}

void Keeper::check(const std::string& key) {
    state_->check(key);
}

Keeper::Check Keeper::checker() const {
    return [weak = std::weak_ptr(state_)](const std::string& key) {
        if (const auto state = weak.lock()) state->check(key);
    };
}

Keeper::Later Keeper::timer() const {
    return [weak = std::weak_ptr(state_)](Millis pause, std::function<void()> call) {
        if (const auto state = weak.lock()) state->later(pause, std::move(call));
    };
}

}  // namespace toril::lock
