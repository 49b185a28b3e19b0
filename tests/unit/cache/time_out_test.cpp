// Callers that wait no longer: the load goes on without them.

#include "unit/cache/world.hpp"

using namespace std::chrono_literals;

namespace toril::cache {
namespace {

class TimeOutTest : public CacheTest {
protected:
    static CacheOptions hasty(CacheOptions options) {
        options.stale_for = 100s;
        return options;
    }
    Process cache = alone(hasty(options()));

    void await(const std::string& key, const std::string& value) const {
        while (cache.get(key) != value)
            std::this_thread::yield();
    }
};

TEST_F(TimeOutTest, T21ALoadThatIsTooSlowIsAnsweredWithTheStaleValueAndGoesOn) {
    HeldLoader held("new");
    cache.set("k", "old", {.ttl = 60s});
    hand += 60'000;

    EXPECT_EQ(cache.load("k", held.loader(), {.soft_timeout = 5ms}), "old (stale)");

    held.go.raise();
    await("k", "new");
}

TEST_F(TimeOutTest, T21WithoutAStaleValueTheHardTimeOutIsAnError) {
    HeldLoader held("new");

    EXPECT_EQ(cache.load("k", held.loader(), {.soft_timeout = 1ms, .hard_timeout = 5ms}),
              "timed_out");

    held.go.raise();
    await("k", "new");
}

TEST_F(TimeOutTest, TheHardTimeOutServesTheStaleValueToo) {
    HeldLoader held("new");
    cache.set("k", "old", {.ttl = 60s});
    hand += 60'000;

    EXPECT_EQ(cache.load("k", held.loader(), {.hard_timeout = 5ms}), "old (stale)");

    held.go.raise();
    await("k", "new");
}

TEST_F(TimeOutTest, T1WhoGivesUpLeavesTheLoadToThoseWhoWait) {
    HeldLoader held("new");
    std::string patient_answer;
    EXPECT_EQ(cache.load("k", held.loader(), {.hard_timeout = 5ms}), "timed_out");
    std::jthread patient_one([&] { patient_answer = cache.load("k", "another's"); });
    while (cache->stats().coalesced == 0)
        std::this_thread::yield();

    held.go.raise();
    patient_one.join();

    EXPECT_EQ(patient_answer, "new");
    EXPECT_EQ(cache->stats().loads, 1u);
}

TEST_F(TimeOutTest, ALoadInTheBackgroundThatComesAfterARemovalIsNotKept) {
    HeldLoader held("old");
    EXPECT_EQ(cache.load("k", held.loader(), {.hard_timeout = 5ms}), "timed_out");

    ASSERT_TRUE(cache->remove("k"));
    held.go.raise();
    while (cache->stats().fills_refused == 0)
        std::this_thread::yield();

    EXPECT_EQ(cache.get("k"), "(none)");
}

TEST_F(TimeOutTest, LoadsInTheBackgroundHaveALimitAndTheOthersWaitTheirTurn) {
    CacheOptions narrow = options();
    narrow.background_loads_max = 1;
    const Process one = alone(narrow);
    HeldLoader held("first");
    EXPECT_EQ(one.load("a", held.loader(), {.hard_timeout = 5ms}), "timed_out");
    ASSERT_TRUE(held.begun.wait());

    EXPECT_EQ(one.load("b", [] { return Loaded("second"); }, {.hard_timeout = 5ms}), "timed_out");
    EXPECT_EQ(one->stats().loads, 0u);

    held.go.raise();
    while (one.get("b") != "second")
        std::this_thread::yield();
}

// The loader keeps the cache alive; its end is on the cache's own thread.
TEST_F(TimeOutTest, ALoaderMayHoldTheLastHandleOfItsCache) {
    Signal ended;
    Signal go;
    auto last = std::make_shared<Process>(alone(options()));
    const std::shared_ptr<void> witness(nullptr, [&](void*) { ended.raise(); });
    {
        const auto holder =
            std::make_shared<std::pair<std::shared_ptr<Process>, std::shared_ptr<void>>>(last,
                                                                                         witness);
        CacheLoader loader = [holder, &go]() -> Result<Loaded> {
            go.wait();
            return Loaded("v");
        };
        EXPECT_EQ(last->load("k", loader, {.hard_timeout = 5ms}), "timed_out");
    }
    last.reset();

    go.raise();
    // The task, and with it the cache, ended without waiting for itself.
    while (witness.use_count() > 1)
        std::this_thread::yield();
}

}  // namespace
}  // namespace toril::cache
