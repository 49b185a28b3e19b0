// toril lock release KEY --owner TEXT

#include "arguments.hpp"
#include "command.hpp"
#include "commands.hpp"
#include "json_object.hpp"
#include "session.hpp"

#include <toril/lock.hpp>

namespace toril::cli {
namespace {

class LockReleaseCommand final : public Command {
public:
    void declare(Arguments& arguments) override {
        arguments.word("key", "name of the lock", key_);
        arguments.text("--owner", "who holds it, as lock status says", owner_);
        arguments.output();
    }

    Result<Exit> run(Session& session) override {
        if (!owner_)
            return Error(ErrorCode::invalid_argument,
                         "say whose lock to release with --owner; lock status names the holder");
        Result<Store> store = session.store();
        if (!store) return store.error();
        Result<Locks> locks = Locks::open(*store);
        if (!locks) return locks.error();
        if (Status s = locks->release(key_, *owner_); !s) return s.error();
        if (!session.out().is_text())
            session.out().json(JsonObject().put("key", key_).put("released", true).json());
        return Exit::ok;
    }

private:
    std::string key_{};
    std::optional<std::string> owner_{};
};

}  // namespace

std::unique_ptr<Command> make_lock_release() {
    return std::make_unique<LockReleaseCommand>();
}

}  // namespace toril::cli
