// Who is told of which news, and when it counts as all of them.

#include "backend/sqlite/side/feeds.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace toril::sqlite_side {
namespace {

using namespace std::chrono_literals;

class Told final : public contract::CacheListener {
public:
    void changed(std::string_view key) override { words.push_back("changed " + std::string(key)); }
    void invalidated(const contract::CacheMark& mark,
                     const contract::CacheGeneration& now) override {
        words.push_back("mark " + mark.text + " " + std::to_string(now.number));
    }
    void lost() override { words.emplace_back("lost"); }
    void heard(SteadyTime until) override { latest = until; }

    std::vector<std::string> words{};
    SteadyTime latest{};
};

class FeedsTest : public testing::Test {
protected:
    FeedsTest() { feeds.listen("c", told); }

    static NewsRow row(std::int64_t seq, std::string text, NewsKind kind = NewsKind::changed) {
        return {.seq = seq,
                .kind = kind,
                .prefix = "bull",
                .cache = "c",
                .text = std::move(text),
                .number = kind == NewsKind::changed ? 0 : seq};
    }
    NewsPage page(std::int64_t latest, std::vector<NewsRow> rows = {}) const {
        return {.at = now,
                .incarnation = "life 1",
                .oldest = 1,
                .latest = latest,
                .rows = std::move(rows)};
    }

    using Words = std::vector<std::string>;
    const std::shared_ptr<Told> told = std::make_shared<Told>();
    Feeds feeds{"bull"};
    SteadyTime now = std::chrono::steady_clock::now() + 1s;
};

TEST_F(FeedsTest, PromisesNothingBeforeTheFileWasRead) {
    EXPECT_TRUE(feeds.tick(0, now));
    EXPECT_EQ(told->latest, SteadyTime{});

    EXPECT_FALSE(feeds.tell(page(5)));
    EXPECT_EQ(told->latest, now);
    EXPECT_TRUE(told->words.empty());
}

TEST_F(FeedsTest, HasHeardAllWhenTheNumberIsThatOfTheLastRow) {
    feeds.tell(page(5));

    EXPECT_FALSE(feeds.tick(5, now + 1s));
    EXPECT_EQ(told->latest, now + 1s);
    EXPECT_TRUE(feeds.tick(6, now + 2s));
    EXPECT_EQ(told->latest, now + 1s);
}

TEST_F(FeedsTest, HasNotHeardAllWhileTheNumberIsAheadOfTheFile) {
    feeds.tell(page(5));

    // The number goes out before the commit: the row is not there yet.
    ASSERT_TRUE(feeds.tick(6, now));
    feeds.tell(page(5));

    EXPECT_TRUE(feeds.tick(6, now));
}

TEST_F(FeedsTest, TellsRowsInOrderAndNotItsOwnNorThoseOfOthers) {
    feeds.tell(page(5));
    NewsRow own = row(6, "own");
    own.own = true;
    NewsRow other_cache = row(7, "other");
    other_cache.cache = "d";
    NewsRow other_prefix = row(8, "other");
    other_prefix.prefix = "blue";

    feeds.tell(
        page(10, {own, other_cache, other_prefix, row(9, "a"), row(10, "tag", NewsKind::tag)}));

    EXPECT_EQ(told->words, (Words{"changed a", "mark tag 10"}));
    EXPECT_EQ(feeds.told(), 10);
}

TEST_F(FeedsTest, HasNotHeardAllWhenThereIsMoreToRead) {
    feeds.tell(page(5));
    const SteadyTime before = std::exchange(now, now + 1s);

    EXPECT_TRUE(feeds.tell(page(7, {row(6, "a")})));
    EXPECT_EQ(told->latest, before);
    EXPECT_FALSE(feeds.tell(page(7, {row(7, "b")})));
    EXPECT_EQ(told->latest, now);
}

TEST_F(FeedsTest, IsLostWhenRowsWentBeforeTheyWereRead) {
    feeds.tell(page(5));
    NewsPage late = page(20'000, {row(10'001, "a")});
    late.oldest = 10'001;

    feeds.tell(late);

    EXPECT_EQ(told->words, Words{"lost"});
    EXPECT_EQ(feeds.told(), 20'000);
}

TEST_F(FeedsTest, IsLostWhenTheFileIsAnotherOne) {
    feeds.tell(page(5));
    NewsPage other = page(5);
    other.incarnation = "life 2";

    feeds.tell(other);

    EXPECT_EQ(told->words, Words{"lost"});
}

TEST_F(FeedsTest, LetsALateListenerBeginWithALookThatBeganAfterIt) {
    feeds.tell(page(5));
    const auto second = std::make_shared<Told>();
    feeds.listen("c", second);
    ASSERT_TRUE(feeds.tick(5, now));

    now -= 1h;
    EXPECT_TRUE(feeds.tell(page(5)));
    EXPECT_EQ(second->latest, SteadyTime{});
    now += 2h;
    EXPECT_FALSE(feeds.tell(page(5)));
    EXPECT_EQ(second->latest, now);
}

TEST_F(FeedsTest, ForgetsListenersThatAreGone) {
    auto gone = std::make_shared<Told>();
    Feeds other("bull");
    other.listen("c", gone);
    EXPECT_FALSE(other.is_empty());

    gone.reset();

    EXPECT_TRUE(other.is_empty());
}

}  // namespace
}  // namespace toril::sqlite_side
