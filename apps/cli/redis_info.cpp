// toril redis info [SECTION]

#include "arguments.hpp"
#include "command.hpp"
#include "commands.hpp"
#include "json_object.hpp"
#include "redis_link.hpp"

namespace toril::cli {
namespace {

class RedisInfo final : public Command {
public:
    void declare(Arguments& arguments) override {
        arguments.optional_word(
            "section", "server, clients, memory, persistence, stats, ...", section_);
        arguments.output();
    }

    Result<Exit> run(Session& session) override {
        Result<RedisLink> link = RedisLink::open(session);
        if (!link) return link.error();
        redis::Request request("INFO");
        if (section_) request.arg(*section_);
        Result<std::string> text = link->text(std::move(request));
        if (!text) return text.error();
        JsonObject object;
        for (const auto& [name, value] : info_fields(*text)) {
            object.put(name, value);
            if (session.out().is_text()) session.out().line(name + ": " + value);
        }
        if (!session.out().is_text()) session.out().json(object.json());
        return Exit::ok;
    }

private:
    std::optional<std::string> section_{};
};

}  // namespace

std::unique_ptr<Command> make_redis_info() {
    return std::make_unique<RedisInfo>();
}

}  // namespace toril::cli
