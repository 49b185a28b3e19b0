#pragma once

#include <sys/types.h>

#include <chrono>
#include <map>
#include <string>
#include <thread>
#include <vector>

namespace toril::e2e {

struct Finished {
    int exit_code = -1;  // 128 + signal when a signal ended it
    std::string out{};
    std::string err{};
};

/// The `toril` command as a process. Killed when it outlives its deadline or this object.
class Process {
public:
    using Environment = std::map<std::string, std::string>;

    /// `environment` is all that it sees, PATH apart. Its stdin is `input`, then the end.
    Process(const std::vector<std::string>& words,
            const Environment& environment,
            std::string input = {});
    ~Process();
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;

    void signal(int number) const;

    /// Waits for its end; after `deadline` it is killed, which shows in the exit code.
    Finished wait(std::chrono::seconds deadline = std::chrono::seconds(60));

    pid_t pid() const noexcept { return pid_; }

private:
    void wait_for_exit(std::chrono::seconds deadline);

    pid_t pid_ = -1;
    int status_ = 0;
    bool is_reaped_ = false;
    Finished finished_{};
    std::vector<std::thread> pumps_{};
};

}  // namespace toril::e2e
