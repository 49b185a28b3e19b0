#include "guarded_command.hpp"

#include "file_handle.hpp"
#include "printable.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <optional>

namespace toril::cli {
namespace {

using Clock = std::chrono::steady_clock;

Error cannot_start(const std::string& program, int failure) {
    const bool is_missing = failure == ENOENT || failure == EACCES;
    return {
        is_missing ? ErrorCode::not_found : ErrorCode::failed,
        "the command " + in_quotes(program) + " could not be started: " + std::strerror(failure)};
}

// argv as execvp wants it.
std::vector<char*> pointers_to(std::vector<std::string>& words) {
    std::vector<char*> pointers;
    for (std::string& word : words)
        pointers.push_back(word.data());
    pointers.push_back(nullptr);
    return pointers;
}

class Guarded {
public:
    Guarded(const GuardedCommand& command, const Signals& signals)
        : command_(command), signals_(signals), has_terminal_(::isatty(STDIN_FILENO) == 1) {}

    Status start() {
        std::array<int, 2> ends{};
        if (::pipe2(ends.data(), O_CLOEXEC) != 0) return cannot_start(program(), errno);
        FileHandle failed_read(ends[0]);
        FileHandle failed_write(ends[1]);
        std::vector<std::string> words = command_.words;
        const std::vector<char*> argv = pointers_to(words);
        // Before the fork: only what is safe after it in a program with threads is done there.
        for (const auto& [name, value] : command_.environment)
            ::setenv(name.c_str(), value.c_str(), 1);
        const pid_t parent = ::getpid();
        pid_ = ::fork();
        if (pid_ < 0) return cannot_start(program(), errno);
        if (pid_ == 0) become_command(argv, parent, failed_write.get());
        failed_write.reset();
        int failure = 0;
        if (::read(failed_read.get(), &failure, sizeof failure) == sizeof failure) {
            ::waitpid(pid_, nullptr, 0);
            return cannot_start(program(), failure);
        }
        // The header of glibc 2.36 for this call lacks extern "C".
        ended_ = FileHandle(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
        if (!ended_) return cannot_start(program(), errno);
        return {};
    }

    GuardedEnd wait(const std::stop_token& stop) {
        const std::stop_callback ring(stop, [this] { stopped_.ring(); });
        while (!has_ended()) {
            std::array<pollfd, 3> files{{{ended_.get(), POLLIN, 0},
                                         {signals_.file(), POLLIN, 0},
                                         {stopped_.file(), POLLIN, 0}}};
            ::poll(files.data(), files.size(), millis_to_kill());
            while (const int signal = signals_.take())
                if (signal != SIGINT || !has_terminal_) send(signal);
            if (files[2].revents != 0) {
                stopped_.silence();
                send(SIGTERM);
                kill_at_ = Clock::now() + command_.kill_after;
            }
            if (kill_at_ && Clock::now() >= *kill_at_) send(SIGKILL);
        }
        int status = 0;
        ::waitpid(pid_, &status, 0);
        return {.exit_code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status),
                .was_stopped = kill_at_.has_value()};
    }

private:
    const std::string& program() const { return command_.words.front(); }

    [[noreturn]] void become_command(const std::vector<char*>& argv, pid_t parent, int failed) {
        // A terminal belongs to one process group: there the command stays in ours.
        if (!has_terminal_) ::setpgid(0, 0);
        ::prctl(PR_SET_PDEATHSIG, SIGTERM);
        if (::getppid() != parent) ::_exit(1);  // it died before the line above
        sigset_t none;
        sigemptyset(&none);
        ::sigprocmask(SIG_SETMASK, &none, nullptr);
        ::signal(SIGPIPE, SIG_DFL);
        ::execvp(argv.front(), argv.data());
        const int failure = errno;
        [[maybe_unused]] const ssize_t bytes = ::write(failed, &failure, sizeof failure);
        ::_exit(127);
    }

    bool has_ended() const {
        pollfd file{ended_.get(), POLLIN, 0};
        return ::poll(&file, 1, 0) == 1;
    }
    int millis_to_kill() const {
        if (!kill_at_) return -1;
        const auto left = std::chrono::ceil<Millis>(*kill_at_ - Clock::now()).count();
        return static_cast<int>(std::max<Millis::rep>(left, 0));
    }
    void send(int signal) const { ::kill(has_terminal_ ? pid_ : -pid_, signal); }

    const GuardedCommand& command_;
    const Signals& signals_;
    const bool has_terminal_;
    Bell stopped_{};
    FileHandle ended_{};
    pid_t pid_ = -1;
    std::optional<Clock::time_point> kill_at_{};
};

}  // namespace

Result<GuardedEnd> run_guarded(const GuardedCommand& command,
                               const Signals& signals,
                               const std::stop_token& stop) {
    Guarded guarded(command, signals);
    if (Status s = guarded.start(); !s) return s.error();
    return guarded.wait(stop);
}

}  // namespace toril::cli
