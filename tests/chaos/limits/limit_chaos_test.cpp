// Eight processes ask for the same keys while their Redis is killed, comes back empty, and is
// frozen. However it goes: never more in any window than the header of Throttle says.

#include "hammers.hpp"
#include "support/redis_server.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace toril::chaos {
namespace {

constexpr std::int64_t max = 40;
constexpr Millis per{1'000};
constexpr std::size_t processes = 8;

const std::vector<LimitRule> rules{
    {.max = max, .per = per, .shape = LimitShape::sliding},
    {.max = max, .per = per, .shape = LimitShape::gcra, .burst = 10},
    {.max = max, .per = per, .shape = LimitShape::fixed},
};

// What the public header states for one window while the store is there.
constexpr std::int64_t bounds[]{max, 10 + max, 2 * max};

class LimitChaosTest : public ::testing::Test {
protected:
    LimitChaosTest() {
        std::string name = (fs::temp_directory_path() / "toril-chaos-XXXXXX").string();
        folder = ::mkdtemp(name.data());
        ::setenv("XDG_RUNTIME_DIR", folder.c_str(), 1);
    }
    ~LimitChaosTest() override { fs::remove_all(folder); }

    // The most that was allowed for certain in any window: asked and answered inside it.
    static std::int64_t most_in_a_window(std::vector<Allowed> all, std::size_t rule) {
        std::erase_if(all, [&](const Allowed& one) { return one.rule != rule; });
        std::int64_t most = 0;
        for (const Allowed& first : all) {
            const std::int64_t begin = first.asked_at;
            const std::int64_t end = begin + per.count() * 1'000;
            const auto inside = std::count_if(all.begin(), all.end(), [&](const Allowed& one) {
                return one.asked_at >= begin && one.answered_at <= end;
            });
            most = std::max<std::int64_t>(most, inside);
        }
        return most;
    }
    static std::int64_t count(const std::vector<Allowed>& all, LimitMode mode) {
        return std::count_if(
            all.begin(), all.end(), [&](const Allowed& one) { return one.mode == mode; });
    }

    fs::path folder;
    toril::testing::RedisServer server{};
};

TEST_F(LimitChaosTest, NeverAllowsMoreInAnyWindowWhileTheStoreIsThere) {
    Hammers hammers(server.url(), rules, processes);
    hammers.listen_for(3s);
    ASSERT_TRUE(hammers.end());

    for (std::size_t i = 0; i < rules.size(); ++i) {
        const std::int64_t most = most_in_a_window(hammers.allowed(), i);
        EXPECT_LE(most, bounds[i]) << to_string(rules[i].shape);
        EXPECT_GE(most, max / 2) << to_string(rules[i].shape) << ": and it does allow";
    }
}

// R2, R3, R4
TEST_F(LimitChaosTest, NeverAllowsMoreThanTwiceTheLimitOverOutages) {
    Hammers hammers(server.url(), rules, processes);
    hammers.listen_for(1'200ms);
    server.kill();
    hammers.listen_for(1'500ms);
    server.start_again();  // with nothing in it
    hammers.listen_for(1'500ms);
    server.freeze();
    hammers.listen_for(1'500ms);
    server.thaw();
    hammers.listen_for(1'500ms);
    ASSERT_TRUE(hammers.end());

    for (std::size_t i = 0; i < rules.size(); ++i)
        EXPECT_LE(most_in_a_window(hammers.allowed(), i), 2 * bounds[i])
            << to_string(rules[i].shape);
    EXPECT_GT(count(hammers.allowed(), LimitMode::local), 0) << "it went on without the store";
    EXPECT_EQ(hammers.allowed().back().mode, LimitMode::store) << "and is back";
}

}  // namespace
}  // namespace toril::chaos
