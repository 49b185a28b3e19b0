#include "queue/queue_client.hpp"

#include "backend/faulty/faulty_store.hpp"
#include "backend/memory/memory_store.hpp"
#include "support/signal.hpp"

#include <gtest/gtest.h>

#include <future>
#include <set>
#include <thread>

using namespace std::chrono_literals;

namespace toril::queue {
namespace {

class QueueClientTest : public testing::Test {
protected:
    // Takes one job and completes it, as a worker would.
    void work_one() {
        contract::FinishAndTakeParams params{.queue = "q",
                                             .taker = {.worker = "w"},
                                             .sequence = ++sequence_,
                                             .take = 1,
                                             .token = "t"};
        JobId id;
        store_->finish_and_take(params, [&](const auto& answer) { id = answer->jobs.at(0).id; });
        params.sequence = ++sequence_;
        params.take = 0;
        params.outcomes = {{.id = id, .token = "t", .value = "\"done\""}};
        store_->finish_and_take(params,
                                [](const auto& answer) { EXPECT_TRUE(answer->finished[0]); });
    }

    JobId add(const JobOptions& options = {}) {
        return queue_.add("n", Json{}, options).value().id;
    }

    std::uint64_t sequence_ = 0;
    std::shared_ptr<contract::JobStore> store_ = memory::open_memory();
    QueueClient queue_{{.jobs = store_, .timeout = 2s}, "q"};
};

TEST_F(QueueClientTest, AddsAJobWithItsOptions) {
    const auto added = queue_.add(
        "resize", Json::unchecked(R"({"w":1})"), {.id = "a", .attempts = 3, .priority = 7});

    ASSERT_TRUE(added);
    const Job job = queue_.job("a").value();
    EXPECT_EQ(job.name, "resize");
    EXPECT_EQ(job.data.text(), R"({"w":1})");
    EXPECT_EQ(job.opts.text(), R"({"attempts":3,"priority":7,"jobId":"a"})");
    EXPECT_EQ(job.state, JobState::prioritized);
}

TEST_F(QueueClientTest, SaysThatAnIdExisted) {
    EXPECT_FALSE(queue_.add("n", Json{}, {.id = "a"})->existed);
    EXPECT_TRUE(queue_.add("n", Json{}, {.id = "a"})->existed);
}

TEST_F(QueueClientTest, RefusesAtTheDoorWhatCannotBeAccepted) {
    const auto code = [&](std::string_view name, const JobOptions& options) {
        return queue_.add(name, Json::unchecked("\"123456789\""), options).error().code();
    };
    EXPECT_EQ(code("n\n", {}), ErrorCode::invalid_argument);
    EXPECT_EQ(code("n", {.id = "wait"}), ErrorCode::invalid_argument);
    EXPECT_EQ(code("n", {.attempts = 0}), ErrorCode::invalid_argument);
    EXPECT_EQ(code("n", {.payload_bytes_max = 10}), ErrorCode::limit_reached);
    EXPECT_EQ(queue_.counts()->waiting, 0u);
}

TEST_F(QueueClientTest, RefusesIdsThatNameTheQueuesOwnKeys) {
    EXPECT_EQ(queue_.job("meta").error().code(), ErrorCode::invalid_argument);
    EXPECT_EQ(queue_.remove("events").error().code(), ErrorCode::invalid_argument);
    EXPECT_EQ(queue_.job("nobody").error().code(), ErrorCode::not_found);
}

TEST_F(QueueClientTest, AddsManyInOrderAndAnswersEach) {
    std::vector<NewJob> jobs(1'700, {.name = "n"});
    jobs[3].options.attempts = 0;

    const auto answers = queue_.add_bulk(jobs);

    ASSERT_EQ(answers.size(), jobs.size());
    EXPECT_EQ(answers[3].error().code(), ErrorCode::invalid_argument);
    EXPECT_EQ(answers[0]->id, "1");
    EXPECT_EQ(answers[4]->id, "4");
    EXPECT_EQ(answers.back()->id, "1699");
    EXPECT_EQ(queue_.counts()->waiting, 1'699u);
}

TEST_F(QueueClientTest, AddsEachJobOnceThoughEveryFirstAnswerGetsLost) {
    QueueClient queue({.jobs = faulty::inject_faults(store_, faulty::forget_every_first_answer()),
                       .timeout = 10s},
                      "q");
    std::vector<std::thread> callers;
    for (int caller = 0; caller < 4; ++caller)
        callers.emplace_back([&] {
            for (int i = 0; i < 5; ++i)
                EXPECT_TRUE(queue.add("n", Json{}, {}));
        });
    for (std::thread& caller : callers)
        caller.join();

    EXPECT_EQ(queue_.counts()->waiting, 20u);
}

TEST_F(QueueClientTest, AddsWithoutWaitingAndCallsBackOnce) {
    support::Signal called;
    JobId id;
    queue_.add_async({.name = "n"}, [&](const Result<AddedJob>& added) {
        id = added->id;
        called.raise();
    });

    ASSERT_TRUE(called.wait());
    EXPECT_EQ(id, "1");
    EXPECT_EQ(called.count(), 1u);
}

TEST_F(QueueClientTest, WaitsUntilAJobIsFinished) {
    const JobId id = add();
    auto finished =
        std::async(std::launch::async, [&] { return queue_.wait_until_finished(id, 20s); });
    work_one();

    const Result<Job> job = finished.get();
    ASSERT_TRUE(job);
    EXPECT_EQ(job->state, JobState::completed);
    EXPECT_EQ(job->return_value->text(), "\"done\"");
}

TEST_F(QueueClientTest, StopsWaitingForAJobThatIsRemoved) {
    const JobId id = add();
    auto finished =
        std::async(std::launch::async, [&] { return queue_.wait_until_finished(id, 20s); });
    ASSERT_TRUE(queue_.remove(id));

    EXPECT_EQ(finished.get().error().code(), ErrorCode::not_found);
}

TEST_F(QueueClientTest, StopsWaitingForAJobWhenTheTimeIsOver) {
    const JobId id = add();

    EXPECT_EQ(queue_.wait_until_finished(id, 5ms).error().code(), ErrorCode::timed_out);
}

TEST_F(QueueClientTest, RepeatsAQuestionWhileTheStoreIsAway) {
    int refused = 0;
    QueueClient queue({.jobs = faulty::inject_faults(store_,
                                                     [&](const faulty::Call&) {
                                                         return ++refused < 3
                                                                    ? faulty::Fault::refuse
                                                                    : faulty::Fault::none;
                                                     }),
                       .timeout = 5s},
                      "q");
    EXPECT_TRUE(queue.counts());
    EXPECT_EQ(refused, 3);
}

TEST_F(QueueClientTest, DoesNotRepeatAChangeThatMayHaveHappened) {
    const JobId id = add();
    int calls = 0;
    QueueClient queue({.jobs = faulty::inject_faults(store_,
                                                     [&](const faulty::Call&) {
                                                         ++calls;
                                                         return faulty::Fault::forget;
                                                     }),
                       .timeout = 5s},
                      "q");
    EXPECT_EQ(queue.remove(id).error().code(), ErrorCode::outcome_unknown);
    EXPECT_EQ(calls, 1);
}

TEST_F(QueueClientTest, PutsAllFailedJobsBackAndSaysHowMany) {
    EXPECT_EQ(queue_.retry_all(JobState::failed).value(), 0u);
    EXPECT_EQ(queue_.retry_all(JobState::waiting).error().code(), ErrorCode::invalid_argument);
    for (int i = 0; i < 3; ++i)
        add();
    for (int i = 0; i < 3; ++i)
        work_one();

    EXPECT_EQ(queue_.retry_all(JobState::completed).value(), 3u);
    EXPECT_EQ(queue_.counts()->waiting, 3u);
}

TEST_F(QueueClientTest, DrainsMoreThanOneStepHolds) {
    const std::vector<NewJob> jobs(2'345, {.name = "n"});
    queue_.add_bulk(jobs);
    add({.delay = 1h});

    EXPECT_EQ(queue_.drain(false).value(), 2'345u);
    EXPECT_EQ(queue_.counts()->delayed, 1u);
    EXPECT_EQ(queue_.drain(true).value(), 1u);
}

TEST_F(QueueClientTest, CleansAtMostAsManyAsAsked) {
    for (int i = 0; i < 5; ++i)
        add();
    for (int i = 0; i < 5; ++i)
        work_one();

    EXPECT_EQ(queue_.clean(JobState::completed, 0ms, 2)->size(), 2u);
    EXPECT_EQ(queue_.clean(JobState::completed, 0ms, 0)->size(), 3u);
    EXPECT_EQ(queue_.counts()->completed, 0u);
}

TEST_F(QueueClientTest, ChangesOneJob) {
    const JobId id = add({.delay = 1h});

    EXPECT_TRUE(queue_.update_data(id, Json::unchecked("7")));
    EXPECT_TRUE(queue_.update_progress(id, Json::unchecked("50")));
    EXPECT_TRUE(queue_.add_log(id, "a row"));
    EXPECT_TRUE(queue_.change_delay(id, 2h));
    EXPECT_EQ(queue_.change_priority(id, -1, false).error().code(), ErrorCode::invalid_argument);
    const Job job = queue_.job(id).value();
    EXPECT_EQ(job.data.text(), "7");
    EXPECT_EQ(job.progress.text(), "50");
    EXPECT_EQ(queue_.logs(id, {.start = 0, .end = -1, .ascending = true})->rows.at(0), "a row");
    EXPECT_TRUE(queue_.promote(id));
    EXPECT_EQ(queue_.job(id)->state, JobState::waiting);
}

TEST_F(QueueClientTest, PausesAndResumes) {
    EXPECT_TRUE(queue_.pause(PauseStyle::automatic));
    EXPECT_TRUE(queue_.settings()->paused);
    EXPECT_TRUE(queue_.resume(PauseStyle::automatic));
    EXPECT_FALSE(queue_.settings()->paused);
    EXPECT_TRUE(queue_.set_concurrency(3));
    EXPECT_EQ(queue_.set_concurrency(-1).error().code(), ErrorCode::invalid_argument);
}

TEST_F(QueueClientTest, RemovesTheQueueWithEverythingInIt) {
    add();
    EXPECT_TRUE(queue_.obliterate(false));
    EXPECT_EQ(queue_.counts()->waiting, 0u);
}

}  // namespace
}  // namespace toril::queue
