#include "process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <stdexcept>
#include <utility>

namespace toril::e2e {
namespace {

// The header of glibc 2.36 for this call lacks extern "C".
int open_pidfd(pid_t pid) {
    return static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
}

std::pair<int, int> make_pipe() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
    return {ends[0], ends[1]};
}

void read_all(int file, std::string& into) {
    char buffer[65536];
    for (ssize_t count = 0; (count = ::read(file, buffer, sizeof buffer)) > 0;)
        into.append(buffer, static_cast<std::size_t>(count));
    ::close(file);
}

void write_all(int file, const std::string& text) {
    for (std::size_t at = 0; at < text.size();) {
        const ssize_t count = ::write(file, text.data() + at, text.size() - at);
        if (count <= 0) break;
        at += static_cast<std::size_t>(count);
    }
    ::close(file);
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
    std::vector<char*> pointers;
    for (std::string& text : texts)
        pointers.push_back(text.data());
    pointers.push_back(nullptr);
    return pointers;
}

}  // namespace

Process::Process(const std::vector<std::string>& words,
                 const Environment& environment,
                 std::string input) {
    ::signal(SIGPIPE, SIG_IGN);  // a command may end without reading its input
    const auto [in_read, in_write] = make_pipe();
    const auto [out_read, out_write] = make_pipe();
    const auto [err_read, err_write] = make_pipe();

    std::vector<std::string> arguments{TORIL_BINARY};
    arguments.insert(arguments.end(), words.begin(), words.end());
    std::vector<std::string> variables{std::string("PATH=") + std::getenv("PATH")};
    for (const auto& [name, value] : environment)
        variables.push_back(name + "=" + value);

    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, in_read, STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, out_write, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, err_write, STDERR_FILENO);
    const int failure = ::posix_spawn(&pid_,
                                      TORIL_BINARY,
                                      &actions,
                                      nullptr,
                                      pointers_to(arguments).data(),
                                      pointers_to(variables).data());
    posix_spawn_file_actions_destroy(&actions);
    for (const int file : {in_read, out_write, err_write})
        ::close(file);
    if (failure != 0) throw std::runtime_error("cannot start " TORIL_BINARY);

    pumps_.emplace_back(write_all, in_write, std::move(input));
    pumps_.emplace_back([this, file = out_read] { read_all(file, finished_.out); });
    pumps_.emplace_back([this, file = err_read] { read_all(file, finished_.err); });
}

Process::~Process() {
    if (!is_reaped_) {
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, &status_, 0);
    }
    for (std::thread& pump : pumps_)
        if (pump.joinable()) pump.join();
}

void Process::signal(int number) const {
    ::kill(pid_, number);
}

Finished Process::wait(std::chrono::seconds deadline) {
    wait_for_exit(deadline);
    for (std::thread& pump : pumps_)
        pump.join();
    finished_.exit_code = WIFSIGNALED(status_) ? 128 + WTERMSIG(status_) : WEXITSTATUS(status_);
    return finished_;
}

void Process::wait_for_exit(std::chrono::seconds deadline) {
    const int ended = open_pidfd(pid_);
    pollfd file{.fd = ended, .events = POLLIN, .revents = 0};
    const auto millis = std::chrono::duration_cast<std::chrono::milliseconds>(deadline).count();
    if (::poll(&file, 1, static_cast<int>(millis)) == 0) ::kill(pid_, SIGKILL);
    ::close(ended);
    ::waitpid(pid_, &status_, 0);
    is_reaped_ = true;
}

}  // namespace toril::e2e
