#include "base/named_objects.hpp"
#include "cache/core.hpp"
#include "contract/backend.hpp"

#include <toril/cache.hpp>
#include <toril/store.hpp>

#include <utility>

namespace toril {

using contract::CacheMark;

std::string_view CacheValue::bytes() const noexcept {
    return block_ ? std::string_view(block_->bytes) : std::string_view();
}

bool CacheValue::is_negative() const noexcept {
    return block_ && block_->negative;
}

class Cache::Impl final : public cache::Core {
public:
    using Core::Core;
};

Cache::Cache(std::shared_ptr<Impl> impl) noexcept : impl_(std::move(impl)) {}

Result<Cache> Cache::open(const Store& store, const CacheOptions& options) {
    if (Status bad = cache::check_options(options); !bad) return bad.error();
    const contract::Backend& backend = store.backend();
    auto impl = backend.shared->find_or_make<Impl>("cache:" + options.name, [&] {
        return std::make_shared<Impl>(
            options,
            cache::Ground{.store = options.in_store ? backend.cache : nullptr,
                          .board = backend.fallbacks,
                          .log = base::Logger(store.options().log),
                          .keeps_alive = std::make_shared<const Store>(store)});
    });
    if (!cache::are_equal(impl->options(), options))
        return Error(ErrorCode::invalid_argument,
                     "the cache \"" + options.name + "\" is open already, with other options");
    return Cache(std::move(impl));
}

Result<std::optional<CacheValue>> Cache::get(std::string_view key) const {
    return impl_->get(key);
}

Result<std::vector<std::optional<CacheValue>>> Cache::get_many(
    std::span<const std::string> keys) const {
    return impl_->get_many(keys);
}

Status Cache::set(std::string_view key, std::string_view value, const CachePolicy& policy) {
    return impl_->set(key, value, policy);
}

Status Cache::set_negative(std::string_view key, const CachePolicy& policy) {
    return impl_->set(key, std::nullopt, policy);
}

Result<CacheValue> Cache::get_or_set(std::string_view key,
                                     const CacheLoader& loader,
                                     const CachePolicy& policy) {
    return impl_->get_or_set(key, loader, policy);
}

Result<bool> Cache::remove(std::string_view key) {
    return impl_->remove(key);
}

Result<bool> Cache::expire(std::string_view key) {
    return impl_->expire(key);
}

Status Cache::invalidate_tag(std::string_view tag) {
    if (Status bad = cache::check_tag(tag); !bad) return bad;
    return impl_->invalidate({.kind = CacheMark::Kind::tag, .text = std::string(tag)});
}

Status Cache::invalidate_pattern(std::string_view pattern) {
    if (Status bad = cache::check_pattern(pattern); !bad) return bad;
    return impl_->invalidate({.kind = CacheMark::Kind::pattern, .text = std::string(pattern)});
}

Status Cache::clear() {
    return impl_->invalidate({.kind = CacheMark::Kind::all});
}

CacheStats Cache::stats() const {
    return impl_->stats();
}

Result<CacheStats> Cache::totals() const {
    return impl_->totals();
}

void Cache::reset_stats() {
    impl_->reset_stats();
}

const std::string& Cache::name() const noexcept {
    return impl_->options().name;
}

}  // namespace toril
