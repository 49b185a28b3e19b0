// Finished jobs per minute, as BullMQ counts them.

#include "fixture.hpp"

namespace toril::conformance {
namespace {

class Counting : public JobStoreConformance {
protected:
    Counting() {
        taker.metrics_points_max = 5;
        // To the start of a minute.
        pass_time(60s - Millis(now().time_since_epoch() % 60s));
    }
    contract::Metrics metrics(bool failed = false, std::int64_t start = 0, std::int64_t end = -1) {
        const auto found =
            client.metrics({.queue = queue, .failed = failed, .start = start, .end = end});
        if (found) return *found;
        ADD_FAILURE() << found.error().message();
        return {};
    }
    void complete_several(int count) {
        for (int i = 0; i < count; ++i)
            add_completed(KeepJobs::none());
    }
};

using Points = std::vector<std::int64_t>;

}  // namespace

TORIL_CONFORMANCE_SUITE_FROM(Counting, MinuteMetrics);

TEST_P(MinuteMetrics, AreNothingAtFirst) {
    EXPECT_EQ(metrics(), contract::Metrics{});
    EXPECT_EQ(metrics(true), contract::Metrics{});
}

TEST_P(MinuteMetrics, AreNotKeptForWorkersThatDoNotAskForThem) {
    taker.metrics_points_max = 0;
    complete_several(2);

    EXPECT_EQ(metrics(), contract::Metrics{});
}

TEST_P(MinuteMetrics, CountAllOfTheMinuteThatIsUnderWay) {
    complete_several(3);

    const contract::Metrics seen = metrics();
    EXPECT_EQ(seen.count, 3);
    EXPECT_EQ(seen.previous_at, now());
    EXPECT_EQ(seen.previous_count, 0);
    EXPECT_EQ(seen.data, Points{});
    EXPECT_EQ(seen.points, 0u);
}

TEST_P(MinuteMetrics, HaveAPointForAMinuteThatIsOver) {
    complete_several(3);
    pass_time(60s);
    complete_several(2);

    const contract::Metrics seen = metrics();
    EXPECT_EQ(seen.count, 5);
    EXPECT_EQ(seen.previous_at, now());
    EXPECT_EQ(seen.previous_count, 3);
    EXPECT_EQ(seen.data, Points{3});
    EXPECT_EQ(seen.points, 1u);
}

TEST_P(MinuteMetrics, HaveTheNewestFirstAndZerosForMinutesWithout) {
    complete_several(3);
    pass_time(60s);
    complete_several(2);
    pass_time(180s);
    complete_several(1);

    EXPECT_EQ(metrics().data, (Points{0, 0, 2, 3})) << "the zeros are the newer ones, as in BullMQ";
    EXPECT_EQ(metrics().count, 6);
}

TEST_P(MinuteMetrics, KeepNoMorePointsThanAskedFor) {
    for (int minute = 1; minute <= 8; ++minute) {
        complete_several(minute);
        pass_time(60s);
    }
    complete_several(1);

    EXPECT_EQ(metrics().data, (Points{8, 7, 6, 5, 4}));
    pass_time(3600s);
    complete_several(1);
    EXPECT_EQ(metrics().data, (Points{0, 0, 0, 0, 1}));
}

TEST_P(MinuteMetrics, GoByMinutesOfTheClock) {
    pass_time(59s);
    complete_several(1);
    pass_time(1s);
    complete_several(1);

    EXPECT_EQ(metrics().data, Points{1}) << "a second later, and another minute";
}

TEST_P(MinuteMetrics, KeepCompletedAndFailedApart) {
    complete_several(2);
    add_failed();
    pass_time(60s);
    add_failed();

    EXPECT_EQ(metrics().count, 2);
    EXPECT_EQ(metrics(true).count, 2);
    EXPECT_EQ(metrics().data, Points{});
    EXPECT_EQ(metrics(true).data, Points{1});
}

TEST_P(MinuteMetrics, CountWhatIsFinalOnly) {
    add();
    ASSERT_TRUE(done(retry(*take())));
    ASSERT_TRUE(done(hand_back(*take())));

    EXPECT_EQ(metrics(true).count, 0);
}

TEST_P(MinuteMetrics, AreShownInPages) {
    for (int minute = 1; minute <= 4; ++minute) {
        complete_several(minute);
        pass_time(60s);
    }
    complete_several(1);

    EXPECT_EQ(metrics(false, 0, 1).data, (Points{4, 3}));
    EXPECT_EQ(metrics(false, 2, 9).data, (Points{2, 1}));
    EXPECT_EQ(metrics(false, -1, -1).data, Points{1});
    EXPECT_EQ(metrics(false, 7, 9).data, Points{});
    EXPECT_EQ(metrics(false, 0, 1).points, 4u);
}

TEST_P(MinuteMetrics, CountEachOutcomeOfACallOnceThoughItsAnswerGotLost) {
    add_several(3);
    const auto runs = take_several(3);
    auto params = next_call(0);
    for (const Taken& run : runs)
        params.outcomes.push_back({.id = run.job.id, .token = run.token, .value = "1"});
    call(params);
    call(params);

    EXPECT_EQ(metrics().count, 3);
}

TEST_P(MinuteMetrics, GoWithTheirQueue) {
    complete_several(1);
    while (client.obliterate(queue, true).value())
        continue;

    EXPECT_EQ(metrics(), contract::Metrics{});
}

}  // namespace toril::conformance
