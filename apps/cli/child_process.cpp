#include "child_process.hpp"

#include "file_handle.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>

extern char** environ;

namespace toril::cli {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t error_tail_bytes = 16u * 1024;
constexpr std::size_t pipe_read_bytes = 64u * 1024;

Error cannot(const char* what, int failure) {
    return {
        ErrorCode::failed,
        std::string("the command could not be started: ") + what + ": " + std::strerror(failure)};
}

// The header of glibc 2.36 for this call lacks extern "C".
int open_pidfd(pid_t pid) {
    return static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
}

struct Pipe {
    FileHandle read_end{};
    FileHandle write_end{};

    static std::optional<Pipe> open() {
        int ends[2];
        if (::pipe2(ends, O_CLOEXEC) != 0) return std::nullopt;
        return Pipe{FileHandle(ends[0]), FileHandle(ends[1])};
    }
};

void make_non_blocking(const FileHandle& file) {
    ::fcntl(file.get(), F_SETFL, O_NONBLOCK);
}

// environ and what is added to it, as execve wants it.
class Environment {
public:
    explicit Environment(const std::vector<std::pair<std::string, std::string>>& added) {
        for (const auto& [name, value] : added)
            texts_.push_back(name + "=" + value);
        for (char** each = environ; *each != nullptr; ++each) {
            const std::string_view text(*each);
            const std::string_view name = text.substr(0, text.find('='));
            const bool is_replaced = std::any_of(
                added.begin(), added.end(), [&](const auto& pair) { return pair.first == name; });
            if (!is_replaced) pointers_.push_back(*each);
        }
        for (std::string& text : texts_)
            pointers_.push_back(text.data());
        pointers_.push_back(nullptr);
    }

    char** get() { return pointers_.data(); }

private:
    std::vector<std::string> texts_{};
    std::vector<char*> pointers_{};
};

// What posix_spawn is told; freed with it.
class SpawnPlan {
public:
    SpawnPlan(const Pipe& input, const Pipe& output, const Pipe& error) {
        posix_spawn_file_actions_init(&actions);
        posix_spawn_file_actions_adddup2(&actions, input.read_end.get(), STDIN_FILENO);
        posix_spawn_file_actions_adddup2(&actions, output.write_end.get(), STDOUT_FILENO);
        posix_spawn_file_actions_adddup2(&actions, error.write_end.get(), STDERR_FILENO);
        posix_spawnattr_init(&attributes);
        posix_spawnattr_setpgroup(&attributes, 0);
        // We block and ignore signals that the command may count on.
        sigset_t none;
        sigemptyset(&none);
        posix_spawnattr_setsigmask(&attributes, &none);
        sigset_t all;
        sigemptyset(&all);
        for (const int signal : {SIGPIPE, SIGTERM, SIGINT, SIGHUP})
            sigaddset(&all, signal);
        posix_spawnattr_setsigdefault(&attributes, &all);
        posix_spawnattr_setflags(
            &attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    }
    ~SpawnPlan() {
        posix_spawn_file_actions_destroy(&actions);
        posix_spawnattr_destroy(&attributes);
    }
    SpawnPlan(const SpawnPlan&) = delete;
    SpawnPlan& operator=(const SpawnPlan&) = delete;

    posix_spawn_file_actions_t actions{};
    posix_spawnattr_t attributes{};
};

class Child {
public:
    explicit Child(const ChildRequest& request) : request_(request) {}

    ~Child() {
        if (pid_ > 0 && !is_reaped_) {
            ::kill(-pid_, SIGKILL);
            reap();
        }
    }
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;

    Status start() {
        std::optional<Pipe> input = Pipe::open();
        std::optional<Pipe> output = Pipe::open();
        std::optional<Pipe> error = Pipe::open();
        wake_ = FileHandle(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
        if (!input || !output || !error || !wake_) return cannot("pipe", errno);

        const SpawnPlan plan(*input, *output, *error);
        Environment environment(request_.environment);
        std::string shell = "sh";
        std::string option = "-c";
        std::string command = request_.command;
        char* const words[] = {shell.data(), option.data(), command.data(), nullptr};
        const int failure = ::posix_spawn(
            &pid_, "/bin/sh", &plan.actions, &plan.attributes, words, environment.get());
        if (failure != 0) return cannot("/bin/sh", failure);

        ended_ = FileHandle(open_pidfd(pid_));
        if (!ended_) return cannot("pidfd_open", errno);
        input_ = std::move(input->write_end);
        output_ = std::move(output->read_end);
        error_ = std::move(error->read_end);
        for (const FileHandle* each : {&input_, &output_, &error_})
            make_non_blocking(*each);
        return {};
    }

    // From any thread.
    void wake() const {
        const std::uint64_t one = 1;
        [[maybe_unused]] const ssize_t count = ::write(wake_.get(), &one, sizeof one);
    }

    ChildResult run(const std::stop_token& stop) {
        while (!is_reaped_) {
            // Asked before the wait: a stop that came earlier has left its mark in wake_.
            if (stop.stop_requested() && !result_.was_stopped) {
                result_.was_stopped = true;
                terminate();
            }
            wait_and_serve();
        }
        drain(output_, result_.output);
        drain(error_, result_.error_tail);
        if (result_.was_stopped || result_.output_too_large) ::kill(-pid_, SIGKILL);
        return std::move(result_);
    }

private:
    void terminate() {
        ::kill(-pid_, SIGTERM);
        kill_at_ = Clock::now() + request_.kill_after;
    }

    int wait_millis() const {
        if (!kill_at_) return -1;
        const auto left = std::chrono::ceil<Millis>(*kill_at_ - Clock::now());
        return static_cast<int>(std::clamp<Millis::rep>(left.count(), 0, 60'000));
    }

    void wait_and_serve() {
        if (written_ == request_.input.size()) input_.reset();
        std::array<pollfd, 5> files{{{input_.get(), POLLOUT, 0},
                                     {output_.get(), POLLIN, 0},
                                     {error_.get(), POLLIN, 0},
                                     {ended_.get(), POLLIN, 0},
                                     {result_.was_stopped ? -1 : wake_.get(), POLLIN, 0}}};
        if (::poll(files.data(), files.size(), wait_millis()) < 0) return;  // EINTR
        if (kill_at_ && Clock::now() >= *kill_at_) {
            ::kill(-pid_, SIGKILL);
            kill_at_.reset();
        }
        if (files[0].revents != 0) write_input();
        if (files[1].revents != 0) read_some(output_, result_.output);
        if (files[2].revents != 0) read_some(error_, result_.error_tail);
        if (files[3].revents != 0) reap();
    }

    void write_input() {
        const std::string& input = request_.input;
        const ssize_t count =
            ::write(input_.get(), input.data() + written_, input.size() - written_);
        if (count > 0)
            written_ += static_cast<std::size_t>(count);
        else if (errno != EAGAIN && errno != EINTR)
            written_ = input.size();  // it does not want the rest
    }

    // False at the end of the file, or when there is nothing for now.
    bool read_some(FileHandle& file, std::string& into) {
        char buffer[pipe_read_bytes];
        const ssize_t count = file ? ::read(file.get(), buffer, sizeof buffer) : 0;
        if (count < 0) return false;
        if (count == 0) {
            file.reset();
            return false;
        }
        into.append(buffer, static_cast<std::size_t>(count));
        keep_bounds();
        return true;
    }

    void keep_bounds() {
        std::string& tail = result_.error_tail;
        if (tail.size() > 2 * error_tail_bytes) tail.erase(0, tail.size() - error_tail_bytes);
        if (result_.output.size() <= request_.output_bytes_max) return;
        result_.output.clear();
        if (!result_.output_too_large) ::kill(-pid_, SIGKILL);
        result_.output_too_large = true;
    }

    // What is in the pipe when the command has ended. A grandchild may hold the pipe open for
    // as long as it likes: it is not waited for.
    void drain(FileHandle& file, std::string& into) {
        while (read_some(file, into)) {
        }
    }

    void reap() {
        int status = 0;
        while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
        }
        is_reaped_ = true;
        if (WIFSIGNALED(status))
            result_.signal = WTERMSIG(status);
        else
            result_.exit_code = WEXITSTATUS(status);
    }

    const ChildRequest& request_;
    pid_t pid_ = 0;
    FileHandle input_{};
    FileHandle output_{};
    FileHandle error_{};
    FileHandle ended_{};
    FileHandle wake_{};
    std::size_t written_ = 0;
    std::optional<Clock::time_point> kill_at_{};
    bool is_reaped_ = false;
    ChildResult result_{};
};

}  // namespace

Result<ChildResult> run_child(const ChildRequest& request, const std::stop_token& stop) {
    Child child(request);
    if (Status s = child.start(); !s) return s.error();
    const std::stop_callback on_stop(stop, [&child] { child.wake(); });
    return child.run(stop);
}

}  // namespace toril::cli
