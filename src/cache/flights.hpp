#pragma once

// Loads that are under way: one of a key, however many wait for it.

#include "cache/memory_tier.hpp"

#include <toril/error.hpp>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>

namespace toril::cache {

/// How a load ended.
struct Landing {
    enum class From : unsigned char { memory, store, loader };

    BlockPtr block{};              // null: `error` says why
    std::optional<Error> error{};  // the loader's
    From from = From::loader;
    bool shared = true;       // false: for the one who loaded only
    bool refused = false;     // hit by a mark, or removed, meanwhile: not kept
    std::uint64_t since = 0;  // the latest mark when the store was asked, or the loader began
};

/// One load. Threads: any; one of them runs it.
///
/// std::mutex as in base/sync.hpp: this is where a thousand callers wait.
class Flight {
public:
    using Time = std::chrono::steady_clock::time_point;

    Flight(std::string key_, std::uint64_t since_) : key(std::move(key_)), since(since_) {}

    const std::string key;
    const std::uint64_t since;  // the latest mark when it began

    /// The calling thread runs it from now on.
    void run_here();
    bool is_run_here() const noexcept { return runner_.load() == std::this_thread::get_id(); }

    /// Ends it. Once.
    void land(Landing landing);
    /// Empty: `until` passed first. None: waits for good.
    std::optional<Landing> wait(std::optional<Time> until);

    /// Removed, expired or set meanwhile: what it loads will not be kept.
    void detach() noexcept { detached_.store(true); }
    bool is_detached() const noexcept { return detached_.load(); }

    /// What may be served if the load fails or takes too long.
    void offer_stale(BlockPtr stale);
    BlockPtr stale() const;

    /// Others changed the key, or may have.
    void hear();
    std::uint64_t news() const;
    /// False: `until` passed before there was other news than `seen`.
    bool wait_for_news(std::uint64_t seen, Time until);

private:
    mutable std::mutex mutex_{};  // guards the next three
    std::optional<Landing> landing_{};
    BlockPtr stale_{};
    std::uint64_t news_ = 0;
    std::condition_variable changed_{};
    // Each says one thing that publishes nothing else.
    std::atomic<std::thread::id> runner_{};
    std::atomic<bool> detached_{false};
};

using FlightPtr = std::shared_ptr<Flight>;

/// Threads: any.
class Flights {
public:
    struct Seat {
        FlightPtr flight{};
        bool is_pilot = false;  // who is to run it
    };

    /// The flight of `key`; if there is none a new one, which the caller runs and ends.
    Seat board(std::string_view key, std::uint64_t since);
    /// To be called before it lands: who comes later begins another one.
    void end(const FlightPtr& flight);
    /// Who comes from now on begins another one. What this one loads will not be kept.
    void detach(std::string_view key);
    void hear(std::string_view key);
    void hear_all();

private:
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view key) const noexcept {
            return std::hash<std::string_view>{}(key);
        }
    };

    std::mutex mutex_{};  // guards the next
    std::unordered_map<std::string, FlightPtr, Hash, std::equal_to<>> flights_{};
};

}  // namespace toril::cache
