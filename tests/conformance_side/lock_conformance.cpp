// Locks: who has one, for how long, and with which fence.

#include "conformance_side/lock_fixture.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>

namespace toril::conformance {
namespace {

constexpr std::uint64_t exact_max = 1ull << 53;

std::uint64_t wall_micros() {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::microseconds>(now).count());
}

TORIL_LOCK_SUITE(Acquire);

TEST_P(Acquire, GivesAFreeLockWithAFenceThatIsAtLeastTheTime) {
    const std::uint64_t before = wall_micros();
    const auto answer = acquire("t1");

    EXPECT_TRUE(answer.held);
    EXPECT_GE(answer.fence + 1'000, before);
    EXPECT_LT(answer.fence, exact_max);
}

TEST_P(Acquire, SaysWhoHoldsALockThatAnotherHas) {
    const auto first = acquire("t1");
    const auto second = acquire("t2");

    EXPECT_FALSE(second.held);
    EXPECT_EQ(second.holder.owner, "owner of t1");
    EXPECT_EQ(second.holder.fence, first.fence);
    EXPECT_GT(second.holder.remaining, Millis{0});
    EXPECT_LE(second.holder.remaining, ttl);
}

// L4: the first answer got lost.
TEST_P(Acquire, AskedAgainByTheSameTokenIsHeldWithTheSameFence) {
    const auto first = acquire("t1");
    const auto again = acquire("t1");

    EXPECT_TRUE(again.held);
    EXPECT_EQ(again.fence, first.fence);
}

TEST_P(Acquire, AskedAgainByTheSameTokenIsHeldForTheWholeTtl) {
    acquire("t1");
    pass_half_of_ttl();
    acquire("t1");
    pass_half_of_ttl();

    EXPECT_FALSE(acquire("t2").held) << "the second answer promised the whole ttl";
}

TEST_P(Acquire, GivesALockWhoseTimeIsOverToTheNextWithALargerFence) {
    const auto first = acquire("t1");
    pass_ttl();
    const auto second = acquire("t2");

    EXPECT_TRUE(second.held);
    EXPECT_GT(second.fence, first.fence);
}

TEST_P(Acquire, GivesLargerFencesHoweverFastTheyFollow) {
    std::uint64_t last = 0;
    for (int i = 0; i < 50; ++i) {
        const std::string token = "t" + std::to_string(i);
        const auto answer = acquire(token);
        ASSERT_GT(answer.fence, last);
        last = answer.fence;
        release(token);
    }
}

TEST_P(Acquire, GivesOneLockToOneOfMany) {
    std::atomic<int> held{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 8; ++i)
        threads.emplace_back([&, i] { held += acquire("t" + std::to_string(i)).held; });
    for (std::thread& thread : threads)
        thread.join();

    EXPECT_EQ(held, 1);
}

TEST_P(Acquire, TakesEveryKeyForItself) {
    const std::vector<std::string> keys{"a",
                                        "a b",
                                        "{a}",
                                        "}a{",
                                        "a|b",
                                        "job:x:y",
                                        "\xC3\xBC\xE2\x82\xAC",
                                        "%",
                                        std::string(512, 'k')};
    for (const std::string& key : keys)
        EXPECT_TRUE(acquire("t1", key).held) << key;
    for (const std::string& key : keys)
        EXPECT_FALSE(acquire("t2", key).held) << key;
}

TEST_P(Acquire, KeepsAnyOwner) {
    const std::string owner = "a|b|17|\xC3\xBC " + std::string(200, 'o');
    ask<contract::AcquireAnswer>([&](auto done) {
        store.acquire(
            {.key = "k", .token = "t1", .owner = owner, .ttl = ttl, .timeout = store_timeout},
            done);
    });

    ASSERT_TRUE(status());
    EXPECT_EQ(status()->owner, owner);
}

TORIL_LOCK_SUITE(Renew);

TEST_P(Renew, ProlongsALock) {
    acquire("t1");
    pass_half_of_ttl();
    EXPECT_TRUE(renew_one("t1"));
    pass_half_of_ttl();

    EXPECT_FALSE(acquire("t2").held);
}

TEST_P(Renew, NeverBringsBackALockWhoseTimeIsOver) {
    acquire("t1");
    pass_ttl();

    EXPECT_EQ(refusal(renew_one("t1")), ErrorCode::not_owner);
    EXPECT_TRUE(acquire("t2").held);
    EXPECT_EQ(refusal(renew_one("t1")), ErrorCode::not_owner);
}

// L9: a renewal that comes behind the release does nothing.
TEST_P(Renew, NeverBringsBackALockThatWasReleased) {
    acquire("t1");
    release("t1");

    EXPECT_EQ(refusal(renew_one("t1")), ErrorCode::not_owner);
    EXPECT_FALSE(status());
}

TEST_P(Renew, AnswersEachOfManyForItself) {
    constexpr int many = 1'100;  // more than two batches; 1'099 % 3 is 1
    std::vector<contract::LockRef> locks;
    for (int i = 0; i < many; ++i) {
        const std::string key = "k" + std::to_string(i);
        if (i % 3 != 0) acquire(i % 3 == 1 ? "mine" : "other", key, Millis{60'000});
        locks.push_back({.key = key, .token = "mine", .ttl = Millis{60'000}});
    }
    const std::vector<Status> answers = renew(locks);

    ASSERT_EQ(answers.size(), locks.size());
    EXPECT_EQ(refusal(answers[0]), ErrorCode::not_owner) << "nobody's";
    EXPECT_EQ(refusal(answers[2]), ErrorCode::not_owner) << "another's";
    EXPECT_EQ(refusal(answers[1]), std::nullopt) << "mine";
    EXPECT_EQ(refusal(answers[many - 1]), std::nullopt) << "mine, in a later batch";
}

TEST_P(Renew, OfNoneAnswersNone) {
    EXPECT_TRUE(renew({}).empty());
}

TORIL_LOCK_SUITE(Release);

TEST_P(Release, MakesALockFreeAtOnce) {
    acquire("t1");

    EXPECT_EQ(release("t1"), ReleaseOutcome::released);
    EXPECT_FALSE(status());
    EXPECT_TRUE(acquire("t2").held);
}

// L1: who was paused beyond its time must not release another's lock.
TEST_P(Release, LeavesTheLockOfAnotherAlone) {
    acquire("t1");
    pass_ttl();
    acquire("t2");

    EXPECT_EQ(release("t1"), ReleaseOutcome::lost);
    ASSERT_TRUE(status());
    EXPECT_EQ(status()->owner, "owner of t2");
}

// L5
TEST_P(Release, OfALockWhoseTimeIsOverIsNoError) {
    acquire("t1");
    pass_ttl();

    EXPECT_EQ(release("t1"), ReleaseOutcome::expired);
    EXPECT_EQ(release("t1"), ReleaseOutcome::expired);
}

TEST_P(Release, ByTheOwnersNameTakesItFromTheHandle) {
    acquire("t1");

    EXPECT_TRUE(release_owner("owner of t1"));
    EXPECT_FALSE(status());
    EXPECT_EQ(refusal(renew_one("t1")), ErrorCode::not_owner);
}

TEST_P(Release, ByAnotherNameNamesTheHolder) {
    acquire("t1");
    const Status refused = release_owner("somebody");

    ASSERT_EQ(refusal(refused), ErrorCode::not_owner);
    EXPECT_NE(refused.error().message().find("owner of t1"), std::string::npos);
    EXPECT_TRUE(status());
}

TEST_P(Release, ByNameOfWhatNobodyHoldsIsNotFound) {
    EXPECT_EQ(refusal(release_owner("somebody")), ErrorCode::not_found);
}

TORIL_LOCK_SUITE(LockState);

TEST_P(LockState, OfAFreeKeyIsNobody) {
    EXPECT_FALSE(status());
    acquire("t1");
    pass_ttl();
    EXPECT_FALSE(status());
}

TEST_P(LockState, SaysWhoHoldsIt) {
    const auto held = acquire("t1");

    ASSERT_TRUE(status());
    EXPECT_EQ(status()->owner, "owner of t1");
    EXPECT_EQ(status()->fence, held.fence);
    EXPECT_LE(status()->remaining, ttl);
}

TEST_P(LockState, AfterTheStoreClosedIsCancelled) {
    store.close(Millis{0});

    const auto answer =
        base::wait_for_answer<Result<contract::AcquireAnswer>>(test_patience, [&](auto done) {
            store.acquire({.key = "k", .token = "t", .ttl = ttl, .timeout = store_timeout}, done);
        });
    EXPECT_EQ(refusal(answer), ErrorCode::cancelled);
}

}  // namespace
}  // namespace toril::conformance
