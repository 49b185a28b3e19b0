#include "redis/error_reply.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

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

LinkReason reason_of_reply(std::string_view text) noexcept {
    using Pair = std::pair<std::string_view, LinkReason>;
    constexpr std::array<Pair, 12> codes{{{"READONLY", LinkReason::readonly},
                                          {"LOADING", LinkReason::loading},
                                          {"BUSY", LinkReason::loading},
                                          {"OOM", LinkReason::oom},
                                          {"MISCONF", LinkReason::misconf},
                                          {"NOPERM", LinkReason::noperm},
                                          {"NOAUTH", LinkReason::auth},
                                          {"WRONGPASS", LinkReason::auth},
                                          {"CLUSTERDOWN", LinkReason::cluster_down},
                                          {"MASTERDOWN", LinkReason::cluster_down},
                                          {"TRYAGAIN", LinkReason::cluster_down},
                                          {"NOREPLICAS", LinkReason::cluster_down}}};
    std::string_view code = error_reply_code(text);
    if (code == "ERR") {
        if (text.find("max number of clients") != text.npos) return LinkReason::max_clients;
        if (text.find("user executing the script can't") != text.npos ||
            text.find("ACL failure in script") != text.npos)
            return LinkReason::noperm;
        // Redis 6: "... @user_script: 1: -OOM command not allowed ..."
        const std::size_t inner = text.find(": -");
        if (inner != text.npos) code = error_reply_code(text.substr(inner + 3));
    }
    for (const auto& [name, reason] : codes)
        if (name == code) return reason;
    return LinkReason::none;
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
