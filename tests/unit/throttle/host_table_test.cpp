#include "throttle/host_table.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>

using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace toril::throttle {
namespace {

constexpr Micros now = 1'000s;
const RateRule rule{.max = 3, .per = 60s};

class HostTableTest : public testing::Test {
protected:
    HostTableTest() : folder(fs::temp_directory_path() / "toril-table-XXXXXX") {
        std::string name = folder.string();
        folder = ::mkdtemp(name.data());
    }
    ~HostTableTest() override { fs::remove_all(folder); }

    std::unique_ptr<HostTable> open(std::size_t keys = 1'000) {
        auto table = HostTable::open(folder.string(), "limits", keys);
        if (!table) throw std::runtime_error(table.error().message());
        return std::move(*table);
    }
    static HostTable::Access access(HostTable& table, std::string_view key, Micros at = now) {
        return table.access({&key, 1}, at);
    }
    static std::uint32_t spent(HostTable& table, std::string_view key) {
        const auto found = access(table, key);
        return found.of(0) ? found.of(0)->spent : 99'999;
    }
    static void spend_one(HostTable& table, std::string_view key) {
        const auto found = access(table, key);
        ASSERT_NE(found.of(0), nullptr);
        spend(*found.of(0), 1);
    }
    // Runs in a process of its own.
    static int in_child(const std::function<void()>& work) {
        const pid_t child = ::fork();
        if (child == 0) {
            work();
            ::_exit(0);
        }
        int status = -1;
        ::waitpid(child, &status, 0);
        return status;
    }

    fs::path folder;
};

TEST_F(HostTableTest, IsOneForAllProcesses) {
    const auto table = open();
    spend_one(*table, "k");

    in_child([&] { spend_one(*open(), "k"); });

    EXPECT_EQ(spent(*table, "k"), 2U);
    EXPECT_EQ(spent(*table, "other"), 0U);
}

TEST_F(HostTableTest, KeepsItsSizeWhoeverOpensIt) {
    const auto small = open(1'000);
    const auto size = fs::file_size(folder / "limits");
    spend_one(*small, "k");

    const auto large = open(1'000'000);

    EXPECT_EQ(fs::file_size(folder / "limits"), size);
    EXPECT_EQ(spent(*large, "k"), 1U);
}

TEST_F(HostTableTest, TakesNoMoreMemoryThanItsKeysNeed) {
    const auto table = open(1'000'000);
    spend_one(*table, "k");

    struct stat found {};
    ASSERT_EQ(::stat((folder / "limits").c_str(), &found), 0);
    EXPECT_LT(found.st_blocks * 512, 512 * 1024);
    EXPECT_GT(found.st_size, 100'000'000);
}

TEST_F(HostTableTest, IsUsableAfterAProcessDiedWithItsLock) {
    const auto table = open();
    spend_one(*table, "k");

    in_child([&] {
        const auto mine = open();
        const auto held = access(*mine, "k");
        ::_exit(0);
    });

    EXPECT_EQ(spent(*table, "k"), 1U);
}

TEST_F(HostTableTest, BeginsAnewWithWhatADyingProcessLeftHalfWritten) {
    const auto table = open();
    {
        const auto found = access(*table, "k");
        found.of(0)->state.per = Micros{-5};
        found.of(0)->spent = 7;
    }

    EXPECT_EQ(spent(*table, "k"), 0U);
}

TEST_F(HostTableTest, IsMadeAnewWhenTheFileIsNotOurs) {
    { std::ofstream(folder / "limits") << "something else"; }

    const auto table = open();

    spend_one(*table, "k");
    EXPECT_EQ(spent(*table, "k"), 1U);
}

TEST_F(HostTableTest, HandsOutSeveralKeysAtOnce) {
    const auto table = open();
    {
        const std::vector<std::string_view> keys{"a", "b", "c"};
        const auto found = table->access(keys, now);
        for (std::uint32_t i = 0; i < 3; ++i)
            found.of(i)->spent = i + 1;
    }

    EXPECT_EQ(spent(*table, "a"), 1U);
    EXPECT_EQ(spent(*table, "b"), 2U);
    EXPECT_EQ(spent(*table, "c"), 3U);
}

// R12: bounded, and ten times as many keys as there is room for do not free who is refused.
TEST_F(HostTableTest, NeverForgetsWhoIsRefusedForOthers) {
    const auto table = open(1'000);
    {
        const auto found = access(*table, "offender");
        base::rate_take(rule, found.of(0)->state, now, 3);
        found.of(0)->as_of = found.of(0)->sent_at = now;
        found.of(0)->refused = 1;
    }

    for (int i = 0; i < 100'000; ++i) {
        const std::string key = "k" + std::to_string(i);
        const auto found = access(*table, key, now + Micros(i));
        ASSERT_NE(found.of(0), nullptr) << key;
        base::rate_take(rule, found.of(0)->state, now + Micros(i), 1);
    }

    const auto found = access(*table, "offender");
    EXPECT_EQ(base::rate_peek(rule, found.of(0)->state, now, 1).remaining, 0);
    EXPECT_LE(table->keys_approx(), 4'096U) << "256 buckets of 16 are the least there are";
}

TEST_F(HostTableTest, HasNoRoomWhenAllInAPlaceAreRefused) {
    const auto table = open(1'000);
    int without_room = 0;
    for (int i = 0; i < 10'000; ++i) {
        const std::string key = "k" + std::to_string(i);
        const auto found = access(*table, key);
        KnownLimit* known = found.of(0);
        if (known == nullptr) {
            ++without_room;
            continue;
        }
        base::rate_take(rule, known->state, now, 3);
        known->as_of = known->sent_at = now;
        known->refused = 1;
    }

    EXPECT_EQ(without_room, 10'000 - 4'096);
}

TEST_F(HostTableTest, ForgetsAKey) {
    const auto table = open();
    spend_one(*table, "k");

    table->forget("k", now);

    EXPECT_EQ(spent(*table, "k"), 0U);
}

TEST_F(HostTableTest, IsRefusedInAFolderThatOthersMayEnter) {
    const std::string before = std::getenv("XDG_RUNTIME_DIR") ? std::getenv("XDG_RUNTIME_DIR") : "";
    ::setenv("XDG_RUNTIME_DIR", folder.c_str(), 1);

    const auto made = host_table_folder();
    fs::permissions(folder / "toril", fs::perms::all);
    const auto open_to_all = host_table_folder();

    before.empty() ? ::unsetenv("XDG_RUNTIME_DIR") : ::setenv("XDG_RUNTIME_DIR", before.c_str(), 1);
    EXPECT_TRUE(made);
    EXPECT_EQ(*made, (folder / "toril").string());
    EXPECT_FALSE(open_to_all);
}

}  // namespace
}  // namespace toril::throttle
