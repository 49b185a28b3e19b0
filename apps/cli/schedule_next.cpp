// toril schedule next QUEUE ID [--count N], toril schedule next --pattern '0 3 * * *' [--count N]

#include "arguments.hpp"
#include "command.hpp"
#include "commands.hpp"
#include "json_object.hpp"
#include "logs.hpp"
#include "repeat_argument.hpp"
#include "session.hpp"
#include "time_argument.hpp"

#include <toril/scheduler.hpp>

namespace toril::cli {
namespace {

class ScheduleNext final : public Command {
public:
    void declare(Arguments& arguments) override {
        arguments.optional_word("queue", "name of the queue", queue_);
        arguments.optional_word("id", "id of a scheduler; or say --every or --pattern", id_);
        repeat_.declare(arguments);
        arguments.number("--count", "how many [5]", {1, 1'000}, count_);
        arguments.text("--from", "runs after this time [now]", from_);
        arguments.output();
    }

    Result<Exit> run(Session& session) override {
        Result<Repeat> repeat = rule(session);
        if (!repeat) return repeat.error();
        Timestamp from{};
        if (from_) {
            Result<Timestamp> time = parse_time("--from", *from_);
            if (!time) return time.error();
            from = *time;
        }
        Result<std::vector<Timestamp>> runs =
            next_runs(*repeat, static_cast<std::size_t>(count_.value_or(5)), from);
        if (!runs) return runs.error();
        JsonArray array;
        for (const Timestamp run : *runs) {
            if (session.out().is_text()) session.out().line(iso_time(run));
            array.add(Json::unchecked(std::to_string(run.time_since_epoch().count())));
        }
        if (!session.out().is_text()) session.out().json(array.json());
        return Exit::ok;
    }

private:
    // Of the scheduler that is named, or as the options say.
    Result<Repeat> rule(Session& session) const {
        if (repeat_.is_set()) return repeat_.repeat();
        if (!queue_ || !id_)
            return Error(ErrorCode::invalid_argument,
                         "name a queue and a scheduler, or say --every or --pattern");
        Result<Store> store = session.store();
        if (!store) return store.error();
        Result<JobSchedulers> schedulers = JobSchedulers::open(*store, *queue_);
        if (!schedulers) return schedulers.error();
        Result<JobScheduler> found = schedulers->get(*id_);
        if (!found) return found.error();
        return found->repeat;
    }

    std::optional<std::string> queue_{};
    std::optional<std::string> id_{};
    RepeatArgument repeat_{};
    std::optional<std::int64_t> count_{};
    std::optional<std::string> from_{};
};

}  // namespace

std::unique_ptr<Command> make_schedule_next() {
    return std::make_unique<ScheduleNext>();
}

}  // namespace toril::cli
