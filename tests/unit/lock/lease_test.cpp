#include "lock/lease.hpp"

#include <gtest/gtest.h>

using namespace std::chrono_literals;

namespace toril::lock {
namespace {

using Time = Lease::Time;
constexpr Time start{1'000s};

// L2: counted from the asking, and less than the store's time.
TEST(LeaseTest, EndsAMarginBeforeTheStoresTimeCouldEnd) {
    const Lease lease(Millis{300'000}, true, start);

    EXPECT_EQ(lease.ends(), start + 297s) << "1 % of five minutes";
    EXPECT_FALSE(lease.is_over(start + 296s));
    EXPECT_TRUE(lease.is_over(start + 297s));
}

TEST(LeaseTest, TakesAMarginOfAtLeastFiveMilliseconds) {
    EXPECT_EQ(Lease(Millis{100}, true, start).ends(), start + 95ms);
}

TEST(LeaseTest, WantsARenewalAfterAThirdOfItsTime) {
    const Lease lease(30s, true, start);

    EXPECT_EQ(lease.wakes_at(), start + 10s);
    EXPECT_FALSE(lease.wants_renewal(start + 9'999ms));
    EXPECT_TRUE(lease.wants_renewal(start + 10s));
}

TEST(LeaseTest, CountsARenewalFromWhenItWasAskedFor) {
    Lease lease(30s, true, start);
    lease.asked();
    lease.granted(start + 10s);  // the answer came later

    EXPECT_EQ(lease.ends(), start + 10s + 30s - 300ms);
    EXPECT_EQ(lease.wakes_at(), start + 20s);
}

TEST(LeaseTest, AsksOnceAtATimeAndWakesAtItsEndMeanwhile) {
    Lease lease(30s, true, start);
    lease.asked();

    EXPECT_FALSE(lease.wants_renewal(start + 20s));
    EXPECT_EQ(lease.wakes_at(), lease.ends());
}

TEST(LeaseTest, TriesAgainSoonAfterAFailureUntilItsEnd) {
    Lease lease(30s, true, start);
    lease.asked();
    lease.failed(start + 11s);

    EXPECT_EQ(lease.wakes_at(), start + 12s);
    lease.asked();
    lease.failed(start + 29'600ms);
    EXPECT_EQ(lease.wakes_at(), lease.ends()) << "no later than that";
}

TEST(LeaseTest, WaitsForAnAnswerSoThatAnotherTryFitsIn) {
    const Lease lease(1s, true, start);

    EXPECT_EQ(lease.patience(start + 190ms), 400ms);
    EXPECT_EQ(lease.patience(start + 985ms), 10ms) << "but not for nothing";
    EXPECT_EQ(Lease(300s, true, start).patience(start), 1s) << "nor for ever";
}

TEST(LeaseTest, IsNotShortenedByTheLateAnswerOfAnEarlierRenewal) {
    Lease lease(30s, true, start);
    lease.granted(start + 10s);
    lease.granted(start + 5s);

    EXPECT_EQ(lease.ends(), start + 10s + 30s - 300ms);
}

TEST(LeaseTest, ThatIsNotRenewedOnlyWakesAtItsEnd) {
    const Lease lease(30s, false, start);

    EXPECT_FALSE(lease.wants_renewal(start + 29s));
    EXPECT_EQ(lease.wakes_at(), lease.ends());
}

// What happens while a renewal is under way may have happened behind it.
TEST(LeaseTest, AsksAgainAfterTheAnswerWhenSomethingHappenedMeanwhile) {
    Lease lease(30s, true, start);
    lease.asked();
    lease.renew_at_once();
    lease.granted(start + 10s);

    EXPECT_TRUE(lease.wants_renewal(start + 10s));
    lease.asked();
    lease.granted(start + 10s);
    EXPECT_FALSE(lease.wants_renewal(start + 10s));
}

}  // namespace
}  // namespace toril::lock
