#pragma once

// What health, metrics and logs are told of a spool: the same trouble once an outage.

#include "base/fallback_board.hpp"
#include "base/logger.hpp"

#include <toril/result.hpp>
#include <toril/time.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

namespace toril::spool {

/// Threads: that of the line.
class SpoolReport {
public:
    using SteadyTime = std::chrono::steady_clock::time_point;

    SpoolReport(std::string queue, base::Logger log, std::shared_ptr<base::FallbackBoard> board);

    void began(const std::string& reason, SteadyTime now);
    void spooled(std::uint64_t jobs);
    void forwarded(std::uint64_t jobs) { forwarded_ += jobs; }
    void drained(SteadyTime now);
    void full(const std::string& why);
    void dropped(std::uint64_t jobs);
    void rejected(const std::string& id, const Error& reason);
    /// The file, or the store in a way that is no outage.
    void failed(const Error& error);
    void lost(std::uint64_t jobs);

private:
    const std::string queue_;
    const std::string subsystem_;
    const base::Logger log_;
    const std::shared_ptr<base::FallbackBoard> board_;
    SteadyTime began_at_{};
    std::uint64_t forwarded_ = 0;  // since it began
    bool active_ = false;
    bool told_full_ = false;
    bool told_failed_ = false;
};

}  // namespace toril::spool
