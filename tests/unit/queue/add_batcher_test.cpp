#include "queue/add_batcher.hpp"

#include "backend/memory/memory_store.hpp"
#include "queue/add_sinks.hpp"
#include "support/intercepted_store.hpp"
#include "support/signal.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <mutex>
#include <string>

using namespace std::chrono_literals;

namespace toril::queue {
namespace {

using Answer = Result<std::vector<Result<contract::Added>>>;

// A store that keeps every batch it gets until the test answers it.
class AddBatcherTest : public testing::Test {
protected:
    AddBatcherTest() {
        store_->on_add = [this](const contract::AddParams& params, auto& done) {
            {
                const std::lock_guard lock(mutex_);
                batches_.push_back(params);
                dones_.push_back(std::move(done));
            }
            sent_.raise();
            return true;
        };
    }

    std::shared_ptr<OneAdd> submit(const std::string& data) {
        auto sink = std::make_shared<OneAdd>();
        PendingAdd add{{.name = "n", .data = data, .opts = "{}"}, sink, 0};
        EXPECT_TRUE(batcher_.submit({&add, 1}));
        return sink;
    }

    void submit_many(std::size_t count) {
        while (count-- > 0)
            submit("x");
    }

    contract::AddParams batch(std::size_t number) {
        EXPECT_TRUE(sent_.wait(number + 1)) << "batch " << number << " was not sent";
        const std::lock_guard lock(mutex_);
        return number < batches_.size() ? batches_[number] : contract::AddParams{};
    }

    std::size_t batches_sent() { return sent_.count(); }

    void answer(std::size_t number, const Answer& with) {
        InterceptedDone done;
        {
            const std::lock_guard lock(mutex_);
            done = std::move(dones_.at(number));
        }
        done(with);
    }

    // Each job by its position in the batch.
    void accept(std::size_t number) {
        std::vector<Result<contract::Added>> added;
        for (const contract::AddJob& job : batch(number).jobs)
            added.push_back(contract::Added{.id = job.data});
        answer(number, added);
    }

    using InterceptedDone = support::InterceptedStore::AddDone;

    std::mutex mutex_;
    std::deque<contract::AddParams> batches_;
    std::deque<InterceptedDone> dones_;
    support::Signal sent_;
    std::shared_ptr<support::InterceptedStore> store_ =
        std::make_shared<support::InterceptedStore>(memory::open_memory());
    AddBatcher batcher_{store_, "q", 2s};
};

TEST_F(AddBatcherTest, SendsALoneAddAtOnce) {
    const auto added = submit("1");

    EXPECT_EQ(batch(0).jobs.size(), 1u);
    accept(0);
    EXPECT_EQ(added->wait(1s)->id, "1");
}

TEST_F(AddBatcherTest, MakesOneBatchOfWhatIsSubmittedWhileOneIsUnderWay) {
    std::vector<std::shared_ptr<OneAdd>> added;
    for (int i = 0; i < 12; ++i)
        added.push_back(submit(std::to_string(i)));
    ASSERT_EQ(batches_sent(), 1u);

    accept(0);

    EXPECT_EQ(batch(1).jobs.size(), 11u);
    accept(1);
    for (int i = 0; i < 12; ++i)
        EXPECT_EQ(added[static_cast<std::size_t>(i)]->wait(1s)->id, std::to_string(i));
}

TEST_F(AddBatcherTest, SendsASecondBatchOnlyForACrowd) {
    submit("1");
    submit_many(second_batch_min - 1);
    ASSERT_EQ(batches_sent(), 1u);

    submit("x");

    EXPECT_EQ(batch(1).jobs.size(), second_batch_min);
    submit_many(second_batch_min);
    EXPECT_EQ(batches_sent(), 2u) << "two are the most";
    accept(0);
    accept(1);
    accept(2);
}

TEST_F(AddBatcherTest, KeepsABatchWithinItsBounds) {
    submit("a");
    submit_many(second_batch_min);
    submit_many(contract::batch_jobs_max + 1);

    accept(0);
    EXPECT_EQ(batch(2).jobs.size(), contract::batch_jobs_max);

    submit(std::string(batch_bytes_max, 'x'));
    submit("y");
    accept(1);
    accept(2);
    EXPECT_EQ(batch(3).jobs.size(), 2u) << "the large job ends the batch";
    accept(3);
    EXPECT_EQ(batch(4).jobs.size(), 1u);
    accept(4);
}

TEST_F(AddBatcherTest, RepeatsABatchUnderTheSameTokenUntilItIsAnswered) {
    const auto added = submit("1");
    answer(0, Error(ErrorCode::outcome_unknown, "the link died"));

    EXPECT_EQ(batch(1).repeat_token, batch(0).repeat_token);
    EXPECT_EQ(batch(1).repeat_sequence, batch(0).repeat_sequence);
    EXPECT_FALSE(batch(0).repeat_token.empty());
    answer(1, Error(ErrorCode::unavailable, "away"));
    EXPECT_EQ(batch(2).repeat_token, batch(0).repeat_token);
    accept(2);
    EXPECT_EQ(added->wait(1s)->id, "1");
}

TEST_F(AddBatcherTest, SendsNothingNewWhileABatchWaitsToBeRepeated) {
    const auto first = submit("1");
    answer(0, Error(ErrorCode::unavailable, "away"));
    const auto second = submit("2");

    EXPECT_EQ(batch(1).jobs.front().data, "1");
    accept(1);
    EXPECT_EQ(batch(2).jobs.front().data, "2");
    accept(2);
    EXPECT_TRUE(second->wait(1s));
}

TEST_F(AddBatcherTest, GivesBatchesInFlightTokensOfTheirOwnAndTheNextOneTheFreedToken) {
    submit("1");
    submit_many(second_batch_min);

    EXPECT_NE(batch(0).repeat_token, batch(1).repeat_token);
    accept(0);
    submit("3");
    accept(1);
    EXPECT_EQ(batch(2).repeat_token, batch(0).repeat_token);
    EXPECT_GT(batch(2).repeat_sequence, batch(1).repeat_sequence);
    accept(2);
}

TEST_F(AddBatcherTest, AnswersUnknownWhenAnAttemptMayHaveHappenedThoughTheLastOneDidNot) {
    AddBatcher hasty(store_, "q", 100ms);
    auto sink = std::make_shared<OneAdd>();
    PendingAdd add{{.name = "n", .data = "1", .opts = "{}"}, sink, 0};
    ASSERT_TRUE(hasty.submit({&add, 1}));
    batch(0);
    answer(0, Error(ErrorCode::outcome_unknown, "the link died"));
    batch(1);
    answer(1, Error(ErrorCode::unavailable, "away"));

    EXPECT_EQ(sink->wait(2s).error().code(), ErrorCode::outcome_unknown);
}

TEST_F(AddBatcherTest, DoesNotRepeatADefiniteNo) {
    const auto added = submit("1");
    answer(0, Error(ErrorCode::unauthorized, "no permission"));

    EXPECT_EQ(added->wait(1s).error().code(), ErrorCode::unauthorized);
    EXPECT_EQ(batches_sent(), 1u);
}

TEST_F(AddBatcherTest, RefusesMoreUnansweredAddsThanItsLimit) {
    auto sink = std::make_shared<BulkAdd>(unanswered_adds_max);
    sink->expect(unanswered_adds_max);
    std::vector<PendingAdd> adds(unanswered_adds_max, {{.name = "n"}, sink, 0});
    ASSERT_TRUE(batcher_.submit(adds));

    PendingAdd one_more{{.name = "n"}, sink, 0};
    const Status refused = batcher_.submit({&one_more, 1});

    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), ErrorCode::limit_reached);
    for (std::size_t i = 0; i < unanswered_adds_max / contract::batch_jobs_max; ++i)
        accept(i);
}

TEST_F(AddBatcherTest, CancelsWhatItCouldNotSendBeforeItsEnd) {
    auto sink = std::make_shared<BulkAdd>(3);
    sink->expect(3);
    {
        AddBatcher brief(store_, "q", 1ms);
        for (std::size_t i = 0; i < 3; ++i) {
            PendingAdd add{{.name = "n"}, sink, i};
            ASSERT_TRUE(brief.submit({&add, 1}));
        }
    }
    const auto answers = sink->wait(1ms);

    EXPECT_EQ(answers[2].error().code(), ErrorCode::cancelled);
    answer(0, Error(ErrorCode::unavailable, "late"));  // harmless: nobody is there any more
}

}  // namespace
}  // namespace toril::queue
