#pragma once

// What a subscriber connection is subscribed to, so that a new link can be given the same.

#include "redis/command.hpp"

#include <toril/redis/reply.hpp>

#include <array>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace toril::redis {

/// The arguments of one encoded command, its name first. REQUIRES: made by Request.
std::vector<std::string_view> decode_command(std::string_view payload);

/// True for what RESP2 sends as an ordinary array: messages and confirmations of Pub/Sub.
bool is_pubsub_message(const Value& reply) noexcept;
/// Of those, a confirmation: it answers one channel of a (un)subscribe.
bool is_confirmation(const Value& message) noexcept;

class Subscriptions {
public:
    /// Looks at a command on its way out: remembers what it asks for, and sets how many
    /// confirmations will answer it. Others are left alone.
    void note(Command& command);

    /// The commands that bring a new link to where the old one was.
    std::vector<Command> replay() const;

private:
    std::array<std::set<std::string>, 3> wanted_{};  // by kind: channels, patterns, shards
};

}  // namespace toril::redis
