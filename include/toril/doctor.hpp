#pragma once

#include <toril/fwd.hpp>
#include <toril/result.hpp>
#include <toril/time.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace toril {

/// Something that `examine` found.
struct Finding {
    enum class Severity : unsigned char {
        error,    ///< Jobs get lost, or stand still.
        warning,  ///< They may, under circumstances that come.
    };
    Severity severity = Severity::warning;
    std::string code{};       ///< Stable, for machines: "eviction_policy".
    std::string queue{};      ///< Empty: the store as a whole.
    std::string cause{};      ///< One sentence with the values in it.
    std::string remedy{};     ///< What to do: a command where there is one.
    bool repairable = false;  ///< `repair` mends it.
    bool repaired = false;    ///< It was mended.
};

std::string_view to_string(Finding::Severity severity) noexcept;

struct ExamineOptions {
    /// Mend what can be mended without losing a job. What it would do is in the findings of a
    /// run without it.
    bool repair = false;
    /// Of the workers, to compare with the server's idle time-out.
    Millis block_timeout{30'000};
};

/// Looks the store over as a user of it would: settings that lose jobs, rights that are
/// missing, records that are damaged, jobs and schedulers that stand still. Nothing found: an
/// empty list. Blocks; reads every key of the prefix, a few at a time.
///
/// Errors: those of the store. `docs/guide/doctor.md` lists the codes.
Result<std::vector<Finding>> examine(const Store& store, const ExamineOptions& options = {});

}  // namespace toril
