// toril redis clients

#include "arguments.hpp"
#include "command.hpp"
#include "commands.hpp"
#include "json_object.hpp"
#include "redis_link.hpp"
#include "terminal.hpp"

#include <map>
#include <sstream>

namespace toril::cli {
namespace {

using Client = std::map<std::string, std::string>;

// A line of CLIENT LIST: name=value with a space between; no value holds one.
Client parse_client(const std::string& line) {
    Client client;
    std::istringstream words(line);
    for (std::string word; words >> word;) {
        const std::size_t equals = word.find('=');
        if (equals != std::string::npos) client[word.substr(0, equals)] = word.substr(equals + 1);
    }
    return client;
}

class RedisClients final : public Command {
public:
    void declare(Arguments& arguments) override { arguments.output(true); }

    Result<Exit> run(Session& session) override {
        Result<RedisLink> link = RedisLink::open(session);
        if (!link) return link.error();
        Result<std::string> text = link->text(redis::Request("CLIENT").arg("LIST"));
        if (!text) return text.error();
        Output& out = session.out();
        JsonArray array;
        Table table({"ID", "NAME", "ADDRESS", "AGE", "IDLE", "COMMAND"});
        std::istringstream lines(*text);
        for (std::string line; std::getline(lines, line);) {
            Client client = parse_client(line);
            if (client.empty()) continue;
            JsonObject object;
            for (const auto& [name, value] : client)
                object.put(name, value);
            array.add(object.json());
            if (out.format() == Format::jsonl) out.json(object.json());
            table.row({client["id"],
                       client["name"],
                       client["addr"],
                       client["age"] + " s",
                       client["idle"] + " s",
                       client["cmd"]});
        }
        if (out.format() == Format::json) out.json(array.json());
        if (out.is_text()) out.raw(table.text(out.is_terminal() ? terminal_width() : 0));
        return Exit::ok;
    }
};

}  // namespace

std::unique_ptr<Command> make_redis_clients() {
    return std::make_unique<RedisClients>();
}

}  // namespace toril::cli
