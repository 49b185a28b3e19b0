// toril cache get KEY

#include "cache_argument.hpp"
#include "command.hpp"
#include "commands.hpp"
#include "json_object.hpp"
#include "printable.hpp"

namespace toril::cli {
namespace {

class CacheGet final : public Command {
public:
    void declare(Arguments& arguments) override {
        arguments.word("key", "key of the entry", key_);
        cache_.declare(arguments);
        arguments.output();
    }

    Result<Exit> run(Session& session) override {
        Result<Cache> cache = cache_.open(session);
        if (!cache) return cache.error();
        Result<std::optional<CacheValue>> value = cache->get(key_);
        if (!value) return value.error();
        if (Status s = check_store_answered(*cache); !s) return s.error();
        if (!*value)
            return Error(ErrorCode::not_found, "there is no " + in_quotes(key_) + " in the cache");
        print(session, **value);
        return Exit::ok;
    }

private:
    void print(Session& session, const CacheValue& value) const {
        const Result<Json> json = Json::parse(std::string(value.bytes()));
        const Json shown = value.is_negative() ? Json{}
                           : json              ? *json
                                               : Json::string(value.bytes());
        if (session.out().is_text())
            session.out().line(value.is_negative() ? "null" : value.bytes());
        else
            session.out().json(JsonObject()
                                   .put("key", key_)
                                   .put("value", shown)
                                   .put("negative", value.is_negative())
                                   .json());
    }

    std::string key_{};
    CacheArgument cache_{};
};

}  // namespace

std::unique_ptr<Command> make_cache_get() {
    return std::make_unique<CacheGet>();
}

}  // namespace toril::cli
