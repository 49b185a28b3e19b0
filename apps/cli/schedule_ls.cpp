// toril schedule ls QUEUE

#include "arguments.hpp"
#include "command.hpp"
#include "commands.hpp"
#include "json_object.hpp"
#include "logs.hpp"
#include "scheduler_text.hpp"
#include "session.hpp"

#include <toril/scheduler.hpp>

namespace toril::cli {
namespace {

class ScheduleLs final : public Command {
public:
    void declare(Arguments& arguments) override {
        arguments.word("queue", "name of the queue", queue_);
        arguments.output(true);
    }

    Result<Exit> run(Session& session) override {
        Result<Store> store = session.store();
        if (!store) return store.error();
        Result<JobSchedulers> schedulers = JobSchedulers::open(*store, queue_);
        if (!schedulers) return schedulers.error();
        Result<std::vector<JobScheduler>> list = schedulers->list();
        if (!list) return list.error();
        print(session.out(), *list);
        return Exit::ok;
    }

private:
    static void print(Output& out, const std::vector<JobScheduler>& list) {
        if (out.is_text()) {
            Table table({"ID", "NEXT", "RUNS", "SO FAR", "JOB NAME"});
            for (const JobScheduler& each : list)
                table.row({each.id,
                           iso_time(each.next),
                           repeat_text(each.repeat),
                           std::to_string(each.iteration_count),
                           each.name});
            return out.raw(table.text(0));
        }
        print_json(out, list);
    }

    std::string queue_{};
};

}  // namespace

std::unique_ptr<Command> make_schedule_ls() {
    return std::make_unique<ScheduleLs>();
}

}  // namespace toril::cli
