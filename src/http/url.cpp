#include "http/url.hpp"

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include <charconv>
#include <cstdint>

namespace toril::http {
namespace {

Error refused(std::string message) {
    return {ErrorCode::invalid_argument, std::move(message)};
}

bool is_port(std::string_view text) {
    std::uint16_t number = 0;
    const char* const last = text.data() + text.size();
    const auto [end, failure] = std::from_chars(text.data(), last, number);
    return failure == std::errc{} && end == last && number > 0;
}

}  // namespace

Result<Url> parse_url(std::string_view text) {
    const auto parsed = boost::urls::parse_uri(boost::core::string_view(text.data(), text.size()));
    if (!parsed) return refused("this is no URL; write http://HOST[:PORT]/PATH");
    const boost::urls::url_view& view = *parsed;
    if (view.scheme() != "http" && view.scheme() != "https")
        return refused("an http:// or https:// URL is needed");
    if (view.has_userinfo()) return refused("a URL must not hold a user name or password");
    if (view.encoded_host().empty()) return refused("the URL names no host");
    if (view.has_port() && !is_port(std::string(view.port())))
        return refused("the URL's port is not valid");

    Url url;
    url.tls = view.scheme() == "https";
    url.host = std::string(view.host_address());
    url.port = view.has_port() ? std::string(view.port()) : url.tls ? "443" : "80";
    url.authority = std::string(view.encoded_host());
    if (view.has_port()) url.authority += ":" + url.port;
    url.target = std::string(view.encoded_path());
    if (url.target.empty()) url.target = "/";
    if (view.has_query()) url.target += "?" + std::string(view.encoded_query());
    return url;
}

}  // namespace toril::http
