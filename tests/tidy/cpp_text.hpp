#pragma once

// Just enough understanding of C++ text for the tidy tests: no parser, but right for code that
// clang-format has laid out.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace toril::tidy {

// The same text with the insides of comments and literals as spaces; lines stay where they are.
std::string without_comments_and_literals(std::string_view text);

struct Include {
    std::size_t line = 0;
    std::string target{};  // between the quotes or brackets
    bool angled = false;
};
std::vector<Include> includes_of(std::string_view text);

struct Function {
    std::size_t line = 0;   // where its head begins
    std::size_t lines = 0;  // from there to its closing brace
    std::string head{};     // for messages
};
// Function bodies that are not inside another one.
std::vector<Function> functions_of(std::string_view text);

// Whether `word` is in `text`, with no letter, digit or '_' before it; `word` may end in '('.
bool has_word(std::string_view text, std::string_view word);

}  // namespace toril::tidy
