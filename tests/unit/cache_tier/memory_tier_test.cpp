#include "cache/memory_tier.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

namespace toril::cache {
namespace {

BlockPtr block(std::string bytes, std::int64_t kept_until = 1'000'000) {
    auto made = std::make_shared<CacheValue::Block>();
    made->bytes = std::move(bytes);
    made->kept_until = kept_until;
    return made;
}

TEST(MemoryTierTest, FindsWhatWasPutUntilItIsNoLongerKept) {
    MemoryTier tier({});

    EXPECT_TRUE(tier.put("a", block("1", 500), 0));

    EXPECT_EQ(tier.find("a", 499)->bytes, "1");
    EXPECT_EQ(tier.find("a", 500), nullptr);
    EXPECT_EQ(tier.find("b", 0), nullptr);
}

TEST(MemoryTierTest, ReplacesOnlyWhatTheCallerSaw) {
    MemoryTier tier({});
    tier.put("a", block("1"), 0);
    const BlockPtr first = tier.find("a", 0);
    tier.put("a", block("2"), 0);

    EXPECT_FALSE(tier.replace("a", first, block("3"), 0));
    EXPECT_EQ(tier.find("a", 0)->bytes, "2");
    EXPECT_TRUE(tier.replace("a", tier.find("a", 0), block("3"), 0));
    EXPECT_EQ(tier.find("a", 0)->bytes, "3");
}

TEST(MemoryTierTest, ForgetsWhatIsRemovedOrCleared) {
    MemoryTier tier({});
    tier.put("a", block("1"), 0);
    tier.put("b", block("2"), 0);

    EXPECT_TRUE(tier.remove("a"));
    EXPECT_FALSE(tier.remove("a"));
    EXPECT_EQ(tier.find("a", 0), nullptr);
    tier.clear();
    EXPECT_EQ(tier.find("b", 0), nullptr);
    EXPECT_EQ(tier.stats().entries, 0u);
}

}  // namespace
}  // namespace toril::cache
