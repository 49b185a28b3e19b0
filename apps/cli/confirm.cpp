#include "confirm.hpp"

#include "printable.hpp"
#include "terminal.hpp"

#include <iostream>

namespace toril::cli {

Status confirm(const Consent& consent, std::string_view what, std::string_view must_type) {
    if (consent.yes) return {};
    const std::string shown = printable(what);
    if (!is_terminal(stdin) || !is_terminal(stderr))
        return Error(ErrorCode::wrong_state,
                     "this would " + shown +
                         "; add --yes to do it, --dry-run to see what "
                         "it would do");
    if (must_type.empty())
        std::fprintf(stderr, "This will %s. Go on? [y/N] ", shown.c_str());
    else
        std::fprintf(stderr,
                     "This will %s. Type %s to go on: ",
                     shown.c_str(),
                     printable(must_type).c_str());
    std::string answer;
    std::getline(std::cin, answer);
    const bool agreed =
        must_type.empty() ? answer == "y" || answer == "Y" || answer == "yes" : answer == must_type;
    if (agreed) return {};
    return Error(ErrorCode::wrong_state, "not confirmed; nothing was changed");
}

}  // namespace toril::cli
