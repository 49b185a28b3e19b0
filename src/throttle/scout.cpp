#include "throttle/scout.hpp"

#include <algorithm>
#include <utility>

namespace toril::throttle {
namespace {

constexpr Millis pause_min{100};
constexpr Millis pause_max{1'000};

}  // namespace

void AwaySignal::raise() {
    base::MutexLock lock(mutex_);
    raised_ = true;
    changed_.notify_all();
}

bool AwaySignal::wait() {
    base::MutexLock lock(mutex_);
    changed_.wait(mutex_, [&]() TORIL_REQUIRES(mutex_) { return raised_ || ended_; });
    raised_ = false;
    return !ended_;
}

bool AwaySignal::sleep(Millis pause) {
    base::MutexLock lock(mutex_);
    return !changed_.wait_for(mutex_, pause, [&]() TORIL_REQUIRES(mutex_) { return ended_; });
}

void AwaySignal::end() {
    base::MutexLock lock(mutex_);
    ended_ = true;
    changed_.notify_all();
}

Scout::Scout(std::shared_ptr<AwaySignal> away, std::function<bool()> look)
    : away_(std::move(away)), thread_([this, look = std::move(look)] { run(look); }) {}

Scout::~Scout() {
    away_->end();
    thread_.join();
}

void Scout::run(const std::function<bool()>& look) {
    while (away_->wait()) {
        for (Millis pause = pause_min; away_->sleep(pause) && !look();)
            pause = std::min(pause * 2, pause_max);
    }
}

}  // namespace toril::throttle
