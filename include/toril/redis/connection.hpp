#pragma once

#include <toril/log.hpp>
#include <toril/redis/config.hpp>
#include <toril/redis/reply.hpp>
#include <toril/redis/request.hpp>
#include <toril/result.hpp>
#include <toril/time.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace toril::redis {

/// What a connection is for, which decides how it treats a lost link.
enum class Profile : unsigned char {
    worker,      ///< Connects at once; once an attempt or the link has failed, a command fails
                 ///< fast until it is back. (Before the first attempt has ended it waits.)
    api,         ///< Connects at the first command; commands wait in a bounded queue.
    blocking,    ///< Its own socket, for BZPOPMIN and XREAD: one command at a time.
    subscriber,  ///< Its own socket, for Pub/Sub.
    shared,      ///< One for the whole program, multiplexed; queues commands as `api` does.
};

enum class LinkState : unsigned char {
    idle,
    connecting,
    ready,
    reconnecting,
    degraded,
    closing,
    closed
};
std::string_view to_string(LinkState state) noexcept;

/// Why there is no link, or why the server refuses what it is asked.
enum class LinkReason : unsigned char {
    none,
    refused,  ///< Nobody listens there, or the way is barred.
    timed_out,
    dns,
    tls,
    auth,    ///< NOAUTH, WRONGPASS.
    noperm,  ///< Of scripts; what else is not permitted is a matter of who asks for it.
    readonly,
    loading,  ///< Or BUSY with a script.
    misconf,
    oom,
    max_clients,
    cluster_down,  ///< MASTERDOWN and NOREPLICAS too.
    protocol,
    disconnected,
};
std::string_view to_string(LinkReason reason) noexcept;

struct SendOptions {
    /// Longest wait for the answer, queueing included. 0: the connection's own.
    Millis timeout{0};
    /// Sent again by itself when the link dies before the answer. Only for commands that may
    /// run twice.
    bool idempotent = false;
};

/// A Lua script: sent once whole, then by its SHA1, again whole when the server forgot it.
/// A constant of the program: it must outlive every connection that has run it.
class Script {
public:
    /// `name` is for messages. The text must live as long as the Script (it is embedded).
    Script(std::string_view name, std::string_view source);

    std::string_view name() const noexcept { return name_; }
    std::string_view source() const noexcept { return source_; }
    const std::string& sha1() const noexcept { return sha1_; }  // 40 hex digits
private:
    std::string_view name_;
    std::string_view source_;
    std::string sha1_;
};

using OnReply = std::function<void(Result<Reply>)>;

struct ConnectionStats {
    std::uint64_t connects = 0;
    std::uint64_t failures = 0;  ///< Attempts that came to nothing.
    std::uint64_t disconnects = 0;
    std::uint64_t commands = 0;
    std::uint64_t timeouts = 0;
    std::uint64_t bytes_in = 0;
    std::uint64_t bytes_out = 0;
    std::size_t queued = 0;
    std::size_t in_flight = 0;
};

/// What is known of a connection; nothing is asked for it.
struct ConnectionReport {
    using Time = std::chrono::steady_clock::time_point;

    std::string role{};
    std::string name{};
    Profile profile = Profile::api;
    LinkState state = LinkState::idle;
    Time since{};  ///< There is a link; or there is none. Attempts in between are no change.
    /// Of a link that is not ready: why. Of a ready one: `timed_out` while it owes answers.
    LinkReason reason = LinkReason::none;
    std::string detail{};
    /// What the server last refused to run, on this link or an earlier one.
    LinkReason refusal = LinkReason::none;
    std::string refusal_detail{};
    Time refused_at{};
    Time last_ok{};                    ///< When the server last said anything; epoch: never.
    std::chrono::microseconds rtt{0};  ///< Smoothed; 0: not known, as of blocking ones.
    ConnectionStats stats{};
};

/// One socket to Redis that mends itself. Commands of any number of callers are pipelined on
/// it in the order of `send`.
///
/// Threads: any method, from any thread. Callbacks run on the runtime's one I/O thread: they
///          must be quick, must not block and must not throw.
/// Errors of a command:
///     unavailable      it was not sent in time, or the server refused it without running it
///                      (READONLY, LOADING, BUSY, OOM, MISCONF, NOREPLICAS, MASTERDOWN,
///                      CLUSTERDOWN, TRYAGAIN, MOVED, ASK, UNBLOCKED). Nothing was changed.
///     outcome_unknown  sent, then the link died, or was closed, before the answer.
///     timed_out        sent, and no answer in time. It keeps its place in the line, so the
///                      late answer is never taken for another's. A `blocking` connection
///                      takes a new socket instead.
///     unauthorized     NOAUTH, WRONGPASS, NOPERM.
///     limit_reached    too many commands wait: the link is down, or the server too slow.
///     cancelled        the connection was closed, or unblocked, before it was sent.
///   Any other error reply of the server is no Error: it is a Reply of type `error`.
///   After READONLY, LOADING, MASTERDOWN, CLUSTERDOWN or NOAUTH the link is replaced as soon as
///   what is under way has been answered.
class Connection {
public:
    Connection(Connection&&) noexcept;
    Connection& operator=(Connection&&) noexcept;
    ~Connection();  // close(0)

    /// Sends one command (a Request of exactly one). On a `subscriber`, a (un)subscribe is
    /// answered with null once all its channels are confirmed, and repeated on each new link.
    /// After `close` the callback runs at once, on the caller's thread.
    void send(Request request, OnReply on_reply, const SendOptions& options = {});

    /// Sends several without anything between them; answers all at once, in order. When the
    /// link dies half-way all of them are `outcome_unknown`. Each refusal of the server is a
    /// Reply of type `error` here, whatever its code.
    void send_all(Request requests,
                  std::function<void(Result<std::vector<Reply>>)> on_replies,
                  const SendOptions& options = {});

    /// Runs a script (EVALSHA, EVAL when needed).
    void run(const Script& script,
             std::span<const std::string_view> keys,
             std::span<const std::string_view> args,
             OnReply on_reply,
             const SendOptions& options = {});

    /// As `send`, and blocks until the answer. Not from a callback.
    Result<Reply> call(Request request, const SendOptions& options = {});

    /// Ends a blocking command (CLIENT UNBLOCK through `helper`, so nothing popped is lost): it
    /// is answered with null as if its time had passed. One that has not been sent yet is
    /// `cancelled`. Returns at once.
    void unblock(Connection& helper);

    LinkState state() const noexcept;
    /// Called on each change of state, on the I/O thread.
    void on_state(std::function<void(LinkState, const std::string& reason)> listener);
    /// Called for each RESP3 push and each Pub/Sub message, on the I/O thread.
    void on_push(std::function<void(const Reply&)> listener);

    const std::string& name() const noexcept;
    ConnectionStats stats_approx() const;
    ConnectionReport report() const;

    /// Refuses new commands, sends what waits and waits for answers until `deadline` from now
    /// (only while there is a link), closes. When it returns, every command has been answered
    /// and no callback runs any more. Idempotent. From a callback it does not wait.
    void close(Millis deadline);

    class Impl;
    explicit Connection(std::shared_ptr<Impl> impl) noexcept;

private:
    std::shared_ptr<Impl> impl_;
};

/// Makes every connection of a program from one Config, on one I/O thread.
class Factory {
public:
    explicit Factory(Config config, LogSink log = {});
    Factory(Factory&&) noexcept;
    Factory& operator=(Factory&&) noexcept;
    ~Factory();  // closes what it made

    /// A connection of its own. `role` becomes part of its name: `<application>:<role>:<pid>`
    /// (unless `exact_name` is given, as BullMQ's workers need). Never fails: it connects in
    /// the background, or at the first command, by profile.
    Connection open(Profile profile, std::string_view role, std::string_view exact_name = {});

    /// The one shared connection; made at the first call. Lives as long as the Factory.
    Connection& shared();

    const Config& config() const noexcept;
    /// Connections that are open now, of this factory. Bounded by what the program holds.
    std::size_t connections_approx() const;
    /// All that are not closed.
    std::vector<ConnectionReport> connections() const;
    /// Called on the I/O thread when one of them gets or loses its link, or is refused something
    /// new. One listener; it must be quick.
    void on_trouble(std::function<void()> listener);

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace toril::redis
