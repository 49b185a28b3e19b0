#pragma once

// One entry of a connection's line of commands: what is to be sent, and whom to tell.

#include <toril/redis/connection.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace toril::redis {

using SteadyTime = std::chrono::steady_clock::time_point;
using OnReplies = std::function<void(Result<std::vector<Reply>>)>;

/// Several commands that are answered together.
struct Batch {
    std::vector<Reply> replies{};
    OnReplies on_replies{};
};

struct Command {
    std::string payload{};           ///< Of a script: the arguments behind its text or SHA1.
    OnReply on_reply{};              ///< Empty: nobody waits (any more); the reply is dropped.
    std::unique_ptr<Batch> batch{};  ///< Instead of `on_reply`.
    const Script* script = nullptr;

    Millis timeout{0};
    SteadyTime deadline{};
    SteadyTime sent_at{};
    std::uint64_t wire_begin = 0;  ///< Position of its first byte in what this link was given,
    std::uint64_t wire_end = 0;    ///< and of the first one after it.

    std::uint32_t replies_left = 1;
    std::uint32_t script_arguments = 0;  ///< Of EVAL in all, the word EVAL included.
    std::uint32_t confirmations = 0;     ///< RESP3: pushes that answer a (un)subscribe.
    bool idempotent = false;
    bool whole_script = false;  ///< EVAL, whatever we think the server knows.
    bool maybe_ran = false;     ///< It was written to a link that was lost; waits to go again.

    bool has_caller() const noexcept { return on_reply != nullptr || batch != nullptr; }
};

/// An answer that waits to be handed to its caller, after the whole read has been parsed.
struct Settled {
    OnReply on_reply{};
    std::unique_ptr<Batch> batch{};  ///< With `on_replies`; its replies are the answer.
    Result<Reply> answer{Reply{}};

    void deliver();
};

}  // namespace toril::redis
