// toril cache stats

#include "cache_argument.hpp"
#include "command.hpp"
#include "commands.hpp"

#include <array>
#include <cstdio>

namespace toril::cli {
namespace {

std::string percent(double part) {
    std::array<char, 16> text{};
    std::snprintf(text.data(), text.size(), "%.1f %%", part * 100);
    return text.data();
}

class CacheStatsCommand final : public Command {
public:
    void declare(Arguments& arguments) override {
        cache_.declare(arguments);
        arguments.output();
    }

    Result<Exit> run(Session& session) override {
        Result<Cache> cache = cache_.open(session);
        if (!cache) return cache.error();
        const Result<CacheStats> totals = cache->totals();
        if (!totals) return totals.error();
        const CacheStats& stats = *totals;
        if (!session.out().is_text()) {
            session.out().json(to_json(stats));
            return Exit::ok;
        }
        const auto line = [&](const char* name, const std::string& value) {
            session.out().line(std::string(name) + ": " + value);
        };
        line("hits", std::to_string(stats.hits()));
        line("misses", std::to_string(stats.misses));
        line("hit rate", percent(stats.hit_rate()));
        line("loads", std::to_string(stats.loads));
        line("entries", std::to_string(stats.entries));
        line("bytes", std::to_string(stats.bytes));
        return Exit::ok;
    }

private:
    CacheArgument cache_{};
};

}  // namespace

std::unique_ptr<Command> make_cache_stats() {
    return std::make_unique<CacheStatsCommand>();
}

}  // namespace toril::cli
