#pragma once

// The line of commands of one connection as a machine: what waits, what is under way, who is
// told what. No I/O; time is an argument.
//
//     waiting     not handed to the link. In order; bounded by count and bytes.
//     in flight   handed over and not answered. The n-th answer belongs to the n-th of them:
//                 nobody is ever taken out of the middle. Who gave up waiting is told so and
//                 keeps the place; the late answer is dropped there.
//
// When the link is lost (`written` bytes had reached the kernel):
//
//     last byte not written                    waits again, in front, in order
//     written, idempotent, nothing answered    waits again, in front, in order
//     else                                     `outcome_unknown`
//
// An incomplete request is never executed, hence the first row; of a batch already its first
// byte counts. The deadline goes on through all of this.

#include "redis/command.hpp"
#include "redis/ring.hpp"

#include <toril/redis/reply.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_set>
#include <vector>

namespace toril::redis {

struct PipelineLimits {
    std::size_t waiting_max = 10'000;
    std::size_t waiting_bytes_max = 64u * 1024 * 1024;
    std::size_t in_flight_max = 65'536;
    std::size_t in_flight_bytes_max = 64u * 1024 * 1024;
};

class Pipeline {
public:
    explicit Pipeline(const PipelineLimits& limits) noexcept : limits_(limits) {}

    /// Puts a command at the end. Its `timeout` counts from `now`. Too many: `limit_reached`.
    void submit(Command&& command, SteadyTime now);

    /// Puts a command of the connection's own (without a caller) in front of all that wait.
    void submit_first(Command&& command);

    /// Moves commands in flight and appends their bytes, up to about `bytes_max`.
    void fill(std::string& out, std::size_t bytes_max, SteadyTime now);

    /// The answer to the oldest in flight. False: there is none, the stream is out of step.
    bool on_reply(Reply&& reply);

    /// A push that confirms a subscription. True: the oldest in flight waited for it.
    bool on_confirmation();

    /// `written`: bytes that reached the kernel. `poisoned`: the link was lost over the answer to
    /// the oldest, so that one is not repeated.
    void on_lost(std::uint64_t written, bool poisoned, const std::string& reason);

    /// Ends what has passed its deadline. `reason` says why the link was not there, for those
    /// that were never sent. Answers how many had been sent.
    std::size_t expire(SteadyTime now, const std::string& reason);
    /// Not after the earliest deadline. time_point::max(): none.
    SteadyTime next_deadline() const noexcept { return next_deadline_; }

    /// Ends all that wait. One that was written before and may have run is `outcome_unknown`.
    void fail_waiting(const Error& error);
    /// As above, but leaves those that may have run to be sent again.
    void fail_unsent(const Error& error);
    /// Tells the caller of a command that is not taken at all.
    void refuse(Command&& command, const Error& error) { settle(command, error); }
    /// At the end of a connection: all of them, each with what is true of it.
    void fail_all(const std::string& reason);

    /// When the oldest was handed to the link. REQUIRES: in_flight() > 0.
    const Command& oldest() noexcept { return in_flight_.front(); }

    std::size_t waiting() const noexcept { return waiting_.size(); }
    std::size_t in_flight() const noexcept { return in_flight_.size(); }

    /// Answers since the last call, in order.
    std::vector<Settled>& settled() noexcept { return settled_; }

private:
    void settle(Command& command, Result<Reply> answer);
    void wait_first(Command&& command);
    Command pop_in_flight();
    bool may_fill() const noexcept;
    void note_deadline(const Command& command) noexcept;
    void append_script(const Command& command, std::string& out);
    bool retry_whole(Command& command, const Value& answer);
    bool goes_back(const Command& command, std::uint64_t written) const noexcept;

    const PipelineLimits limits_;
    Ring<Command> waiting_{};
    Ring<Command> in_flight_{};
    std::size_t waiting_bytes_ = 0;
    std::size_t in_flight_bytes_ = 0;
    std::uint64_t filled_ = 0;  // bytes given to this link
    SteadyTime next_deadline_ = SteadyTime::max();
    std::unordered_set<const Script*> known_{};  // to the server at the other end of this link
    std::vector<Settled> settled_{};
};

}  // namespace toril::redis
