// toril lock run KEY -- CMD...

#include "arguments.hpp"
#include "command.hpp"
#include "commands.hpp"
#include "guarded_command.hpp"
#include "printable.hpp"
#include "session.hpp"
#include "time_argument.hpp"

#include <toril/lock.hpp>

namespace toril::cli {
namespace {

// A command that cannot be started, as a shell says it.
constexpr int exit_not_found = 127;
constexpr int exit_not_started = 126;

class LockRun final : public Command {
public:
    void declare(Arguments& arguments) override {
        arguments.word("key", "name of the lock", key_);
        arguments.duration(
            "--ttl", "it ends so long after this process died or lost the store (5m)", ttl_);
        arguments.duration("--wait", "wait so long for another's to end (0s)", wait_);
        arguments.text("--owner", "who you are, for those who find it held", owner_);
        arguments.text("--when-away",
                       "closed, open or local: what to do while the store is away (closed)",
                       when_away_);
        arguments.command_line(command_);
    }

    Result<Exit> run(Session& session) override {
        Result<LockOptions> options = lock_options();
        if (!options) return options.error();
        const Signals signals;
        Result<Store> store = session.store();
        if (!store) return store.error();
        Result<Locks> locks = Locks::open(*store);
        if (!locks) return locks.error();
        Result<LockAnswer> answer = locks->acquire(key_, *options);
        if (!answer) return answer.error();
        if (answer->outcome == LockOutcome::busy) return busy(*answer);
        if (answer->outcome == LockOutcome::degraded)
            session.say("the store is away: going on without the lock " + in_quotes(key_) +
                        " (--when-away " + std::string(to_string(options->when_away)) + ")");
        return run_under(session, signals, *answer->lock);
    }

private:
    Result<LockOptions> lock_options() const {
        LockOptions options;
        if (ttl_) options.ttl = *ttl_;
        if (wait_) options.wait = *wait_;
        if (owner_) options.owner = *owner_;
        const std::string policy = when_away_.value_or("closed");
        for (const WhenAway each : {WhenAway::closed, WhenAway::open, WhenAway::local})
            if (policy == to_string(each)) {
                options.when_away = each;
                return options;
            }
        return Error(ErrorCode::invalid_argument,
                     "--when-away is " + in_quotes(policy) + "; it must be closed, open or local");
    }

    Error busy(const LockAnswer& answer) const {
        std::string message = "the lock " + in_quotes(key_) + " is held";
        if (answer.holder)
            message += " by " + in_quotes(answer.holder->owner) + " for another " +
                       rough_duration(answer.holder->remaining) + " unless it is renewed";
        return {ErrorCode::already_held, message};
    }

    Result<Exit> run_under(Session& session, const Signals& signals, Lock& lock) const {
        GuardedCommand command{.words = command_};
        command.environment.emplace_back("TORIL_LOCK_KEY", key_);
        if (lock.fence() != 0)
            command.environment.emplace_back("TORIL_LOCK_FENCE", std::to_string(lock.fence()));
        Result<GuardedEnd> end = run_guarded(command, signals, lock.stop_token());
        lock.release();
        if (!end) {
            session.report(end.error());
            const bool is_missing = end.error().code() == ErrorCode::not_found;
            return static_cast<Exit>(is_missing ? exit_not_found : exit_not_started);
        }
        if (end->was_stopped)
            return Error(ErrorCode::outcome_unknown,
                         "the lock " + in_quotes(key_) + " was lost; the command was ended");
        return static_cast<Exit>(end->exit_code);
    }

    std::string key_{};
    std::optional<Millis> ttl_{};
    std::optional<Millis> wait_{};
    std::optional<std::string> owner_{};
    std::optional<std::string> when_away_{};
    std::vector<std::string> command_{};
};

}  // namespace

std::unique_ptr<Command> make_lock_run() {
    return std::make_unique<LockRun>();
}

}  // namespace toril::cli
