#pragma once

// What a command prints as data, on stdout.

#include <toril/json.hpp>
#include <toril/result.hpp>

#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

namespace toril::cli {

enum class Format : unsigned char { text, json, jsonl };

class Output {
public:
    Output(std::FILE* stream, Format format, bool is_terminal) noexcept
        : stream_(stream), format_(format), is_terminal_(is_terminal) {}

    Format format() const noexcept { return format_; }
    bool is_text() const noexcept { return format_ == Format::text; }
    bool is_terminal() const noexcept { return is_terminal_; }

    /// One line, with whatever could steer a terminal escaped.
    void line(std::string_view text);
    /// One JSON document, or one line of a stream of them.
    void json(const Json& document);
    /// Bytes as they are. Only for text of ours.
    void raw(std::string_view text);

    /// Errors: `failed` when the bytes could not be written, a full disk for instance.
    Status flush();

private:
    std::FILE* stream_;
    Format format_;
    bool is_terminal_;
    bool is_broken_ = false;
};

/// Columns with a heading each, wide enough for what is in them.
class Table {
public:
    explicit Table(std::vector<std::string> headings) : rows_{std::move(headings)} {}

    /// Cells are made printable.
    void row(std::vector<std::string> cells);

    /// `width`: of the terminal, where the last column is cut; 0: nothing is cut.
    std::string text(std::size_t width) const;

private:
    std::vector<std::vector<std::string>> rows_;
};

}  // namespace toril::cli
