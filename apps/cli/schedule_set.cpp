// toril schedule set QUEUE ID (--every 5m | --pattern '0 3 * * *') [--name N] [--data JSON] ...

#include "arguments.hpp"
#include "command.hpp"
#include "commands.hpp"
#include "data_argument.hpp"
#include "repeat_argument.hpp"
#include "scheduler_text.hpp"
#include "session.hpp"

#include <toril/job_json.hpp>
#include <toril/scheduler.hpp>

namespace toril::cli {
namespace {

class ScheduleSet final : public Command {
public:
    void declare(Arguments& arguments) override {
        arguments.word("queue", "name of the queue", queue_);
        arguments.word("id", "id of the scheduler; one that exists is changed", id_);
        repeat_.declare(arguments);
        arguments.text("--name", "name of its jobs [the id]", name_);
        arguments.text("--data", "data of its jobs: JSON, @FILE or - [{}]", data_);
        arguments.text(
            "--opts", "options of its jobs, as in BullMQ: '{\"attempts\":3}', @FILE or -", opts_);
        arguments.output();
    }

    Result<Exit> run(Session& session) override {
        Result<Repeat> repeat = repeat_.repeat();
        if (!repeat) return repeat.error();
        JobTemplate make{.name = name_.value_or("")};
        if (data_) {
            Result<Json> data = read_data(*data_, payload_bytes_default_max);
            if (!data) return data.error();
            make.data = std::move(*data);
        }
        if (opts_) {
            Result<Json> opts = read_data(*opts_, payload_bytes_default_max);
            if (!opts) return opts.error();
            Result<JobOptions> options = job_options_from_json(*opts);
            if (!options)
                return Error(options.error().code(), "--opts: " + options.error().message());
            make.options = std::move(*options);
        }
        Result<Store> store = session.store();
        if (!store) return store.error();
        Result<JobSchedulers> schedulers = JobSchedulers::open(*store, queue_);
        if (!schedulers) return schedulers.error();
        Result<JobScheduler> set = schedulers->upsert(id_, *repeat, make);
        if (!set) return set.error();
        if (session.out().is_text())
            print_scheduler(session.out(), *set);
        else
            session.out().json(to_json(*set));
        return Exit::ok;
    }

private:
    std::string queue_{};
    std::string id_{};
    RepeatArgument repeat_{};
    std::optional<std::string> name_{};
    std::optional<std::string> data_{};
    std::optional<std::string> opts_{};
};

}  // namespace

std::unique_ptr<Command> make_schedule_set() {
    return std::make_unique<ScheduleSet>();
}

}  // namespace toril::cli
