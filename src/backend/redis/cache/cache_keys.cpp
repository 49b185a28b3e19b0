#include "backend/redis/cache/cache_keys.hpp"

namespace toril::redis_store {

std::string CacheKeys::name(std::string_view cache, std::string_view rest) const {
    std::string text;
    text.reserve(start_.size() + cache.size() + rest.size() + 64);
    text.append(start_).append(cache).append("}:").append(rest);
    return text;
}

std::optional<CacheKeys::Named> CacheKeys::parse(std::string_view name) const {
    if (!name.starts_with(start_)) return std::nullopt;
    name.remove_prefix(start_.size());
    const std::size_t end = name.find("}:");  // no name of a cache has a brace
    if (end == std::string_view::npos) return std::nullopt;
    Named named{.cache = name.substr(0, end)};
    name.remove_prefix(end + 2);
    if (name == "marks") return named;
    if (!name.starts_with("e:")) return std::nullopt;
    named.key = name.substr(2);
    return named;
}

}  // namespace toril::redis_store
