#pragma once

// A key as 128 bits, by a seed: where the key itself need not be kept. Who does not know the seed
// cannot make two keys that are the same; by chance two among a billion are with 1 in 10^20.

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <random>
#include <string_view>

namespace toril::base {

struct KeyHash {
    std::uint64_t low = 0;  // 0: none
    std::uint64_t high = 0;

    friend bool operator==(const KeyHash&, const KeyHash&) = default;
};

/// Threads: any. The same on every machine and in every process with the same seed.
class KeyHasher {
public:
    using Seed = std::array<std::uint64_t, 4>;

    explicit KeyHasher(const Seed& seed) : seed_(seed) {}

    static Seed random_seed() {
        std::random_device device;
        Seed seed;
        // Odd numbers, so that a product with one is never 0 for all.
        for (std::uint64_t& part : seed)
            part = (std::uint64_t{device()} << 32 | device()) | 1;
        return seed;
    }

    KeyHash operator()(std::string_view key) const {
        std::uint64_t a = seed_[0];
        std::uint64_t b = seed_[1] ^ key.size();
        std::size_t at = 0;
        for (; key.size() - at > 16; at += 16)
            mix(word(key, at, 8), word(key, at + 8, 8), a, b);
        const std::size_t left = key.size() - at;
        const std::size_t half = left > 8 ? 8 : left;
        mix(word(key, at, half), word(key, at + half, left - half), a, b);
        const std::uint64_t low = fold(a ^ seed_[2], b ^ seed_[3]);
        return {low == 0 ? 1 : low, fold(a ^ seed_[3], b + seed_[2])};
    }

private:
    void mix(std::uint64_t first, std::uint64_t second, std::uint64_t& a, std::uint64_t& b) const {
        a = fold(a ^ first, second ^ seed_[2]);
        b = fold(b ^ second, first ^ seed_[3]);
    }
    // Fewer than 8 bytes by two reads that may overlap: a loop over them would cost more.
    static std::uint64_t word(std::string_view key, std::size_t at, std::size_t size) {
        const char* bytes = key.data() + at;
        if (size == 8) return read<std::uint64_t>(bytes);
        if (size >= 4)
            return std::uint64_t{read<std::uint32_t>(bytes)} << 32 |
                   read<std::uint32_t>(bytes + size - 4);
        if (size == 0) return 0;
        return std::uint64_t{read<unsigned char>(bytes)} << 16 |
               std::uint64_t{read<unsigned char>(bytes + size / 2)} << 8 |
               read<unsigned char>(bytes + size - 1);
    }
    template <class T>
    static T read(const char* bytes) {
        T value;
        std::memcpy(&value, bytes, sizeof value);
        return value;
    }
    static std::uint64_t fold(std::uint64_t a, std::uint64_t b) {
        __extension__ using Wide = unsigned __int128;
        const Wide product = static_cast<Wide>(a) * b;
        return static_cast<std::uint64_t>(product >> 64) ^ static_cast<std::uint64_t>(product);
    }

    const Seed seed_;
};

}  // namespace toril::base
