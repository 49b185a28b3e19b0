// toril queue dedup QUEUE ID [--remove]

#include "arguments.hpp"
#include "command.hpp"
#include "commands.hpp"
#include "json_object.hpp"
#include "printable.hpp"
#include "session.hpp"

namespace toril::cli {
namespace {

class QueueDedup final : public Command {
public:
    void declare(Arguments& arguments) override {
        arguments.word("queue", "name of the queue", queue_);
        arguments.word("id", "a deduplication id", id_);
        arguments.flag("--remove", "let the next job with it in", remove_);
        arguments.output();
    }

    Result<Exit> run(Session& session) override {
        Result<Queue> queue = session.queue(queue_);
        if (!queue) return queue.error();
        Result<JobId> holder = queue->deduplication_job_id(id_);
        if (!holder) return holder.error();
        if (holder->empty()) return Error(ErrorCode::not_found, "no job holds " + in_quotes(id_));
        if (remove_)
            if (Result<bool> was = queue->remove_deduplication_key(id_); !was) return was.error();
        if (session.out().is_text())
            session.out().line(*holder);
        else
            session.out().json(JsonObject()
                                   .put("deduplicationId", id_)
                                   .put("jobId", *holder)
                                   .put("removed", remove_)
                                   .json());
        return Exit::ok;
    }

private:
    std::string queue_{};
    std::string id_{};
    bool remove_ = false;
};

}  // namespace

std::unique_ptr<Command> make_queue_dedup() {
    return std::make_unique<QueueDedup>();
}

}  // namespace toril::cli
