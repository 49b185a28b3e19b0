// One of those who contend for a lock. It takes it, writes under its fence into the register,
// keeps it for a while, writes again whether or not it still has the lock (as a program does that
// looks at no stop token), and gives it back; until its input ends.
//
//   lock_actor STORE-URL KEY REGISTER NUMBER TTL-MS
//
// Says what it does, a line each, with the time since the boot in nanoseconds:
//     held FENCE TIME | accepted FENCE TIME | rejected FENCE TIME HELD | violation FENCE TIME
//     lost FENCE TIME | away FENCE TIME

#include "chaos/locks/guarded_register.hpp"

#include <toril/lock.hpp>
#include <toril/store.hpp>

#include <poll.h>
#include <time.h>
#include <unistd.h>

#include <condition_variable>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <mutex>
#include <string>

namespace {

using toril::chaos::GuardedRegister;
using namespace std::chrono_literals;

constexpr auto hold_time = 30ms;

std::uint64_t boot_time() {
    timespec now{};
    ::clock_gettime(CLOCK_BOOTTIME, &now);
    return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000u +
           static_cast<std::uint64_t>(now.tv_nsec);
}

// One write a line: lines of two threads do not mix.
void say(const std::string& what, std::uint64_t fence, const std::string& more = {}) {
    const std::string line =
        what + " " + std::to_string(fence) + " " + std::to_string(boot_time()) + more + "\n";
    [[maybe_unused]] const auto said = ::write(STDOUT_FILENO, line.data(), line.size());
}

bool has_input_ended() {
    pollfd input{STDIN_FILENO, POLLIN, 0};
    return ::poll(&input, 1, 0) > 0;
}

void write_under(GuardedRegister& place, const toril::Lock& lock, unsigned number) {
    switch (place.write(lock.fence(), number)) {
        case GuardedRegister::Answer::accepted: return say("accepted", lock.fence());
        case GuardedRegister::Answer::rejected:
            return say("rejected", lock.fence(), lock.is_held() ? " 1" : " 0");
        case GuardedRegister::Answer::violation: return say("violation", lock.fence());
    }
}

void keep_a_while(const toril::Lock& lock) {
    std::mutex mutex;
    std::condition_variable_any changed;
    std::unique_lock guard(mutex);
    changed.wait_for(guard, lock.stop_token(), hold_time, [] { return false; });
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 6) return 2;
    const auto store = toril::Store::open(argv[1]);
    if (!store) return 3;
    auto locks = toril::Locks::open(*store);
    if (!locks) return 4;
    GuardedRegister place(argv[3]);
    const unsigned number = static_cast<unsigned>(std::atoi(argv[4]));
    const toril::LockOptions options{.ttl = toril::Millis{std::atoi(argv[5])},
                                     .wait = 1s,
                                     .owner = "actor " + std::string(argv[4]),
                                     .store_timeout = 300ms};
    while (!has_input_ended()) {
        auto answer = locks->acquire(argv[2], options);
        if (!answer) say("away", 0);
        if (!answer || answer->outcome != toril::LockOutcome::held) continue;
        toril::Lock& lock = *answer->lock;
        say("held", lock.fence());
        const std::stop_callback<std::function<void()>> on_loss(lock.stop_token(),
                                                                [&] { say("lost", lock.fence()); });
        write_under(place, lock, number);
        keep_a_while(lock);
        write_under(place, lock, number);
        lock.release();
    }
    return 0;
}
