#include "conformance/redis_time.hpp"

#include <gtest/gtest.h>
#include <hiredis/hiredis.h>

#include <stdexcept>
#include <utility>

namespace toril::conformance {
namespace {

constexpr const char* pass_script = R"(
    for _, key in ipairs(redis.call('KEYS', ARGV[1] .. ':*')) do
        local left = redis.call('PTTL', key)
        if left >= 0 then
            local by = tonumber(ARGV[2])
            if left <= by then redis.call('DEL', key)
            else redis.call('PEXPIRE', key, left - by) end
        end
    end)";

constexpr const char* remove_script =
    "for _, key in ipairs(redis.call('KEYS', ARGV[1] .. ':*')) do redis.call('DEL', key) end";

}  // namespace

RedisTime::RedisTime(const redis::Config& config, std::string prefix)
    : prefix_(std::move(prefix)),
      context_(config.unix_path.empty() ? redisConnect(config.host.c_str(), config.port)
                                        : redisConnectUnix(config.unix_path.c_str())) {
    if (context_ == nullptr || context_->err != 0)
        throw std::runtime_error("cannot reach the Redis of the tests");
    const auto send = [this](const char* format, const char* argument) {
        freeReplyObject(redisCommand(context_, format, argument));
    };
    if (!config.password.empty()) send("AUTH %s", config.password.c_str());
    if (config.database != 0) send("SELECT %s", std::to_string(config.database).c_str());
}

RedisTime::~RedisTime() {
    redisFree(context_);
}

void RedisTime::pass(Millis by) {
    run(pass_script, std::to_string(by.count()));
}

void RedisTime::remove_all() {
    run(remove_script, "");
}

void RedisTime::run(const std::string& script, const std::string& argument) {
    auto* reply = static_cast<redisReply*>(redisCommand(
        context_, "EVAL %s 0 %s %s", script.c_str(), prefix_.c_str(), argument.c_str()));
    ASSERT_NE(reply, nullptr);
    EXPECT_NE(reply->type, REDIS_REPLY_ERROR) << reply->str;
    freeReplyObject(reply);
}

}  // namespace toril::conformance
