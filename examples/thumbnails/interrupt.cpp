#include "interrupt.hpp"

#include <pthread.h>
#include <signal.h>

#include <chrono>
#include <ctime>

namespace thumbnails {
namespace {

sigset_t ending_signals() {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    return set;
}

}  // namespace

Interrupt::Interrupt() {
    const sigset_t set = ending_signals();
    pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

bool Interrupt::within(toril::Millis patience) {
    if (came_) return true;
    const sigset_t set = ending_signals();
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(patience);
    const std::chrono::nanoseconds rest = patience - seconds;
    const timespec limit{static_cast<time_t>(seconds.count()), static_cast<long>(rest.count())};
    came_ = sigtimedwait(&set, nullptr, &limit) > 0;
    if (came_) pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
    return came_;
}

void Interrupt::wait() {
    while (!within(toril::Millis{3'600'000})) {
    }
}

}  // namespace thumbnails
