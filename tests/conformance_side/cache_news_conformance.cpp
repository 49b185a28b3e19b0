// Who listens is told what others do, in order, and up to when.

#include "conformance_side/cache_fixture.hpp"

#include <algorithm>

namespace toril::conformance {
namespace {

class CacheNewsFixture : public CacheStoreConformance {
protected:
    CacheNewsFixture() : other(place.open()) {}
    ~CacheNewsFixture() override { other->close(5s); }

    std::shared_ptr<CacheStore> other;
};

class CacheNews : public CacheNewsFixture {};
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(CacheNews);
INSTANTIATE_TEST_SUITE_P(On,
                         CacheNews,
                         testing::ValuesIn(cache_backends()),
                         [](const auto& tested) { return tested.param.name; });

TEST_P(CacheNews, TellOfEachChangeOfAKey) {
    const auto ear = listen(*other);
    set("a", entry("apple"));
    EXPECT_TRUE(ear->wait_for("changed a"));
    ear->take();
    expire({"a"});
    EXPECT_TRUE(ear->wait_for("changed a"));
    ear->take();
    remove({"a"});
    EXPECT_TRUE(ear->wait_for("changed a"));
    ear->take();

    const auto loan = borrow("a");
    ASSERT_TRUE(loan);
    fill("a", *loan, entry("apple"));
    EXPECT_TRUE(ear->wait_for("changed a"));
}

TEST_P(CacheNews, TellOfALeaseThatEndsWithoutAValue) {
    const auto ear = listen(*other);
    auto loan = borrow("a");
    ASSERT_TRUE(loan);
    store->give_back(cache, "a", loan->token);
    EXPECT_TRUE(ear->wait_for("changed a")) << "given back";

    loan = borrow("b");
    ASSERT_TRUE(loan);
    remove({"b"});
    EXPECT_TRUE(ear->wait_for("changed b")) << "removed, though nothing was there";

    loan = borrow("c");
    ASSERT_TRUE(loan);
    invalidate_tag("fruit");
    EXPECT_FALSE(fill("c", *loan, entry("cherry", {"fruit"})));
    EXPECT_TRUE(ear->wait_for("changed c")) << "refused";

    set("d", entry("date"));
    pass_time(2min);
    loan = borrow("d");
    ASSERT_TRUE(loan);
    ASSERT_TRUE(ear->catch_up());
    ear->take();
    store->give_back(cache, "d", loan->token);
    EXPECT_TRUE(ear->wait_for("changed d")) << "given back, beside a stale entry";
    EXPECT_EQ(value_of("d"), "date");
}

TEST_P(CacheNews, TellOfKeysOfAnyBytes) {
    const auto ear = listen(*other);
    const std::string key("a\0\xFF}:\r\n", 7);
    set(key, entry("x"));

    EXPECT_TRUE(ear->wait_for("changed " + key));
}

TEST_P(CacheNews, TellOfInvalidationsInTheOrderOfTheirNumbers) {
    const auto ear = listen(*other);
    const std::uint64_t before = read({"a"}).generation.number;
    invalidate({tag("one"), pattern("two*")});
    invalidate_tag("three");
    invalidate_all();
    invalidate_tag("one");
    ASSERT_TRUE(ear->catch_up());

    EXPECT_EQ(ear->take(), (Lines{"tag one", "pattern two*", "tag three", "all", "tag one"}));
    EXPECT_EQ(
        ear->numbers(),
        (std::vector<std::uint64_t>{before + 1, before + 2, before + 3, before + 4, before + 5}));
}

TEST_P(CacheNews, HaveToldAllThatHappenedBeforeTheTimeTheyWereHeard) {
    const auto ear = listen(*other);
    for (int round = 0; round < 20; ++round) {
        const std::string key = "key-" + std::to_string(round);
        set(key, entry("x"));
        ASSERT_TRUE(ear->catch_up());
        const Lines lines = ear->take();
        ASSERT_NE(std::find(lines.begin(), lines.end(), "changed " + key), lines.end()) << round;
    }
}

TEST_P(CacheNews, AreOfOneCache) {
    const auto tasks = listen(*other, "tasks");
    const auto people = listen(*other, "people");
    set("a", entry("apple"));
    invalidate_tag("fruit");
    ASSERT_TRUE(tasks->catch_up());
    ASSERT_TRUE(people->catch_up());

    EXPECT_FALSE(tasks->take().empty());
    EXPECT_TRUE(people->take().empty());
}

TEST_P(CacheNews, GoToAllWhoListen) {
    const auto one = listen(*other);
    const auto two = listen(*other);
    invalidate_tag("fruit");

    EXPECT_TRUE(one->wait_for("tag fruit"));
    EXPECT_TRUE(two->wait_for("tag fruit"));
}

TEST_P(CacheNews, EndWithTheirListener) {
    auto gone = listen(*other);
    const auto stays = listen(*other);
    gone.reset();
    set("a", entry("apple"));

    EXPECT_TRUE(stays->wait_for("changed a"));
}

TEST_P(CacheNews, OfMoreMarksAtOnceThanAreToldSinglyAreThatSomethingWasLost) {
    const auto ear = listen(*other);
    std::vector<CacheMark> marks;
    for (std::size_t i = 0; i < contract::cache_marks_max; ++i)
        marks.push_back(tag("tag-" + std::to_string(i)));
    invalidate(marks);
    ASSERT_TRUE(ear->catch_up());

    const Lines lines = ear->take();
    const bool is_lost = std::find(lines.begin(), lines.end(), "lost") != lines.end();
    EXPECT_TRUE(is_lost || lines.size() == marks.size()) << lines.size();
    invalidate_tag("fruit");
    EXPECT_TRUE(ear->wait_for("tag fruit"));
}

}  // namespace
}  // namespace toril::conformance
