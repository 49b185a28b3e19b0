// What is loaded or read while it is made void is not kept: T2, T3, T9, T10, T13.

#include "unit/cache/world.hpp"

using namespace std::chrono_literals;

namespace toril::cache {
namespace {

class RefusalTest : public CacheTest {
protected:
    // Runs `meanwhile` while a load of "k" is under way; its answer.
    template <class Meanwhile>
    static std::string load_and_meanwhile(const Process& process, Meanwhile&& meanwhile) {
        HeldLoader held("old");
        std::string answer;
        std::jthread loading([&] { answer = process.load("k", held.loader(), {.tags = {"t"}}); });
        EXPECT_TRUE(held.begun.wait());
        meanwhile();
        held.go.raise();
        loading.join();
        return answer;
    }
};

TEST_F(RefusalTest, T2ALoadThatWasUnderWayAtARemovalIsAnsweredAndNotKept) {
    for (const Process& process : {alone(options()), join(options())}) {
        const std::string answer =
            load_and_meanwhile(process, [&] { EXPECT_TRUE(process->remove("k")); });

        EXPECT_EQ(answer, "old");
        EXPECT_EQ(process.get("k"), "(none)");
        EXPECT_EQ(process->stats().fills_refused, 1u);
    }
}

TEST_F(RefusalTest, T2ALoadThatWasUnderWayAtAnExpiryIsNotKept) {
    for (const Process& process : {alone(options()), join(options())}) {
        load_and_meanwhile(process, [&] { EXPECT_TRUE(process->expire("k")); });

        EXPECT_EQ(process.get("k"), "(none)");
    }
}

TEST_F(RefusalTest, T2WhatWasSetDuringALoadStays) {
    for (const Process& process : {alone(options()), join(options())}) {
        load_and_meanwhile(process, [&] { process.set("k", "new"); });

        EXPECT_EQ(process.get("k"), "new");
    }
}

TEST_F(RefusalTest, T2ARemovalByAnotherProcessIsSeenByTheLoad) {
    const Process first = join(options());
    const Process second = join(options());

    const std::string answer = load_and_meanwhile(first, [&] { EXPECT_TRUE(second->remove("k")); });

    EXPECT_EQ(answer, "old");
    EXPECT_FALSE(server->has("k"));
    EXPECT_EQ(first.get("k"), "(none)");
}

TEST_F(RefusalTest, T2WhoComesAfterARemovalDoesNotGetWhatWasLoadedBefore) {
    const Process process = alone(options());
    std::string later;

    const std::string answer = load_and_meanwhile(process, [&] {
        EXPECT_TRUE(process->remove("k"));
        later = process.load("k", "new");
    });

    EXPECT_EQ(answer, "old");
    EXPECT_EQ(later, "new");
    EXPECT_EQ(process.get("k"), "new");
}

TEST_F(RefusalTest, T2ARefreshInTheBackgroundObeysARemovalToo) {
    CacheOptions eager = options();
    eager.refresh_ahead = 0.5;
    for (const Process& process : {alone(eager), join(eager)}) {
        process.set("k", "v", {.ttl = 100s});
        hand += 60'000;
        if (process.store) process.hear(hand);
        HeldLoader held("refreshed");
        Signal ended;
        EXPECT_EQ(process.load("k",
                               [&]() -> Result<Loaded> {
                                   auto loaded = held.loader()();
                                   ended.raise();
                                   return loaded;
                               }),
                  "v");
        ASSERT_TRUE(held.begun.wait());

        ASSERT_TRUE(process->remove("k"));
        held.go.raise();
        ASSERT_TRUE(ended.wait());

        // Its own thread stores it, or not, right after: the next load begins behind it.
        EXPECT_EQ(process.load("k", "new"), "new");
        EXPECT_EQ(process.get("k"), "new");
    }
}

TEST_F(RefusalTest, T10WhatIsLoadedBeforeATagIsInvalidatedAndStoredAfterItIsNotServed) {
    for (const Process& process : {alone(options()), join(options())}) {
        load_and_meanwhile(process, [&] { process.invalidate(tag("t")); });
        EXPECT_EQ(process.get("k"), "(none)");

        load_and_meanwhile(process, [&] { process.invalidate(pattern("k*")); });
        EXPECT_EQ(process.get("k"), "(none)");

        load_and_meanwhile(process, [&] { process.invalidate(all()); });
        EXPECT_EQ(process.get("k"), "(none)");

        load_and_meanwhile(process, [&] { process.invalidate(tag("another")); });
        EXPECT_EQ(process.get("k"), "old");
        ASSERT_TRUE(process->remove("k"));
    }
}

TEST_F(RefusalTest, WhoBoardsALoadAfterAnInvalidationLoadsAnew) {
    const Process process = alone(options());
    std::string later;
    std::jthread boarding;

    load_and_meanwhile(process, [&] {
        process.invalidate(tag("t"));
        boarding = std::jthread([&] { later = process.load("k", "new"); });
        while (process->stats().coalesced == 0)
            std::this_thread::yield();
    });
    boarding.join();

    EXPECT_EQ(later, "new");
}

// The answer of the store was on its way when the key was removed.
TEST_F(RefusalTest, T3AnAnswerThatARemovalOvertakesIsNotKept) {
    const Process first = join(options());
    const Process second = join(options());
    first.set("k", "old");
    std::string read;
    {
        HeldCalls held(*second.store, Op::get, HeldCalls::Where::answer);
        std::jthread reading([&] { read = second.get("k"); });
        ASSERT_TRUE(held.held.wait());

        ASSERT_TRUE(second->remove("k"));
        held.release();
    }

    EXPECT_EQ(read, "old");
    EXPECT_EQ(second.get("k"), "(none)");
}

TEST_F(RefusalTest, T9NewsThatOvertakeAnAnswerKeepItOutOfMemory) {
    const Process first = join(options());
    const Process second = join(options());
    first.set("k", "old");
    std::string read;
    {
        HeldCalls held(*second.store, Op::get, HeldCalls::Where::answer);
        std::jthread reading([&] { read = second.get("k"); });
        ASSERT_TRUE(held.held.wait());

        first.set("k", "new");
        held.release();
    }

    EXPECT_EQ(read, "old");
    EXPECT_EQ(second.get("k"), "new");
}

TEST_F(RefusalTest, T9AMarkThatOvertakesAnAnswerCountsAgainstIt) {
    const Process first = join(options());
    const Process second = join(options());
    first.set("k", "old", {.tags = {"t"}});
    {
        HeldCalls held(*second.store, Op::get, HeldCalls::Where::answer);
        std::jthread reading([&] { second.get("k"); });
        ASSERT_TRUE(held.held.wait());

        first.invalidate(tag("t"));
        held.release();
    }

    EXPECT_EQ(second.get("k"), "(none)");
}

// Only the store knows which of the two came last.
TEST_F(RefusalTest, OfTwoWritesAtTheSameTimeMemoryKeepsNeither) {
    const Process process = join(options());
    {
        HeldCalls held(*process.store, Op::set, HeldCalls::Where::answer);
        std::jthread first([&] { process.set("k", "first"); });
        ASSERT_TRUE(held.held.wait());
        // The gate holds one call: the second goes by.
        process.store->on_call({});
        process.set("k", "second");
        held.release();
    }

    EXPECT_EQ(process.get("k"), "second");
    EXPECT_EQ(process->stats().hits_store, 1u);
}

TEST_F(RefusalTest, T13ARemovedEntryIsNotServedAsStaleEither) {
    CacheOptions lenient = options();
    lenient.stale_for = 100s;
    const CacheLoader failing = []() -> Result<Loaded> {
        return Error(ErrorCode::unavailable, "no database");
    };
    for (const Process& process : {alone(lenient), join(lenient)}) {
        process.set("removed", "v");
        process.set("expired", "v");

        ASSERT_TRUE(process->remove("removed"));
        ASSERT_TRUE(process->expire("expired"));

        EXPECT_EQ(process.get("removed"), "(none)");
        EXPECT_EQ(process.get("expired"), "(none)");
        EXPECT_EQ(process.load("removed", failing), "unavailable");
        EXPECT_EQ(process.load("expired", failing), "v (stale)");
    }
}

TEST_F(RefusalTest, T13ARemovalDuringALoadThatFailsTakesTheStaleValueWithIt) {
    CacheOptions lenient = options();
    lenient.stale_for = 100s;
    const Process process = alone(lenient);
    process.set("k", "v");
    hand += options().ttl.count();

    const std::string answer = process.load("k", [&]() -> Result<Loaded> {
        EXPECT_TRUE(process->remove("k"));
        return Error(ErrorCode::unavailable, "no database");
    });

    EXPECT_EQ(answer, "unavailable");
}

}  // namespace
}  // namespace toril::cache
