// Keys that hold something else than this version wrote: a miss, and no error.

#include "own_server.hpp"

namespace toril::redis_store {
namespace {

class CacheDamageTest : public OwnServerTest {
protected:
    void put_raw(const std::string& key, const std::string& bytes) {
        server.command({"SET", entry_key(key), bytes, "PX", "60000"});
    }
};

TEST_F(CacheDamageTest, AnEntryOfALaterVersionIsAMissThatIsLent) {
    put_raw("a", std::string("tc\2") + std::string(100, 'x'));

    const auto answer = try_get("a", 10s, 30s);
    ASSERT_TRUE(answer);
    EXPECT_TRUE(answer->found[0].unreadable);
    EXPECT_FALSE(answer->found[0].entry);
    EXPECT_TRUE(answer->found[0].leased);
    EXPECT_TRUE(fill("a", {"token", answer->generation}, entry("mine")));
    EXPECT_EQ(value_of("a"), "mine");
}

TEST_F(CacheDamageTest, AnyTextIsAMiss) {
    for (const std::string& bytes : {std::string("{\"old\":\"json\"}"),
                                     std::string(),
                                     std::string("tc\1"),
                                     std::string("tc\1") + std::string(56, '\xFF'),
                                     std::string("tc\1") + std::string(57, '\xFF'),
                                     std::string("tc\1") + std::string(57, '\0')}) {
        put_raw("a", bytes);
        const auto answer = try_get("a", 10s);
        ASSERT_TRUE(answer) << answer.error().message();
        EXPECT_FALSE(answer->found[0].entry);
        EXPECT_EQ(remove({"a"}), 0u);
    }
}

TEST_F(CacheDamageTest, AChangedByteIsAMissAndMendsItself) {
    set("a", entry("apple"));
    server.command({"SETRANGE", entry_key("a"), "60", "X"});

    const CacheFound damaged = look("a");
    EXPECT_FALSE(damaged.entry);
    EXPECT_TRUE(damaged.unreadable);
    EXPECT_TRUE(borrow("a")) << "the damaged one was removed";
}

TEST_F(CacheDamageTest, TagsThatCannotBeReadCountAsInvalidated) {
    set("a", entry("apple", {"fruit"}));
    server.command({"SETRANGE", entry_key("a"), "60", "\xFF\xFF\xFF\xFF"});
    invalidate_tag("other");

    const auto answer = try_get("a", 10s);
    ASSERT_TRUE(answer) << answer.error().message();
    EXPECT_FALSE(answer->found[0].entry);
}

TEST_F(CacheDamageTest, AKeyOfAnotherTypeIsReplaced) {
    server.command({"RPUSH", entry_key("a"), "x"});
    EXPECT_EQ(value_of("a"), "(none)");
    EXPECT_EQ(expire({"a"}), 0u);
    set("a", entry("apple"));
    EXPECT_EQ(value_of("a"), "apple");

    server.command({"DEL", entry_key("a")});
    server.command({"RPUSH", entry_key("a"), "x"});
    EXPECT_EQ(remove({"a"}), 0u);
    EXPECT_EQ(server.command({"EXISTS", entry_key("a")}), ":0");
}

TEST_F(CacheDamageTest, AnEntryThatWouldLiveForEverIsAMiss) {
    set("a", entry("apple"));
    server.command({"PERSIST", entry_key("a")});

    EXPECT_EQ(value_of("a"), "(none)");
}

TEST_F(CacheDamageTest, MarksOfAnotherTypeAreAnErrorThatSaysSo) {
    server.command({"SET", marks_key, "x"});
    const auto answer = try_get("a", 10s);

    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code(), ErrorCode::corrupt);
    EXPECT_NE(answer.error().message().find("WRONGTYPE"), std::string::npos);
}

}  // namespace
}  // namespace toril::redis_store
