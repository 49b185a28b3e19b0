#include "crowd.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <sstream>
#include <stdexcept>
#include <utility>

namespace toril::chaos {
namespace {

using SteadyClock = std::chrono::steady_clock;

pid_t launch(const std::vector<std::string>& words, int input, int output) {
    std::vector<std::string> copies = words;
    std::vector<char*> arguments;
    for (std::string& word : copies)
        arguments.push_back(word.data());
    arguments.push_back(nullptr);
    const pid_t pid = ::fork();
    if (pid != 0) return pid;
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::dup2(input, STDIN_FILENO);
    ::dup2(output, STDOUT_FILENO);
    ::execv(arguments[0], arguments.data());
    ::_exit(127);
}

}  // namespace

Crowd::Crowd(const std::string& url, const std::string& place, std::size_t count, int ttl_ms) {
    for (std::size_t i = 0; i < count; ++i) {
        int to[2];
        int from[2];
        if (::pipe2(to, O_CLOEXEC) != 0 || ::pipe2(from, O_CLOEXEC) != 0)
            throw std::runtime_error("no pipe");
        const pid_t pid = launch({TORIL_LOCK_ACTOR,
                                  url,
                                  "contended",
                                  place,
                                  std::to_string(i + 1),
                                  std::to_string(ttl_ms)},
                                 to[0],
                                 from[1]);
        ::close(to[0]);
        ::close(from[1]);
        actors_.push_back({.pid = pid, .input = to[1], .output = from[0]});
    }
}

Crowd::~Crowd() {
    for (Actor& actor : actors_) {
        if (actor.pid > 0) ::kill(actor.pid, SIGKILL);
        if (actor.pid > 0) ::waitpid(actor.pid, nullptr, 0);
        if (actor.input >= 0) ::close(actor.input);
        if (actor.output >= 0) ::close(actor.output);
    }
}

std::optional<Said> Crowd::hear(const std::function<bool(const Said&)>& wanted) {
    const auto deadline = SteadyClock::now() + crowd_deadline;
    for (;;) {
        while (heard_ < said_.size()) {
            const Said& said = said_[heard_++];
            if (wanted(said)) return said;
        }
        if (!read_some(deadline)) return std::nullopt;
    }
}

bool Crowd::read_some(SteadyClock::time_point deadline) {
    std::vector<pollfd> outputs;
    bool any = false;
    for (const Actor& actor : actors_) {
        outputs.push_back({actor.output, POLLIN, 0});
        any |= actor.output >= 0;
    }
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - SteadyClock::now());
    if (!any || left.count() <= 0) return false;
    if (::poll(outputs.data(), outputs.size(), static_cast<int>(left.count())) <= 0) return false;
    for (std::size_t i = 0; i < actors_.size(); ++i)
        if (outputs[i].revents != 0) take_lines(i);
    return true;
}

void Crowd::take_lines(std::size_t index) {
    Actor& actor = actors_[index];
    char bytes[4096];
    const ssize_t size = ::read(actor.output, bytes, sizeof bytes);
    if (size <= 0) {
        ::close(std::exchange(actor.output, -1));
        return;
    }
    actor.rest.append(bytes, static_cast<std::size_t>(size));
    for (std::size_t end = 0; (end = actor.rest.find('\n')) != std::string::npos;) {
        std::istringstream line(actor.rest.substr(0, end));
        actor.rest.erase(0, end + 1);
        Said said{.actor = index};
        int held = 0;
        line >> said.what >> said.fence >> said.at >> held;
        said.held = held == 1;
        said_.push_back(std::move(said));
    }
}

void Crowd::stop(std::size_t actor) {
    ::kill(actors_[actor].pid, SIGSTOP);
    ::waitpid(actors_[actor].pid, nullptr, WUNTRACED);
}

void Crowd::resume(std::size_t actor) {
    ::kill(actors_[actor].pid, SIGCONT);
}

void Crowd::end() {
    for (Actor& actor : actors_)
        ::close(std::exchange(actor.input, -1));
    const auto deadline = SteadyClock::now() + crowd_deadline;
    while (read_some(deadline)) {
    }
}

}  // namespace toril::chaos
