// toril lock status KEY

#include "arguments.hpp"
#include "command.hpp"
#include "commands.hpp"
#include "json_object.hpp"
#include "session.hpp"
#include "time_argument.hpp"

#include <toril/lock.hpp>

namespace toril::cli {
namespace {

class LockStatus final : public Command {
public:
    void declare(Arguments& arguments) override {
        arguments.word("key", "name of the lock", key_);
        arguments.output();
    }

    Result<Exit> run(Session& session) override {
        Result<Store> store = session.store();
        if (!store) return store.error();
        Result<Locks> locks = Locks::open(*store);
        if (!locks) return locks.error();
        Result<std::optional<LockInfo>> holder = locks->status(key_);
        if (!holder) return holder.error();
        if (session.out().is_text())
            session.out().line(*holder ? "held by " + (*holder)->owner + ", fence " +
                                             std::to_string((*holder)->fence) + ", for " +
                                             rough_duration((*holder)->remaining)
                                       : "free");
        else
            session.out().json(json_of(*holder));
        return Exit::ok;
    }

private:
    Json json_of(const std::optional<LockInfo>& holder) const {
        JsonObject object;
        object.put("key", key_).put("held", holder.has_value());
        if (!holder)
            return object.put("holder", Json{}).put("fence", Json{}).put("remainingMs", 0).json();
        return object.put("holder", holder->owner)
            .put("fence", holder->fence)
            .put("remainingMs", holder->remaining.count())
            .json();
    }

    std::string key_{};
};

}  // namespace

std::unique_ptr<Command> make_lock_status() {
    return std::make_unique<LockStatus>();
}

}  // namespace toril::cli
