#include "backend/redis/cache/cache_entry.hpp"

#include <algorithm>
#include <utility>

namespace toril::redis_store {
namespace {

constexpr std::string_view start_and_version("tc\1", 3);
constexpr std::size_t incarnation_length = 16;
constexpr std::uint64_t flag_negative = 1;
constexpr std::uint64_t stale_for_max = std::uint64_t{1} << 53;  // what Lua can count

void put(std::string& bytes, std::uint64_t number, std::size_t length) {
    for (std::size_t i = length; i-- > 0;)
        bytes += static_cast<char>(number >> (8 * i) & 0xFF);
}

// REQUIRES: `bytes` has as many.
std::uint64_t take(std::string_view& bytes, std::size_t length) {
    std::uint64_t number = 0;
    for (std::size_t i = 0; i < length; ++i)
        number = number << 8 | static_cast<unsigned char>(bytes[i]);
    bytes.remove_prefix(length);
    return number;
}

// Against accidents, not against attackers: a multiplication for eight bytes.
class Checksum {
public:
    void add(std::uint64_t word) noexcept {
        sum_ = (sum_ ^ word) * 0x9E3779B97F4A7C15u;
        sum_ ^= sum_ >> 29;
    }
    void add(std::string_view bytes) noexcept {
        add(bytes.size());
        for (; bytes.size() >= 8; bytes.remove_prefix(8))
            add(word_of(bytes.substr(0, 8)));
        add(word_of(bytes));
    }
    std::uint64_t value() const noexcept { return sum_; }

private:
    // Compilers make one load of the eight.
    static std::uint64_t word_of(std::string_view bytes) noexcept {
        std::uint64_t word = 0;
        for (std::size_t i = 0; i < bytes.size(); ++i)
            word |= std::uint64_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
        return word;
    }

    std::uint64_t sum_ = 0x746F72696Cu;
};

std::uint64_t checksum_of(std::uint64_t flags,
                          std::uint64_t load_time,
                          std::string_view tags,
                          std::string_view value) {
    Checksum sum;
    sum.add(flags);
    sum.add(load_time);
    sum.add(tags);
    sum.add(value);
    return sum.value();
}

std::optional<std::vector<std::string>> tags_of(std::string_view bytes) {
    std::vector<std::string> tags;
    while (!bytes.empty()) {
        if (bytes.size() < 4) return std::nullopt;
        const std::size_t length = take(bytes, 4);
        if (length > bytes.size()) return std::nullopt;
        tags.emplace_back(bytes.substr(0, length));
        bytes.remove_prefix(length);
    }
    return tags;
}

std::uint64_t not_negative(Millis time) {
    return static_cast<std::uint64_t>(std::max<Millis::rep>(time.count(), 0));
}

}  // namespace

SealedCacheEntry seal_cache_entry(const contract::CacheEntry& entry) {
    const std::uint64_t flags = entry.negative ? flag_negative : 0;
    const std::uint64_t load_time = not_negative(entry.load_time);
    std::string tags;
    for (const std::string& tag : entry.tags) {
        put(tags, tag.size(), 4);
        tags += tag;
    }

    SealedCacheEntry sealed{.start = std::string(start_and_version)};
    put(sealed.start, flags, 1);
    put(sealed.start, not_negative(entry.kept_for - entry.fresh_for), 8);
    sealed.rest.reserve(24 + tags.size() + entry.value.size());
    put(sealed.rest, load_time, 8);
    put(sealed.rest, tags.size(), 4);
    put(sealed.rest, entry.value.size(), 4);
    put(sealed.rest, checksum_of(flags, load_time, tags, entry.value), 8);
    sealed.rest.append(tags).append(entry.value);
    return sealed;
}

std::optional<contract::CacheEntry> unseal_cache_entry(std::string_view bytes, Millis kept_for) {
    if (bytes.size() < cache_head_length || !bytes.starts_with(start_and_version))
        return std::nullopt;
    bytes.remove_prefix(start_and_version.size());
    const std::uint64_t flags = take(bytes, 1);
    const std::uint64_t stale_for = take(bytes, 8);
    if (flags > flag_negative || stale_for > stale_for_max) return std::nullopt;
    contract::CacheEntry entry{.negative = (flags & flag_negative) != 0, .kept_for = kept_for};
    entry.generation.number = take(bytes, 8);
    entry.generation.incarnation = std::string(bytes.substr(0, incarnation_length));
    bytes.remove_prefix(incarnation_length);
    const std::uint64_t load_time = take(bytes, 8);
    const std::uint64_t tags_length = take(bytes, 4);
    const std::uint64_t value_length = take(bytes, 4);
    const std::uint64_t checksum = take(bytes, 8);
    if (bytes.size() != tags_length + value_length) return std::nullopt;
    const std::string_view tags = bytes.substr(0, tags_length);
    const std::string_view value = bytes.substr(tags_length);
    if (checksum != checksum_of(flags, load_time, tags, value)) return std::nullopt;
    auto read = tags_of(tags);
    if (!read) return std::nullopt;
    entry.tags = std::move(*read);
    entry.value = value;
    entry.fresh_for = kept_for - Millis(static_cast<Millis::rep>(stale_for));
    entry.load_time = Millis(static_cast<Millis::rep>(load_time));
    return entry;
}

}  // namespace toril::redis_store
