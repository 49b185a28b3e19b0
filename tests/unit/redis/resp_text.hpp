#pragma once

// Replies as text, so that a test can say what it expects in one line.

#include "redis/resp_parser.hpp"

#include <algorithm>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace toril::redis::testing {

/// +OK -ERR :1 "text" ,1.5 _ [a b] {k v} >[a b]
inline std::string shown(const Value& value) {
    switch (value.type()) {
        case ReplyType::null: return "_";
        case ReplyType::status: return "+" + std::string(value.text());
        case ReplyType::error: return "-" + std::string(value.text());
        case ReplyType::integer: return ":" + std::to_string(value.integer());
        case ReplyType::number: return "," + std::string(value.text());
        case ReplyType::string: return "\"" + std::string(value.text()) + "\"";
        default: break;
    }
    const bool is_map = value.type() == ReplyType::map;
    std::string result = is_map ? "{" : value.type() == ReplyType::push ? ">[" : "[";
    std::size_t count = 0;
    for (const Value element : value)
        result += (count++ == 0 ? "" : " ") + shown(element);
    if (count != value.size()) result += " (size " + std::to_string(value.size()) + ")";
    return result + (is_map ? "}" : "]");
}

/// Feeds `bytes` in pieces that end at `cuts`; one entry for each reply, and one that begins
/// with '!' when the parser gave up.
inline std::vector<std::string> parsed(std::string_view bytes,
                                       std::vector<std::size_t> cuts = {},
                                       std::size_t reply_bytes_max = 1 << 20) {
    RespParser parser(reply_bytes_max);
    std::vector<std::string> replies;
    cuts.push_back(bytes.size());
    std::size_t from = 0;
    for (const std::size_t cut : cuts) {
        const std::string_view piece = bytes.substr(from, cut - from);
        from = cut;
        std::memcpy(parser.prepare(std::max<std::size_t>(piece.size(), 1)).data(),
                    piece.data(),
                    piece.size());
        parser.commit(piece.size());
        for (;;) {
            Reply reply;
            const auto outcome = parser.next(reply);
            if (outcome == RespParser::Outcome::reply) replies.push_back(shown(reply.root()));
            if (outcome == RespParser::Outcome::more) break;
            if (outcome == RespParser::Outcome::broken) {
                replies.push_back("!" + parser.problem());
                return replies;
            }
        }
    }
    return replies;
}

}  // namespace toril::redis::testing
