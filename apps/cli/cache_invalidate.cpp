// toril cache invalidate --tag T | --pattern P | --all

#include "cache_argument.hpp"
#include "command.hpp"
#include "commands.hpp"
#include "json_object.hpp"

namespace toril::cli {
namespace {

class CacheInvalidate final : public Command {
public:
    void declare(Arguments& arguments) override {
        arguments.texts("--tag", "entries with this tag; may be repeated", tags_);
        arguments.texts("--pattern",
                        "entries whose key matches: * any text, ? one byte; may be repeated",
                        patterns_);
        arguments.flag("--all", "every entry", all_);
        cache_.declare(arguments);
        arguments.output();
    }

    Result<Exit> run(Session& session) override {
        if (tags_.empty() && patterns_.empty() && !all_)
            return Error(ErrorCode::invalid_argument,
                         "say what to invalidate, with --tag, --pattern or --all");
        Result<Cache> cache = cache_.open(session);
        if (!cache) return cache.error();
        if (Status s = invalidate(*cache); !s) return s.error();
        if (Status s = check_store_answered(*cache); !s) return s.error();
        if (!session.out().is_text())
            session.out().json(JsonObject().put("invalidated", true).json());
        return Exit::ok;
    }

private:
    Status invalidate(Cache& cache) const {
        for (const std::string& tag : tags_)
            if (Status s = cache.invalidate_tag(tag); !s) return s;
        for (const std::string& pattern : patterns_)
            if (Status s = cache.invalidate_pattern(pattern); !s) return s;
        return all_ ? cache.clear() : Status{};
    }

    std::vector<std::string> tags_{};
    std::vector<std::string> patterns_{};
    bool all_ = false;
    CacheArgument cache_{};
};

}  // namespace

std::unique_ptr<Command> make_cache_invalidate() {
    return std::make_unique<CacheInvalidate>();
}

}  // namespace toril::cli
