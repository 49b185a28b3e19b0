#pragma once

// Which of many similar lines are printed. A machine: no clock, no I/O.
//
// Of each key, the first `lines_max` of a window are printed; the rest of the window is counted
// and told in one line when the window is over. So a flood costs a dozen lines a second, and a
// quiet worker loses none.

#include <toril/time.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace toril::cli {

class Collapser {
public:
    struct Rest {
        std::string key{};
        std::uint64_t count = 0;  // of lines that were not printed
        Millis during{0};
    };

    explicit Collapser(std::uint64_t lines_max, Millis window) noexcept
        : lines_max_(lines_max), window_(window) {}

    /// Whether to print a line of this key. Counts it otherwise.
    bool admit(std::string_view key, Timestamp now);

    /// The windows that are over (all of them, if asked) and left something out.
    std::vector<Rest> take_rests(Timestamp now, bool all = false);

private:
    struct Window {
        Timestamp from{};
        std::uint64_t printed = 0;
        std::uint64_t left_out = 0;
    };

    std::uint64_t lines_max_;
    Millis window_;
    std::map<std::string, Window, std::less<>> windows_{};
};

}  // namespace toril::cli
