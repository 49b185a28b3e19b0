// Any bytes: the parser neither crashes nor reads outside, and says the same of them whole and
// in pieces.

#include "redis/resp_parser.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>

namespace {

using toril::redis::Reply;
using toril::redis::ReplyType;
using toril::redis::RespParser;
using toril::redis::Value;

constexpr std::size_t reply_bytes_max = 64u * 1024;

void describe(const Value& value, std::string& text) {
    text += static_cast<char>('a' + static_cast<int>(value.type()));
    text += std::to_string(value.integer()) + "," + std::to_string(value.size()) + ":";
    text += value.text();
    std::size_t elements = 0;
    for (const Value element : value) {
        describe(element, text);
        ++elements;
    }
    if (elements != value.size()) std::abort();
}

// What the parser makes of `bytes`, given to it in pieces of `piece`.
std::string read_all(const std::uint8_t* bytes, std::size_t size, std::size_t piece) {
    RespParser parser(reply_bytes_max);
    std::string text;
    for (std::size_t at = 0; at < size;) {
        const std::size_t length = std::min(piece, size - at);
        std::memcpy(parser.prepare(length).data(), bytes + at, length);
        parser.commit(length);
        at += length;
        for (;;) {
            Reply reply;
            const RespParser::Outcome outcome = parser.next(reply);
            if (outcome == RespParser::Outcome::broken) return text + "!" + parser.problem();
            if (outcome == RespParser::Outcome::more) break;
            describe(reply.root(), text);
        }
    }
    return text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    if (size == 0) return 0;
    const std::string whole = read_all(bytes, size, size);
    if (read_all(bytes, size, 1) != whole) std::abort();
    if (read_all(bytes, size, 1u + bytes[0] % 31u) != whole) std::abort();
    return 0;
}
