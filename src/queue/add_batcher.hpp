#pragma once

// Group commit for adds: what callers submit while a batch is under way forms the next one.
// A lone caller waits for nobody, a thousand callers share one round trip.
//
//     an add           goes on when                                    to
//     queued           no batch is under way, or one and enough are    sent, in a batch
//                      queued; and none waits to be repeated
//     sent             the store answers                               answered
//     sent             the link died, or the store is away             waiting to be repeated
//     to be repeated   the back-off has passed                         sent again, same token
//     to be repeated   no time is left                                 answered with the error

#include "base/mutex.hpp"
#include "contract/job_store.hpp"
#include "spool/pending_add.hpp"

#include <toril/result.hpp>
#include <toril/time.hpp>

#include <cstddef>
#include <memory>
#include <span>
#include <string>

namespace toril::queue {

using spool::AddSink;
using spool::batch_bytes_max;
using spool::PendingAdd;
using spool::unanswered_adds_max;

/// Two, so that the store works on one while we read the other's answer.
inline constexpr std::size_t batches_in_flight_max = 2;
/// The second batch is for load: it goes only with so many jobs. Else the callers that one
/// answer frees would send a batch each as they wake.
inline constexpr std::size_t second_batch_min = 50;

/// Threads: `submit` from any, at the same time. Order: what one thread submits is stored in
/// that order, unless an outage makes a batch wait to be repeated while the next is sent.
class AddBatcher {
public:
    /// `timeout`: how long an add is repeated while the store is away.
    AddBatcher(std::shared_ptr<contract::JobStore> store, std::string queue, Millis timeout);
    /// Waits for answers that are due, at most a little longer than the timeout; adds that were
    /// not sent by then answer `cancelled`. Not to be called from a sink.
    ~AddBatcher();
    AddBatcher(const AddBatcher&) = delete;
    AddBatcher& operator=(const AddBatcher&) = delete;

    /// Moves from `adds`. Does not wait for the answers. Errors: `limit_reached`, for all of
    /// them: no sink is called then.
    Status submit(std::span<PendingAdd> adds);

private:
    class State;
    std::shared_ptr<State> state_;  // shared with the answers that are due
};

}  // namespace toril::queue
