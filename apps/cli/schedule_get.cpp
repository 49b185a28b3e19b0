// toril schedule get QUEUE ID, toril schedule rm QUEUE ID

#include "arguments.hpp"
#include "command.hpp"
#include "commands.hpp"
#include "json_object.hpp"
#include "scheduler_text.hpp"
#include "session.hpp"

#include <toril/scheduler.hpp>

namespace toril::cli {
namespace {

class OneScheduler : public Command {
public:
    void declare(Arguments& arguments) override {
        arguments.word("queue", "name of the queue", queue_);
        arguments.word("id", "id of the scheduler", id_);
        arguments.output();
    }

    Result<Exit> run(Session& session) override {
        Result<Store> store = session.store();
        if (!store) return store.error();
        Result<JobSchedulers> schedulers = JobSchedulers::open(*store, queue_);
        if (!schedulers) return schedulers.error();
        return run_on(session.out(), *schedulers);
    }

protected:
    virtual Result<Exit> run_on(Output& out, JobSchedulers& schedulers) = 0;

    std::string queue_{};
    std::string id_{};
};

class ScheduleGet final : public OneScheduler {
    Result<Exit> run_on(Output& out, JobSchedulers& schedulers) override {
        Result<JobScheduler> found = schedulers.get(id_);
        if (!found) return found.error();
        if (out.is_text())
            print_scheduler(out, *found);
        else
            out.json(to_json(*found));
        return Exit::ok;
    }
};

class ScheduleRm final : public OneScheduler {
    Result<Exit> run_on(Output& out, JobSchedulers& schedulers) override {
        if (Status s = schedulers.remove(id_); !s) return s.error();
        if (!out.is_text())
            out.json(JsonObject().put("id", id_).put("queue", queue_).put("removed", true).json());
        return Exit::ok;
    }
};

}  // namespace

std::unique_ptr<Command> make_schedule_get() {
    return std::make_unique<ScheduleGet>();
}

std::unique_ptr<Command> make_schedule_rm() {
    return std::make_unique<ScheduleRm>();
}

}  // namespace toril::cli
