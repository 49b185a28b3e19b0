#include "cache/tier_hash.hpp"

#include <random>

namespace toril::cache {

KeyHash::KeyHash(std::uint64_t seed) {
    std::random_device device;
    std::mt19937_64 chain(seed);
    for (std::uint64_t& secret : secrets_)
        secret = seed != 0 ? chain() : (std::uint64_t{device()} << 32 | device());
}

}  // namespace toril::cache
