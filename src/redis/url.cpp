#include <toril/redis/config.hpp>

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>

namespace toril::redis {
namespace {

namespace urls = boost::urls;

Error refused(const std::string& message) {
    return {ErrorCode::invalid_argument, message};
}

bool has_control(std::string_view text) {
    return std::any_of(text.begin(), text.end(), [](char c) {
        return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
    });
}

std::optional<int> read_number(std::string_view text, int max) {
    int number = 0;
    const auto [stop, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool whole = failure == std::errc{} && stop == text.data() + text.size();
    if (!whole || number < 0 || number > max || text.starts_with('-')) return std::nullopt;
    return number;
}

Status read_database(std::string_view text, Config& config) {
    const std::optional<int> database = read_number(text, std::numeric_limits<int>::max());
    if (!database)
        return refused("the database in the redis URL is not a number: " + std::string(text));
    config.database = *database;
    return {};
}

Status read_millis(std::string_view key, std::string_view text, Millis& value) {
    const std::optional<int> number = read_number(text, std::numeric_limits<int>::max());
    if (!number || *number == 0)
        return refused(std::string(key) + " in the redis URL is not a number of milliseconds");
    value = Millis(*number);
    return {};
}

// What a query key sets. Spelled as in docs/internals/redis-client.md.
Status read_option(std::string_view key, std::string_view value, Config& config) {
    if (key == "db") return read_database(value, config);
    if (key == "connect_timeout") return read_millis(key, value, config.connect_timeout);
    if (key == "command_timeout") return read_millis(key, value, config.command_timeout);
    if (key == "block_timeout") return read_millis(key, value, config.block_timeout);
    if (key == "keep_alive") return read_millis(key, value, config.keep_alive);
    if (key == "name") {
        if (value.empty()) return refused("name in the redis URL is empty");
        config.application = value;
        return {};
    }
    if (key == "protocol") {
        const std::optional<int> protocol = read_number(value, 3);
        if (!protocol || *protocol < 2) return refused("protocol in the redis URL is not 2 or 3");
        config.protocol = *protocol;
        return {};
    }
    return refused("the redis URL has an option \"" + std::string(key) +
                   "\"; known are db, name, protocol, connect_timeout, command_timeout, "
                   "block_timeout and keep_alive");
}

Status read_query(const urls::url_view& url, Config& config) {
    for (const auto& param : url.params()) {
        const std::string key = param.key;
        const std::string value = param.value;
        if (has_control(key) || has_control(value))
            return refused("the redis URL has a control character in its options");
        if (Status read = read_option(key, value, config); !read) return read;
    }
    return {};
}

Status read_login(const urls::url_view& url, Config& config) {
    config.username = url.user();
    config.password = url.password();
    if (has_control(config.username) || has_control(config.password))
        return refused("the login in the redis URL has a control character in it");
    if (!config.username.empty() && config.password.empty())
        return refused(
            "the redis URL has a user but no password; write :PASSWORD@ for a "
            "password alone");
    return {};
}

Status read_server(const urls::url_view& url, Config& config) {
    std::string host = url.host_address();
    if (host.empty()) return refused("the redis URL has no host");
    if (has_control(host)) return refused("the host in the redis URL has a control character");
    config.host = std::move(host);
    if (url.has_port() && !url.port().empty()) {
        const std::optional<int> port = read_number(url.port(), 65'535);
        if (!port || *port == 0) return refused("the port in the redis URL is not 1 to 65535");
        config.port = static_cast<std::uint16_t>(*port);
    }
    std::string path = url.path();
    if (path.empty() || path == "/") return {};
    return read_database(std::string_view(path).substr(1), config);
}

Status read_unix(const urls::url_view& url, Config& config) {
    if (!url.host_address().empty())
        return refused("a redis+unix URL has no host: redis+unix:///PATH");
    config.unix_path = url.path();
    constexpr std::size_t path_bytes_max = 107;  // sun_path of Linux, and its zero
    if (config.unix_path.size() < 2) return refused("the redis+unix URL has no path");
    if (has_control(config.unix_path) || config.unix_path.size() > path_bytes_max)
        return refused("the path in the redis+unix URL is too long or has a control character");
    return {};
}

// Everything but A-Z a-z 0-9 and a few signs as %XX.
std::string escaped(std::string_view text, std::string_view also_plain) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string result;
    for (const char c : text) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                           (c >= '0' && c <= '9') ||
                           std::string_view("-._~").find(c) != std::string_view::npos ||
                           also_plain.find(c) != std::string_view::npos;
        const auto byte = static_cast<unsigned char>(c);
        if (plain)
            result += c;
        else
            result.append({'%', digits[byte >> 4], digits[byte & 15]});
    }
    return result;
}

}  // namespace

Result<Config> Config::from_url(std::string_view text) {
    // Messages never show the text: it may hold a password.
    const auto parsed = urls::parse_uri(text);
    if (!parsed)
        return refused("not a URL: redis://[user[:password]@]host[:port][/db] is expected");
    const urls::url_view url = *parsed;
    const std::string scheme = url.scheme();
    Config config;
    const bool plain = scheme == "redis" || scheme == "valkey";
    const bool tls = scheme == "rediss" || scheme == "valkeys";
    const bool unix_socket = scheme == "redis+unix" || scheme == "valkey+unix" || scheme == "unix";
    if (!plain && !tls && !unix_socket)
        return refused("the scheme of the redis URL is \"" + scheme +
                       "\"; known are redis, rediss, redis+unix, unix, valkey and valkeys");
    if (url.has_fragment()) return refused("the redis URL has a fragment (#)");
    config.tls = tls;
    if (Status login = read_login(url, config); !login) return login.error();
    if (Status server = unix_socket ? read_unix(url, config) : read_server(url, config); !server)
        return server.error();
    if (Status query = read_query(url, config); !query) return query.error();
    return config;
}

std::string Config::redacted_url() const {
    std::string url = !unix_path.empty() ? "redis+unix://" : tls ? "rediss://" : "redis://";
    if (!password.empty()) url += escaped(username, {}) + ":***@";
    if (!unix_path.empty()) {
        url += escaped(unix_path, "/");
        return database == 0 ? url : url + "?db=" + std::to_string(database);
    }
    const bool brackets = host.find(':') != std::string::npos;
    url += brackets ? "[" + host + "]" : host;
    url += ":" + std::to_string(port);
    return database == 0 ? url : url + "/" + std::to_string(database);
}

}  // namespace toril::redis
