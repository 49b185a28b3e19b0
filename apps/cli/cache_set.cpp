// toril cache set KEY JSON [--ttl 60s] [--tag T]...

#include "cache_argument.hpp"
#include "command.hpp"
#include "commands.hpp"
#include "data_argument.hpp"
#include "json_object.hpp"

namespace toril::cli {
namespace {

constexpr std::size_t value_bytes_max = 16u * 1024 * 1024;

class CacheSet final : public Command {
public:
    void declare(Arguments& arguments) override {
        arguments.word("key", "key of the entry", key_);
        arguments.word("json", "its value: JSON, @FILE, or - for stdin", value_);
        arguments.duration("--ttl", "how long it is fresh (1h)", policy_.ttl);
        arguments.texts("--tag", "a tag to invalidate it by; may be repeated", policy_.tags);
        cache_.declare(arguments);
        arguments.output();
    }

    Result<Exit> run(Session& session) override {
        Result<Json> value = read_data(value_, value_bytes_max);
        if (!value) return value.error();
        Result<Cache> cache = cache_.open(session);
        if (!cache) return cache.error();
        if (Status s = cache->set(key_, value->text(), policy_); !s) return s.error();
        if (Status s = check_store_answered(*cache); !s) return s.error();
        if (!session.out().is_text())
            session.out().json(JsonObject().put("key", key_).put("stored", true).json());
        return Exit::ok;
    }

private:
    std::string key_{};
    std::string value_{};
    CachePolicy policy_{};
    CacheArgument cache_{};
};

}  // namespace

std::unique_ptr<Command> make_cache_set() {
    return std::make_unique<CacheSet>();
}

}  // namespace toril::cli
