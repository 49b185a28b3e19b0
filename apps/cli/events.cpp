// toril events QUEUE [--from ID] [--count N] [--no-follow]

#include "arguments.hpp"
#include "command.hpp"
#include "commands.hpp"
#include "session.hpp"

#include <toril/queue_events.hpp>

#include <limits>

namespace toril::cli {
namespace {

constexpr Millis look_again_after{10'000};
// With --no-follow: as long as the store may take to say what it has.
constexpr Millis catch_up{200};

class Events final : public Command {
public:
    void declare(Arguments& arguments) override {
        arguments.word("queue", "name of the queue", queue_);
        arguments.text(
            "--from", "what came after this event; 0: all that is kept [from now on]", from_);
        arguments.number(
            "--count", "end after so many", {1, std::numeric_limits<std::int64_t>::max()}, count_);
        arguments.flag("--no-follow", "end when no more are there", no_follow_);
        arguments.output(true);
    }

    Result<Exit> run(Session& session) override {
        if (session.out().format() == Format::json)
            return Error(ErrorCode::invalid_argument,
                         "events are a stream: use --jsonl, one document a line");
        Result<Store> store = session.store();
        if (!store) return store.error();
        Result<QueueEvents> events =
            QueueEvents::open(*store, queue_, {.after = from_.value_or("")});
        if (!events) return events.error();
        return follow(session, *events);
    }

private:
    Result<Exit> follow(Session& session, QueueEvents& events) const {
        for (std::int64_t printed = 0; !count_ || printed < *count_;) {
            Result<QueueEvent> event = events.next(no_follow_ ? catch_up : look_again_after);
            if (event) {
                print(session.out(), *event);
                // Each at once: whoever reads waits for it.
                if (Status s = session.out().flush(); !s) return s.error();
                ++printed;
            } else if (event.error().code() != ErrorCode::timed_out) {
                return event.error();
            } else if (no_follow_) {
                break;
            }
        }
        return Exit::ok;
    }

    static void print(Output& out, const QueueEvent& event) {
        if (!out.is_text()) return out.json(to_json(event));
        std::string line = event.id + "  " + event.name;
        for (const auto& [name, value] : event.fields)
            line.append("  ").append(name).append("=").append(value);
        out.line(line);
    }

    std::string queue_{};
    std::optional<std::string> from_{};
    std::optional<std::int64_t> count_{};
    bool no_follow_ = false;
};

}  // namespace

std::unique_ptr<Command> make_events() {
    return std::make_unique<Events>();
}

}  // namespace toril::cli
