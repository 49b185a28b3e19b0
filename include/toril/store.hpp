#pragma once

#include <toril/fwd.hpp>
#include <toril/log.hpp>
#include <toril/result.hpp>
#include <toril/time.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace toril {

namespace contract {
struct Backend;
}

/// How to open a Store. Set only what you mean.
struct StoreOptions {
    /// First part of every Redis key, `bull` as in BullMQ. Embedded stores keep one set of
    /// queues per prefix too. Not empty.
    std::string prefix = "bull";

    /// Longest wait of one operation for its answer. More than 0.
    Millis command_timeout{15'000};

    /// Shown in Redis' list of clients, before the role and the process id.
    std::string application = "toril";

    /// Where log records go. Empty (the default): nowhere.
    LogSink log{};
};

/// A place where jobs are kept. A handle: copies share one store, which closes with the last.
///
///     memory:                                       this process, nothing is kept
///     sqlite:PATH[?durability=fsync|buffered]       one host, any number of processes
///     redis://[user[:pass]@]host[:port][/db]        with BullMQ's data; rediss:// over TLS
///     redis+unix:///path[?db=n]
///
/// Threads: any method, from any thread, at the same time.
class Store final {
public:
    /// Opens a store by URL.
    ///
    /// A Redis store opens while Redis is down: it connects in the background, and calls wait
    /// up to the command timeout. An embedded store is opened, and created, at once.
    ///
    /// Errors: `invalid_argument` for a URL that is not one of the above, naming the part;
    /// `unavailable` and `corrupt` for a file that cannot be used, with the remedy.
    static Result<Store> open(std::string_view url, const StoreOptions& options = {});

    /// The URL, with its password replaced by `***`.
    const std::string& url() const noexcept;

    /// `"fsync"`, `"buffered"`, `"volatile"` or `"unknown"`: what an acknowledged job survives.
    std::string_view durability() const noexcept;

    /// Names of all queues, sorted. O(keys) on Redis: it scans.
    Result<std::vector<std::string>> queues() const;

    /// Finishes what is under way, at most until `deadline` from now, and ends. Blocks.
    /// Later calls answer `cancelled`. Idempotent.
    Status close(Millis deadline = Millis{5'000});

    /// For toril's own classes; its type is not public.
    const contract::Backend& backend() const noexcept;
    const StoreOptions& options() const noexcept;

private:
    struct State;
    explicit Store(std::shared_ptr<State> state) noexcept;

    std::shared_ptr<State> state_;  // never null
};

}  // namespace toril
