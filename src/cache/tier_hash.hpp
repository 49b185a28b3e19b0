#pragma once

// Hashes of keys, different ones in each process: who chooses keys must not be able to choose
// which of them meet in one place of the table or of the sketch.
//
// Sixteen bytes a step, by a multiplication to 128 bits whose halves are folded (as wyhash does).
// Here both factors have a secret in them, so no input makes one of them zero.

#include <array>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace toril::cache {

class KeyHash {
public:
    /// `seed` 0: a random one.
    explicit KeyHash(std::uint64_t seed);

    std::uint64_t operator()(std::string_view key) const {
        const char* at = key.data();
        std::size_t left = key.size();
        std::uint64_t state = secrets_[0];
        while (left > 16) {
            state = fold(read(at, 8) ^ secrets_[1], read(at + 8, 8) ^ state);
            at += 16;
            left -= 16;
        }
        std::uint64_t first = 0;
        std::uint64_t second = 0;
        const char* const end = key.data() + key.size();
        if (key.size() >= 16) {  // the last sixteen, those of the last step among them
            first = read(end - 16, 8);
            second = read(end - 8, 8);
        } else if (key.size() >= 8) {
            first = read(at, 8);
            second = read(end - 8, 8);
        } else if (key.size() >= 4) {
            first = read(at, 4);
            second = read(end - 4, 4);
        } else {
            first = read(at, key.size());
        }
        state = fold(first ^ secrets_[2], second ^ state);
        return fold(state ^ secrets_[3], key.size() ^ secrets_[1]);
    }

private:
    static std::uint64_t read(const char* at, std::size_t size) {
        std::uint64_t value = 0;
        std::memcpy(&value, at, size);
        return value;
    }
    static std::uint64_t fold(std::uint64_t a, std::uint64_t b) {
        __extension__ using Wide = unsigned __int128;
        const Wide product = static_cast<Wide>(a) * b;
        return static_cast<std::uint64_t>(product >> 64) ^ static_cast<std::uint64_t>(product);
    }

    std::array<std::uint64_t, 4> secrets_{};
};

}  // namespace toril::cache
