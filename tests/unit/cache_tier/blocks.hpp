#pragma once

#include "cache/memory_tier.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

namespace toril::cache {

inline BlockPtr block(std::string bytes, std::int64_t kept_until = std::int64_t{1} << 60) {
    auto made = std::make_shared<CacheValue::Block>();
    made->bytes = std::move(bytes);
    made->kept_until = kept_until;
    return made;
}

inline std::string key_of(std::uint64_t number) {
    return "key:" + std::to_string(number);
}

}  // namespace toril::cache
