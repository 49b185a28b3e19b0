// toril job QUEUE ID

#include "arguments.hpp"
#include "command.hpp"
#include "commands.hpp"
#include "job_text.hpp"
#include "session.hpp"

#include <toril/job_json.hpp>

namespace toril::cli {
namespace {

class ShowJob final : public Command {
public:
    void declare(Arguments& arguments) override {
        arguments.word("queue", "name of the queue", queue_);
        arguments.word("id", "id of the job", id_);
        arguments.output();
    }

    Result<Exit> run(Session& session) override {
        Result<Queue> queue = session.queue(queue_);
        if (!queue) return queue.error();
        Result<Job> job = queue->job(id_);
        if (!job) return job.error();
        if (session.out().is_text())
            print_job(session.out(), *job);
        else
            session.out().json(to_json(*job));
        return Exit::ok;
    }

private:
    std::string queue_{};
    std::string id_{};
};

}  // namespace

std::unique_ptr<Command> make_job() {
    return std::make_unique<ShowJob>();
}

}  // namespace toril::cli
