#include "health/server_info.hpp"

#include "base/sync.hpp"
#include "contract/backend.hpp"

#include <toril/store.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <string_view>

namespace toril {
namespace health {
namespace {

class Reader {
public:
    explicit Reader(const Facts& facts) : facts_(facts) {}

    std::string_view text(std::string_view name) const {
        for (const auto& [key, value] : facts_)
            if (key == name) return value;
        return {};
    }

    // Leading digits; some servers append a unit or a comment.
    std::optional<double> number(std::string_view name) const {
        const std::string_view value = text(name);
        double parsed = 0;
        const auto [end, failure] =
            std::from_chars(value.data(), value.data() + value.size(), parsed);
        if (failure != std::errc{} || end == value.data() || !std::isfinite(parsed))
            return std::nullopt;
        return parsed;
    }

    std::uint64_t count(std::string_view name) const { return whole(number(name)); }

    // `used_memory:1048576`, else `used_memory_human:1.00M` as some say alone.
    std::uint64_t bytes(const std::string& name) const {
        if (const auto exact = number(name)) return whole(exact);
        const std::string human = name + "_human";
        const std::optional<double> value = number(human);
        if (!value) return 0;
        constexpr std::string_view units = "BKMGTP";
        const std::size_t letter = text(human).find_first_of(units);
        const std::size_t power =
            letter == std::string_view::npos ? 0 : units.find(text(human)[letter]);
        return whole(*value * std::pow(1024.0, static_cast<double>(power)));
    }

private:
    static std::uint64_t whole(std::optional<double> value) {
        if (!value || *value < 0 || *value >= 1.8e19) return 0;
        return static_cast<std::uint64_t>(*value);
    }

    const Facts& facts_;
};

std::string_view first_of(const Reader& facts, std::initializer_list<std::string_view> names) {
    for (const std::string_view name : names)
        if (const std::string_view value = facts.text(name); !value.empty()) return value;
    return {};
}

// 1.8: what the system gave it is 1.8 times what is in use. Below 1: some of it is swapped out.
std::optional<double> fragmentation_of(const Reader& facts, const ServerInfo& info) {
    if (const auto said = facts.number("mem_fragmentation_ratio"); said && *said > 0) return said;
    if (info.memory_used == 0 || info.memory_rss == 0) return std::nullopt;
    return static_cast<double>(info.memory_rss) / static_cast<double>(info.memory_used);
}

// "db0:keys=5,expires=1": of the one that we look at, if the server counted it for us.
std::uint64_t keys_of(const Reader& facts, const Facts& all) {
    if (!facts.text("dbsize").empty()) return facts.count("dbsize");
    for (const auto& [name, value] : all)
        if (name.starts_with("db") && value.starts_with("keys=")) {
            std::uint64_t keys = 0;
            std::from_chars(value.data() + 5, value.data() + value.size(), keys);
            return keys;
        }
    return 0;
}

}  // namespace

ServerInfo server_info_of(Facts facts) {
    const Reader read(facts);
    ServerInfo info;
    info.version = first_of(
        read,
        {"valkey_version", "dragonfly_version", "redis_version", "version", "sqlite_version"});
    info.mode = first_of(read, {"redis_mode", "server_mode", "mode"});
    info.role = first_of(read, {"role"});
    if (info.role == "slave") info.role = "replica";
    info.uptime = Millis(static_cast<Millis::rep>(
        std::min<std::uint64_t>(read.count("uptime_in_seconds"), 1'000'000'000'000) * 1'000));
    info.memory_used = read.bytes("used_memory");
    info.memory_peak = read.bytes("used_memory_peak");
    info.memory_rss = read.bytes("used_memory_rss");
    info.memory_max = read.bytes("maxmemory");
    info.fragmentation = fragmentation_of(read, info);
    info.eviction_policy = first_of(read, {"maxmemory_policy"});
    info.clients = read.count("connected_clients");
    info.clients_blocked = read.count("blocked_clients");
    info.keys = keys_of(read, facts);
    info.evicted = read.count("evicted_keys");
    info.facts = std::move(facts);
    return info;
}

std::string warning_of(const ServerInfo& info) {
    // From here on a burst of jobs is refused. With another policy the server makes room itself.
    constexpr double full = 0.95;
    if (info.memory_max == 0 || info.eviction_policy != "noeviction") return {};
    const double share =
        static_cast<double>(info.memory_used) / static_cast<double>(info.memory_max);
    if (share < full) return {};
    return "the store's memory is full to " +
           std::to_string(static_cast<int>(std::min(share, 10.0) * 100)) + " %";
}

}  // namespace health

Result<ServerInfo> server_info(const Store& store, Millis deadline) {
    // The store answers by its own deadline; this much later nobody waits for it.
    constexpr Millis margin{1'000};
    const std::shared_ptr<contract::HealthSource> source = store.backend().health;
    if (!source) return Error(ErrorCode::unavailable, "this store says nothing of itself");
    Result<health::Facts> facts = base::wait_for_answer<Result<health::Facts>>(
        deadline + margin, [&](auto done) { source->facts(deadline, std::move(done)); });
    if (!facts) return facts.error();
    return health::server_info_of(std::move(*facts));
}

}  // namespace toril
