// Calls sent again because their answer got lost: done once, answered alike.

#include "fixture.hpp"

namespace toril::conformance {

TORIL_CONFORMANCE_SUITE(Repeat);

TEST_P(Repeat, OfAnAddGivesTheFirstAnswerAndAddsNothing) {
    const contract::AddParams params{
        .queue = queue,
        .jobs = {{.name = "x", .data = "1", .opts = "{}"},
                 {.id = "mine", .name = "x", .data = "2", .opts = "{}"}},
        .repeat_token = "the-same",
        .now = now()};
    auto first = client.add(params);
    auto second = client.add(params);

    ASSERT_TRUE(first && second);
    ASSERT_EQ(second->size(), 2u);
    for (std::size_t i = 0; i < 2; ++i)
        EXPECT_EQ(*(*first)[i], *(*second)[i]);
    EXPECT_FALSE((*second)[1]->existed) << "the first answer, not a new one";
    EXPECT_EQ(counts().waiting, 2u);
    EXPECT_EQ(add(), "3");
}

TEST_P(Repeat, OfAnAddIsKnownAfterItsJobIsGone) {
    const contract::AddParams params{.queue = queue,
                                     .jobs = {{.name = "x", .data = "1", .opts = "{}"}},
                                     .repeat_token = "the-same",
                                     .now = now()};
    ASSERT_TRUE(client.add(params));
    ASSERT_TRUE(done(complete(*take(), KeepJobs::none())));

    auto again = client.add(params);

    ASSERT_TRUE(again);
    EXPECT_EQ((*again)[0]->id, "1");
    EXPECT_EQ(counts(), JobCounts{});
}

TEST_P(Repeat, IsAnotherAddWithAnotherToken) {
    contract::AddParams params{.queue = queue,
                               .jobs = {{.name = "x", .data = "1", .opts = "{}"}},
                               .repeat_token = "one",
                               .now = now()};
    ASSERT_TRUE(client.add(params));
    params.repeat_token = "another";
    ASSERT_TRUE(client.add(params));

    EXPECT_EQ(counts().waiting, 2u);
}

TEST_P(Repeat, IsAnotherAddWithTheNextSequence) {
    contract::AddParams params{.queue = queue,
                               .jobs = {{.name = "x", .data = "1", .opts = "{}"}},
                               .repeat_token = "one",
                               .repeat_sequence = 1,
                               .now = now()};
    ASSERT_TRUE(client.add(params));
    params.repeat_sequence = 2;
    auto second = client.add(params);
    auto again = client.add(params);

    ASSERT_TRUE(second && again);
    EXPECT_EQ((*second)[0]->id, "2");
    EXPECT_EQ((*again)[0]->id, "2");
    EXPECT_EQ(counts().waiting, 2u);
}

TEST_P(Repeat, IsAnotherAddInAnotherQueue) {
    contract::AddParams params{.queue = queue,
                               .jobs = {{.name = "x", .data = "1", .opts = "{}"}},
                               .repeat_token = "one",
                               .now = now()};
    ASSERT_TRUE(client.add(params));
    params.queue = "photos";
    ASSERT_TRUE(client.add(params));

    EXPECT_EQ(client.counts("photos")->waiting, 1u);
}

TEST_P(Repeat, OfATakeGivesTheSameJobs) {
    add({.id = "a", .data = R"({"n":1})"});
    add({.id = "b"});
    const auto params = next_call(1);
    const FinishedAndTaken first = call(params);

    const FinishedAndTaken second = call(params);

    ASSERT_EQ(first.jobs.size(), 1u);
    ASSERT_EQ(second.jobs.size(), 1u);
    EXPECT_EQ(second.jobs[0].id, "a");
    EXPECT_EQ(second.jobs[0].data, R"({"n":1})");
    EXPECT_EQ(second.jobs[0].attempts_started, 1);
    EXPECT_EQ(counts().active, 1u);
    EXPECT_EQ(job("a").attempts_started, 1);
}

// A call that found nothing changed nothing, so a store need not remember it: an idle worker
// asks often, and would write each time.
TEST_P(Repeat, OfATakeThatFoundNothingLosesNoJob) {
    const auto params = next_call(1);
    EXPECT_TRUE(call(params).jobs.empty());
    add();

    const std::size_t taken = call(params).jobs.size();

    EXPECT_EQ(call(params).jobs.size(), taken);
    EXPECT_EQ(counts().active, taken);
    EXPECT_EQ(take_several(5).size(), 1 - taken) << "else the next call of the lane takes it";
}

TEST_P(Repeat, OfAFinishChangesNothingMore) {
    add({.id = "a"});
    const auto run = take();
    auto params = next_call(0);
    params.outcomes = {{.id = "a", .token = run->token, .value = "1"}};
    ASSERT_TRUE(done(call(params).finished.at(0)));
    pass_time(1s);

    const FinishedAndTaken again = call(params);

    ASSERT_EQ(again.finished.size(), 1u);
    EXPECT_TRUE(done(again.finished[0]));
    EXPECT_EQ(job("a").attempts_made, 1);
    EXPECT_EQ(job("a").finished_on, now() - 1s);
}

TEST_P(Repeat, OfARetryUsesUpOneAttempt) {
    add({.id = "a"});
    const auto run = take();
    auto params = next_call(0);
    params.outcomes = {{.id = "a",
                        .token = run->token,
                        .kind = Outcome::Kind::retry,
                        .value = "busy",
                        .stacktrace = R"(["busy"])",
                        .delay = 1s}};
    call(params);

    call(params);

    EXPECT_EQ(job("a").attempts_made, 1);
    EXPECT_EQ(counts().delayed, 1u);
}

TEST_P(Repeat, RefusesWhatWasRefused) {
    add({.id = "a"});
    ASSERT_TRUE(take());
    auto params = next_call(1);
    params.outcomes = {{.id = "a", .token = "wrong", .value = "1"}};
    EXPECT_EQ(code_of(call(params).finished.at(0)), ErrorCode::not_owner);

    EXPECT_EQ(code_of(call(params).finished.at(0)), ErrorCode::not_owner);
}

TEST_P(Repeat, IsAnotherCallInAnotherLane) {
    add_several(2);
    auto params = next_call(1);
    EXPECT_EQ(call(params).jobs.size(), 1u);
    params.lane = 1;
    params.token = "another-token";

    EXPECT_EQ(call(params).jobs.at(0).id, "2");
}

TEST_P(Repeat, IsAnotherCallOfAnotherWorker) {
    add_several(2);
    auto params = next_call(1);
    EXPECT_EQ(call(params).jobs.size(), 1u);
    params.taker.worker = "worker-2";
    params.token = "another-token";

    EXPECT_EQ(call(params).jobs.at(0).id, "2");
}

}  // namespace toril::conformance
