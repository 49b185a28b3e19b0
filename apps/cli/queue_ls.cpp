// toril queue ls

#include "arguments.hpp"
#include "command.hpp"
#include "commands.hpp"
#include "queue_json.hpp"
#include "session.hpp"

namespace toril::cli {
namespace {

class QueueList final : public Command {
public:
    void declare(Arguments& arguments) override { arguments.output(true); }

    Result<Exit> run(Session& session) override {
        Result<Store> store = session.store();
        if (!store) return store.error();
        Result<std::vector<std::string>> names = store->queues();
        if (!names) return names.error();
        Output& out = session.out();
        JsonArray array;
        for (const std::string& name : *names) {
            if (out.is_text()) {
                out.line(name);
                continue;
            }
            Result<Json> queue = describe(session, name);
            if (!queue) return queue.error();
            if (out.format() == Format::jsonl)
                out.json(*queue);
            else
                array.add(*queue);
        }
        if (out.format() == Format::json) out.json(array.json());
        return Exit::ok;
    }

private:
    // A queue of another client may have a name that we refuse: it is listed all the same.
    static Result<Json> describe(Session& session, const std::string& name) {
        Result<Queue> queue = session.queue(name);
        if (!queue) return JsonObject().put("name", name).json();
        return queue_json(*queue);
    }
};

}  // namespace

std::unique_ptr<Command> make_queue_ls() {
    return std::make_unique<QueueList>();
}

}  // namespace toril::cli
