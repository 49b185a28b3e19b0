#include "backend/sqlite/side/lock_waits.hpp"

#include <algorithm>
#include <utility>

namespace toril::sqlite_side {
namespace {

void call(std::vector<contract::DoneStatus>& dones, const Status& with) {
    for (const contract::DoneStatus& done : dones)
        done(with);
}

}  // namespace

LockWaits::Asked LockWaits::begin(contract::LockKind kind,
                                  std::string key,
                                  SteadyTime until,
                                  contract::DoneStatus done) {
    std::optional<Status> closed;
    {
        base::MutexLock lock(mutex_);
        closed = closed_;
        if (!closed) {
            const std::uint64_t id = ++count_;
            waits_.emplace(id,
                           Wait{.kind = kind, .key = key, .until = until, .done = std::move(done)});
            return {id, kind, std::move(key)};
        }
    }
    done(*closed);
    return {};
}

void LockWaits::found(std::uint64_t id, std::optional<Millis> held_for) {
    if (!held_for) return end(id, {});
    base::MutexLock lock(mutex_);
    const auto wait = waits_.find(id);
    // A millisecond more: the lock's clock counts whole ones.
    if (wait != waits_.end())
        wait->second.look_at = std::chrono::steady_clock::now() + *held_for + Millis{1};
}

void LockWaits::freed(const std::vector<Freed>& freed) {
    Dones dones;
    {
        base::MutexLock lock(mutex_);
        for (auto wait = waits_.begin(); wait != waits_.end();) {
            const bool free = std::any_of(freed.begin(), freed.end(), [&](const Freed& each) {
                return each.kind == wait->second.kind && each.key == wait->second.key;
            });
            if (free) dones.push_back(std::move(wait->second.done));
            wait = free ? waits_.erase(wait) : std::next(wait);
        }
    }
    call(dones, {});
}

void LockWaits::end(std::uint64_t id, const Status& with) {
    Dones dones;
    {
        base::MutexLock lock(mutex_);
        const auto wait = waits_.find(id);
        if (wait == waits_.end()) return;
        dones.push_back(std::move(wait->second.done));
        waits_.erase(wait);
    }
    call(dones, with);
}

void LockWaits::close(const Status& with) {
    Dones dones;
    {
        base::MutexLock lock(mutex_);
        for (auto& [id, wait] : waits_)
            dones.push_back(std::move(wait.done));
        waits_.clear();
        closed_ = with;
    }
    call(dones, with);
}

std::vector<LockWaits::Asked> LockWaits::due(SteadyTime now, bool all) {
    std::vector<Asked> asked;
    Dones dones;
    {
        base::MutexLock lock(mutex_);
        for (auto wait = waits_.begin(); wait != waits_.end();) {
            auto& [id, each] = *wait;
            if (each.until <= now) {
                dones.push_back(std::move(each.done));
                wait = waits_.erase(wait);
                continue;
            }
            if (all || each.look_at <= now) {
                asked.push_back({id, each.kind, each.key});
                each.look_at = SteadyTime::max();
            }
            ++wait;
        }
    }
    call(dones, {});
    return asked;
}

SteadyTime LockWaits::next_deadline() const {
    base::MutexLock lock(mutex_);
    auto next = SteadyTime::max();
    for (const auto& [id, wait] : waits_)
        next = std::min({next, wait.until, wait.look_at});
    return next;
}

bool LockWaits::empty() const {
    base::MutexLock lock(mutex_);
    return waits_.empty();
}

}  // namespace toril::sqlite_side
