// toril queue concurrency QUEUE [N|none], toril queue limit QUEUE [MAX/DURATION|none]

#include "arguments.hpp"
#include "command.hpp"
#include "commands.hpp"
#include "json_object.hpp"
#include "limit_argument.hpp"
#include "printable.hpp"
#include "session.hpp"

#include <toril/config.hpp>

#include <charconv>

namespace toril::cli {
namespace {

// Shows a setting that the workers of a queue share, or changes it.
class QueueSetting : public Command {
public:
    void declare(Arguments& arguments) override {
        arguments.word("queue", "name of the queue", queue_);
        arguments.optional_word("value", "what it is to be; none: no limit [it is shown]", value_);
        arguments.output();
    }

    Result<Exit> run(Session& session) override {
        Result<Queue> queue = session.queue(queue_);
        if (!queue) return queue.error();
        if (value_)
            if (Status s = change(*queue, *value_); !s) return s.error();
        return show(session.out(), *queue);
    }

protected:
    virtual Status change(Queue& queue, const std::string& value) const = 0;
    virtual Result<Exit> show(Output& out, const Queue& queue) const = 0;

private:
    std::string queue_{};
    std::optional<std::string> value_{};
};

class QueueConcurrency final : public QueueSetting {
    Status change(Queue& queue, const std::string& value) const override {
        if (value == "none") return queue.set_concurrency(0);
        std::int64_t jobs_max = 0;
        const char* const last = value.data() + value.size();
        const auto [end, failure] = std::from_chars(value.data(), last, jobs_max);
        if (failure != std::errc{} || end != last || jobs_max < 1)
            return Error(ErrorCode::invalid_argument,
                         "the concurrency is " + in_quotes(value) +
                             "; write a whole number from 1, or none");
        return queue.set_concurrency(jobs_max);
    }

    Result<Exit> show(Output& out, const Queue& queue) const override {
        Result<QueueSettings> settings = queue.settings();
        if (!settings) return settings.error();
        const std::int64_t jobs_max = settings->concurrency;
        if (out.is_text())
            out.line(jobs_max == 0 ? "none" : std::to_string(jobs_max));
        else
            out.json(JsonObject().put("concurrency", jobs_max).json());
        return Exit::ok;
    }
};

class QueueLimit final : public QueueSetting {
    Status change(Queue& queue, const std::string& value) const override {
        if (value == "none") return queue.set_rate_limit(0, Millis{0});
        Result<Limit> limit = parse_limit("the limit", value);
        if (!limit) return limit.error();
        return queue.set_rate_limit(limit->max, limit->duration);
    }

    // How long no job can start is of the queue's limit, and of one that was set by hand.
    Result<Exit> show(Output& out, const Queue& queue) const override {
        Result<QueueSettings> settings = queue.settings();
        if (!settings) return settings.error();
        Result<Millis> limited_for = queue.rate_limit_ttl();
        if (!limited_for) return limited_for.error();
        if (!out.is_text()) {
            out.json(JsonObject()
                         .put("max", settings->limit_max)
                         .put("duration", settings->limit_duration.count())
                         .put("limitedForMs", limited_for->count())
                         .json());
            return Exit::ok;
        }
        std::string text = settings->limit_max == 0 ? "none"
                                                    : std::to_string(settings->limit_max) + "/" +
                                                          format_duration(settings->limit_duration);
        if (*limited_for > Millis{0})
            text += ", used up for " + std::to_string(limited_for->count()) + " ms";
        out.line(text);
        return Exit::ok;
    }
};

}  // namespace

std::unique_ptr<Command> make_queue_concurrency() {
    return std::make_unique<QueueConcurrency>();
}

std::unique_ptr<Command> make_queue_limit() {
    return std::make_unique<QueueLimit>();
}

}  // namespace toril::cli
