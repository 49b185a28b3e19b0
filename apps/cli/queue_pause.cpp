// toril queue pause QUEUE, toril queue resume QUEUE

#include "arguments.hpp"
#include "command.hpp"
#include "commands.hpp"
#include "json_object.hpp"
#include "printable.hpp"
#include "session.hpp"

namespace toril::cli {
namespace {

Result<PauseStyle> parse_style(const std::string& text) {
    if (text == "auto") return PauseStyle::automatic;
    if (text == "v5") return PauseStyle::v5;
    if (text == "v6") return PauseStyle::v6;
    return Error(ErrorCode::invalid_argument,
                 "--pause-style is " + in_quotes(text) + "; it must be v5, v6 or auto");
}

enum class Turn : unsigned char { off, on };

class QueuePause final : public Command {
public:
    explicit QueuePause(Turn turn) : turn_(turn) {}

    void declare(Arguments& arguments) override {
        arguments.word("queue", "name of the queue", queue_);
        arguments.text("--pause-style", "how BullMQ writes it: v5, v6 or auto [auto]", style_);
        arguments.output();
    }

    Result<Exit> run(Session& session) override {
        Result<PauseStyle> style = parse_style(style_.value_or("auto"));
        if (!style) return style.error();
        Result<Queue> queue = session.queue(queue_);
        if (!queue) return queue.error();
        const bool pauses = turn_ == Turn::off;
        if (Status s = pauses ? queue->pause(*style) : queue->resume(*style); !s) return s.error();
        if (!session.out().is_text())
            session.out().json(JsonObject().put("name", queue_).put("paused", pauses).json());
        return Exit::ok;
    }

private:
    Turn turn_;
    std::string queue_{};
    std::optional<std::string> style_{};
};

}  // namespace

std::unique_ptr<Command> make_queue_pause() {
    return std::make_unique<QueuePause>(Turn::off);
}

std::unique_ptr<Command> make_queue_resume() {
    return std::make_unique<QueuePause>(Turn::on);
}

}  // namespace toril::cli
