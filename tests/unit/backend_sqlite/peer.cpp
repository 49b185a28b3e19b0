#include "peer.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <utility>

extern char** environ;

namespace toril::sqlite {

PeerProcess::PeerProcess(const std::string& database) {
    std::array<int, 2> in{};
    std::array<int, 2> out{};
    if (::pipe2(in.data(), O_CLOEXEC) != 0 || ::pipe2(out.data(), O_CLOEXEC) != 0) {
        ADD_FAILURE() << "no pipe";
        return;
    }
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, in[0], STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
    std::string program = TORIL_SQLITE_PEER;
    std::string path = database;
    std::array<char*, 3> arguments{program.data(), path.data(), nullptr};
    EXPECT_EQ(::posix_spawn(&pid_, program.c_str(), &actions, nullptr, arguments.data(), environ),
              0);
    posix_spawn_file_actions_destroy(&actions);
    ::close(in[0]);
    ::close(out[1]);
    to_ = in[1];
    from_ = out[0];
    EXPECT_EQ(line(), "open");
}

PeerProcess::~PeerProcess() {
    if (pid_ > 0) kill();
    ::close(to_);
    ::close(from_);
}

void PeerProcess::send(const std::string& command) {
    const std::string text = command + "\n";
    EXPECT_EQ(::write(to_, text.data(), text.size()), static_cast<ssize_t>(text.size()));
}

std::optional<std::string> PeerProcess::line(Millis at_most) {
    for (;;) {
        if (const auto end = read_.find('\n'); end != std::string::npos) {
            std::string said = read_.substr(0, end);
            read_.erase(0, end + 1);
            return said;
        }
        pollfd file{from_, POLLIN, 0};
        std::array<char, 4096> bytes{};
        if (::poll(&file, 1, static_cast<int>(at_most.count())) <= 0) return std::nullopt;
        const auto count = ::read(from_, bytes.data(), bytes.size());
        if (count <= 0) return std::nullopt;
        read_.append(bytes.data(), static_cast<std::size_t>(count));
    }
}

void PeerProcess::kill() {
    ::kill(pid_, SIGKILL);
    wait();
}

bool PeerProcess::end() {
    ::close(std::exchange(to_, -1));
    const int status = wait();
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

int PeerProcess::wait() {
    int status = 0;
    EXPECT_EQ(::waitpid(std::exchange(pid_, -1), &status, 0) > 0, true);
    return status;
}

}  // namespace toril::sqlite
