// toril limit check KEY --max N --per 1m

#include "arguments.hpp"
#include "command.hpp"
#include "commands.hpp"
#include "json_object.hpp"
#include "printable.hpp"
#include "session.hpp"
#include "time_argument.hpp"

#include <toril/throttle.hpp>

namespace toril::cli {
namespace {

constexpr std::int64_t billion = 1'000'000'000;

class LimitCheck final : public Command {
public:
    void declare(Arguments& arguments) override {
        arguments.word("key", "what is limited: user:42, say", key_);
        arguments.number("--max", "most in a --per", {.low = 1, .high = billion}, max_);
        arguments.duration("--per", "the time in which --max counts", per_);
        arguments.number("--cost", "how much this takes (1)", {.low = 1, .high = billion}, cost_);
        arguments.text("--shape", "sliding, gcra or fixed (sliding)", shape_);
        arguments.number(
            "--burst", "gcra: most at once (--max)", {.low = 1, .high = billion}, burst_);
        arguments.flag("--peek", "only look, take nothing", peek_);
        arguments.output();
    }

    Result<Exit> run(Session& session) override {
        Result<LimitRule> rule = limit_rule();
        if (!rule) return rule.error();
        Result<Store> store = session.store();
        if (!store) return store.error();
        Result<Throttle> throttle = Throttle::open(*store);
        if (!throttle) return throttle.error();
        Result<LimitAnswer> answer =
            peek_ ? throttle->peek(key_, *rule) : throttle->check(key_, *rule, cost_.value_or(1));
        if (!answer) return answer.error();
        print(session, *answer);
        return answer->allowed ? Exit::ok : Exit::refused;
    }

private:
    Result<LimitRule> limit_rule() const {
        if (!max_ || !per_)
            return Error(ErrorCode::invalid_argument,
                         "say how much in what time, with --max N and --per DURATION");
        LimitRule rule{.max = *max_, .per = *per_, .burst = burst_.value_or(0)};
        const std::string shape = shape_.value_or("sliding");
        for (const LimitShape each : {LimitShape::sliding, LimitShape::gcra, LimitShape::fixed})
            if (shape == to_string(each)) {
                rule.shape = each;
                return rule;
            }
        return Error(ErrorCode::invalid_argument,
                     "--shape is " + in_quotes(shape) + "; it must be sliding, gcra or fixed");
    }

    static void print(Session& session, const LimitAnswer& answer) {
        if (!session.out().is_text()) {
            session.out().json(JsonObject()
                                   .put("allowed", answer.allowed)
                                   .put("limit", answer.limit)
                                   .put("remaining", answer.remaining)
                                   .put("retryAfterMs", answer.retry_after.count())
                                   .put("resetMs", answer.reset_after.count())
                                   .put("mode", to_string(answer.mode))
                                   .json());
        } else if (answer.allowed) {
            session.out().line("allowed, " + std::to_string(answer.remaining) + " left");
        } else if (answer.retry_after < Millis{0}) {
            session.out().line("refused: the cost is beyond the limit");
        } else {
            session.out().line("refused, again in " + rough_duration(answer.retry_after));
        }
    }

    std::string key_{};
    std::optional<std::int64_t> max_{};
    std::optional<Millis> per_{};
    std::optional<std::int64_t> cost_{};
    std::optional<std::string> shape_{};
    std::optional<std::int64_t> burst_{};
    bool peek_ = false;
};

}  // namespace

std::unique_ptr<Command> make_limit_check() {
    return std::make_unique<LimitCheck>();
}

}  // namespace toril::cli
