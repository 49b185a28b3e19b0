#pragma once

// What an error reply of a server means for the command and for the link. Only the leading code
// is looked at: texts differ between versions, and scripts append to them.

#include <toril/error.hpp>
#include <toril/redis/connection.hpp>

#include <optional>
#include <string_view>

namespace toril::redis {

/// `READONLY` of "READONLY You can't write against a read only replica."
std::string_view error_reply_code(std::string_view text) noexcept;

/// The Error that stands for it; empty: the caller gets the Reply itself. Each of these codes
/// is given before anything ran, so `unavailable` is true to its word.
std::optional<Error> error_of_reply(std::string_view text);

/// Why the server refuses us; `none`: the reply is about the command. Of a script's own commands
/// too, which old servers wrap: `ERR Error running script ...: -OOM ...`.
LinkReason reason_of_reply(std::string_view text) noexcept;

/// The server at the other end cannot serve us as it is: look for it anew.
bool calls_for_another_link(std::string_view code) noexcept;

/// Worth asking the same server again in a moment (used in the handshake).
bool is_transient(std::string_view code) noexcept;

}  // namespace toril::redis
