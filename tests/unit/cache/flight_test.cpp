// One load however many ask: in one process, and among processes.

#include "unit/cache/world.hpp"

#include <stdexcept>

using namespace std::chrono_literals;

namespace toril::cache {
namespace {

class FlightTest : public CacheTest {
protected:
    // `count` threads that ask for `key`; their answers when all have one.
    static std::vector<std::string> ask(const Process& process,
                                        std::size_t count,
                                        const std::string& key,
                                        const CacheLoader& loader) {
        std::vector<std::string> answers(count);
        std::vector<std::jthread> threads;
        for (std::string& answer : answers)
            threads.emplace_back([&, out = &answer] { *out = process.load(key, loader); });
        threads.clear();
        return answers;
    }
};

TEST_F(FlightTest, T1AThousandWaitersShareOneLoad) {
    const Process cache = alone(options());
    std::atomic<int> loads = 0;
    const CacheLoader loader = [&]() -> Result<Loaded> {
        ++loads;
        // Ends when everybody else waits.
        while (cache->stats().coalesced < 999)
            std::this_thread::yield();
        return Loaded("one");
    };

    const auto answers = ask(cache, 1'000, "k", loader);

    EXPECT_EQ(loads, 1);
    EXPECT_EQ(std::count(answers.begin(), answers.end(), "one"), 1'000);
    const CacheStats stats = cache->stats();
    EXPECT_EQ(stats.loads, 1u);
    EXPECT_EQ(stats.misses, 1'000u);
}

TEST_F(FlightTest, AThousandCallersOfAQuickLoaderMakeOneLoad) {
    const Process cache = alone(options());

    const auto answers = ask(cache, 1'000, "k", []() -> Result<Loaded> { return Loaded("quick"); });

    EXPECT_EQ(cache->stats().loads, 1u);
    EXPECT_EQ(std::count(answers.begin(), answers.end(), "quick"), 1'000);
}

TEST_F(FlightTest, T1AFailureReachesAllWaitersOnceAndIsNotKept) {
    const Process cache = alone(options());
    const CacheLoader loader = [&]() -> Result<Loaded> {
        while (cache->stats().coalesced < 99)
            std::this_thread::yield();
        throw std::runtime_error("no database");
    };

    const auto answers = ask(cache, 100, "k", loader);

    EXPECT_EQ(std::count(answers.begin(), answers.end(), "failed"), 100);
    EXPECT_EQ(cache->stats().load_failures, 1u);
    EXPECT_EQ(cache.load("k", "now it works"), "now it works");
}

TEST_F(FlightTest, TheLoadersOwnErrorIsAnswered) {
    const Process cache = alone(options());

    const auto value = cache->get_or_set(
        "k", []() -> Result<Loaded> { return Error(ErrorCode::not_found, "no task 7"); }, {});

    ASSERT_FALSE(value);
    EXPECT_EQ(value.error(), Error(ErrorCode::not_found, "no task 7"));
}

TEST_F(FlightTest, ALoaderThatAsksForItsOwnKeyIsTold) {
    const Process cache = alone(options());

    const auto value = cache->get_or_set(
        "k",
        [&]() -> Result<Loaded> {
            const auto inner = cache->get_or_set("k", [] { return Loaded("x"); }, {});
            return inner ? Error(ErrorCode::failed, "it was not told") : inner.error();
        },
        {});

    ASSERT_FALSE(value);
    EXPECT_EQ(value.error().code(), ErrorCode::wrong_state);
}

TEST_F(FlightTest, ALoaderMayAskForOtherKeys) {
    const Process cache = alone(options());
    const CacheLoader outer = [&]() -> Result<Loaded> {
        return Loaded(cache.load("inner", "1") + "+1");
    };

    EXPECT_EQ(cache.load("outer", outer), "1+1");
    EXPECT_EQ(cache.get("inner"), "1");
}

TEST_F(FlightTest, AcrossProcessesTheOthersWaitForTheOneThatLoads) {
    const Process first = join(options());
    const Process second = join(options());
    HeldLoader held("one");
    std::string answers[2];
    std::jthread a([&] { answers[0] = first.load("k", held.loader()); });
    ASSERT_TRUE(held.begun.wait());
    Signal asked;
    clients[1]->on_call([&](FakeCall call) {
        call.execute();
        call.answer();
        if (call.op == Op::get) asked.raise();
    });
    std::jthread b([&] { answers[1] = second.load("k", "two"); });
    ASSERT_TRUE(asked.wait());

    held.go.raise();
    a.join();
    b.join();

    EXPECT_EQ(answers[0], "one");
    EXPECT_EQ(answers[1], "one");
    EXPECT_EQ(second->stats().loads, 0u);
    EXPECT_EQ(second->stats().hits_store, 1u);
    // No polling: it asked, was told, and asked again.
    EXPECT_EQ(clients[1]->count(Op::get), 2u);
}

TEST_F(FlightTest, WhenTheLeaseEndsUnfilledAnotherLoads) {
    CacheOptions brief = options();
    brief.lease = 20ms;
    const Process first = join(brief);
    const Process second = join(brief);
    HeldLoader held("late");
    std::string late;
    std::jthread a([&] { late = first.load("k", held.loader()); });
    ASSERT_TRUE(held.begun.wait());
    hand += 20;

    EXPECT_EQ(second.load("k", "mine"), "mine");

    held.go.raise();
    a.join();
    EXPECT_EQ(late, "late");
    EXPECT_EQ(first->stats().fills_refused, 1u);
    EXPECT_EQ(first.get("k"), "mine");
}

TEST_F(FlightTest, AFailedLoadGivesTheLeaseToTheNext) {
    const Process first = join(options());
    const Process second = join(options());
    HeldLoader held("");
    std::jthread a([&] {
        first.load("k", [&]() -> Result<Loaded> {
            EXPECT_TRUE(held.loader()());
            return Error(ErrorCode::failed, "no");
        });
    });
    ASSERT_TRUE(held.begun.wait());
    Signal asked;
    clients[1]->on_call([&](FakeCall call) {
        call.execute();
        call.answer();
        if (call.op == Op::get) asked.raise();
    });
    std::string answer;
    std::jthread b([&] { answer = second.load("k", "mine"); });
    ASSERT_TRUE(asked.wait());

    held.go.raise();
    b.join();

    EXPECT_EQ(answer, "mine");
}

// Else other processes would wait for a load that nobody makes.
TEST_F(FlightTest, ALeaseWhoseAnswerWasTooLateIsGivenBack) {
    CacheOptions hasty = options();
    hasty.store_timeout = 20ms;
    const Process cache = join(hasty);
    std::string answer;
    {
        HeldCalls held(*cache.store, Op::get, HeldCalls::Where::request);
        answer = cache.load("k", "alone");
        ASSERT_TRUE(held.held.wait());

        held.release();
    }

    EXPECT_EQ(answer, "alone");
    EXPECT_FALSE(server->is_lent("k"));
}

}  // namespace
}  // namespace toril::cache
