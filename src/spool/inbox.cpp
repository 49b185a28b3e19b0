#include "spool/inbox.hpp"

#include <algorithm>
#include <string>

namespace toril::spool {

Status Inbox::submit(std::span<PendingAdd> adds) {
    base::MutexLock lock(mutex_);
    if (flags_.closing) return Error(ErrorCode::cancelled, "the queue is closed");
    if (unanswered_ + adds.size() > unanswered_adds_max)
        return Error(ErrorCode::limit_reached,
                     "more than " + std::to_string(unanswered_adds_max) + " adds are unanswered");
    unanswered_ += adds.size();
    for (PendingAdd& add : adds)
        queued_.push_back(std::move(add));
    flags_.idle = false;
    if (flags_.adds_wake) {
        flags_.woken = true;
        woken_.notify_one();
    }
    return {};
}

void Inbox::answer(std::uint64_t call, StoreAnswer answer) {
    base::MutexLock lock(mutex_);
    answers_.emplace_back(call, std::move(answer));
    flags_.woken = true;
    woken_.notify_one();
}

void Inbox::hurry() {
    base::MutexLock lock(mutex_);
    flags_.hurry = true;
    flags_.idle = false;
    flags_.woken = true;
    woken_.notify_one();
}

void Inbox::close() {
    base::MutexLock lock(mutex_);
    flags_.closing = true;
    flags_.woken = true;
    woken_.notify_one();
}

Published Inbox::published() const {
    base::MutexLock lock(mutex_);
    return published_;
}

bool Inbox::wait_until_idle(SteadyTime deadline) {
    std::unique_lock lock(mutex_);
    return idle_.wait_until(lock, deadline, [this] { return flags_.idle; });
}

News Inbox::news(std::uint64_t call) {
    base::MutexLock lock(mutex_);
    News news{.adds_wait = !queued_.empty(), .hurry = flags_.hurry, .closing = flags_.closing};
    flags_.hurry = false;
    // Answers to calls that were given up come late, and nobody waits for them.
    for (auto& [number, answer] : answers_)
        if (number == call) news.answer = std::move(answer);
    answers_.clear();
    return news;
}

std::vector<PendingAdd> Inbox::take(std::size_t jobs_max, std::size_t bytes_max) {
    std::vector<PendingAdd> taken;
    base::MutexLock lock(mutex_);
    std::size_t bytes = 0;
    while (!queued_.empty() && taken.size() < jobs_max && bytes < bytes_max) {
        bytes += bytes_of(queued_.front().job) + 1;
        taken.push_back(std::move(queued_.front()));
        queued_.pop_front();
    }
    return taken;
}

void Inbox::answered(std::size_t adds) {
    base::MutexLock lock(mutex_);
    unanswered_ -= adds;
}

void Inbox::publish(const Published& published) {
    base::MutexLock lock(mutex_);
    published_ = published;
}

void Inbox::rest(const Step& step, bool idle) {
    // A wait for ever may not be one for the system's clock.
    constexpr std::chrono::minutes longest{10};
    const SteadyTime until = std::min(step.until, std::chrono::steady_clock::now() + longest);
    std::unique_lock lock(mutex_);
    if (!flags_.woken && !(step.adds_matter && !queued_.empty())) {
        flags_.idle = idle && queued_.empty();
        if (flags_.idle) idle_.notify_all();
        flags_.adds_wake = step.adds_matter;
        woken_.wait_until(lock, until, [this] { return flags_.woken; });
        flags_.adds_wake = false;
        flags_.idle = false;
    }
    flags_.woken = false;
}

}  // namespace toril::spool
