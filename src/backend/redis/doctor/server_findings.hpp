#pragma once

// What a Redis server's own words mean for jobs. No I/O: text in, findings out.

#include <toril/doctor.hpp>
#include <toril/time.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace toril::redis_store {

/// What was asked of the server. Empty: it did not say.
struct ServerFacts {
    std::string info{};                          // INFO
    std::optional<std::string> save{};           // CONFIG GET save
    std::optional<std::int64_t> idle_timeout{};  // CONFIG GET timeout, seconds; 0: none
    std::optional<Millis> clock_ahead{};         // of ours
    std::vector<std::string> forbidden{};        // commands that this user may not run
    Millis block_timeout{30'000};                // of workers
};

std::vector<Finding> server_findings(const ServerFacts& facts);

/// The value of a line `name:value` of INFO; empty: there is none.
std::string_view info_field(std::string_view info, std::string_view name);

}  // namespace toril::redis_store
