#include "tidy/cpp_text.hpp"

#include "tidy/tree.hpp"

#include <algorithm>
#include <cctype>

namespace toril::tidy {
namespace {

bool is_word(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

// Past the end of the comment or literal that begins at `at`; `at` if none does.
std::size_t end_of_opaque(std::string_view text, std::size_t at) {
    const std::string_view rest = text.substr(at);
    const auto past = [&](std::string_view closing, std::size_t from) {
        const std::size_t found = text.find(closing, from);
        return found == std::string_view::npos ? text.size() : found + closing.size();
    };
    if (rest.starts_with("//")) return std::min(text.find('\n', at), text.size());
    if (rest.starts_with("/*")) return past("*/", at + 2);
    if (rest.starts_with("R\"") && (at == 0 || !is_word(text[at - 1]))) {
        const std::size_t open = std::min(rest.find('('), rest.size());
        return past(")" + std::string(rest.substr(2, open - 2)) + "\"", at + open);
    }
    const bool digit_separator = rest.front() == '\'' && at > 0 && is_word(text[at - 1]);
    if (digit_separator || (rest.front() != '"' && rest.front() != '\'')) return at;
    for (std::size_t i = at + 1; i < text.size(); ++i) {
        if (text[i] == '\\')
            ++i;
        else if (text[i] == rest.front())
            return i + 1;
        else if (text[i] == '\n')
            return i;
    }
    return text.size();
}

// Takes `template <...>` from the front, whose `class` would look like a class.
std::string_view without_template(std::string_view head) {
    while (head.starts_with("template")) {
        int depth = 0;
        std::size_t i = head.find('<');
        for (; i < head.size(); ++i) {
            if (head[i] == '<') ++depth;
            if (head[i] == '>' && --depth == 0) break;
        }
        head.remove_prefix(std::min(i + 1, head.size()));
        head.remove_prefix(std::min(head.find_first_not_of(" \n"), head.size()));
    }
    return head;
}

enum class Block { scope, function, other };

Block block_after(std::string_view head) {
    head = without_template(head);
    for (std::string_view opener : {"namespace", "class", "struct", "union", "enum", "extern"})
        if (has_word(head, opener) && head.find('(') == std::string_view::npos) return Block::scope;
    if (head.find('(') == std::string_view::npos) return Block::other;
    // `x = f({...})` and `std::map<F()> table{...}` are values; `operator==(...) {` is none.
    const std::size_t equals = head.find(" = ");
    return equals != std::string_view::npos && equals < head.find('(') ? Block::other
                                                                       : Block::function;
}

std::string first_line(std::string_view text) {
    return std::string(text.substr(0, std::min(text.find('\n'), text.size())));
}

}  // namespace

std::string without_comments_and_literals(std::string_view text) {
    std::string out(text);
    for (std::size_t i = 0; i < text.size();) {
        const std::size_t end = end_of_opaque(text, i);
        for (std::size_t j = i; j < end; ++j)
            if (out[j] != '\n') out[j] = ' ';
        i = std::max(end, i + 1);
    }
    return out;
}

std::vector<Include> includes_of(std::string_view text) {
    std::vector<Include> found;
    std::size_t number = 0;
    for (std::string_view line : lines_of(text)) {
        ++number;
        constexpr std::string_view directive = "#include ";
        if (!line.starts_with(directive) || line.size() < directive.size() + 2) continue;
        const char open = line[directive.size()];
        const std::size_t close = line.find(open == '<' ? '>' : '"', directive.size() + 1);
        if (close == std::string_view::npos) continue;
        const std::size_t from = directive.size() + 1;
        found.push_back({number, std::string(line.substr(from, close - from)), open == '<'});
    }
    return found;
}

std::vector<Function> functions_of(std::string_view text) {
    const std::string code = without_comments_and_literals(text);
    std::vector<Function> functions;
    std::size_t head_at = 0;  // just past the last ';', '{' or '}'
    int inside = 0;           // depth of braces within a function or a value
    Function current;
    bool is_function = false;
    const auto line_at = [&](std::size_t at) {
        return 1 + static_cast<std::size_t>(std::count(
                       code.begin(), code.begin() + static_cast<std::ptrdiff_t>(at), '\n'));
    };
    for (std::size_t i = 0; i < code.size(); ++i) {
        const char c = code[i];
        if (c == '{' && inside++ == 0) {
            const std::size_t start = std::min(code.find_first_not_of(" \n", head_at), i);
            const std::string_view head = std::string_view(code).substr(start, i - start);
            const Block block = block_after(head);
            is_function = block == Block::function;
            if (block == Block::scope) inside = 0;
            current = {line_at(start), 0, first_line(text.substr(start, i - start))};
        } else if (c == '}' && inside > 0 && --inside == 0 && is_function) {
            current.lines = line_at(i) - current.line + 1;
            functions.push_back(current);
        }
        if (inside == 0 && (c == ';' || c == '{' || c == '}')) head_at = i + 1;
        if (c == '\n' && code[head_at] == '#' && inside == 0) head_at = i + 1;
    }
    return functions;
}

bool has_word(std::string_view text, std::string_view word) {
    for (std::size_t at = text.find(word); at != std::string_view::npos;
         at = text.find(word, at + 1)) {
        const bool begins = at == 0 || !is_word(text[at - 1]);
        const std::size_t end = at + word.size();
        const bool ends = !is_word(word.back()) || end == text.size() || !is_word(text[end]);
        if (begins && ends) return true;
    }
    return false;
}

}  // namespace toril::tidy
