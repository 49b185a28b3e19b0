#pragma once

// What a server's facts mean, as far as it told them. A fact that is missing, or that no version
// we know writes so, leaves the member as it is: unknown is no error.

#include <toril/health.hpp>

#include <string>
#include <utility>
#include <vector>

namespace toril::health {

using Facts = std::vector<std::pair<std::string, std::string>>;

ServerInfo server_info_of(Facts facts);

/// In one sentence what of it will go wrong; empty: nothing.
std::string warning_of(const ServerInfo& info);

}  // namespace toril::health
