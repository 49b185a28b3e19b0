#include "redis_link.hpp"

#include <algorithm>

namespace toril::cli {
namespace {

constexpr Millis answer_max{10'000};

Error from_reply(std::string_view text) {
    const bool is_denied = text.starts_with("NOPERM") || text.starts_with("NOAUTH");
    const bool is_unknown = text.starts_with("ERR unknown command");
    return {is_denied ? ErrorCode::unauthorized : ErrorCode::failed,
            "Redis answered: " + std::string(text) +
                (is_unknown ? "; this server does not offer the command" : "")};
}

}  // namespace

Result<RedisLink> RedisLink::open(Session& session) {
    const std::string& url = session.settings().store_url();
    if (!url.starts_with("redis") && !url.starts_with("valkey"))
        return Error(ErrorCode::invalid_argument,
                     "the store is " + session.settings().text("store") +
                         ", which is not a Redis; name one with --store redis://HOST or REDIS_URL");
    Result<redis::Config> config = redis::Config::from_url(url);
    if (!config) return config.error();
    config->application = "toril-cli";
    config->command_timeout = std::min(session.settings().duration("command-timeout"), answer_max);
    return RedisLink(std::move(*config), session.logs().sink());
}

RedisLink::RedisLink(redis::Config config, LogSink log)
    : database_(config.database),
      factory_(std::make_unique<redis::Factory>(std::move(config), std::move(log))),
      connection_(
          std::make_unique<redis::Connection>(factory_->open(redis::Profile::api, "inspect"))) {}

Result<redis::Reply> RedisLink::call(redis::Request request) {
    Result<redis::Reply> reply = connection_->call(std::move(request));
    if (reply && reply->root().is_error()) return from_reply(reply->root().text());
    return reply;
}

Result<std::string> RedisLink::text(redis::Request request) {
    Result<redis::Reply> reply = call(std::move(request));
    if (!reply) return reply.error();
    return std::string(reply->root().text());
}

std::vector<std::pair<std::string, std::string>> info_fields(std::string_view text) {
    std::vector<std::pair<std::string, std::string>> fields;
    while (!text.empty()) {
        const std::size_t end = text.find('\n');
        std::string_view line = text.substr(0, end);
        text = end == std::string_view::npos ? "" : text.substr(end + 1);
        if (line.ends_with('\r')) line.remove_suffix(1);
        const std::size_t colon = line.find(':');
        if (line.starts_with('#') || colon == std::string_view::npos) continue;
        fields.emplace_back(line.substr(0, colon), line.substr(colon + 1));
    }
    return fields;
}

}  // namespace toril::cli
