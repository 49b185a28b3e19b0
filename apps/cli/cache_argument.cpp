#include "cache_argument.hpp"

namespace toril::cli {
namespace {

// Longer than a program in service would wait: there is nothing to fall back on.
constexpr Millis store_timeout{5'000};

}  // namespace

void CacheArgument::declare(Arguments& arguments) {
    arguments.text("--cache", "name of the cache (default)", name_);
}

Result<Cache> CacheArgument::open(Session& session) const {
    Result<Store> store = session.store();
    if (!store) return store.error();
    CacheOptions options{.memory_bytes_max = 0, .store_timeout = store_timeout};
    if (name_) options.name = *name_;
    return Cache::open(*store, options);
}

Status check_store_answered(const Cache& cache) {
    if (cache.stats().store_failures == 0) return {};
    return Error(ErrorCode::unavailable,
                 "the store did not answer: nothing was read, and nothing changed for others");
}

}  // namespace toril::cli
