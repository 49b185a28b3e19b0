#include "output.hpp"

#include "printable.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace toril::cli {

void Output::line(std::string_view text) {
    raw(printable(text) + "\n");
}

void Output::json(const Json& document) {
    raw(document.text() + "\n");
}

void Output::raw(std::string_view text) {
    is_broken_ |= std::fwrite(text.data(), 1, text.size(), stream_) != text.size();
}

Status Output::flush() {
    errno = 0;
    is_broken_ |= std::fflush(stream_) != 0;
    if (!is_broken_) return {};
    return Error(ErrorCode::failed,
                 std::string("the output could not be written") +
                     (errno == 0 ? "" : std::string(": ") + std::strerror(errno)));
}

void Table::row(std::vector<std::string> cells) {
    for (std::string& cell : cells)
        cell = printable(cell);
    rows_.push_back(std::move(cells));
}

std::string Table::text(std::size_t width) const {
    std::vector<std::size_t> widths(rows_.front().size());
    for (const auto& row : rows_)
        for (std::size_t i = 0; i < row.size(); ++i)
            widths[i] = std::max(widths[i], width_of(row[i]));

    std::string text;
    for (const auto& row : rows_) {
        std::size_t used = 0;
        for (std::size_t i = 0; i + 1 < row.size(); ++i) {
            text += row[i];
            text.append(widths[i] - width_of(row[i]) + 2, ' ');
            used += widths[i] + 2;
        }
        const std::size_t room = width > used + 1 ? width - used
                                 : width == 0     ? row.back().size()
                                                  : 1;
        text += cut(row.back(), room);
        text += '\n';
    }
    return text;
}

}  // namespace toril::cli
