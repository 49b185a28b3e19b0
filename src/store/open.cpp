#include "store/open.hpp"

// The one place that knows which backends there are.

#include "backend/memory/health_source.hpp"
#include "backend/memory/limit_store.hpp"
#include "backend/memory/lock_store.hpp"
#include "backend/memory/memory_store.hpp"
#include "backend/memory/spool_log.hpp"
#include "backend/redis/cache/cache_store.hpp"
#include "backend/redis/health/health_source.hpp"
#include "backend/redis/limit/limit_store.hpp"
#include "backend/redis/lock/lock_store.hpp"
#include "backend/redis/redis_store.hpp"
#include "backend/sqlite/side/health_source.hpp"
#include "backend/sqlite/side/side_stores.hpp"
#include "backend/sqlite/spool/sqlite_spool.hpp"
#include "backend/sqlite/sqlite_store.hpp"
#include "store/sqlite_url.hpp"

#include <toril/config.hpp>
#include <toril/redis/config.hpp>

#include <string>
#include <utility>

namespace toril::store {
namespace {

using Opened = Result<contract::Backend>;

Error refused(std::string message) {
    return {ErrorCode::invalid_argument, std::move(message)};
}

// What a part of a URL may look like in a message: bounded, nothing that moves a cursor.
std::string shown(std::string_view text) {
    std::string clean(text.substr(0, 40));
    for (char& c : clean)
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = '?';
    return clean;
}

Opened open_in_memory(std::string_view url, const StoreOptions& options) {
    if (url != "memory:") return refused("store URL: nothing may follow memory:");
    return contract::Backend{.jobs = memory::open_memory(base::wall_now, options.prefix),
                             .locks = memory::open_lock_store(),
                             .limits = memory::open_limit_store(),
                             .health = memory::open_health_source(),
                             .url = "memory:"};
}

Opened open_on_sqlite(std::string_view url, const StoreOptions& options) {
    Result<SqliteUrl> parsed = parse_sqlite_url(url);
    if (!parsed) return parsed.error();
    auto jobs = sqlite::open_sqlite({.path = parsed->path,
                                     .durability = parsed->durability,
                                     .prefix = options.prefix,
                                     .log = options.log});
    if (!jobs) return jobs.error();
    const std::string side_file = parsed->path + "-side";
    const sqlite_side::Stores side =
        sqlite_side::open_side({.path = side_file, .prefix = options.prefix, .log = options.log});
    return contract::Backend{.jobs = *jobs,
                             .cache = side.cache,
                             .locks = side.locks,
                             .limits = side.limits,
                             .health = sqlite_side::open_health_source(*jobs, side, parsed->path),
                             .url = std::string(url)};
}

Opened open_on_redis(std::string_view url, const StoreOptions& options) {
    Result<redis::Config> config = redis::Config::from_url(url);
    if (!config) return config.error();
    config->application = options.application;
    config->command_timeout = options.command_timeout;
    std::string redacted = config->redacted_url();
    const auto factory = std::make_shared<redis::Factory>(std::move(*config), options.log);
    const redis_store::RedisStoreOptions store_options{
        .prefix = options.prefix, .log = options.log, .command_timeout = options.command_timeout};
    return contract::Backend{.jobs = redis_store::open_redis(factory, store_options),
                             .cache = redis_store::open_cache_store(factory, store_options),
                             .locks = redis_store::open_lock_store(factory, store_options),
                             .limits = redis_store::open_limit_store(factory, store_options),
                             .health = redis_store::open_health_source(factory, store_options),
                             .url = std::move(redacted)};
}

Error unknown_scheme(std::string_view url) {
    const std::size_t colon = url.find(':');
    const std::string known =
        "use memory:, sqlite:PATH, redis://HOST, rediss://HOST or "
        "redis+unix:///PATH";
    if (url.starts_with("http://") || url.starts_with("https://"))
        return refused("store URL: an HTTP address is not a Redis; " + known);
    if (url.starts_with("redis+sentinel://") || url.starts_with("redis+cluster://"))
        return refused("store URL: " + shown(url.substr(0, colon)) +
                       " is not known to this version of toril; " + known);
    // Without a scheme it may be anything, a pasted password included: it is not repeated.
    if (colon == std::string_view::npos) return refused("store URL: there is no scheme; " + known);
    return refused("store URL: \"" + shown(url.substr(0, colon)) + "\" is no kind of store; " +
                   known);
}

Result<std::unique_ptr<contract::SpoolLog>> open_spool(const contract::SpoolOpening& opening) {
    if (opening.path.empty()) return memory::open_spool_log();
    return sqlite_spool::open_spool(opening);
}

Opened open_by_scheme(std::string_view url, const StoreOptions& options) {
    if (url.starts_with("memory:")) return open_in_memory(url, options);
    if (url.starts_with("sqlite:")) return open_on_sqlite(url, options);
    for (std::string_view scheme :
         {"redis://", "rediss://", "redis+unix://", "valkey://", "valkeys://", "valkey+unix://"})
        if (url.starts_with(scheme)) return open_on_redis(url, options);
    return unknown_scheme(url);
}

}  // namespace

Opened open_backend(std::string_view url, const StoreOptions& options) {
    Opened backend = open_by_scheme(url, options);
    if (backend) backend->open_spool = open_spool;
    return backend;
}

}  // namespace toril::store
