// Our parser against hiredis on the RESP2 subset: the same trees, cut anywhere.

#include "resp_text.hpp"

#include <gtest/gtest.h>
#include <hiredis/hiredis.h>
#include <hiredis/read.h>

#include <memory>
#include <random>

namespace toril::redis::testing {
namespace {

std::string shown_by_hiredis(const redisReply& reply) {
    switch (reply.type) {
        case REDIS_REPLY_STATUS: return "+" + std::string(reply.str, reply.len);
        case REDIS_REPLY_ERROR: return "-" + std::string(reply.str, reply.len);
        case REDIS_REPLY_INTEGER: return ":" + std::to_string(reply.integer);
        case REDIS_REPLY_STRING: return "\"" + std::string(reply.str, reply.len) + "\"";
        case REDIS_REPLY_ARRAY: break;
        default: return "_";
    }
    std::string result = "[";
    for (std::size_t i = 0; i < reply.elements; ++i)
        result += (i == 0 ? "" : " ") + shown_by_hiredis(*reply.element[i]);
    return result + "]";
}

std::vector<std::string> read_by_hiredis(const std::string& bytes) {
    const std::unique_ptr<redisReader, void (*)(redisReader*)> reader(redisReaderCreate(),
                                                                      redisReaderFree);
    redisReaderFeed(reader.get(), bytes.data(), bytes.size());
    std::vector<std::string> replies;
    for (;;) {
        void* reply = nullptr;
        if (redisReaderGetReply(reader.get(), &reply) != REDIS_OK) return {"!broken"};
        if (reply == nullptr) return replies;
        replies.push_back(shown_by_hiredis(*static_cast<redisReply*>(reply)));
        freeReplyObject(reply);
    }
}

// A random reply of RESP2, not deeper than hiredis 0.14 can read.
std::string random_reply(std::mt19937& random, int depth) {
    const auto below = [&](int limit) {
        return std::uniform_int_distribution<int>(0, limit - 1)(random);
    };
    switch (below(depth > 0 ? 8 : 6)) {
        case 0: return "+status " + std::to_string(below(100)) + "\r\n";
        case 1: return "-ERR " + std::to_string(below(100)) + "\r\n";
        case 2: return ":" + std::to_string(below(1'000'000) - 500'000) + "\r\n";
        case 3: return "$-1\r\n";
        case 4: return "*-1\r\n";
        case 5: {
            std::string text(static_cast<std::size_t>(below(300)), ' ');
            for (char& c : text)
                c = static_cast<char>(below(256));
            return "$" + std::to_string(text.size()) + "\r\n" + text + "\r\n";
        }
        default: break;
    }
    const int elements = below(6);
    std::string bytes = "*" + std::to_string(elements) + "\r\n";
    for (int i = 0; i < elements; ++i)
        bytes += random_reply(random, depth - 1);
    return bytes;
}

TEST(OracleTest, AgreesWithHiredisOnRandomReplies) {
    const unsigned seed = std::random_device{}();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    for (int round = 0; round < 2'000; ++round) {
        std::string bytes;
        for (int i = 0; i < 5; ++i)
            bytes += random_reply(random, 5);
        const std::size_t cut = std::uniform_int_distribution<std::size_t>(0, bytes.size())(random);

        ASSERT_EQ(parsed(bytes, {cut}), read_by_hiredis(bytes));
    }
}

TEST(OracleTest, RefusesWhateverHiredisRefuses) {
    const unsigned seed = std::random_device{}();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    for (int round = 0; round < 5'000; ++round) {
        std::string bytes = random_reply(random, 3);
        const std::size_t at =
            std::uniform_int_distribution<std::size_t>(0, bytes.size() - 1)(random);
        bytes[at] = static_cast<char>(std::uniform_int_distribution<int>(32, 126)(random));
        const std::vector<std::string> ours = parsed(bytes);
        const bool we_refuse = !ours.empty() && ours.back().front() == '!';
        // The types of RESP3, and its ":+1", are new to it.
        const bool refused = read_by_hiredis(bytes) == std::vector<std::string>{"!broken"};
        const bool has_new_type = bytes.find_first_of("_,#!=(%~>|") != std::string::npos ||
                                  bytes.find(":+") != std::string::npos;

        ASSERT_TRUE(we_refuse || !refused || has_new_type) << ::testing::PrintToString(bytes);
    }
}

}  // namespace
}  // namespace toril::redis::testing
