#include "backend/redis/cache/cache_keys.hpp"

#include <gtest/gtest.h>

namespace toril::redis_store {
namespace {

const CacheKeys keys("bull");

TEST(CacheKeysTest, AreOneSlotOfACluster) {
    EXPECT_EQ(keys.marks("tasks"), "bull:toril:cache:{tasks}:marks");
    EXPECT_EQ(keys.entry("tasks", "list:1"), "bull:toril:cache:{tasks}:e:list:1");
    EXPECT_EQ(keys.lease("tasks", "list:1"), "bull:toril:cache:{tasks}:l:list:1");
}

TEST(CacheKeysTest, AreReadAsTheyAreWritten) {
    const std::string key("e:}:\0x", 6);
    const std::string name = keys.entry("tasks", key);
    const auto entry = keys.parse(name);
    ASSERT_TRUE(entry);
    EXPECT_EQ(entry->cache, "tasks");
    EXPECT_EQ(entry->key, key);

    const std::string marks_name = keys.marks("tasks");
    const auto marks = keys.parse(marks_name);
    ASSERT_TRUE(marks);
    EXPECT_EQ(marks->cache, "tasks");
    EXPECT_FALSE(marks->key);
}

TEST(CacheKeysTest, OfOthersAreNotRead) {
    for (const char* name : {"",
                             "bull:toril:cache:{tasks",
                             "bull:toril:cache:{tasks}:l:a",
                             "bull:toril:cache:{tasks}:marks2",
                             "bull2:toril:cache:{tasks}:marks"})
        EXPECT_FALSE(keys.parse(name)) << name;
}

}  // namespace
}  // namespace toril::redis_store
