// toril logs QUEUE ID

#include "arguments.hpp"
#include "command.hpp"
#include "commands.hpp"
#include "json_object.hpp"
#include "session.hpp"

namespace toril::cli {
namespace {

class ShowLogs final : public Command {
public:
    void declare(Arguments& arguments) override {
        arguments.word("queue", "name of the queue", queue_);
        arguments.word("id", "id of the job", id_);
        arguments.output(true);
    }

    Result<Exit> run(Session& session) override {
        Result<Queue> queue = session.queue(queue_);
        if (!queue) return queue.error();
        // A job that is not there has no log either; the store cannot tell the two apart.
        if (Result<Job> job = queue->job(id_); !job) return job.error();
        Result<JobLogs> logs = queue->logs(id_);
        if (!logs) return logs.error();
        print(session.out(), *logs);
        return Exit::ok;
    }

private:
    static void print(Output& out, const JobLogs& logs) {
        if (out.format() == Format::json) {
            JsonArray rows;
            for (const std::string& row : logs.rows)
                rows.add(Json::string(row));
            out.json(JsonObject().put("logs", rows.json()).put("count", logs.total).json());
            return;
        }
        for (const std::string& row : logs.rows) {
            if (out.is_text())
                out.line(row);
            else
                out.json(Json::string(row));
        }
    }

    std::string queue_{};
    std::string id_{};
};

}  // namespace

std::unique_ptr<Command> make_logs() {
    return std::make_unique<ShowLogs>();
}

}  // namespace toril::cli
