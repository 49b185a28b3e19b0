#include "redis/error_reply.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace toril::redis {
namespace {

template <class List>
bool contains(const List& list, std::string_view code) noexcept {
    return std::find(list.begin(), list.end(), code) != list.end();
}

constexpr std::array<std::string_view, 12> refusals{"READONLY",
                                                    "LOADING",
                                                    "BUSY",
                                                    "OOM",
                                                    "MISCONF",
                                                    "CLUSTERDOWN",
                                                    "MASTERDOWN",
                                                    "TRYAGAIN",
                                                    "NOREPLICAS",
                                                    "MOVED",
                                                    "ASK",
                                                    "UNBLOCKED"};

}  // namespace

std::string_view error_reply_code(std::string_view text) noexcept {
    return text.substr(0, text.find(' '));
}

std::optional<Error> error_of_reply(std::string_view text) {
    const std::string_view code = error_reply_code(text);
    // The text of an authentication error may repeat a user's name, never a password.
    if (code == "NOAUTH" || code == "WRONGPASS" || code == "NOPERM")
        return Error(ErrorCode::unauthorized, "redis refused: " + std::string(text));
    if (contains(refusals, code))
        return Error(ErrorCode::unavailable, "redis refused: " + std::string(text));
    return std::nullopt;
}

bool calls_for_another_link(std::string_view code) noexcept {
    constexpr std::array<std::string_view, 5> codes{
        "READONLY", "LOADING", "MASTERDOWN", "CLUSTERDOWN", "NOAUTH"};
    return contains(codes, code);
}

bool is_transient(std::string_view code) noexcept {
    constexpr std::array<std::string_view, 4> codes{"LOADING", "BUSY", "MASTERDOWN", "TRYAGAIN"};
    return contains(codes, code);
}

}  // namespace toril::redis
