#pragma once

// What a command that runs for long waits for.

#include "file_handle.hpp"

#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>

namespace toril::cli {

/// SIGTERM, SIGINT and SIGHUP as something to poll for.
class Signals {
public:
    Signals() {
        sigset_t set;
        sigemptyset(&set);
        for (const int signal : {SIGTERM, SIGINT, SIGHUP})
            sigaddset(&set, signal);
        ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
        // A reader of our output may go away, and so may a child that we write to.
        ::signal(SIGPIPE, SIG_IGN);
        file_ = FileHandle(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
    }

    int file() const noexcept { return file_.get(); }

    /// The next one that came; 0: none did.
    int take() const {
        signalfd_siginfo info{};
        if (::read(file_.get(), &info, sizeof info) != sizeof info) return 0;
        return static_cast<int>(info.ssi_signo);
    }

private:
    FileHandle file_{};
};

/// Wakes the main thread.
class Bell {
public:
    int file() const noexcept { return file_.get(); }
    void ring() const {
        const std::uint64_t one = 1;
        [[maybe_unused]] const ssize_t count = ::write(file_.get(), &one, sizeof one);
    }
    void silence() const {
        std::uint64_t count = 0;
        [[maybe_unused]] const ssize_t bytes = ::read(file_.get(), &count, sizeof count);
    }

private:
    FileHandle file_{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
};

}  // namespace toril::cli
