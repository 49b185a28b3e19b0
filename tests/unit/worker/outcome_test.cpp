#include "worker/outcome.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

using namespace std::chrono_literals;

namespace toril::worker {
namespace {

using Kind = contract::Outcome::Kind;

class OutcomeTest : public testing::Test {
protected:
    contract::Outcome of(Attempt attempt) {
        return decide({job_, options_, stacktrace_, 0.5}, std::move(attempt), worker_);
    }
    contract::Outcome of_failure(ErrorCode code = ErrorCode::failed) {
        return of({Error(code, "no disk"), {}});
    }

    Job job_;
    JobOptions options_;
    std::string stacktrace_;
    WorkerOptions worker_;
};

TEST_F(OutcomeTest, CompletesWithTheReturnValue) {
    worker_.remove_on_complete = {.count = 5};
    const auto outcome = of({Json::unchecked("[1]"), {}});

    EXPECT_EQ(outcome.kind, Kind::complete);
    EXPECT_EQ(outcome.value, "[1]");
    EXPECT_EQ(outcome.keep, (KeepJobs{.count = 5}));
}

TEST_F(OutcomeTest, PrefersTheJobsOwnRuleOfWhatToKeep) {
    worker_.remove_on_complete = worker_.remove_on_fail = {.count = 5};
    options_.remove_on_complete = KeepJobs::none();
    options_.remove_on_fail = KeepJobs{.age = 60s};

    EXPECT_EQ(of({}).keep, KeepJobs::none());
    EXPECT_EQ(of_failure().keep, (KeepJobs{.age = 60s}));
}

TEST_F(OutcomeTest, RetriesWhileAttemptsAreLeft) {
    options_.attempts = 3;
    options_.backoff = {.kind = Backoff::Kind::exponential, .delay = 2s};

    job_.attempts_made = 0;
    EXPECT_EQ(of_failure().kind, Kind::retry);
    EXPECT_EQ(of_failure().delay, 2s);
    job_.attempts_made = 1;
    EXPECT_EQ(of_failure().delay, 4s);
    job_.attempts_made = 2;
    EXPECT_EQ(of_failure().kind, Kind::fail);
    EXPECT_EQ(of_failure().attempts, 3);
}

TEST_F(OutcomeTest, FailsForGoodWhenTheErrorIsUnrecoverable) {
    options_.attempts = 3;
    EXPECT_EQ(of_failure(ErrorCode::unrecoverable).kind, Kind::fail);
}

TEST_F(OutcomeTest, FailsForGoodWhenAnotherStartWouldBeOneTooMany) {
    options_.attempts = 9;
    worker_.max_started_attempts = 3;
    job_.attempts_started = 2;
    EXPECT_EQ(of_failure().kind, Kind::retry);
    job_.attempts_started = 3;
    EXPECT_EQ(of_failure().kind, Kind::fail);
}

TEST_F(OutcomeTest, AsksTheWorkersStrategyForACustomBackoff) {
    options_.attempts = 3;
    options_.backoff = {.kind = Backoff::Kind::custom, .type = "lunar"};
    worker_.backoff_strategy = [](std::string_view type, const Job&, int made) {
        return type == "lunar" ? std::optional<Millis>(made * 10ms) : std::nullopt;
    };
    EXPECT_EQ(of_failure().kind, Kind::retry);
    EXPECT_EQ(of_failure().delay, 10ms);

    options_.backoff.type = "solar";
    EXPECT_EQ(of_failure().kind, Kind::fail);
}

TEST_F(OutcomeTest, FailsAndSaysSoWhenThereIsNoStrategyOrItThrows) {
    options_.attempts = 3;
    options_.backoff = {.kind = Backoff::Kind::custom, .type = "lunar"};
    EXPECT_EQ(of_failure().kind, Kind::fail);
    EXPECT_EQ(of_failure().value,
              "no disk (not retried: the worker has no backoff strategy for \"lunar\")");

    worker_.backoff_strategy = [](auto&&...) -> std::optional<Millis> {
        throw std::runtime_error("eclipse");
    };
    EXPECT_EQ(of_failure().value, "no disk (not retried: the backoff strategy threw: eclipse)");
}

TEST_F(OutcomeTest, AppendsAnEntryWithTheCausesToTheStackTrace) {
    stacktrace_ = R"(["Error: first"])";
    const auto outcome = of({Error(ErrorCode::failed, "no \"disk\""), {"EIO", "bad sector"}});

    EXPECT_EQ(outcome.stacktrace,
              "[\"Error: first\",\"Error: no \\\"disk\\\"\\n    caused by: EIO\\n    caused by: "
              "bad sector\"]");
}

TEST_F(OutcomeTest, KeepsTheNewestStackTraces) {
    stacktrace_ = R"(["1","2","3"])";
    options_.stack_trace_limit = 2;
    EXPECT_EQ(of_failure().stacktrace, R"(["3","Error: no disk"])");
    options_.stack_trace_limit = 0;
    EXPECT_EQ(of_failure().stacktrace, "[]");
}

TEST_F(OutcomeTest, StartsAnewWhereTheStackTraceIsDamaged) {
    stacktrace_ = "not an array";
    EXPECT_EQ(of_failure().stacktrace, R"(["Error: no disk"])");
}

TEST(DurationTextTest, UsesTheLargestUnitThatLeavesNoRest) {
    EXPECT_EQ(duration_text(300s), "5m");
    EXPECT_EQ(duration_text(90s), "90s");
    EXPECT_EQ(duration_text(1500ms), "1500ms");
    EXPECT_EQ(duration_text(48h), "2d");
}

}  // namespace
}  // namespace toril::worker
