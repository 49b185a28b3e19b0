// toril work QUEUE... (--exec 'CMD' | --http URL | --noop | --sleep 10ms)

#include "arguments.hpp"
#include "command.hpp"
#include "commands.hpp"
#include "handlers.hpp"
#include "limit_argument.hpp"
#include "session.hpp"
#include "work_run.hpp"

namespace toril::cli {
namespace {

class Work final : public Command {
public:
    void declare(Arguments& arguments) override {
        arguments.words("queues", "names of the queues", queues_);
        arguments.text(
            "--exec", "run a shell command: data on stdin, return value on stdout", exec_);
        arguments.text("--http", "post the data to a URL: its answer is the return value", http_);
        arguments.flag("--noop", "complete at once", noop_);
        arguments.duration("--sleep", "complete after this long", sleep_);
        arguments.flag(
            "--until-empty", "end when nothing waits, runs or is due soon", until_empty_);
        arguments.duration("--reach", "what \"soon\" is with --until-empty [30s]", reach_);
        arguments.flag("--isolate", "each job in a process of its own", isolate_);
        arguments.text("--limit", "at most MAX/DURATION starts over all workers", limit_);
        arguments.text("--name", "shown as the job's processedBy", name_);
        arguments.number("--max-started",
                         "a job that began more often fails without running; 0: no limit [0]",
                         {0, 1'000'000},
                         max_started_);
        arguments.number("--metrics-points",
                         "count finished jobs per minute, for so many minutes [0]",
                         {0, 100'000},
                         metrics_points_);
        for (const char* setting : {"work.concurrency",
                                    "work.lock",
                                    "work.stalled-interval",
                                    "work.max-stalled",
                                    "work.grace",
                                    "work.timeout",
                                    "block-timeout"})
            arguments.setting(setting);
    }

    Result<Exit> run(Session& session) override {
        WorkPlan plan{.queues = queues_,
                      .grace = session.settings().duration("work.grace"),
                      .until_empty = until_empty_,
                      .reach = reach_.value_or(Millis{30'000})};
        Result<Handler> handler = make_handler(session.settings().duration("work.timeout"));
        if (!handler) return handler.error();
        plan.handler = std::move(*handler);
        Result<WorkerOptions> options = worker_options(session.settings());
        if (!options) return options.error();
        plan.options = std::move(*options);
        return run_workers(session, std::move(plan));
    }

private:
    Result<Handler> make_handler(Millis timeout) const {
        const int ways = exec_.has_value() + http_.has_value() + noop_ + sleep_.has_value();
        if (ways != 1)
            return Error(ErrorCode::invalid_argument,
                         "say what to do with a job: one of --exec, --http, --noop and --sleep");
        if (exec_ && exec_->find_first_not_of(" \t\n") == std::string::npos)
            return Error(ErrorCode::invalid_argument, "--exec needs a command");
        if (exec_) return exec_handler(*exec_);
        if (http_) {
            Result<Handler> handler = http_handler(*http_, timeout);
            if (!handler)
                return Error(handler.error().code(), "--http: " + handler.error().message());
            return handler;
        }
        return sleep_ ? sleep_handler(*sleep_) : noop_handler();
    }

    Result<WorkerOptions> worker_options(const Settings& settings) const {
        WorkerOptions options{
            .concurrency = static_cast<int>(settings.number("work.concurrency")),
            .name = name_.value_or(""),
            .lock_duration = settings.duration("work.lock"),
            .stalled_interval = settings.duration("work.stalled-interval"),
            .max_stalled_count = static_cast<int>(settings.number("work.max-stalled")),
            .max_started_attempts = static_cast<int>(max_started_.value_or(0)),
            .block_timeout = settings.duration("block-timeout"),
            .timeout = settings.duration("work.timeout"),
            .metrics_points_max = static_cast<int>(metrics_points_.value_or(0)),
            .isolation = isolate_ ? Isolation::process : Isolation::thread};
        if (!limit_) return options;
        Result<Limit> limit = parse_limit("--limit", *limit_);
        if (!limit) return limit.error();
        options.limit_max = limit->max;
        options.limit_duration = limit->duration;
        return options;
    }

    std::vector<std::string> queues_{};
    std::optional<std::string> exec_{};
    std::optional<std::string> http_{};
    std::optional<Millis> sleep_{};
    bool noop_ = false;
    bool until_empty_ = false;
    std::optional<Millis> reach_{};
    bool isolate_ = false;
    std::optional<std::string> limit_{};
    std::optional<std::int64_t> max_started_{};
    std::optional<std::int64_t> metrics_points_{};
    std::optional<std::string> name_{};
};

}  // namespace

std::unique_ptr<Command> make_work() {
    return std::make_unique<Work>();
}

}  // namespace toril::cli
