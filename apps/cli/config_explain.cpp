// toril config explain

#include "arguments.hpp"
#include "command.hpp"
#include "commands.hpp"
#include "json_object.hpp"
#include "session.hpp"

#include <toril/config.hpp>

namespace toril::cli {
namespace {

class ConfigExplain final : public Command {
public:
    void declare(Arguments& arguments) override { arguments.output(true); }

    Result<Exit> run(Session& session) override {
        Output& out = session.out();
        JsonArray array;
        Table table({"SETTING", "VALUE", "FROM"});
        for (const Setting& each : session.settings().all()) {
            const Json row = JsonObject()
                                 .put("name", each.name)
                                 .put_or_null("value", each.value)
                                 .put("origin", each.origin)
                                 .json();
            if (out.format() == Format::jsonl) out.json(row);
            array.add(row);
            table.row({each.name, each.value.empty() ? "-" : each.value, each.origin});
        }
        if (out.format() == Format::json) out.json(array.json());
        if (out.is_text()) out.raw(table.text(0));
        return Exit::ok;
    }
};

}  // namespace

std::unique_ptr<Command> make_config_explain() {
    return std::make_unique<ConfigExplain>();
}

}  // namespace toril::cli
