// toril add QUEUE NAME [JSON|@FILE|-], toril add QUEUE --jsonl FILE

#include "add_bulk.hpp"
#include "arguments.hpp"
#include "command.hpp"
#include "commands.hpp"
#include "data_argument.hpp"
#include "job_options_argument.hpp"
#include "json_object.hpp"
#include "session.hpp"

namespace toril::cli {
namespace {

constexpr Millis forward_longest{2'000};

JobState state_of_new(const JobOptions& options) {
    if (options.delay > Millis{0}) return JobState::delayed;
    return options.priority > 0 ? JobState::prioritized : JobState::waiting;
}

class Add final : public Command {
public:
    void declare(Arguments& arguments) override {
        arguments.word("queue", "name of the queue", queue_);
        arguments.optional_word("name", "name of the job", name_);
        arguments.optional_word("data", "JSON, @FILE, or - for standard input [{}]", data_);
        options_.declare(arguments);
        arguments.setting("spool");
        arguments.text(
            "--jsonl", "add many: a file, or -, of {\"name\",\"data\",\"opts\"} lines", lines_);
        arguments.output();
    }

    Result<Exit> run(Session& session) override {
        if (lines_) return run_bulk(session);
        if (!name_)
            return Error(ErrorCode::invalid_argument,
                         "name the job, or add many with --jsonl FILE");
        Result<JobOptions> options = options_.options();
        if (!options) return options.error();
        const std::size_t bytes_max =
            options->payload_bytes_max > 0 ? options->payload_bytes_max : payload_bytes_default_max;
        Result<Json> data = read_data(data_.value_or("{}"), bytes_max);
        if (!data) return data.error();
        Result<Queue> queue = session.queue_with_spool(queue_);
        if (!queue) return queue.error();
        Result<AddedJob> added = queue->add(*name_, *data, *options);
        if (!added) return acceptable(added.error());
        if (added->spooled) added->spooled = !forward(session, *queue);
        return print(session, *queue, *added, *options);
    }

private:
    // A store that answers takes what is in the spool before this process ends. False: it is away.
    static bool forward(Session& session, Queue& queue) {
        const bool forwarded = queue.spool_stats().state != SpoolState::spooling &&
                               static_cast<bool>(queue.flush_spool(forward_longest));
        if (!forwarded)
            session.say(
                "the store is away: the job is in the spool, and goes to the store with "
                "the next add or with toril spool flush");
        return forwarded;
    }

    // Too large a payload is a value that cannot be accepted.
    static Error acceptable(const Error& error) {
        if (error.code() != ErrorCode::limit_reached) return error;
        return {ErrorCode::invalid_argument, error.message()};
    }

    Result<Exit> print(Session& session,
                       const Queue& queue,
                       const AddedJob& added,
                       const JobOptions& options) const {
        if (added.existed) session.say("job " + added.id + " existed already; nothing was added");
        if (added.deduplicated)
            session.say("job " + added.id + " has this deduplication id; nothing was added");
        if (session.out().is_text()) {
            session.out().line(added.id);
            return Exit::ok;
        }
        JobState state = state_of_new(options);
        if (added.existed || added.deduplicated)
            if (Result<Job> job = queue.job(added.id)) state = job->state;
        Result<Store> store = session.store();
        if (!store) return store.error();
        session.out().json(JsonObject()
                               .put("id", added.id)
                               .put("queue", queue_)
                               .put("state", added.spooled ? "spooled" : to_string(state))
                               .put("existed", added.existed)
                               .put("deduplicated", added.deduplicated)
                               .put("spooled", added.spooled)
                               .put("durability", store->durability())
                               .json());
        return Exit::ok;
    }

    Result<Exit> run_bulk(Session& session) const {
        if (name_ || data_ || options_.is_set())
            return Error(ErrorCode::invalid_argument,
                         "with --jsonl the name, the data and the options belong into its lines");
        Result<Queue> queue = session.queue_with_spool(queue_);
        if (!queue) return queue.error();
        return add_bulk(session, *queue, *lines_);
    }

    std::string queue_{};
    std::optional<std::string> name_{};
    std::optional<std::string> data_{};
    std::optional<std::string> lines_{};
    JobOptionsArgument options_{};
};

}  // namespace

std::unique_ptr<Command> make_add() {
    return std::make_unique<Add>();
}

}  // namespace toril::cli
