// Caches: what the contract's suite cannot see from outside. How large the file gets, and what of
// it goes.

#include "backend/sqlite/database.hpp"
#include "side_fixture.hpp"

namespace toril::sqlite_side {
namespace {

class SideCachesTest : public SideTest {
protected:
    std::int64_t rows_of(const std::string& table) {
        sqlite::Database db;
        EXPECT_TRUE(db.open({.path = path, .full_sync = false}));
        return db.number("SELECT count(*) FROM " + table);
    }
};

TEST_F(SideCachesTest, KeepsWithinItsBytesAndTheOldestGoFirst) {
    constexpr std::uint64_t bytes_max = 4u * 1024 * 1024;
    {
        SideOptions small = options();
        small.bytes_max = bytes_max;
        Client client{open_side(small)};
        const std::string large(64u * 1024, 'x');
        for (int i = 0; i < 200; ++i)
            ASSERT_TRUE(client.set("key-" + std::to_string(i), large));

        EXPECT_EQ(client.value("key-0"), "(none)");
        EXPECT_EQ(client.value("key-199"), large);
        EXPECT_EQ(client.value("key-160"), large);
    }
    EXPECT_LE(std::filesystem::file_size(path), bytes_max + bytes_max / 4);
}

TEST_F(SideCachesTest, ComesDownToASmallerSizeByAndBy) {
    {
        Client client = open();
        for (int i = 0; i < 100; ++i)
            ASSERT_TRUE(client.set("key-" + std::to_string(i), std::string(64u * 1024, 'x')));
    }
    constexpr std::uint64_t bytes_max = 1024u * 1024;
    {
        SideOptions small = options();
        small.bytes_max = bytes_max;
        Client client{open_side(small)};
        for (int i = 0; i < 400; ++i)
            ASSERT_TRUE(client.set("small-" + std::to_string(i), "x"));
        EXPECT_EQ(client.value("small-399"), "x");
    }

    EXPECT_LE(rows_of("entry WHERE key LIKE 'key-%'"), 16);
}

TEST_F(SideCachesTest, SweepsEntriesAndLeasesThatEnded) {
    {
        Client client = open();
        for (int i = 0; i < 200; ++i) {
            ASSERT_TRUE(client.set("key-" + std::to_string(i), "x", {}, 1s));
            ASSERT_TRUE(client.get("lent-" + std::to_string(i), "token").leased);
        }
        clock.pass(1min);
        for (int i = 0; i < 800; ++i)
            ASSERT_TRUE(client.set("same", "x"));
    }

    EXPECT_EQ(rows_of("entry"), 1);
    EXPECT_EQ(rows_of("lease"), 0);
}

TEST_F(SideCachesTest, KeepsTheLatestNewsOnly) {
    {
        Client client = open();
        for (int i = 0; i < 2'000; ++i)
            ASSERT_TRUE(client.remove("key"));
        contract::CacheKeys many{.cache = "c", .timeout = answer_max};
        many.keys.assign(500, "key");
        for (int i = 0; i < 20; ++i)
            ASSERT_TRUE(base::wait_for_answer<Result<std::size_t>>(
                20s, [&](auto done) { client.cache().remove(many, std::move(done)); }));
    }

    EXPECT_GE(rows_of("news"), 10'000);
    EXPECT_LE(rows_of("news"), 10'064);
}

TEST_F(SideCachesTest, FindsEntriesAndMarksAfterItWasOpenedAgain) {
    contract::CacheGeneration before;
    {
        Client client = open();
        ASSERT_TRUE(client.set("a", "apple", {"fruit"}));
        ASSERT_TRUE(client.set("b", "brick", {"stone"}));
        before = *client.invalidate(contract::CacheMark::Kind::tag, "fruit");
    }

    Client client = open();

    EXPECT_EQ(client.value("a"), "(none)");
    EXPECT_EQ(client.value("b"), "brick");
    EXPECT_EQ(client.get_all({"b"})->generation, before);
}

TEST_F(SideCachesTest, SeesTheMarksOfAnotherStore) {
    Client first = open();
    Client second = open();
    ASSERT_TRUE(first.set("a", "apple", {"fruit"}));
    ASSERT_EQ(second.value("a"), "apple");

    ASSERT_TRUE(first.invalidate(contract::CacheMark::Kind::pattern, "a*"));
    EXPECT_EQ(second.value("a"), "(none)");
    ASSERT_TRUE(second.set("a", "apricot"));
    EXPECT_EQ(first.value("a"), "apricot");
    ASSERT_TRUE(second.invalidate(contract::CacheMark::Kind::all, ""));
    EXPECT_EQ(first.value("a"), "(none)");
}

TEST_F(SideCachesTest, IgnoresALeaseFromTheFuture) {
    Client client = open();
    ASSERT_TRUE(client.get("a", "one").leased);

    clock.wall_us -= 3'600'000'000;

    EXPECT_TRUE(client.get("a", "two").leased);
}

}  // namespace
}  // namespace toril::sqlite_side
