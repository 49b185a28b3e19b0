#pragma once

#include <toril/fwd.hpp>
#include <toril/result.hpp>
#include <toril/time.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace toril {

/// What becomes of an add when its spool is full.
enum class WhenFull : unsigned char {
    refuse,       ///< `limit_reached`: nothing that was acknowledged is lost.
    drop_oldest,  ///< The oldest jobs that were never sent go, and are counted.
};

/// Where a queue keeps the jobs that are added while its store is away. docs/guide/spool.md.
struct SpoolOptions {
    /// A SQLite file, for any number of queues and processes that use the same store. It is made
    /// when it is not there, readable by this user only. Empty: in memory.
    std::string path{};
    /// Of this queue's jobs in the spool.
    std::uint64_t bytes_max = 1'073'741'824;
    std::uint64_t jobs_max = 1'000'000;
    WhenFull when_full = WhenFull::refuse;
    /// Longest wait of an add for the store before it goes to the spool.
    Millis patience{1'000};
};

enum class SpoolState : unsigned char {
    direct,    ///< Adds go to the store.
    spooling,  ///< The store is away: adds go to the spool.
    draining,  ///< It is back, or another process forwards: adds go behind those of the spool.
};
/// `"direct"`, `"spooling"`, `"draining"`
std::string_view to_string(SpoolState state) noexcept;

/// Of one queue; the counts are those of this object.
struct SpoolStats {
    SpoolState state = SpoolState::direct;
    std::uint64_t jobs = 0;  ///< In the spool now, of other processes too.
    std::uint64_t bytes = 0;
    Millis oldest_age{0};         ///< Of the first of them; 0: there is none.
    std::uint64_t spooled = 0;    ///< Answered so.
    std::uint64_t forwarded = 0;  ///< From the spool to the store.
    std::uint64_t refused = 0;    ///< Adds that found it full.
    std::uint64_t dropped = 0;    ///< To make room.
    std::uint64_t rejected = 0;   ///< Kept aside in the file: the store will never take them.
};

/// One queue in the file of a spool; the counts are of all time.
struct SpoolLine {
    std::string prefix{};
    std::string queue{};
    std::uint64_t jobs = 0;
    std::uint64_t bytes = 0;
    Millis oldest_age{0};
    std::uint64_t forwarded = 0;
    std::uint64_t rejected = 0;
    std::uint64_t dropped = 0;
    std::string latest_reason{};  ///< Why the latest job was rejected.
};

/// What is in a file, also while programs use it. Errors: `not_found`, `corrupt`, `unavailable`.
Result<std::vector<SpoolLine>> read_spool(const std::string& path);

}  // namespace toril
