// toril redis flushdb --yes

#include "arguments.hpp"
#include "command.hpp"
#include "commands.hpp"
#include "confirm.hpp"
#include "json_object.hpp"
#include "redis_link.hpp"

namespace toril::cli {
namespace {

class RedisFlushdb final : public Command {
public:
    void declare(Arguments& arguments) override {
        arguments.flag("--yes", "do not ask", consent_.yes);
        arguments.flag("--dry-run", "only say how many keys would go", consent_.dry_run);
        arguments.output();
    }

    Result<Exit> run(Session& session) override {
        Result<RedisLink> link = RedisLink::open(session);
        if (!link) return link.error();
        Result<redis::Reply> keys = link->call(redis::Request("DBSIZE"));
        if (!keys) return keys.error();
        const std::int64_t count = keys->root().integer();
        if (!consent_.dry_run) {
            const std::string database = std::to_string(link->database());
            if (Status s = confirm(consent_,
                                   "remove all " + std::to_string(count) + " keys of database " +
                                       database + " of " + session.settings().text("store") +
                                       ", those of other programs included",
                                   "flushdb " + database);
                !s)
                return s.error();
            Result<redis::Reply> done = link->call(redis::Request("FLUSHDB"));
            if (!done) return done.error();
        }
        if (session.out().is_text())
            session.out().line(std::to_string(count));
        else
            session.out().json(JsonObject()
                                   .put("database", link->database())
                                   .put("removed", count)
                                   .put("dryRun", consent_.dry_run)
                                   .json());
        return Exit::ok;
    }

private:
    Consent consent_{};
};

}  // namespace

std::unique_ptr<Command> make_redis_flushdb() {
    return std::make_unique<RedisFlushdb>();
}

}  // namespace toril::cli
