#pragma once

#include <toril/result.hpp>
#include <toril/time.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace toril::redis {

/// How to come back after a lost link. `attempt` counts failures in a row, from 1.
struct ReconnectPolicy {
    Millis step{50};  ///< Wait min(attempt x step, max) ...
    Millis max{2'000};
    double jitter = 0.2;            ///< ... more or less this part of it, at random.
    int attempts_max = 0;           ///< Then rest as `degraded` until a command wants the link or
    Millis degraded_retry{30'000};  ///< this long has passed. 0 attempts: never rest.

    static ReconnectPolicy unlimited() { return {}; }
    /// 1 s, 2 s, 3 s, then degraded: `attempts` is 2 in development, 3 in production.
    static ReconnectPolicy bounded(int attempts) {
        return {.step = Millis{1'000}, .max = Millis{3'000}, .jitter = 0, .attempts_max = attempts};
    }
};

/// Where a Redis is and how to talk to it: one for all connections of a program.
struct Config {
    std::string host = "127.0.0.1";
    std::uint16_t port = 6379;
    std::string unix_path{};  ///< Not empty: a Unix socket, and no host or port.
    bool tls = false;
    std::string username{};
    std::string password{};
    int database = 0;

    std::string application = "toril";  ///< First part of each connection's name.
    Millis connect_timeout{10'000};     ///< Resolve, connect, handshake and ready check together.
    Millis command_timeout{15'000};
    Millis block_timeout{30'000};  ///< Longest blocking read. BULLMQ_BLOCK_TIMEOUT.
    Millis keep_alive{30'000};     ///< Idle time before the kernel probes.
    Millis idle_ping{10'000};      ///< Idle time before we ping.
    /// Longest silence while an answer is due; then the link counts as dead. 0 (the default):
    /// twice the command timeout, at least 10 s. A command's own longer timeout is respected.
    Millis reply_watchdog{0};
    ReconnectPolicy reconnect{};
    bool ready_check = true;
    int protocol = 3;  ///< RESP version asked for; falls back to 2 by itself.

    std::size_t queued_commands_max = 10'000;  ///< While the link is down.
    std::size_t queued_bytes_max = 64u * 1024 * 1024;
    std::size_t reply_bytes_max = 512u * 1024 * 1024;

    /// Reads `redis://`, `rediss://`, `redis+unix://` (`valkey` for `redis` as well).
    /// Unknown query keys are refused. Errors: `invalid_argument` that names the part; it
    /// never shows the password.
    static Result<Config> from_url(std::string_view url);

    /// The URL again, with the password as `***`.
    std::string redacted_url() const;
};

}  // namespace toril::redis
