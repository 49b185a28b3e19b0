// What every spool does, in memory and in a file.

#include "spool_fixture.hpp"

#include <gtest/gtest.h>

using namespace std::chrono_literals;

namespace toril::spool {
namespace {

using contract::AddJob;
using contract::SpoolAttempt;
using contract::SpoolBounds;

constexpr SpoolBounds wide{.jobs_max = 1'000, .bytes_max = 1'000'000};

class SpoolLogTest : public testing::TestWithParam<const char*> {
protected:
    SpoolLogTest() : log_(open_log(GetParam() == std::string("memory") ? "" : folder_.file())) {}

    std::size_t append(std::vector<std::string> ids, const SpoolBounds& bounds = wide) {
        const auto appended = log_->append(jobs_of(ids), now_, bounds);
        EXPECT_TRUE(appended) << appended.error().message();
        dropped_ += appended ? appended->dropped : 0;
        return appended ? appended->jobs : 0;
    }

    // The next batch as "token/sequence: ids".
    std::string next(const SpoolAttempt& fresh, std::size_t jobs_max = 500) {
        EXPECT_TRUE(log_->take_turn());
        auto batch = log_->next(fresh, jobs_max, 1'000'000);
        EXPECT_TRUE(batch) << batch.error().message();
        if (!batch || !*batch) return "nothing";
        batch_ = std::move(**batch);
        std::string text =
            batch_.attempt.token + "/" + std::to_string(batch_.attempt.sequence) + ":";
        for (const AddJob& job : batch_.jobs)
            text += " " + job.id;
        return text;
    }

    void settle(std::vector<contract::SpoolRefusal> refused = {}) {
        EXPECT_TRUE(log_->settle(batch_, now_, refused));
    }

    contract::SpoolSize size() { return log_->size().value(); }

    TempFolder folder_{};
    std::unique_ptr<contract::SpoolLog> log_;
    contract::SpoolBatch batch_{};
    std::uint64_t dropped_ = 0;
    Timestamp now_{1'700'000'000'000ms};
};

TEST_P(SpoolLogTest, GivesJobsBackInTheOrderOfTheirAppends) {
    append({"a", "b"});
    append({"c"});

    EXPECT_EQ(next({"t", 1}), "t/1: a b c");
}

TEST_P(SpoolLogTest, GivesEveryPartOfAJobBack) {
    const AddJob job{.id = "j",
                     .name = "name",
                     .data = R"({"a":"Stra\u00dfe"})",
                     .opts = R"({"attempts":3})",
                     .delay = 10s,
                     .priority = 7,
                     .lifo = true,
                     .timestamp = now_,
                     .deduplication = Deduplication{.id = "d",
                                                    .ttl = 5s,
                                                    .extend = true,
                                                    .replace = true,
                                                    .reschedule = true,
                                                    .keep_last_if_active = true},
                     .parent = contract::ParentLink{
                         .queue = "up", .id = "p", .policy = ParentPolicy::continue_parent}};
    ASSERT_TRUE(log_->append({&job, 1}, now_, wide));

    next({"t", 1});

    ASSERT_EQ(batch_.jobs.size(), 1u);
    const AddJob& back = batch_.jobs[0];
    EXPECT_EQ(back.id, job.id);
    EXPECT_EQ(back.name, job.name);
    EXPECT_EQ(back.data, job.data);
    EXPECT_EQ(back.opts, job.opts);
    EXPECT_EQ(back.delay, job.delay);
    EXPECT_EQ(back.priority, job.priority);
    EXPECT_EQ(back.lifo, job.lifo);
    EXPECT_EQ(back.timestamp, job.timestamp);
    EXPECT_EQ(back.deduplication, job.deduplication);
    EXPECT_EQ(back.parent, job.parent);
}

TEST_P(SpoolLogTest, GivesTheSameBatchUnderTheSameAttemptUntilItIsSettled) {
    append({"a", "b", "c"});

    EXPECT_EQ(next({"t", 1}, 2), "t/1: a b");
    append({"d"});
    EXPECT_EQ(next({"u", 9}), "t/1: a b");
    settle();
    EXPECT_EQ(next({"t", 2}), "t/2: c d");
    settle();
    EXPECT_EQ(next({"t", 3}), "nothing");
}

TEST_P(SpoolLogTest, KeepsASentBatchAsItWasBetweenOthers) {
    append({"a"});
    ASSERT_TRUE(log_->append_sent(jobs_of({"x", "y"}), now_, {"old", 7}));
    append({"b"});

    EXPECT_EQ(next({"t", 1}), "t/1: a");
    settle();
    EXPECT_EQ(next({"t", 2}), "old/7: x y");
    settle();
    EXPECT_EQ(next({"t", 2}), "t/2: b");
}

TEST_P(SpoolLogTest, EndsABatchBeforeItIsTooLarge) {
    AddJob large{.id = "a", .data = std::string(600'000, 'x'), .opts = "{}"};
    const std::vector<AddJob> jobs{large, large};
    ASSERT_TRUE(log_->append(jobs, now_, {.jobs_max = 10, .bytes_max = 10'000'000}));

    EXPECT_EQ(next({"t", 1}), "t/1: a");
}

TEST_P(SpoolLogTest, SaysWhatItHolds) {
    EXPECT_TRUE(log_->is_empty().value());
    EXPECT_EQ(size().oldest, Timestamp{});

    append({"a"});
    now_ += 5s;
    append({"b"});

    EXPECT_FALSE(log_->is_empty().value());
    EXPECT_EQ(size().jobs, 2u);
    EXPECT_GT(size().bytes, 2u);
    EXPECT_EQ(size().oldest, now_ - 5s);
    next({"t", 1}, 1);
    settle();
    EXPECT_EQ(size().jobs, 1u);
    EXPECT_EQ(size().oldest, now_);
    next({"t", 2}, 1);
    settle();
    EXPECT_EQ(size().bytes, 0u);
}

TEST_P(SpoolLogTest, TakesAsManyJobsAsThereIsRoomFor) {
    EXPECT_EQ(append({"a", "b", "c"}, {.jobs_max = 2, .bytes_max = 1'000'000}), 2u);
    EXPECT_EQ(append({"d"}, {.jobs_max = 2, .bytes_max = 1'000'000}), 0u);
    EXPECT_EQ(append({"e"}, {.jobs_max = 9, .bytes_max = size().bytes}), 0u);
    EXPECT_EQ(dropped_, 0u);
    EXPECT_EQ(next({"t", 1}), "t/1: a b");
}

TEST_P(SpoolLogTest, DropsTheOldestThatWereNeverSentToMakeRoom) {
    append({"a", "b", "c"});
    EXPECT_EQ(next({"t", 1}, 1), "t/1: a");

    EXPECT_EQ(append({"d"}, {.jobs_max = 3, .bytes_max = 1'000'000, .drop_oldest = true}), 1u);

    EXPECT_EQ(dropped_, 1u);
    EXPECT_EQ(next({"t", 2}), "t/1: a") << "the store may have it already";
    settle();
    EXPECT_EQ(next({"t", 2}), "t/2: c d");
}

TEST_P(SpoolLogTest, DropsNothingForAJobThatNeverFits) {
    append({"a"});

    EXPECT_EQ(
        append({std::string(300, 'x')}, {.jobs_max = 9, .bytes_max = 250, .drop_oldest = true}),
        0u);
    EXPECT_EQ(size().jobs, 1u);
}

TEST_P(SpoolLogTest, KeepsRefusedJobsAside) {
    append({"a", "b", "c"});
    next({"t", 1});

    settle({{1, Error(ErrorCode::not_found, "its parent is gone")}});

    EXPECT_EQ(size().jobs, 0u);
    EXPECT_EQ(size().rejected, 1u);
    EXPECT_EQ(next({"t", 2}), "nothing");
}

INSTANTIATE_TEST_SUITE_P(Spools,
                         SpoolLogTest,
                         testing::Values("memory", "sqlite"),
                         [](const auto& spool) { return std::string(spool.param); });

}  // namespace
}  // namespace toril::spool
