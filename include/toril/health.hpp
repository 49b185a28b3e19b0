#pragma once

#include <toril/fwd.hpp>
#include <toril/json.hpp>
#include <toril/result.hpp>
#include <toril/time.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace toril {

enum class HealthStatus : unsigned char { healthy, degraded, unhealthy };
std::string_view to_string(HealthStatus status) noexcept;

/// Why a store, or a link to it, is not as it should be.
enum class HealthReason : unsigned char {
    none,
    starting,   ///< Not connected yet, and nothing has failed.
    refused,    ///< Nobody listens there.
    timed_out,  ///< No answer in time: black-holed, stopped, or too busy.
    dns,
    tls,
    auth,      ///< NOAUTH, WRONGPASS.
    noperm,    ///< The user lacks a right.
    readonly,  ///< A replica.
    loading,
    misconf,  ///< It cannot save, and refuses writes.
    oom,      ///< Its memory is full.
    max_clients,
    cluster_down,
    slow,
    protocol,  ///< It does not speak Redis.
    disk,      ///< SQLite: full, or not writable.
    corrupt,
    closed,        ///< By us.
    disconnected,  ///< The link was lost, for another reason.
};
/// `"refused"`, ...
std::string_view to_string(HealthReason reason) noexcept;

/// One connection of a store.
struct LinkHealth {
    std::string role{};   ///< `jobs`, `cache`, `side`, `worker`, ...
    std::string name{};   ///< As the server lists it.
    std::string state{};  ///< `idle`, `connecting`, `ready`, `reconnecting`, `degraded`, ...
    HealthReason reason = HealthReason::none;
    std::string detail{};              ///< One sentence without secrets.
    Millis since{0};                   ///< How long there is a link, or none.
    std::optional<Millis> last_ok{};   ///< Age of the last answer.
    std::chrono::microseconds rtt{0};  ///< Smoothed; 0: not known.
    std::uint64_t connects = 0;
    std::uint64_t failures = 0;  ///< Attempts to connect that came to nothing.
    std::uint64_t disconnects = 0;
    std::uint64_t timeouts = 0;
    std::size_t waiting = 0;  ///< Commands without an answer.
};

/// Something that is replaced by something else, now or before.
struct Fallback {
    std::string subsystem{};  ///< `cache:<name>`, `throttle`, `locks`, `spool:<queue>`, ...
    std::string mode{};       ///< By what: `memory`, `local`, `open`, `spool`.
    std::string reason{};
    bool active = false;
    Millis since{0};          ///< Active: for how long.
    Millis total{0};          ///< In all, the active time included.
    std::uint64_t times = 0;  ///< How often it began.
    std::uint64_t count = 0;  ///< What was done in this way.
};

/// What a check of your own finds. Called on a thread of Health, never by who asks.
struct CheckResult {
    bool ok = true;
    std::string detail{};
};

struct QueueProgress {
    std::string queue{};
    std::optional<Millis> oldest_waiting{};  ///< Age of the oldest job that could run.
    std::uint64_t waiting = 0;
    std::uint64_t active = 0;
    std::uint64_t delayed_overdue = 0;
    bool paused = false;
    bool stuck = false;  ///< `detail` says why it counts as such.
    std::string detail{};
    std::optional<Millis> canary_age{};  ///< Since a canary job came through.
};

/// One dependency.
struct ServiceHealth {
    std::string name{};
    std::string status{};  ///< `up`, `down`, `degraded`, `disabled`, `starting`
    bool connected = false;
    std::optional<double> response_ms{};
    HealthReason reason = HealthReason::none;
    std::string error{};
    bool optional = false;
    std::string fallback{};  ///< What stands in for it now; empty: nothing.
};

/// All that is known at one time. A value that never changes.
struct HealthReport {
    HealthStatus status = HealthStatus::unhealthy;
    Timestamp at{};
    Millis since{0};      ///< How long the status has been this.
    std::string cause{};  ///< In one line: what is wrong, since when, what follows.
    std::string store{};  ///< Its URL, masked.
    std::vector<ServiceHealth> services{};
    std::vector<LinkHealth> links{};
    std::vector<Fallback> fallbacks{};
    std::vector<QueueProgress> queues{};
    std::optional<double> cache_hit_rate{};
};

struct HealthOptions {
    Millis ping_every{1'000};
    Millis ping_timeout{250};
    Millis write_probe_every{30'000};
    /// So many bad pings in a row make it unhealthy, so many good ones healthy again.
    int bad_max = 2;
    int good_min = 3;
    /// Above this a store counts as slow: degraded.
    Millis slow{100};
    /// The store may be away: then the program is degraded, not unhealthy.
    bool store_optional = false;
};

struct WatchQueueOptions {
    Millis every{5'000};
    /// Jobs that could run and have waited for longer while none is active: stuck.
    Millis oldest_waiting_max{300'000};
    /// More than 0: a job named `toril.canary` goes through the queue so often. Its workers take
    /// part by themselves (`WorkerOptions` needs nothing); Node's would run it as any job.
    Millis canary_every{0};
};

/// Whether the program and its store are well. Everything is found out in the background; who asks
/// gets the last report at once.
///
/// Threads:  any method, from any thread.
/// Blocking: none but `ping` and `first_report`, by their deadlines, and the end of the last
///           handle, for about a second if a check or a listener hangs. Its thread is left to
///           itself then: what they captured must live on, and must not be this.
class Health final {
public:
    /// Begins to look. The first report says `starting`.
    static Result<Health> open(const Store& store, const HealthOptions& options = {});

    std::shared_ptr<const HealthReport> report() const;
    /// The first one that does not say `starting`, or the last one when `at_most` has passed. For
    /// programs that look once; and for startup probes. Blocks.
    std::shared_ptr<const HealthReport> first_report(Millis at_most) const;
    bool is_healthy() const;  ///< Or degraded: it works.
    HealthStatus status() const;

    /// A round trip now. Errors: those of the store; `timed_out`.
    Result<std::chrono::microseconds> ping(Millis deadline = Millis{1'000}) const;

    /// Looks at a queue's progress too. Of the store that this was opened with.
    Status watch(const Queue& queue, const WatchQueueOptions& options = {});
    void watch(const Cache& cache);
    /// A dependency of your own, asked every `every` on a thread of this.
    void add_check(std::string name,
                   bool optional,
                   Millis every,
                   std::function<CheckResult()> check);

    /// Called after each change of the status, on a thread of this.
    void on_change(std::function<void(const HealthReport&)> listener);

    class Impl;

private:
    friend class Metrics;
    explicit Health(std::shared_ptr<Impl> impl) noexcept;

    std::shared_ptr<Impl> impl_;
};

/// The document of `GET /api/health`: `{"status","timestamp","since","cause","store","services":
/// {NAME:{"status","connected","responseTime","error","optional","fallbackMode"}},"fallbacks",
/// "links","queues","cache"}`.
Json to_json(const HealthReport& report);

/// What the server says of itself. Errors: those of the store.
struct ServerInfo {
    std::vector<std::pair<std::string, std::string>> facts{};  ///< As the server names them.
    std::string version{};
    std::string mode{};  ///< `standalone`, `cluster`, `sentinel`; `embedded`
    std::string role{};  ///< `master`, `replica`
    Millis uptime{0};
    std::uint64_t memory_used = 0;
    std::uint64_t memory_peak = 0;
    std::uint64_t memory_rss = 0;
    std::uint64_t memory_max = 0;  ///< 0: no limit.
    std::optional<double> fragmentation{};
    std::string eviction_policy{};
    std::uint64_t clients = 0;
    std::uint64_t clients_blocked = 0;
    std::uint64_t keys = 0;  ///< In the database in use.
    std::uint64_t evicted = 0;
};
Result<ServerInfo> server_info(const Store& store, Millis deadline = Millis{5'000});

}  // namespace toril
