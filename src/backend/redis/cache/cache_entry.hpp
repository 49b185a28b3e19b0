#pragma once

// An entry as it is kept on the server. Numbers are big-endian; docs/internals/redis-keys.md.
//
//     offset  0  "tc" and the version, 1
//             3  flags: 1 negative
//             4  stale_for   8   how long it is kept after it was fresh, ms
//            12  number      8   of its generation
//            20  incarnation 16
//            36  load_time   8   ms
//            44  tags_length 4
//            48  value_length 4
//            52  checksum    8   of what the caller gave; the script fills in the generation
//            60  tags: each its length, 4 bytes, and its text
//                value
//
// How long it is kept is its key's time to live: only the server's clock counts.

#include "contract/cache_store.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace toril::redis_store {

inline constexpr std::size_t cache_head_length = 60;

/// An entry around the place of its generation.
struct SealedCacheEntry {
    std::string start{};
    std::string rest{};
};
SealedCacheEntry seal_cache_entry(const contract::CacheEntry& entry);

/// `kept_for`: what its key has left to live. None: damaged, or not of this version.
std::optional<contract::CacheEntry> unseal_cache_entry(std::string_view bytes, Millis kept_for);

}  // namespace toril::redis_store
