#pragma once

// The options of `toril add` and what they become.

#include <toril/job.hpp>
#include <toril/result.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace toril::cli {

class Arguments;

class JobOptionsArgument {
public:
    void declare(Arguments& arguments);

    /// Errors: `invalid_argument` that names the option.
    Result<JobOptions> options() const;

    /// Whether any of them was given.
    bool is_set() const;

private:
    Status add_deduplication(JobOptions& options) const;

    std::optional<std::string> id_{};
    std::optional<Millis> delay_{};
    std::optional<std::int64_t> priority_{};
    std::optional<std::int64_t> attempts_{};
    std::optional<std::string> backoff_{};
    std::optional<std::string> keep_completed_{};
    std::optional<std::string> keep_failed_{};
    std::optional<std::int64_t> size_limit_{};
    std::optional<std::string> dedup_{};
    bool lifo_ = false;
    bool dedup_extend_ = false;
    bool dedup_replace_ = false;
    bool dedup_keep_last_ = false;
};

/// `fixed:1s`, `exponential:2s`, each with `:JITTER` from 0 to 1 behind it if wanted.
Result<Backoff> parse_backoff(std::string_view text);

/// `true` (none is kept), `false`, a number (the newest so many), an age (`1d`).
Result<KeepJobs> parse_keep(std::string_view text);

}  // namespace toril::cli
