// A call that is sent again, because nobody knows whether it was done.

#include "keyspace.hpp"

using namespace std::chrono_literals;

namespace toril::redis_store {
namespace {

class ReplayTest : public StoreTest {
protected:
    contract::FinishAndTakeParams call_number(std::uint64_t sequence) {
        return {.queue = queue,
                .taker = {.worker = "w1", .name = "wk"},
                .lane = 2,
                .sequence = sequence,
                .token = "t" + std::to_string(sequence),
                .now = now};
    }
};

TEST_F(ReplayTest, AnswersAsBeforeAndWritesNothing) {
    for (int i = 0; i < 4; ++i)
        add();
    add({.delay = 1h});
    contract::FinishAndTakeParams first = call_number(1);
    first.take = 2;
    call(first);
    contract::FinishAndTakeParams second = call_number(2);
    second.take = 2;
    second.outcomes = {{.id = "1", .token = "t1", .value = "7"},
                       {.id = "2", .token = "wrong", .value = "7"}};
    const auto answer = call(second);
    const Keys before = keys();
    now += 5s;

    const auto again = call(second);

    EXPECT_EQ(keys(), before);
    ASSERT_EQ(again.finished.size(), 2u);
    EXPECT_TRUE(again.finished[0]);
    EXPECT_EQ(again.finished[1].error(), answer.finished[1].error());
    ASSERT_EQ(again.jobs.size(), 2u);
    EXPECT_EQ(again.jobs[0].id, "3");
    EXPECT_EQ(again.jobs[0].attempts_started, 1);
    EXPECT_EQ(again.jobs[1].id, "4");
    EXPECT_EQ(again.jobs[1].processed_on, answer.jobs[1].processed_on);
    EXPECT_EQ(again.next_due, answer.next_due);
    EXPECT_EQ(again.blocked, answer.blocked);
}

TEST_F(ReplayTest, LeavesOutAJobThatWentToAnotherMeanwhile) {
    add();
    add();
    contract::FinishAndTakeParams first = call_number(1);
    first.take = 2;
    call(first);
    raw({"SET", name_of("1:lock"), "another"});

    const auto again = call(first);

    ASSERT_EQ(again.jobs.size(), 1u);
    EXPECT_EQ(again.jobs[0].id, "2");
}

TEST_F(ReplayTest, ALateCopyOfAnOlderCallIsRefused) {
    add();
    add();
    contract::FinishAndTakeParams first = call_number(1), second = call_number(2);
    first.take = second.take = 1;
    call(first);
    call(second);
    const Keys before = keys();

    const auto late = client.finish_and_take(first);

    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().code(), ErrorCode::wrong_state);
    EXPECT_EQ(keys(), before);
}

TEST_F(ReplayTest, LanesAndWorkersAreRememberedApart) {
    add();
    add();
    contract::FinishAndTakeParams one = call_number(1);
    one.take = 1;
    contract::FinishAndTakeParams other = one;
    other.lane = 3;
    call(one);
    EXPECT_EQ(call(other).jobs.at(0).id, "2");

    EXPECT_EQ(call(one).jobs.at(0).id, "1");
    EXPECT_GT(std::stoi(raw({"PTTL", name_of("toril:worker:w1:2")})), 590'000);
}

TEST_F(ReplayTest, OutcomesBeyondOneStepGoInPartsOnceEach) {
    std::vector<contract::AddJob> jobs(700, {.name = "n", .data = "1", .opts = "{}"});
    ASSERT_TRUE(client.add({.queue = queue, .jobs = jobs, .now = now}));
    contract::FinishAndTakeParams last = call_number(3);
    for (std::uint64_t sequence : {1u, 2u}) {
        contract::FinishAndTakeParams params = call_number(sequence);
        params.take = 350;
        for (const contract::TakenJob& job : call(params).jobs)
            last.outcomes.push_back({.id = job.id, .token = params.token, .value = "1"});
    }
    ASSERT_EQ(last.outcomes.size(), 700u);

    for (int i = 0; i < 2; ++i) {
        const auto answer = call(last);
        ASSERT_EQ(answer.finished.size(), 700u);
        for (const Status& status : answer.finished)
            EXPECT_TRUE(status);
    }
    EXPECT_EQ(raw({"ZCARD", name_of("completed")}), "700");
}

}  // namespace
}  // namespace toril::redis_store
