#pragma once

// A redis-server of a test's own: on 127.0.0.1 at a free port, in a temporary folder, without
// a configuration file, ended by its own process id.

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace toril::testing {

struct RedisServerOptions {
    bool append_only = false;  ///< appendonly yes, appendfsync always: a kill -9 loses nothing.
    std::string password{};    ///< requirepass; empty: none.
    /// Further arguments, `{"--maxclients", "5"}` for instance.
    std::vector<std::string> arguments{};
};

/// One server process. Port and folder stay the same over `kill` and `start_again`.
///
/// Threads: one at a time. The server dies with the thread that started it, so that a test that
///          crashes leaves none behind.
/// Failure: a server that cannot be started throws std::runtime_error with the end of its log.
class RedisServer {
public:
    explicit RedisServer(RedisServerOptions options = {});
    ~RedisServer();
    RedisServer(const RedisServer&) = delete;
    RedisServer& operator=(const RedisServer&) = delete;

    std::uint16_t port() const noexcept { return port_; }
    pid_t pid() const noexcept { return pid_; }  ///< 0: not running.
    const std::filesystem::path& folder() const noexcept { return folder_; }
    /// `redis://127.0.0.1:PORT`, with the password if there is one.
    std::string url() const;
    std::string unix_path() const { return (folder_ / "redis.sock").string(); }

    /// SIGKILL, and waits until it is gone.
    void kill();
    /// Starts it at the same port with the same data. Returns when it answers; with
    /// `wait_loaded` false also when the answer is LOADING.
    void start_again(bool wait_loaded = true);
    void freeze();  ///< SIGSTOP: the kernel still acknowledges, the process says nothing.
    void thaw();    ///< SIGCONT

    /// Runs one command on a connection of its own and answers the raw RESP2 bytes of a
    /// simple or bulk reply (the text alone), of others the first line.
    std::string command(const std::vector<std::string>& arguments) const;
    /// The same after another command on the same connection: `{"AUTH", user, password}`.
    std::string command_after(const std::vector<std::string>& first,
                              const std::vector<std::string>& arguments) const;

private:
    void launch();
    void wait_until_it_answers(bool wait_loaded);
    std::string log_tail() const;

    RedisServerOptions options_;
    std::filesystem::path folder_;
    std::uint16_t port_ = 0;
    pid_t pid_ = 0;
};

/// The server that tests may share: TORIL_TEST_REDIS_URL when set, else one that is started at
/// the first call and lives as long as the process. Use a random prefix or queue on it.
std::string shared_redis_url();

/// A port on 127.0.0.1 that nobody listens on now, below the kernel's range for clients.
std::uint16_t free_port();

}  // namespace toril::testing
