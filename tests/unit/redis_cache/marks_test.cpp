// Marks that are lost, in whatever way: nothing that was invalidated comes back.

#include "own_server.hpp"

namespace toril::redis_store {
namespace {

class CacheMarksTest : public OwnServerTest {};

TEST_F(CacheMarksTest, ThatAreLostMakeAllInvalid) {
    set("a", entry("apple", {"fruit"}));
    set("b", entry("banana"));
    const auto loan = borrow("c");
    ASSERT_TRUE(loan);
    server.command({"DEL", marks_key});

    EXPECT_EQ(value_of("a"), "(none)");
    EXPECT_EQ(value_of("b"), "(none)");
    EXPECT_NE(read({"a"}).generation.incarnation, loan->generation.incarnation);
    EXPECT_FALSE(fill("c", *loan, entry("cherry")));
    set("a", entry("apple 2"));
    EXPECT_EQ(value_of("a"), "apple 2");
}

TEST_F(CacheMarksTest, ThatAreLostAreToldOf) {
    const auto ear = listen(*other);
    server.command({"DEL", marks_key});

    EXPECT_TRUE(ear->wait_for("lost"));
    invalidate_tag("fruit");
    EXPECT_TRUE(ear->wait_for("tag fruit"));
}

TEST_F(CacheMarksTest, ThatLackAFieldCountAsLost) {
    set("a", entry("apple"));
    server.command({"HDEL", marks_key, "floor"});

    EXPECT_EQ(value_of("a"), "(none)");
}

TEST_F(CacheMarksTest, ThatWereSetBackInvalidateWhatIsNewer) {
    invalidate_tag("one");
    invalidate_tag("two");
    set("a", entry("apple"));
    const auto ear = listen(*other);
    server.command({"HSET", marks_key, "latest", "1"});

    EXPECT_EQ(value_of("a"), "(none)");
    EXPECT_TRUE(ear->wait_for("lost"));
}

TEST_F(CacheMarksTest, GoWithFlushallAndThatIsToldAtOnce) {
    set("a", entry("apple"));
    const auto ear = listen(*other);
    server.command({"FLUSHALL"});

    EXPECT_TRUE(ear->wait_for("lost"));
    EXPECT_EQ(value_of("a"), "(none)");
    set("a", entry("apple"));
    EXPECT_TRUE(ear->wait_for("changed a"));
}

// Eviction takes any key, the marks too: which ones is up to the server, that nothing wrong is
// served is not.
TEST_F(CacheMarksTest, MayBeEvictedAtAnyTime) {
    server.command({"CONFIG", "SET", "maxmemory-policy", "allkeys-random"});
    server.command({"CONFIG", "SET", "maxmemory", "4mb"});
    const std::string filler(20'000, 'x');
    for (int round = 0; round < 30; ++round) {
        set("old", entry("old", {"fruit"}));
        invalidate_tag("fruit");
        for (int i = 0; i < 30; ++i)
            set("filler-" + std::to_string(round * 30 + i), entry(filler));
        ASSERT_EQ(value_of("old"), "(none)") << round;
    }
    EXPECT_NE(server.command({"INFO", "stats"}).find("evicted_keys:"), std::string::npos);
    EXPECT_EQ(server.command({"INFO", "stats"}).find("evicted_keys:0\r"), std::string::npos)
        << "nothing was evicted";
}

TEST_F(CacheMarksTest, AreBoundedInTheirNumberOfFields) {
    for (int i = 0; i < 3; ++i) {
        std::vector<contract::CacheMark> marks;
        for (int k = 0; k < 3'000; ++k)
            marks.push_back(conformance::tag(std::to_string(i) + "-" + std::to_string(k)));
        invalidate(marks);
    }
    for (int i = 0; i < 300; ++i)
        invalidate_pattern("p" + std::to_string(i));

    const int fields = std::stoi(server.command({"HLEN", marks_key}).substr(1));
    EXPECT_LE(fields, static_cast<int>(contract::cache_marks_max) + 5);
    EXPECT_EQ(server.command({"PTTL", marks_key}), ":-1") << "marks never go by themselves";
}

TEST_F(CacheMarksTest, OfAllForgetTheTagsBeforeThem) {
    invalidate({conformance::tag("a"), conformance::tag("b"), conformance::pattern("c*")});
    invalidate_all();

    EXPECT_EQ(server.command({"HLEN", marks_key}), ":5");
}

}  // namespace
}  // namespace toril::redis_store
