#pragma once

// A process of a test's own that lives until the test ends it, and tells its tag.

#include "base/process_tag.hpp"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <stdexcept>
#include <string>

namespace toril::testing {

/// A fork of this process that does nothing. It ends with this object, or with the test.
class HeldProcess {
public:
    HeldProcess() {
        int tell[2];
        if (::pipe(tell) != 0 || ::pipe(hold_) != 0) throw std::runtime_error("no pipe");
        pid_ = ::fork();
        if (pid_ < 0) throw std::runtime_error("no fork");
        if (pid_ == 0) be_held(tell[1]);
        ::close(tell[1]);
        ::close(hold_[0]);
        char bytes[64];
        for (ssize_t size = 0; (size = ::read(tell[0], bytes, sizeof bytes)) > 0;)
            tag_.append(bytes, static_cast<std::size_t>(size));
        ::close(tell[0]);
    }
    ~HeldProcess() {
        kill();
        reap();
        ::close(hold_[1]);
    }
    HeldProcess(const HeldProcess&) = delete;
    HeldProcess& operator=(const HeldProcess&) = delete;

    const std::string& tag() const noexcept { return tag_; }

    /// SIGSTOP; returns when it has stopped.
    void stop() {
        ::kill(pid_, SIGSTOP);
        ::waitpid(pid_, nullptr, WUNTRACED);
    }
    /// SIGKILL; returns when it is a zombie.
    void kill() {
        if (reaped_) return;
        ::kill(pid_, SIGKILL);
        siginfo_t ended{};
        ::waitid(P_PID, static_cast<id_t>(pid_), &ended, WEXITED | WNOWAIT);
    }
    /// Takes its exit status: its process id is free again.
    void reap() {
        if (!reaped_) ::waitpid(pid_, nullptr, 0);
        reaped_ = true;
    }

private:
    [[noreturn]] void be_held(int tell) {
        ::close(hold_[1]);
        const std::string tag = base::process_tag();
        [[maybe_unused]] const auto told = ::write(tell, tag.data(), tag.size());
        ::close(tell);
        char none = 0;
        [[maybe_unused]] const auto ended = ::read(hold_[0], &none, 1);  // until the test ends
        ::_exit(0);
    }

    pid_t pid_ = -1;
    std::string tag_{};
    int hold_[2]{};
    bool reaped_ = false;
};

}  // namespace toril::testing
