#pragma once

// Processes that a test starts to kill them.

#include <sys/types.h>

#include <string>
#include <vector>

namespace toril::crash {

/// One crash_actor. It ends with this object, and with the thread that started it.
class Actor {
public:
    explicit Actor(std::vector<std::string> arguments);
    ~Actor() { kill(); }
    Actor(Actor&& other) noexcept;
    Actor& operator=(Actor&& other) noexcept;

    pid_t pid() const noexcept { return pid_; }

    /// SIGKILL, and waits until it is gone.
    void kill() noexcept;

private:
    pid_t pid_ = 0;  // 0: gone
};

}  // namespace toril::crash
