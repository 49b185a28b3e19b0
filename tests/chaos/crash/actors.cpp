#include "chaos/crash/actors.hpp"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <stdexcept>
#include <utility>

namespace toril::crash {

Actor::Actor(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), TORIL_CRASH_ACTOR);
    std::vector<char*> pointers;
    for (std::string& argument : arguments)
        pointers.push_back(argument.data());
    pointers.push_back(nullptr);
    if (posix_spawn(&pid_, TORIL_CRASH_ACTOR, nullptr, nullptr, pointers.data(), environ) != 0) {
        throw std::runtime_error("cannot start " TORIL_CRASH_ACTOR);
    }
}

Actor::Actor(Actor&& other) noexcept : pid_(std::exchange(other.pid_, 0)) {}

Actor& Actor::operator=(Actor&& other) noexcept {
    kill();
    pid_ = std::exchange(other.pid_, 0);
    return *this;
}

void Actor::kill() noexcept {
    if (pid_ == 0) return;
    ::kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
    pid_ = 0;
}

}  // namespace toril::crash
