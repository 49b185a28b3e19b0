// What the tier says it needs, beside what it got from the allocator.

#include "cache/memory_tier.hpp"
#include "unit/cache_tier/blocks.hpp"

#include <gtest/gtest.h>
#include <malloc.h>

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>
#include <random>
#include <string>

namespace {

// All that this program has from `new`, with what malloc puts before it.
std::atomic<std::int64_t> allocated{0};

constexpr std::int64_t header_bytes = 8;

void* counted(void* memory) {
    if (memory == nullptr) throw std::bad_alloc();
    allocated += static_cast<std::int64_t>(malloc_usable_size(memory)) + header_bytes;
    return memory;
}

void give_back(void* memory) noexcept {
    if (memory == nullptr) return;
    allocated -= static_cast<std::int64_t>(malloc_usable_size(memory)) + header_bytes;
    std::free(memory);
}

}  // namespace

void* operator new(std::size_t size) {
    return counted(std::malloc(size));
}
void* operator new[](std::size_t size) {
    return counted(std::malloc(size));
}
void* operator new(std::size_t size, std::align_val_t alignment) {
    const auto step = static_cast<std::size_t>(alignment);
    return counted(std::aligned_alloc(step, (size + step - 1) / step * step));
}
void* operator new[](std::size_t size, std::align_val_t alignment) {
    return operator new(size, alignment);
}
void operator delete(void* memory) noexcept {
    give_back(memory);
}
void operator delete[](void* memory) noexcept {
    give_back(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
    give_back(memory);
}
void operator delete[](void* memory, std::size_t) noexcept {
    give_back(memory);
}
void operator delete(void* memory, std::align_val_t) noexcept {
    give_back(memory);
}
void operator delete[](void* memory, std::align_val_t) noexcept {
    give_back(memory);
}
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept {
    give_back(memory);
}
void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept {
    give_back(memory);
}

namespace toril::cache {
namespace {

struct Sizes {
    const char* name = "";
    std::size_t key = 0;
    std::size_t value = 0;
    std::size_t tags = 0;
};

BlockPtr block_with_tags(std::size_t bytes, std::size_t tags) {
    auto made = std::make_shared<CacheValue::Block>();
    made->bytes.assign(bytes, 'x');
    made->kept_until = 1'000'000;
    for (std::size_t i = 0; i < tags; ++i)
        made->tags.push_back("a tag with some length: " + std::to_string(i));
    return made;
}

TEST(RecountTest, BytesAreWhatTheAllocatorGave) {
    constexpr std::uint64_t bytes_max = 8u * 1024 * 1024;
    const Sizes cases[] = {{"tiny", 4, 1, 0},
                           {"small", 10, 100, 0},
                           {"long keys", 400, 10, 0},
                           {"tags", 20, 50, 5},
                           {"pages", 20, 5000, 0},
                           {"large", 20, 300'000, 0}};
    for (const Sizes& sizes : cases) {
        const std::int64_t before = allocated;
        MemoryTier tier({.bytes_max = bytes_max, .seed = 1});
        const std::int64_t empty = allocated - before;
        for (std::uint64_t i = 0; i < 60'000 && tier.stats().evictions_size < 100; ++i) {
            std::string key = std::to_string(i);
            key.resize(std::max(key.size(), sizes.key), 'k');
            tier.put(key, block_with_tags(sizes.value, sizes.tags), 0);
        }
        const std::int64_t real = allocated - before;
        const auto told = static_cast<std::int64_t>(tier.stats().bytes);

        EXPECT_GT(real, static_cast<std::int64_t>(bytes_max) * 3 / 4) << sizes.name;
        // Tables of an empty tier are not counted. An allocator with less of its own, as that of
        // a sanitizer, gives less than we think.
        EXPECT_LE(real - empty, told + told / 50) << sizes.name;
        EXPECT_GE(real, told - told / 8) << sizes.name;
        EXPECT_LT(empty, 64 * 1024) << sizes.name;
    }
}

TEST(RecountTest, BytesFollowChangesAndRemovals) {
    const std::int64_t before = allocated;
    MemoryTier tier({.bytes_max = 8u * 1024 * 1024, .seed = 1});
    std::mt19937_64 random(2);
    for (int i = 0; i < 100'000; ++i) {
        const std::string key = key_of(random() % 20'000);
        if (random() % 5 == 0)
            tier.remove(key);
        else
            tier.put(key, block_with_tags(random() % 900, random() % 3), 0);
    }
    const std::int64_t full = allocated - before;
    const auto told = static_cast<std::int64_t>(tier.stats().bytes);
    EXPECT_LE(full, told + told / 50);
    EXPECT_GE(full, told - told / 8);

    tier.clear();
    const std::int64_t cleared = allocated - before;
    EXPECT_EQ(tier.stats().entries, 0u);
    EXPECT_LE(cleared, static_cast<std::int64_t>(tier.stats().bytes) + 64 * 1024);
}

}  // namespace
}  // namespace toril::cache
