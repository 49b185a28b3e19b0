// toril redis dbsize

#include "arguments.hpp"
#include "command.hpp"
#include "commands.hpp"
#include "json_object.hpp"
#include "redis_link.hpp"

namespace toril::cli {
namespace {

class RedisDbsize final : public Command {
public:
    void declare(Arguments& arguments) override { arguments.output(); }

    Result<Exit> run(Session& session) override {
        Result<RedisLink> link = RedisLink::open(session);
        if (!link) return link.error();
        Result<redis::Reply> keys = link->call(redis::Request("DBSIZE"));
        if (!keys) return keys.error();
        const std::int64_t count = keys->root().integer();
        if (session.out().is_text())
            session.out().line(std::to_string(count));
        else
            session.out().json(
                JsonObject().put("database", link->database()).put("keys", count).json());
        return Exit::ok;
    }
};

}  // namespace

std::unique_ptr<Command> make_redis_dbsize() {
    return std::make_unique<RedisDbsize>();
}

}  // namespace toril::cli
