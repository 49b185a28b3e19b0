// Public locks and idempotency over a store: what goes in is checked, and what comes out is said.

#include "support/signal.hpp"

#include <toril/lock.hpp>
#include <toril/store.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <optional>
#include <thread>
#include <vector>

using namespace std::chrono_literals;

namespace toril {
namespace {

using Kind = IdempotencyAnswer::Kind;

template <class T>
std::optional<ErrorCode> refusal(const T& answer) {
    return answer ? std::optional<ErrorCode>() : answer.error().code();
}

class FacesTest : public testing::Test {
protected:
    IdempotencyAnswer begin(const std::string& fingerprint = "f",
                            const IdempotencyOptions& options = {}) {
        Result<IdempotencyAnswer> answer = idempotency.begin("pay-7", fingerprint, options);
        if (answer) return std::move(*answer);
        ADD_FAILURE() << answer.error().message();
        return {};
    }

    Store store = *Store::open("memory:");
    Locks locks = *Locks::open(store);
    Idempotency idempotency = *Idempotency::open(store);
};

// D4: five requests for the same scan at the same time.
TEST_F(FacesTest, OneOfFiveGetsTheJobsLockAndFourLearnWhichJobHasIt) {
    std::atomic<int> held{0};
    std::atomic<int> told{0};
    std::atomic<int> winner{-1};
    std::vector<std::optional<LockAnswer>> answers(5);
    std::vector<std::thread> threads;
    for (int i = 0; i < 5; ++i)
        threads.emplace_back([&, i] {
            answers[static_cast<std::size_t>(i)] =
                *locks.acquire_job("user-7", "example.com", "job-" + std::to_string(i));
        });
    for (std::thread& thread : threads)
        thread.join();
    for (int i = 0; i < 5; ++i)
        if (answers[static_cast<std::size_t>(i)]->outcome == LockOutcome::held) {
            winner = i;
            ++held;
        }
    for (const auto& answer : answers)
        told += answer->outcome == LockOutcome::busy &&
                answer->holder->owner == "job-" + std::to_string(winner);

    EXPECT_EQ(held, 1);
    EXPECT_EQ(told, 4);
}

TEST_F(FacesTest, AJobsLockIsLookedAtAndReleasedByWhoKnowsTheJob) {
    LockAnswer answer = *locks.acquire_job("user-7", "example.com", "job-1");

    ASSERT_TRUE(*locks.job_status("user-7", "example.com"));
    EXPECT_EQ((*locks.job_status("user-7", "example.com"))->owner, "job-1");
    EXPECT_EQ(refusal(locks.release_job("user-7", "example.com", "job-2")), ErrorCode::not_owner);
    EXPECT_TRUE(locks.release_job("user-7", "example.com", "job-1"));
    EXPECT_EQ(refusal(locks.release_job("user-7", "example.com", "job-1")), ErrorCode::not_found);
    EXPECT_FALSE(*locks.job_status("user-7", "example.com"));
}

TEST_F(FacesTest, LocksOfPartsThatJoinToOneTextAreTwo) {
    const auto first = locks.acquire_job("a:b", "c", "job-1");
    const auto second = locks.acquire_job("a", "b:c", "job-2");

    EXPECT_EQ(second->outcome, LockOutcome::held);
}

TEST_F(FacesTest, WhatIsOutOfRangeIsRefused) {
    const auto code = [&](const LockOptions& options) {
        return refusal(locks.acquire("k", options));
    };
    EXPECT_EQ(refusal(locks.acquire("")), ErrorCode::invalid_argument);
    EXPECT_EQ(refusal(locks.acquire("a\nb")), ErrorCode::invalid_argument);
    EXPECT_EQ(code({.ttl = 99ms}), ErrorCode::invalid_argument);
    EXPECT_EQ(code({.ttl = 367 * 24h}), ErrorCode::invalid_argument);
    EXPECT_EQ(code({.wait = -1ms}), ErrorCode::invalid_argument);
    EXPECT_EQ(code({.owner = std::string(257, 'o')}), ErrorCode::invalid_argument);
    EXPECT_EQ(code({.store_timeout = 0ms}), ErrorCode::invalid_argument);
    EXPECT_EQ(refusal(locks.status(std::string(513, 'k'))), ErrorCode::invalid_argument);
    EXPECT_EQ(refusal(locks.release("k", "a\nb")), ErrorCode::invalid_argument);
    EXPECT_EQ(refusal(locks.acquire_job("", "r", "j")), ErrorCode::invalid_argument);
    EXPECT_EQ(refusal(locks.acquire_job("s", "r", "")), ErrorCode::invalid_argument);
    EXPECT_EQ(refusal(idempotency.begin("", "f")), ErrorCode::invalid_argument);
    EXPECT_EQ(refusal(idempotency.begin("k", std::string(65, 'f'))), ErrorCode::invalid_argument);
    EXPECT_EQ(refusal(idempotency.begin("k", "f", {.lease = 99ms})), ErrorCode::invalid_argument);
    EXPECT_EQ(refusal(idempotency.begin("k", "f", {.keep = 0ms})), ErrorCode::invalid_argument);
}

TEST_F(FacesTest, FiguresSayWhatHappened) {
    LockAnswer first = *locks.acquire("k");
    LockAnswer second = *locks.acquire("k");
    EXPECT_EQ(locks.stats().holding, 1u);
    first.lock->release();

    const LockStats stats = locks.stats();
    EXPECT_EQ(stats.held, 1u);
    EXPECT_EQ(stats.busy, 1u);
    EXPECT_EQ(stats.released, 1u);
    EXPECT_EQ(stats.holding, 0u);
}

TEST_F(FacesTest, AHandleMayOutliveTheLocksAndTheStoreItCameFrom) {
    std::optional<Lock> kept;
    {
        const Store own = *Store::open("memory:");
        Locks from = *Locks::open(own);
        kept = std::move(*from.acquire("k")->lock);
    }

    EXPECT_TRUE(kept->is_held());
    EXPECT_EQ(kept->release(), LockRelease::released);
}

// ---- idempotency --------------------------------------------------------------------------------

TEST_F(FacesTest, WhatWasDoneIsReplayed) {
    IdempotencyAnswer first = begin();
    ASSERT_EQ(first.kind, Kind::run);
    EXPECT_GT(first.run->fence(), 0u);
    ASSERT_TRUE(first.run->complete("receipt 9"));
    const IdempotencyAnswer second = begin();

    EXPECT_EQ(second.kind, Kind::replay);
    EXPECT_EQ(second.answer, "receipt 9");
    EXPECT_FALSE(second.failed);
}

// L12: a stored failure is an answer too.
TEST_F(FacesTest, AFailureThatIsKeptIsReplayed) {
    ASSERT_TRUE(begin().run->fail("card refused"));
    const IdempotencyAnswer second = begin();

    EXPECT_EQ(second.kind, Kind::replay);
    EXPECT_EQ(second.answer, "card refused");
    EXPECT_TRUE(second.failed);
}

// L12: the same key at the same time (409).
TEST_F(FacesTest, WhatIsUnderWayIsAConflictOrAWait) {
    const IdempotencyAnswer first = begin();
    const IdempotencyAnswer conflict = begin();
    const IdempotencyAnswer wait = begin("f", {.wait = 10ms});

    EXPECT_EQ(conflict.kind, Kind::conflict);
    EXPECT_GT(conflict.retry_after, 0ms);
    EXPECT_EQ(wait.kind, Kind::wait);
}

// L12: the same key with another request (422).
TEST_F(FacesTest, AnotherRequestUnderTheSameKeyIsAMismatch) {
    IdempotencyAnswer first = begin("one");
    EXPECT_EQ(begin("other").kind, Kind::mismatch);
    ASSERT_TRUE(first.run->complete("x"));
    EXPECT_EQ(begin("other").kind, Kind::mismatch);
}

TEST_F(FacesTest, ARunThatIsNotFinishedLetsTheNextOneRun) {
    const std::uint64_t fence = begin().run->fence();
    const IdempotencyAnswer second = begin();

    ASSERT_EQ(second.kind, Kind::run);
    EXPECT_GT(second.run->fence(), fence);
}

TEST_F(FacesTest, WhoWaitsGetsTheAnswerOfWhoRan) {
    IdempotencyAnswer first = begin();
    IdempotencyAnswer second;
    support::Signal begun;
    std::thread waiter([&] {
        begun.raise();
        second = begin("f", {.wait = support::test_deadline});
    });
    ASSERT_TRUE(begun.wait());
    ASSERT_TRUE(first.run->complete("42"));
    waiter.join();

    EXPECT_EQ(second.kind, Kind::replay);
    EXPECT_EQ(second.answer, "42");
}

TEST_F(FacesTest, AThousandAskersRunItOnce) {
    std::atomic<int> runs{0};
    std::atomic<int> replays{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 20; ++i)
        threads.emplace_back([&] {
            for (int n = 0; n < 50; ++n) {
                IdempotencyAnswer answer = begin("f", {.wait = support::test_deadline});
                if (answer.kind == Kind::replay) ++replays;
                if (answer.kind != Kind::run) continue;
                ++runs;
                EXPECT_TRUE(answer.run->complete("once"));
            }
        });
    for (std::thread& thread : threads)
        thread.join();

    EXPECT_EQ(runs, 1);
    EXPECT_EQ(replays, 999);
}

// L12
TEST_F(FacesTest, AnAnswerOfMoreThanAMebibyteIsRefused) {
    IdempotencyAnswer first = begin();

    EXPECT_EQ(refusal(first.run->complete(std::string(1'048'577, 'x'))), ErrorCode::limit_reached);
    EXPECT_TRUE(first.run->complete(std::string(1'048'576, 'x')));
}

TEST_F(FacesTest, ALeaseIsRenewedForAsLongAsTheRunLives) {
    IdempotencyAnswer first = begin("f", {.lease = 100ms});
    EXPECT_EQ(begin("f", {.wait = 250ms}).kind, Kind::wait) << "more than two leases later";
    EXPECT_TRUE(first.run->complete("42"));
    EXPECT_FALSE(first.run->stop_token().stop_requested());
}

}  // namespace
}  // namespace toril
