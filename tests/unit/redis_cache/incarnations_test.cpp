#include "backend/redis/cache/incarnations.hpp"

#include <gtest/gtest.h>

#include <set>

namespace toril::redis_store {
namespace {

TEST(IncarnationsTest, AreNeverTheSameTwice) {
    Incarnations one;
    Incarnations other;
    std::set<std::string> all;
    for (int i = 0; i < 10'000; ++i) {
        all.insert(one.next());
        all.insert(other.next());
    }

    EXPECT_EQ(all.size(), 20'000u);
    for (const std::string& each : all)
        ASSERT_EQ(each.find_first_not_of("0123456789abcdef"), each.npos) << each;
    EXPECT_EQ(all.begin()->size(), 16u);
}

}  // namespace
}  // namespace toril::redis_store
