#include "hammers.hpp"

#include <toril/store.hpp>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <stdexcept>

namespace toril::chaos {
namespace {

using SteadyClock = std::chrono::steady_clock;

std::int64_t now_us() {
    return std::chrono::duration_cast<std::chrono::microseconds>(
               SteadyClock::now().time_since_epoch())
        .count();
}

// True once our input ended; waits a moment else, as eight processes share what cores there are.
bool has_ended(int input) {
    pollfd poll_for{input, POLLIN, 0};
    return ::poll(&poll_for, 1, 1) > 0;
}

int hammer(const std::string& url, const std::vector<LimitRule>& rules, int input, int output) {
    const auto store = Store::open(url, {.prefix = "chaos"});
    if (!store) return 3;
    auto throttle = Throttle::open(*store);
    if (!throttle) return 4;
    while (!has_ended(input))
        for (std::size_t i = 0; i < rules.size(); ++i) {
            const std::int64_t asked_at = now_us();
            const auto answer = throttle->check("hot:" + std::to_string(i), rules[i]);
            if (!answer) return 5;
            if (!answer->allowed) continue;
            const Allowed allowed{i, asked_at, now_us(), answer->mode};
            // Shorter than PIPE_BUF: it is written at once or not at all.
            if (::write(output, &allowed, sizeof allowed) != sizeof allowed) return 6;
        }
    return 0;
}

}  // namespace

Hammers::Hammers(const std::string& url, const std::vector<LimitRule>& rules, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
        int to[2];
        int from[2];
        if (::pipe2(to, O_CLOEXEC) != 0 || ::pipe2(from, O_CLOEXEC) != 0)
            throw std::runtime_error("no pipe");
        const pid_t pid = ::fork();
        if (pid == 0) {
            ::prctl(PR_SET_PDEATHSIG, SIGKILL);
            // The other ends, those of the hammers before too: else an input never ends.
            for (const Hammer& other : hammers_)
                ::close(other.input);
            ::close(to[1]);
            ::_exit(hammer(url, rules, to[0], from[1]));
        }
        ::close(to[0]);
        ::close(from[1]);
        hammers_.push_back({.pid = pid, .input = to[1], .output = from[0]});
    }
}

Hammers::~Hammers() {
    for (Hammer& it : hammers_) {
        if (it.pid > 0) ::kill(it.pid, SIGKILL);
        if (it.pid > 0) ::waitpid(it.pid, nullptr, 0);
        if (it.input >= 0) ::close(it.input);
        if (it.output >= 0) ::close(it.output);
    }
}

void Hammers::listen_for(std::chrono::milliseconds time) {
    const auto end = SteadyClock::now() + time;
    for (;;) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - SteadyClock::now());
        if (left.count() <= 0) return;
        read_some(static_cast<int>(left.count()));
    }
}

bool Hammers::end() {
    for (Hammer& it : hammers_)
        ::close(std::exchange(it.input, -1));
    while (read_some(20'000)) {
    }
    bool good = true;
    for (Hammer& it : hammers_) {
        int status = -1;
        ::waitpid(std::exchange(it.pid, 0), &status, 0);
        good = good && status == 0;
    }
    return good;
}

// False: nothing came in time, or there is nobody left.
bool Hammers::read_some(int timeout_ms) {
    std::vector<pollfd> outputs;
    bool any = false;
    for (const Hammer& it : hammers_) {
        outputs.push_back({it.output, POLLIN, 0});
        any = any || it.output >= 0;
    }
    if (!any || ::poll(outputs.data(), outputs.size(), timeout_ms) <= 0) return false;
    for (std::size_t i = 0; i < outputs.size(); ++i)
        if (outputs[i].revents != 0) take_records(hammers_[i]);
    return true;
}

void Hammers::take_records(Hammer& hammer) {
    char bytes[4096];
    const ssize_t got = ::read(hammer.output, bytes, sizeof bytes);
    if (got <= 0) {
        ::close(std::exchange(hammer.output, -1));
        return;
    }
    hammer.rest.append(bytes, static_cast<std::size_t>(got));
    Allowed allowed;
    std::size_t at = 0;
    for (; hammer.rest.size() - at >= sizeof allowed; at += sizeof allowed) {
        std::memcpy(&allowed, hammer.rest.data() + at, sizeof allowed);
        allowed_.push_back(allowed);
    }
    hammer.rest.erase(0, at);
}

}  // namespace toril::chaos
