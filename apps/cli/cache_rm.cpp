// toril cache rm KEY...

#include "cache_argument.hpp"
#include "command.hpp"
#include "commands.hpp"
#include "json_object.hpp"

namespace toril::cli {
namespace {

class CacheRm final : public Command {
public:
    void declare(Arguments& arguments) override {
        arguments.words("keys", "keys of entries", keys_);
        cache_.declare(arguments);
        arguments.output();
    }

    Result<Exit> run(Session& session) override {
        Result<Cache> cache = cache_.open(session);
        if (!cache) return cache.error();
        std::size_t removed = 0;
        for (const std::string& key : keys_) {
            Result<bool> was_there = cache->remove(key);
            if (!was_there) return was_there.error();
            if (Status s = check_store_answered(*cache); !s) return s.error();
            removed += *was_there ? 1 : 0;
        }
        if (session.out().is_text())
            session.out().line(std::to_string(removed));
        else
            session.out().json(JsonObject().put("removed", removed).json());
        return Exit::ok;
    }

private:
    std::vector<std::string> keys_{};
    CacheArgument cache_{};
};

}  // namespace

std::unique_ptr<Command> make_cache_rm() {
    return std::make_unique<CacheRm>();
}

}  // namespace toril::cli
