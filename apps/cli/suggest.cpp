#include "suggest.hpp"

#include <algorithm>
#include <cstddef>
#include <vector>

namespace toril::cli {
namespace {

std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j < row.size(); ++j)
        row[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
            diagonal = row[j];
            row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
        }
    }
    return row[b.size()];
}

}  // namespace

std::string closest(std::string_view word, std::span<const std::string> known) {
    constexpr std::size_t word_bytes_max = 40;
    if (word.size() > word_bytes_max) return {};
    std::string best;
    std::size_t least = std::min<std::size_t>(3, word.size());
    for (const std::string& each : known) {
        const std::size_t distance = edit_distance(word, each);
        if (distance >= least) continue;
        least = distance;
        best = each;
    }
    return best;
}

}  // namespace toril::cli
