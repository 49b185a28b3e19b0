// The store is away, and comes back: T14, T24.

#include "unit/cache/world.hpp"

using namespace std::chrono_literals;

namespace toril::cache {
namespace {

class OutageTest : public CacheTest {
protected:
    // From now on every call fails with `code`; the calls are counted.
    void cut(FakeClient& client, ErrorCode code = ErrorCode::unavailable) {
        client.on_call([code](FakeCall call) { call.refuse(Error(code, "the store is away")); });
    }
    static void mend(FakeClient& client) { client.on_call({}); }
    static void await_recovery(const Process& process) {
        while (process->stats().is_store_away)
            std::this_thread::yield();
    }
    // Two failures in a row.
    void go_away(const Process& process) {
        cut(*process.store);
        process.get("x");
        process.get("x");
        ASSERT_TRUE(process->stats().is_store_away);
    }

    Process first = join(options());
    Process second = join(options());
};

TEST_F(OutageTest, MemoryGoesOnAloneAlsoWithWhatItHadAndWithoutNews) {
    first.set("k", "v");
    go_away(first);
    hand += 60'000;  // far beyond the staleness bound

    EXPECT_EQ(first.get("k"), "v");
    EXPECT_EQ(first.load("new", "loaded"), "loaded");
    EXPECT_EQ(first.get("new"), "loaded");
    EXPECT_EQ(first->stats().fallback_ms, 60'000u);
}

TEST_F(OutageTest, OneFailureIsNoOutageAndMemoryAnswersThatCall) {
    first.set("k", "v");
    hand += 5'000;  // news are too old: the store is asked
    cut(*first.store);

    EXPECT_EQ(first.get("k"), "v");
    EXPECT_FALSE(first->stats().is_store_away);
    EXPECT_EQ(first->stats().store_failures, 1u);
}

TEST_F(OutageTest, AStoreThatIsAwayIsNotAskedByCallers) {
    go_away(first);
    const std::size_t before = first.store->count(Op::get) - 0;
    for (int i = 0; i < 1'000; ++i)
        first.get("k" + std::to_string(i));

    // The keeper's own look, with pauses of 100 ms and more, is the only one.
    EXPECT_LT(first.store->count(Op::get), before + 20);
}

TEST_F(OutageTest, AnOutageIsToldOnTheBoardFromItsBeginToItsEnd) {
    go_away(first);
    while (!first.board->is_any_active())
        std::this_thread::yield();
    first.set("k", "v");
    mend(*first.store);
    while (first.board->is_any_active())
        std::this_thread::yield();

    const auto fallbacks = first.board->all();
    ASSERT_EQ(fallbacks.size(), 1u);
    EXPECT_EQ(fallbacks[0].subsystem, "cache:default");
    EXPECT_EQ(fallbacks[0].mode, "memory");
    EXPECT_EQ(fallbacks[0].reason, "the store is away");
    EXPECT_EQ(fallbacks[0].times, 1u);
    EXPECT_GE(fallbacks[0].count, 1u);
    EXPECT_FALSE(first->stats().is_store_away);
}

TEST_F(OutageTest, T14ARemovalInAnOutageIsDoneWhenTheStoreIsBack) {
    first.set("k", "v");
    ASSERT_EQ(second.get("k"), "v");
    go_away(first);

    EXPECT_TRUE(*first->remove("k"));
    EXPECT_EQ(first.get("k"), "(none)");
    ASSERT_TRUE(server->has("k"));

    mend(*first.store);
    await_recovery(first);
    EXPECT_FALSE(server->has("k"));
    EXPECT_EQ(first.get("k"), "(none)");
    EXPECT_EQ(second.get("k"), "(none)");
}

TEST_F(OutageTest, T14InvalidationsAndExpiriesInAnOutageAreDoneToo) {
    first.set("a", "1", {.tags = {"t"}});
    first.set("p:b", "2");
    first.set("c", "3");
    go_away(first);

    first.invalidate(tag("t"));
    first.invalidate(pattern("p:*"));
    EXPECT_TRUE(first->expire("c"));
    EXPECT_EQ(first.get("a") + first.get("p:b") + first.get("c"), "(none)(none)(none)");

    mend(*first.store);
    await_recovery(first);
    EXPECT_EQ(first.get("a") + first.get("p:b") + first.get("c"), "(none)(none)(none)");
    EXPECT_EQ(second.get("a") + second.get("p:b") + second.get("c"), "(none)(none)(none)");
}

// The store has the older value: it must not come back.
TEST_F(OutageTest, T14WhatWasSetInAnOutageVoidsTheOlderValueOfTheStore) {
    first.set("k", "old");
    go_away(first);
    first.set("k", "new");
    EXPECT_EQ(first.get("k"), "new");

    mend(*first.store);
    await_recovery(first);

    EXPECT_EQ(first.get("k"), "(none)");
    EXPECT_EQ(second.get("k"), "(none)");
}

// Another process went on with the store: what it set is newer.
TEST_F(OutageTest, T14MemoryIsEmptiedSoThatTheStoresNewerValueIsServed) {
    first.set("k", "old");
    second.store->tell({});
    go_away(first);
    second.set("k", "newer");
    EXPECT_EQ(first.get("k"), "old");

    mend(*first.store);
    await_recovery(first);

    EXPECT_EQ(first.get("k"), "newer");
}

TEST_F(OutageTest, T14TwoProcessesThatDivergedAgreeAgain) {
    first.set("k", "old");
    go_away(first);
    go_away(second);
    first.set("k", "mine");
    second.set("k", "yours");

    mend(*first.store);
    mend(*second.store);
    await_recovery(first);
    await_recovery(second);

    EXPECT_EQ(first.get("k"), "(none)");
    EXPECT_EQ(first.load("k", "agreed"), "agreed");
    EXPECT_EQ(second.get("k"), "agreed");
}

TEST_F(OutageTest, T24ARemovalWithoutAnAnswerIsRepeatedUntilItIsAcknowledged) {
    for (const bool is_done : {true, false}) {
        first.set("k", "old");
        std::atomic<int> tries = 0;
        Signal told;
        first.store->on_call([&](FakeCall call) {
            if (call.op != Op::remove) {
                call.execute();
                call.answer();
                return;
            }
            if (++tries <= 2) {
                if (is_done) call.execute();
                call.refuse(Error(ErrorCode::timed_out, "no answer"));
                return;
            }
            call.execute();
            call.answer();
            told.raise();
        });

        EXPECT_TRUE(first->remove("k"));
        // Until then the store may have it: it is not read.
        EXPECT_EQ(first.get("k"), "(none)");

        ASSERT_TRUE(told.wait());
        await_recovery(first);
        EXPECT_FALSE(server->has("k"));
        EXPECT_EQ(first.get("k"), "(none)");
        mend(*first.store);
    }
}

// It may have been stored or not: in the end nobody has it, or all have the same.
TEST_F(OutageTest, T24ASetWithoutAnAnswerLeavesNoTwoValues) {
    for (const bool is_done : {true, false}) {
        first.set("k", "old");
        first.store->on_call([&](FakeCall call) {
            if (call.op == Op::set) {
                if (is_done) call.execute();
                call.refuse(Error(ErrorCode::outcome_unknown, "the link died"));
                return;
            }
            call.execute();
            call.answer();
        });

        first.set("k", "new");
        await_recovery(first);

        EXPECT_EQ(first.get("k"), "(none)");
        EXPECT_EQ(second.get("k"), "(none)");
        mend(*first.store);
    }
}

TEST_F(OutageTest, T24AnInvalidationWithoutAnAnswerIsRepeated) {
    first.set("k", "v", {.tags = {"t"}});
    std::atomic<int> tries = 0;
    first.store->on_call([&](FakeCall call) {
        if (call.op == Op::invalidate && ++tries == 1) {
            call.refuse(Error(ErrorCode::outcome_unknown, "the link died"));
            return;
        }
        call.execute();
        call.answer();
    });

    first.invalidate(tag("t"));
    await_recovery(first);

    EXPECT_EQ(tries, 2);
    EXPECT_EQ(second.get("k"), "(none)");
}

TEST_F(OutageTest, AFillThatGetsNoAnswerIsKeptInMemory) {
    first.store->on_call([](FakeCall call) {
        if (call.op == Op::set) {
            call.refuse(Error(ErrorCode::unavailable, "the store is full"));
            return;
        }
        call.execute();
        call.answer();
    });

    EXPECT_EQ(first.load("k", "v"), "v");
    EXPECT_EQ(first.get("k"), "v");
    EXPECT_EQ(first->stats().hits_memory, 1u);
    EXPECT_FALSE(server->is_lent("k"));
}

TEST_F(OutageTest, AStoreThatSaysNothingCostsItsTimeOutTwiceAndNoMore) {
    CacheOptions hasty = options();
    hasty.store_timeout = 10ms;
    const Process process = join(hasty);
    std::vector<FakeCall> swallowed;
    std::mutex mutex;
    process.store->on_call([&](FakeCall call) {
        const std::lock_guard lock(mutex);
        swallowed.push_back(std::move(call));
    });

    EXPECT_EQ(process.load("a", "1"), "1");
    EXPECT_EQ(process.load("b", "2"), "2");

    EXPECT_TRUE(process->stats().is_store_away);
    for (int i = 0; i < 1'000; ++i)
        process.load("key" + std::to_string(i), "v");
    EXPECT_EQ(process->stats().store_failures, 2u);
    mend(*process.store);
    await_recovery(process);
}

}  // namespace
}  // namespace toril::cache
