#pragma once

#include "session.hpp"

#include <toril/result.hpp>

#include <string>
#include <string_view>

namespace toril::cli {

/// What a command that destroys something was told.
struct Consent {
    bool yes = false;
    bool dry_run = false;
};

/// Asks on a terminal; elsewhere `--yes` is needed. `what`: "remove 12 jobs of \"mail\"".
/// `must_type`: what to type for consent instead of y; empty: y.
///
/// Errors: `wrong_state` when nobody consented. Nothing was changed.
Status confirm(const Consent& consent, std::string_view what, std::string_view must_type = {});

}  // namespace toril::cli
