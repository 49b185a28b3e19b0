// Two processes and the news between them: T4, T5, T11, T12, T20.

#include "unit/cache/world.hpp"

using namespace std::chrono_literals;

namespace toril::cache {
namespace {

class CoherenceTest : public CacheTest {
protected:
    Process first = join(options());
    Process second = join(options());
};

TEST_F(CoherenceTest, WhatOneSetsTheOtherFinds) {
    first.set("k", "v", {.tags = {"t"}});

    EXPECT_EQ(second.get("k"), "v");
    EXPECT_EQ(second.get("k"), "v");
    EXPECT_EQ(second->stats().hits_store, 1u);
    EXPECT_EQ(second->stats().hits_memory, 1u);
}

TEST_F(CoherenceTest, WhatOneChangesTheOtherSees) {
    first.set("k", "old");
    ASSERT_EQ(second.get("k"), "old");

    first.set("k", "new");
    EXPECT_EQ(second.get("k"), "new");

    ASSERT_TRUE(first->remove("k"));
    EXPECT_EQ(second.get("k"), "(none)");
}

TEST_F(CoherenceTest, TagsPatternsAndClearReachTheMemoryOfOthers) {
    for (const CacheMark& mark : {tag("t"), pattern("k*"), all()}) {
        first.set("k", "v", {.tags = {"t"}});
        ASSERT_EQ(second.get("k"), "v");

        first.invalidate(mark);

        EXPECT_EQ(second.get("k"), "(none)");
    }
    EXPECT_EQ(second->stats().invalidations, 3u);
}

// Else each invalidation would cost what was loaded right after it.
TEST_F(CoherenceTest, TheEchoOfAnOwnMarkDoesNotVoidWhatCameAfterIt) {
    first.invalidate(tag("t"));
    first.set("k", "v", {.tags = {"t"}});
    first.store->listener()->invalidated({.kind = CacheMark::Kind::tag, .text = "t", .number = 1},
                                         server->generation);

    first.get("k");

    EXPECT_EQ(first->stats().hits_memory, 1u);
    EXPECT_EQ(first->stats().invalidations, 1u);
}

TEST_F(CoherenceTest, GetManyAsksTheStoreOnceForWhatMemoryLacks) {
    first.set("a", "1");
    first.set("b", "2");
    ASSERT_EQ(second.get("a"), "1");
    const std::vector<std::string> keys{"a", "b", "c"};

    const auto found = second->get_many(keys);

    ASSERT_TRUE(found);
    EXPECT_EQ((*found)[0]->bytes(), "1");
    EXPECT_EQ((*found)[1]->bytes(), "2");
    EXPECT_FALSE((*found)[2]);
    EXPECT_EQ(second.store->count(Op::get), 2u);
    EXPECT_EQ(second.get("b"), "2");
    EXPECT_EQ(second->stats().hits_memory, 2u);
}

// A cut link says nothing: it is the silence that counts.
TEST_F(CoherenceTest, T5MemoryIsNotServedWhenNewsAreOlderThanTheBound) {
    second.store->tell({});
    first.store->tell({});
    first.set("k", "old");
    ASSERT_EQ(second.get("k"), "old");
    first.set("k", "new");  // nobody tells the second

    hand += 2'000;
    EXPECT_EQ(second.get("k"), "old");
    hand += 1;
    EXPECT_EQ(second.get("k"), "new");
    EXPECT_EQ(second->stats().heard_age, Millis{2'001});
}

TEST_F(CoherenceTest, T5NothingIsServedFromMemoryBeforeTheFirstNews) {
    Process third;
    third.store = std::make_shared<FakeClient>(server);
    third.cache = std::make_unique<Core>(
        options(), Ground{.store = third.store, .board = third.board, .clock = Clock(&hand)});
    first.set("k", "v");

    third.get("k");
    third.get("k");
    EXPECT_EQ(third->stats().hits_store, 2u);

    third.hear(hand);
    third.get("k");
    third.get("k");
    EXPECT_EQ(third->stats().hits_store, 3u);
    EXPECT_EQ(third->stats().hits_memory, 1u);
}

TEST_F(CoherenceTest, T5LostNewsEmptyMemory) {
    first.set("a", "1");
    first.set("b", "2");
    second.get("a");
    second.get("b");

    second.store->listener()->lost();

    second.get("a");
    second.get("b");
    EXPECT_EQ(second->stats().hits_store, 4u);
    EXPECT_EQ(second->stats().feed_losses, 1u);
}

// The store first: who reads between the two steps may fill memory again, with the old value.
TEST_F(CoherenceTest, T4ARemovalReachesTheStoreBeforeMemory) {
    first.set("k", "old");
    ASSERT_EQ(first.get("k"), "old");
    {
        HeldCalls held(*first.store, Op::remove, HeldCalls::Where::request);
        std::jthread removing([&] { EXPECT_TRUE(*first->remove("k")); });
        ASSERT_TRUE(held.held.wait());
        // Not yet gone anywhere: the two agree.
        EXPECT_EQ(first.get("k"), "old");
        EXPECT_EQ(second.get("k"), "old");
        held.release();
    }

    EXPECT_EQ(first.get("k"), "(none)");
    EXPECT_EQ(second.get("k"), "(none)");
}

// The process dies after the store was told: the others hear it from the store.
TEST_F(CoherenceTest, T4WhoDiesAfterTheStoreWasToldLeavesNobodyStale) {
    first.set("k", "old");
    ASSERT_EQ(second.get("k"), "old");
    {
        HeldCalls held(*first.store, Op::remove, HeldCalls::Where::answer);
        std::jthread removing([&] { EXPECT_TRUE(first->remove("k")); });
        ASSERT_TRUE(held.held.wait());
        EXPECT_EQ(second.get("k"), "(none)");
        held.release();
    }
}

TEST_F(CoherenceTest, T11LostMarksVoidWhatMemoryHas) {
    ASSERT_EQ(first.get("k"), "(none)");
    first.set("k", "v", {.tags = {"t"}});
    ASSERT_EQ(first.get("k"), "v");

    server->lose_marks();
    EXPECT_EQ(first.get("another"), "(none)");  // the answer says that they are others

    EXPECT_EQ(first.get("k"), "(none)");
}

// What the store says of time is relative, and marks are numbered: no wall clock takes part.
TEST_F(CoherenceTest, T12ClocksOfProcessesDoNotMatter) {
    std::atomic<std::int64_t> ahead{hand + 900'000};
    Process skewed;
    skewed.store = std::make_shared<FakeClient>(server);
    skewed.cache = std::make_unique<Core>(
        options(), Ground{.store = skewed.store, .board = skewed.board, .clock = Clock(&ahead)});
    skewed.hear(ahead);
    first.set("k", "v", {.ttl = 10s, .tags = {"t"}});

    EXPECT_EQ(skewed.get("k"), "v");
    ahead += 9'999;
    skewed.hear(ahead);
    EXPECT_EQ(skewed.get("k"), "v");
    EXPECT_EQ(skewed->stats().hits_memory, 1u);
    skewed.invalidate(tag("t"));
    EXPECT_EQ(first.get("k"), "v");  // nobody told it
    hand += 2'001;
    EXPECT_EQ(first.get("k"), "(none)");
}

TEST_F(CoherenceTest, T20AnEntryThatThisVersionCannotReadIsAMissAndCounted) {
    class Unreadable final : public contract::CacheStore {
    public:
        void get(contract::CacheGetParams params,
                 contract::Done<contract::CacheAnswer> done) override {
            contract::CacheAnswer answer;
            for (std::size_t i = 0; i < params.keys.size(); ++i)
                answer.found.push_back({.leased = params.lease > Millis{0}, .unreadable = true});
            done(std::move(answer));
        }
        void set(contract::CacheSetParams, contract::Done<bool> stored) override { stored(true); }
        void tally(std::string,
                   std::map<std::string, std::uint64_t>,
                   Millis,
                   contract::DoneStatus done) override {
            done({});
        }
        void totals(std::string, Millis, contract::Done<contract::CacheTotals> done) override {
            done(contract::CacheTotals{});
        }
        void give_back(std::string, std::string, std::string) override {}
        void remove(contract::CacheKeys, contract::Done<std::size_t> removed) override {
            removed(std::size_t{0});
        }
        void expire(contract::CacheKeys, contract::Done<std::size_t> expired) override {
            expired(std::size_t{0});
        }
        void invalidate(contract::CacheInvalidateParams,
                        contract::Done<contract::CacheGeneration> done) override {
            done(contract::CacheGeneration{});
        }
        void listen(std::string, std::weak_ptr<contract::CacheListener>) override {}
        void close(Millis) override {}
    };
    Process process;
    process.cache = std::make_unique<Core>(options(),
                                           Ground{.store = std::make_shared<Unreadable>(),
                                                  .board = process.board,
                                                  .clock = Clock(&hand)});

    EXPECT_EQ(process.get("k"), "(none)");
    EXPECT_EQ(process.load("k", "loaded"), "loaded");
    EXPECT_EQ(process->stats().unreadable, 2u);
}

}  // namespace
}  // namespace toril::cache
