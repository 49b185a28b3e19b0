#include "base/json_members.hpp"

#include "base/json_strings.hpp"

namespace toril::base {
namespace {

// Walks over text that Json::parse has accepted, so it need not doubt anything.
class Scanner {
public:
    explicit Scanner(std::string_view text) : text_(text) {}

    std::vector<JsonMember> members() {
        std::vector<JsonMember> found;
        ++at_;  // {
        for (skip_white(); text_[at_] != '}'; skip_white()) {
            if (text_[at_] == ',') {
                ++at_;
                skip_white();
            }
            const std::string_view key = value();
            skip_white();
            ++at_;  // :
            skip_white();
            found.push_back({decoded(key), value()});
        }
        return found;
    }

    std::vector<std::string_view> elements() {
        std::vector<std::string_view> found;
        ++at_;  // [
        for (skip_white(); text_[at_] != ']'; skip_white()) {
            if (text_[at_] == ',') {
                ++at_;
                skip_white();
            }
            found.push_back(value());
        }
        return found;
    }

private:
    static bool is_white(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

    void skip_white() {
        while (is_white(text_[at_]))
            ++at_;
    }

    void skip_string() {
        for (++at_; text_[at_] != '"'; ++at_)
            if (text_[at_] == '\\') ++at_;
        ++at_;
    }

    std::string_view value() {
        const std::size_t from = at_;
        int depth = 0;
        do {
            const char c = text_[at_];
            if (c == '"') {
                skip_string();
            } else if (c == '{' || c == '[') {
                ++depth;
                ++at_;
            } else if (c == '}' || c == ']') {
                --depth;
                ++at_;
            } else if (depth > 0) {
                ++at_;
            } else {
                skip_scalar();
            }
        } while (depth > 0);
        return text_.substr(from, at_ - from);
    }

    // A number, true, false or null.
    void skip_scalar() {
        while (!is_white(text_[at_]) && text_[at_] != ',' && text_[at_] != '}' && text_[at_] != ']')
            ++at_;
    }

    static std::string decoded(std::string_view quoted) {
        return strings_from_json("[" + std::string(quoted) + "]").front();
    }

    std::string_view text_;
    std::size_t at_ = 0;
};

}  // namespace

std::optional<std::vector<JsonMember>> json_members(const Json& json) {
    if (!json.text().starts_with('{')) return std::nullopt;
    return Scanner(json.text()).members();
}

std::optional<std::vector<std::string_view>> json_elements(const Json& json) {
    if (!json.text().starts_with('[')) return std::nullopt;
    return Scanner(json.text()).elements();
}

}  // namespace toril::base
