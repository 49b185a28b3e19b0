// Servers that refuse: a full memory, a replica. What needs no room goes on.

#include "own_server.hpp"

namespace toril::redis_store {
namespace {

class CacheRefusalTest : public OwnServerTest {};

TEST_F(CacheRefusalTest, AFullServerStillAnswersReadsAndRemovals) {
    set("a", entry("apple"));
    set("b", entry("banana"));
    server.command({"CONFIG", "SET", "maxmemory", "1"});

    EXPECT_EQ(value_of("a"), "apple");
    const auto miss = try_get("c", 10s, 30s);
    ASSERT_TRUE(miss) << miss.error().message();
    EXPECT_FALSE(miss->found[0].leased) << "there is no room to note it";
    EXPECT_EQ(miss->found[0].lease_left, 0ms) << "and nobody else loads it";
    EXPECT_EQ(remove({"a"}), 1u);
    EXPECT_EQ(value_of("a"), "(none)");
}

TEST_F(CacheRefusalTest, AFullServerRefusesWhatNeedsRoomWhole) {
    set("a", entry("apple", {"fruit"}));
    const auto loan = borrow("b");
    ASSERT_TRUE(loan);
    const std::uint64_t number = loan->generation.number;
    server.command({"CONFIG", "SET", "maxmemory", "1"});

    const Result<bool> stored = try_set("c", entry("cherry"));
    ASSERT_FALSE(stored);
    EXPECT_EQ(stored.error().code(), ErrorCode::unavailable) << stored.error().message();
    const auto invalidated = try_invalidate("fruit");
    ASSERT_FALSE(invalidated);
    EXPECT_EQ(invalidated.error().code(), ErrorCode::unavailable);
    EXPECT_EQ(read({"a"}).generation.number, number);
    EXPECT_EQ(value_of("a"), "apple");

    server.command({"CONFIG", "SET", "maxmemory", "0"});
    EXPECT_TRUE(fill("b", *loan, entry("banana"))) << "the lease stands";
}

TEST_F(CacheRefusalTest, AFullServerMakesNewMarksWhenTheyWereLost) {
    set("a", entry("apple"));
    server.command({"DEL", marks_key});
    server.command({"CONFIG", "SET", "maxmemory", "1"});

    EXPECT_EQ(value_of("a"), "(none)");
}

TEST_F(CacheRefusalTest, AReplicaRefusesWritesAsAStoreThatIsAway) {
    set("a", entry("apple"));
    server.command({"REPLICAOF", "127.0.0.1", std::to_string(testing::free_port())});

    const Result<bool> stored = try_set("b", entry("banana"));
    ASSERT_FALSE(stored);
    EXPECT_EQ(stored.error().code(), ErrorCode::unavailable) << stored.error().message();
}

TEST_F(CacheRefusalTest, AReplicaLendsNothing) {
    set("a", entry("apple"));
    server.command({"REPLICAOF", "127.0.0.1", std::to_string(testing::free_port())});

    const auto answer = try_get("b", 10s, 30s);
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code(), ErrorCode::unavailable) << answer.error().message();
}

TEST_F(CacheRefusalTest, AServerThatForgotTheScriptsIsToldThemAgain) {
    set("a", entry("apple"));
    server.command({"SCRIPT", "FLUSH"});
    set("b", entry("banana"));
    server.command({"SCRIPT", "FLUSH"});

    EXPECT_EQ(value_of("a"), "apple");
    EXPECT_EQ(value_of("b"), "banana");
}

TEST_F(CacheRefusalTest, AMissingRightIsSaid) {
    set("a", entry("apple"));
    server.command({"ACL", "SETUSER", "default", "-evalsha", "-eval"});

    const auto answer = try_get("a", 10s);
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code(), ErrorCode::unauthorized);
    const Result<bool> stored = try_set("b", entry("banana"));
    ASSERT_FALSE(stored);
    EXPECT_EQ(stored.error().code(), ErrorCode::unauthorized) << stored.error().message();
}

}  // namespace
}  // namespace toril::redis_store
