#pragma once

// A sqlite_peer process: see sqlite_peer.cpp for what it understands.

#include <toril/time.hpp>

#include <sys/types.h>

#include <optional>
#include <string>

namespace toril::sqlite {

class PeerProcess {
public:
    /// Starts one on the database, and waits until it has opened it.
    explicit PeerProcess(const std::string& database);
    /// Kills it if it still runs.
    ~PeerProcess();
    PeerProcess(const PeerProcess&) = delete;
    PeerProcess& operator=(const PeerProcess&) = delete;

    void send(const std::string& command);
    /// The next line it says; empty when it ended, or said nothing for so long.
    std::optional<std::string> line(Millis at_most = Millis{20'000});

    /// SIGKILL; what it said before can still be read.
    void kill();
    /// Ends its input and waits. True: it ended with success.
    bool end();

private:
    int wait();

    pid_t pid_ = -1;
    int to_ = -1;
    int from_ = -1;
    std::string read_{};
};

}  // namespace toril::sqlite
