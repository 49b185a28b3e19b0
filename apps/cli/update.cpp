// toril update QUEUE ID [--data JSON] [--priority N] [--delay 5s]

#include "arguments.hpp"
#include "command.hpp"
#include "commands.hpp"
#include "data_argument.hpp"
#include "session.hpp"

#include <toril/job_json.hpp>

namespace toril::cli {
namespace {

class Update final : public Command {
public:
    void declare(Arguments& arguments) override {
        arguments.word("queue", "name of the queue", queue_);
        arguments.word("id", "id of the job", id_);
        arguments.text("--data", "new data: JSON, @FILE or -", data_);
        arguments.number(
            "--priority", "0 is none, 1 is served first", {0, priority_max}, priority_);
        arguments.flag("--lifo", "with --priority: before others of that priority", lifo_);
        arguments.duration("--delay", "of a delayed job: due again this long from now", delay_);
        arguments.output();
    }

    Result<Exit> run(Session& session) override {
        if (!data_ && !priority_ && !delay_)
            return Error(ErrorCode::invalid_argument,
                         "nothing to change; give --data, --priority or --delay");
        // All of it is checked before any of it is done.
        std::optional<Json> data;
        if (data_) {
            Result<Json> read = read_data(*data_, payload_bytes_default_max);
            if (!read) return read.error();
            data = std::move(*read);
        }
        Result<Queue> queue = session.queue(queue_);
        if (!queue) return queue.error();
        if (Status s = change(*queue, data); !s) return s.error();
        if (session.out().is_text()) return Exit::ok;
        Result<Job> job = queue->job(id_);
        if (!job) return job.error();
        session.out().json(to_json(*job));
        return Exit::ok;
    }

private:
    // The delay first: it alone may be refused for the job's state.
    Status change(Queue& queue, const std::optional<Json>& data) const {
        if (delay_)
            if (Status s = queue.change_delay(id_, *delay_); !s) return s;
        if (priority_)
            if (Status s = queue.change_priority(id_, static_cast<int>(*priority_), lifo_); !s)
                return s;
        if (data) return queue.update_data(id_, *data);
        return {};
    }

    std::string queue_{};
    std::string id_{};
    std::optional<std::string> data_{};
    std::optional<std::int64_t> priority_{};
    std::optional<Millis> delay_{};
    bool lifo_ = false;
};

}  // namespace

std::unique_ptr<Command> make_update() {
    return std::make_unique<Update>();
}

}  // namespace toril::cli
