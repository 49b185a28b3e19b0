// toril redis ping

#include "arguments.hpp"
#include "command.hpp"
#include "commands.hpp"
#include "json_object.hpp"
#include "redis_link.hpp"

#include <chrono>
#include <cstdio>

namespace toril::cli {
namespace {

class RedisPing final : public Command {
public:
    void declare(Arguments& arguments) override { arguments.output(); }

    Result<Exit> run(Session& session) override {
        Result<RedisLink> link = RedisLink::open(session);
        if (!link) return link.error();
        // The first one connects; the second shows how far away the server is.
        Result<redis::Reply> first = link->call(redis::Request("PING"));
        if (!first) return first.error();
        const auto from = std::chrono::steady_clock::now();
        Result<std::string> pong = link->text(redis::Request("PING"));
        if (!pong) return pong.error();
        const std::chrono::duration<double, std::milli> taken =
            std::chrono::steady_clock::now() - from;
        if (session.out().is_text()) {
            char millis[32];
            std::snprintf(millis, sizeof millis, " %.2f ms", taken.count());
            session.out().line(*pong + millis);
        } else {
            session.out().json(
                JsonObject().put("ok", *pong == "PONG").put("latencyMs", taken.count()).json());
        }
        return Exit::ok;
    }
};

}  // namespace

std::unique_ptr<Command> make_redis_ping() {
    return std::make_unique<RedisPing>();
}

}  // namespace toril::cli
