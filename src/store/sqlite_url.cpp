#include "store/sqlite_url.hpp"

#include <charconv>

namespace toril::store {
namespace {

Error refused(std::string message) {
    return {ErrorCode::invalid_argument, std::move(message)};
}

Result<std::string> percent_decoded(std::string_view text) {
    std::string decoded;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            decoded += text[i];
            continue;
        }
        unsigned value = 0;
        const std::string_view digits = text.substr(i + 1, 2);
        const auto [end, failure] =
            std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
        if (failure != std::errc{} || digits.size() < 2 || end != digits.data() + 2 || value == 0)
            return refused("store URL: '%' in a path must be written as %25");
        decoded += static_cast<char>(value);
        i += 2;
    }
    return decoded;
}

Status read_parameter(std::string_view parameter, SqliteUrl& into) {
    const std::size_t equals = parameter.find('=');
    const std::string_view key = parameter.substr(0, equals);
    if (key != "durability")
        return refused("store URL: unknown parameter \"" + std::string(key) +
                       "\"; a sqlite store knows durability=fsync and durability=buffered");
    const std::string_view value =
        equals == std::string_view::npos ? "" : parameter.substr(equals + 1);
    if (value == "fsync")
        into.durability = contract::Durability::fsync;
    else if (value == "buffered")
        into.durability = contract::Durability::buffered;
    else
        return refused("store URL: durability is \"" + std::string(value) +
                       "\"; it must be fsync or buffered");
    return {};
}

}  // namespace

Result<SqliteUrl> parse_sqlite_url(std::string_view url) {
    url.remove_prefix(std::string_view("sqlite:").size());
    if (url.starts_with("///"))
        url.remove_prefix(2);
    else if (url.starts_with("//"))
        return refused("store URL: sqlite: has no host; write sqlite:PATH or sqlite:///PATH");

    SqliteUrl parsed;
    const std::size_t question = url.find('?');
    std::string_view query = question == std::string_view::npos ? "" : url.substr(question + 1);
    while (!query.empty()) {
        const std::size_t ampersand = query.find('&');
        if (Status s = read_parameter(query.substr(0, ampersand), parsed); !s) return s.error();
        query = ampersand == std::string_view::npos ? "" : query.substr(ampersand + 1);
    }

    Result<std::string> path = percent_decoded(url.substr(0, question));
    if (!path) return path.error();
    if (path->empty() || path->back() == '/')
        return refused("store URL: sqlite: needs the path of a file, sqlite:jobs.db for instance");
    if (*path == ":memory:")
        return refused(
            "store URL: sqlite keeps its jobs in a file; for a store in memory use "
            "memory:");
    parsed.path = std::move(*path);
    return parsed;
}

}  // namespace toril::store
