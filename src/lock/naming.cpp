#include "lock/naming.hpp"

#include <sys/random.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace toril::lock {
namespace {

constexpr std::size_t key_bytes_max = 512;
constexpr std::size_t owner_bytes_max = 256;

bool has_control_character(std::string_view text) {
    return std::any_of(text.begin(), text.end(), [](char c) {
        return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
    });
}

Error refused(std::string message) {
    return {ErrorCode::invalid_argument, std::move(message)};
}

void append_escaped(std::string& text, std::string_view part) {
    for (const char c : part) {
        if (c == ':' || c == '\\') text += '\\';
        text += c;
    }
}

std::string host_name() {
    std::array<char, 256> name{};
    if (::gethostname(name.data(), name.size() - 1) != 0 || name[0] == '\0') return "localhost";
    std::string host = name.data();
    host.resize(std::min<std::size_t>(host.size(), 200));
    return host;
}

}  // namespace

Status check_key(std::string_view what, std::string_view key) {
    if (key.empty()) return refused(std::string(what) + " is empty");
    if (key.size() > key_bytes_max)
        return refused(std::string(what) + " has " + std::to_string(key.size()) +
                       " bytes; at most " + std::to_string(key_bytes_max) + " are allowed");
    if (has_control_character(key))
        return refused(std::string(what) + " holds a control character");
    return {};
}

Status check_owner(std::string_view owner) {
    if (owner.size() > owner_bytes_max)
        return refused("the owner has " + std::to_string(owner.size()) + " bytes; at most " +
                       std::to_string(owner_bytes_max) + " are allowed");
    if (has_control_character(owner)) return refused("the owner holds a control character");
    return {};
}

std::string default_owner() {
    static const std::string host = host_name();
    return host + ":" + std::to_string(::getpid());
}

std::string make_token() {
    std::array<unsigned char, 16> bytes{};
    // So few bytes come whole, and once the system has started they come at once.
    while (::getrandom(bytes.data(), bytes.size(), 0) < 0 && errno == EINTR) {
    }
    constexpr std::string_view digits = "0123456789abcdef";
    std::string token;
    token.reserve(bytes.size() * 2);
    for (const unsigned char byte : bytes) {
        token += digits[byte >> 4];
        token += digits[byte & 15];
    }
    return token;
}

std::string job_key(std::string_view scope, std::string_view resource) {
    std::string key = "job:";
    append_escaped(key, scope);
    key += ':';
    append_escaped(key, resource);
    return key;
}

}  // namespace toril::lock
