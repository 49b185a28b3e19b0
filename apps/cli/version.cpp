// toril version

#include "arguments.hpp"
#include "command.hpp"
#include "commands.hpp"
#include "json_object.hpp"
#include "session.hpp"

namespace toril::cli {
namespace {

class Version final : public Command {
public:
    void declare(Arguments& arguments) override { arguments.output(); }

    Result<Exit> run(Session& session) override {
        if (session.out().is_text())
            session.out().line("toril " TORIL_VERSION_TEXT);
        else
            session.out().json(
                JsonObject().put("name", "toril").put("version", TORIL_VERSION_TEXT).json());
        return Exit::ok;
    }
};

}  // namespace

std::unique_ptr<Command> make_version() {
    return std::make_unique<Version>();
}

}  // namespace toril::cli
