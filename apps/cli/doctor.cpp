// toril doctor [--repair]

#include "arguments.hpp"
#include "command.hpp"
#include "commands.hpp"
#include "confirm.hpp"
#include "json_object.hpp"
#include "session.hpp"

#include <toril/doctor.hpp>

#include <algorithm>

namespace toril::cli {
namespace {

std::size_t count_repairable(const std::vector<Finding>& findings) {
    return static_cast<std::size_t>(
        std::count_if(findings.begin(), findings.end(), [](const Finding& each) {
            return each.repairable && !each.repaired;
        }));
}

Json finding_json(const Finding& finding) {
    return JsonObject()
        .put("severity", to_string(finding.severity))
        .put("code", finding.code)
        .put_or_null("queue", finding.queue)
        .put("cause", finding.cause)
        .put("remedy", finding.remedy)
        .put("repairable", finding.repairable)
        .put("repaired", finding.repaired)
        .json();
}

class Doctor final : public Command {
public:
    void declare(Arguments& arguments) override {
        arguments.flag("--repair", "mend what can be mended, after showing it", repair_);
        arguments.flag("--yes", "with --repair: do not ask", consent_.yes);
        arguments.setting("block-timeout");
        arguments.output();
    }

    Result<Exit> run(Session& session) override {
        Result<Store> store = session.store();
        if (!store) return store.error();
        const Millis block_timeout = session.settings().duration("block-timeout");
        Result<std::vector<Finding>> found = examine(*store, {.block_timeout = block_timeout});
        if (!found) return found.error();
        const std::size_t repairable = count_repairable(*found);
        if (!repair_ || repairable == 0) return print(session, *found);

        for (const Finding& finding : *found)
            session.say(finding.cause + (finding.repairable ? " (would be mended)" : ""));
        if (Status s = confirm(consent_, "mend " + std::to_string(repairable) + " of these"); !s)
            return s.error();
        found = examine(*store, {.repair = true, .block_timeout = block_timeout});
        if (!found) return found.error();
        return print(session, *found);
    }

private:
    static Result<Exit> print(Session& session, const std::vector<Finding>& findings) {
        Output& out = session.out();
        if (out.is_text()) {
            for (const Finding& finding : findings)
                print_text(out, finding);
            if (findings.empty()) out.line("nothing found");
        } else {
            JsonArray array;
            for (const Finding& finding : findings)
                array.add(finding_json(finding));
            out.json(JsonObject().put("findings", array.json()).json());
        }
        const bool is_well = std::all_of(
            findings.begin(), findings.end(), [](const Finding& each) { return each.repaired; });
        return is_well ? Exit::ok : Exit::findings;
    }

    static void print_text(Output& out, const Finding& finding) {
        out.line(std::string(to_string(finding.severity)) + "  " + finding.code +
                 (finding.queue.empty() ? "" : "  queue " + finding.queue));
        out.line("  " + finding.cause);
        out.line(finding.repaired ? "  mended" : "  " + finding.remedy);
    }

    bool repair_ = false;
    Consent consent_{};
};

}  // namespace

std::unique_ptr<Command> make_doctor() {
    return std::make_unique<Doctor>();
}

}  // namespace toril::cli
