#include "redis/link_log.hpp"

#include <chrono>
#include <utility>

namespace toril::redis {

LinkLog::LinkLog(base::Logger logger, std::string connection, std::string endpoint)
    : logger_(std::move(logger)),
      connection_(std::move(connection)),
      endpoint_(std::move(endpoint)) {}

void LinkLog::connected(const Greeting& greeting, SteadyTime now) {
    std::vector<std::pair<std::string_view, std::string>> fields{
        {"connection", connection_},
        {"endpoint", endpoint_},
        {"protocol", std::to_string(greeting.protocol)},
    };
    if (!greeting.version.empty()) fields.emplace_back("server_version", greeting.version);
    std::string message = "connected to redis";
    if (is_outage_) {
        const auto outage = std::chrono::duration_cast<Millis>(now - outage_since_).count();
        message += " after " + std::to_string(outage) + " ms and " + std::to_string(failures_) +
                   " failed attempts";
        fields.emplace_back("outage_ms", std::to_string(outage));
        fields.emplace_back("attempts", std::to_string(failures_));
    }
    logger_(LogLevel::info, "redis.connected", std::move(message), std::move(fields));
    said_ = 0;
    failures_ = 0;
    timeouts_ = 0;
    is_outage_ = false;
}

void LinkLog::disconnected(LossKind kind, const std::string& reason, SteadyTime now) {
    outage(kind, "redis.disconnected", reason, now);
}

void LinkLog::failed(LossKind kind, const std::string& reason, SteadyTime now) {
    ++failures_;
    outage(kind, "redis.reconnecting", reason, now);
}

void LinkLog::outage(LossKind kind,
                     std::string_view event,
                     const std::string& reason,
                     SteadyTime now) {
    if (!is_outage_) outage_since_ = now;
    is_outage_ = true;
    const unsigned bit = 1u << static_cast<unsigned>(kind);
    if ((said_ & bit) != 0) return;
    said_ |= bit;
    logger_(kind == LossKind::refused ? LogLevel::error : LogLevel::warning,
            event,
            "no link to redis: " + reason + "; trying again, further failures are only counted",
            {{"connection", connection_}, {"endpoint", endpoint_}, {"reason", reason}});
}

void LinkLog::degraded(int attempts, const std::string& reason) {
    constexpr unsigned bit = 1u << 31;
    if ((said_ & bit) != 0) return;
    said_ |= bit;
    logger_(LogLevel::error,
            "redis.degraded",
            "redis is away: " + reason + "; tried again when a command wants it",
            {{"connection", connection_},
             {"endpoint", endpoint_},
             {"attempts", std::to_string(attempts)}});
}

void LinkLog::closed() {
    logger_(LogLevel::debug,
            "redis.closed",
            "closed a connection to redis",
            {{"connection", connection_}, {"endpoint", endpoint_}});
}

void LinkLog::timed_out(std::size_t commands) {
    const bool first = timeouts_ == 0;
    timeouts_ += commands;
    if (!first) return;
    logger_(LogLevel::warning,
            "redis.timeout",
            "redis does not answer in time; further time-outs are only counted",
            {{"connection", connection_}, {"endpoint", endpoint_}});
}

void LinkLog::listener_threw(const char* what) {
    logger_(LogLevel::error,
            "redis.callback_threw",
            std::string("a callback threw, which it must not: ") + what,
            {{"connection", connection_}});
}

}  // namespace toril::redis
