#pragma once

// When a scheduler runs, as the command line says it.

#include <toril/result.hpp>
#include <toril/scheduler.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace toril::cli {

class Arguments;

class RepeatArgument {
public:
    void declare(Arguments& arguments);

    bool is_set() const { return every_ || pattern_; }
    /// Errors: `invalid_argument` that names the option.
    Result<Repeat> repeat() const;

private:
    std::optional<Millis> every_{};
    std::optional<Millis> offset_{};
    std::optional<std::string> pattern_{};
    std::optional<std::string> tz_{};
    std::optional<std::string> start_{};
    std::optional<std::string> end_{};
    std::optional<std::string> missed_{};
    std::optional<std::int64_t> limit_{};
    bool immediately_ = false;
};

}  // namespace toril::cli
