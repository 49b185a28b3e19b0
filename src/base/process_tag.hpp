#pragma once

// A process, named so that another one on the same machine can prove that it is gone.
//
//     tag    := host "." pid "." start "."      at most 24 bytes of a-z, 0-9 and '.'
//     host   := 8 characters: a hash of the boot's id and the namespaces in which the others mean
//               something
//     pid    := base 36
//     start  := base 36, ticks from the boot to the start of the process
//
// A process id is given again; together with its start it is not.

#include <string>
#include <string_view>

namespace toril::base {

inline constexpr std::size_t process_tag_bytes_max = 24;

/// Of this process. Empty where the system does not say enough (without /proc, say): then
/// nobody can tell whether it is gone.
std::string process_tag();

/// What the tags of this host begin with, '.' included; empty as `process_tag`.
std::string host_tag();

/// The tag that `text` begins with; empty: it begins with none.
std::string_view leading_process_tag(std::string_view text) noexcept;

/// True: it is a tag of this host, and its process does not exist any more. False also whenever
/// there is any doubt.
bool is_proved_dead(std::string_view tag);

}  // namespace toril::base
