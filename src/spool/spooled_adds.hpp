#pragma once

// Adds of one queue that are kept in a spool while the store is away.

#include "spool/inbox.hpp"
#include "spool/pending_add.hpp"
#include "spool/spooled_line.hpp"

#include <toril/result.hpp>
#include <toril/spool.hpp>

#include <memory>
#include <span>
#include <thread>

namespace toril::spool {

/// Threads: any, at the same time. Order: what one thread submits reaches the store in that order.
class SpooledAdds {
public:
    SpooledAdds(std::shared_ptr<contract::JobStore> store,
                std::unique_ptr<contract::SpoolLog> log,
                LineOptions options,
                SpoolReport report);
    /// Waits until all adds are answered, and for a spool in memory until it is forwarded, at most
    /// `closing_max`. Not to be called from a sink.
    ~SpooledAdds();
    SpooledAdds(const SpooledAdds&) = delete;
    SpooledAdds& operator=(const SpooledAdds&) = delete;

    /// Moves from `adds`, and gives those without an id one. Does not wait for the answers.
    /// Errors: `limit_reached`, for all of them: no sink is called then.
    Status submit(std::span<PendingAdd> adds);

    SpoolStats stats() const;
    /// Errors: `timed_out`, with what is left.
    Status flush(Millis deadline);

private:
    const std::shared_ptr<Inbox> inbox_;  // shared with the answers that are due
    SpooledLine line_;
    std::thread thread_;
};

}  // namespace toril::spool
