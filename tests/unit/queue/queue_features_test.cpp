#include "backend/memory/memory_store.hpp"
#include "base/clock.hpp"
#include "queue/queue_client.hpp"

#include <gtest/gtest.h>

#include <array>

using namespace std::chrono_literals;

namespace toril::queue {
namespace {

using Kind = contract::Outcome::Kind;

class QueueFeaturesTest : public testing::Test {
protected:
    contract::FinishedAndTaken step(contract::FinishAndTakeParams params) {
        params.queue = "q";
        params.taker.worker = "w";
        params.taker.metrics_points_max = 10;
        params.sequence = ++sequence_;
        params.token = "t";
        contract::FinishedAndTaken answer;
        store_->finish_and_take(std::move(params), [&](const auto& got) { answer = *got; });
        return answer;
    }
    JobId take() { return step({.take = 1}).jobs.at(0).id; }
    void end(const JobId& id, Kind kind, std::string value = "1") {
        contract::FinishAndTakeParams params;
        params.outcomes = {{.id = id, .token = "t", .kind = kind, .value = std::move(value)}};
        EXPECT_TRUE(step(std::move(params)).finished.at(0));
    }

    JobId add(const JobOptions& options = {}, const std::string& data = "{}") {
        const auto added = queue_.add("n", Json::unchecked(data), options);
        EXPECT_TRUE(added) << added.error().message();
        return added ? added->id : "";
    }

    std::uint64_t sequence_ = 0;
    std::shared_ptr<contract::JobStore> store_ = memory::open_memory();
    QueueClient queue_{{.jobs = store_, .timeout = 2s}, "q"};
};

TEST_F(QueueFeaturesTest, SaysWhichJobAnAddIsADuplicateOf) {
    const JobOptions options{.deduplication = Deduplication{.id = "d"}};
    const JobId first = add(options);

    const auto again = queue_.add("n", Json{}, options);

    EXPECT_EQ(again->id, first);
    EXPECT_TRUE(again->deduplicated);
    EXPECT_FALSE(again->existed);
    EXPECT_EQ(queue_.deduplication_job_id("d").value(), first);
    EXPECT_FALSE(queue_.remove_deduplication_key("d", "another").value());
    EXPECT_TRUE(queue_.remove_deduplication_key("d", "").value());
    EXPECT_EQ(queue_.deduplication_job_id("d").value(), "");
    EXPECT_NE(add(options), first);
    EXPECT_FALSE(queue_.deduplication_job_id(""));
}

TEST_F(QueueFeaturesTest, AddsAChildOfAJobThatExists) {
    const JobId parent = add();
    ASSERT_EQ(take(), parent);
    add({.id = "a", .parent = ParentRef{.queue = "q", .id = parent}});
    add({.id = "b", .parent = ParentRef{.queue = "bull:q", .id = parent}});
    add({.id = "c",
         .parent = ParentRef{.queue = "q", .id = parent},
         .parent_policy = ParentPolicy::ignore_dependency});

    const auto children = queue_.dependencies(parent);

    ASSERT_TRUE(children) << children.error().message();
    EXPECT_EQ(children->unprocessed.size(), 3u);
    EXPECT_EQ(queue_.job("b")->opts.text(),
              R"({"attempts":0,"jobId":"b","parent":{"id":"1","queue":"bull:q"}})");
    EXPECT_EQ(queue_.dependency_counts(parent)->unprocessed, 3u);
    ASSERT_EQ(take(), "a");
    end("a", Kind::complete, R"({"ok":true})");
    EXPECT_EQ(take(), "b");
    EXPECT_EQ(take(), "c");
    end("c", Kind::fail, "no luck");
    const auto after = queue_.dependencies(parent);
    EXPECT_EQ(after->processed.at(0).value.text(), R"({"ok":true})");
    EXPECT_EQ(after->processed.at(0).queue, "q");
    EXPECT_EQ(after->ignored.at(0).value.text(), R"("no luck")");
    EXPECT_TRUE(queue_.remove_child_dependency("b").value());
    EXPECT_EQ(queue_.dependency_counts(parent)->unprocessed, 0u);
}

TEST_F(QueueFeaturesTest, RefusesParentsThatCannotBe) {
    const auto refusal = [&](const JobOptions& options) {
        const auto added = queue_.add("n", Json{}, options);
        return added ? ErrorCode::failed : added.error().code();
    };
    EXPECT_EQ(refusal({.parent = ParentRef{.queue = "q", .id = "nobody"}}), ErrorCode::not_found);
    EXPECT_EQ(refusal({.parent = ParentRef{.queue = "other:q", .id = "1"}}),
              ErrorCode::invalid_argument);
    EXPECT_EQ(refusal({.parent = ParentRef{.queue = "q", .id = "meta"}}),
              ErrorCode::invalid_argument);
    EXPECT_EQ(refusal({.parent_policy = ParentPolicy::fail_parent}), ErrorCode::invalid_argument);
}

TEST_F(QueueFeaturesTest, CancelsAJobThatWaits) {
    const JobId id = add();

    EXPECT_EQ(queue_.cancel(id, "not needed").value(), JobState::waiting);
    EXPECT_EQ(queue_.job(id)->state, JobState::failed);
    EXPECT_EQ(queue_.job(id)->failed_reason, "not needed");
    EXPECT_EQ(queue_.cancel(id, "").error().code(), ErrorCode::wrong_state);
    EXPECT_EQ(queue_.cancel("meta", "").error().code(), ErrorCode::invalid_argument);
}

TEST_F(QueueFeaturesTest, FindsJobsByWhatTheyAreAboutUntilItHasEnough) {
    for (int i = 0; i < 30; ++i)
        add({}, R"({"user":)" + std::to_string(i % 3) + "}");
    JobFilter filter{.states = {JobState::waiting}};
    filter.data.push_back({"user", Json::unchecked("2")});
    std::size_t found = 0;
    std::uint64_t looked = 0;
    const auto told = [&](std::uint64_t jobs) {
        looked = jobs;
        return true;
    };

    EXPECT_TRUE(queue_.find(
        filter,
        [&](const Job&) {
            ++found;
            return true;
        },
        told));
    EXPECT_EQ(found, 10u);
    EXPECT_EQ(looked, 30u);

    found = 0;
    EXPECT_TRUE(queue_.find(filter, [&](const Job&) { return ++found < 4; }, {}));
    EXPECT_EQ(found, 4u);
    EXPECT_EQ(queue_.find({.states = {JobState::unknown}}, [](const Job&) { return true; }, {})
                  .error()
                  .code(),
              ErrorCode::invalid_argument);
    filter.data[0].value = Json::unchecked("{");
    EXPECT_EQ(queue_.find(filter, [](const Job&) { return true; }, {}).error().code(),
              ErrorCode::invalid_argument);
}

TEST_F(QueueFeaturesTest, KeepsTheLimitsThatWorkersShare) {
    ASSERT_TRUE(queue_.set_concurrency(3));
    ASSERT_TRUE(queue_.set_rate_limit(10, 1s));

    const auto settings = queue_.settings();
    EXPECT_EQ(settings->concurrency, 3);
    EXPECT_EQ(settings->limit_max, 10);
    EXPECT_EQ(settings->limit_duration, 1s);
    EXPECT_EQ(queue_.rate_limit_ttl(0).value(), 0ms);
    ASSERT_TRUE(queue_.rate_limit(1min));
    EXPECT_GT(queue_.rate_limit_ttl(0).value(), 30s);
    ASSERT_TRUE(queue_.rate_limit(0ms));
    EXPECT_EQ(queue_.rate_limit_ttl(0).value(), 0ms);
    ASSERT_TRUE(queue_.set_rate_limit(0, 0ms));
    EXPECT_EQ(queue_.settings()->limit_max, 0);
}

TEST_F(QueueFeaturesTest, RefusesLimitsThatAreNone) {
    EXPECT_FALSE(queue_.set_rate_limit(-1, 1s));
    EXPECT_FALSE(queue_.set_rate_limit(1, 0ms));
    EXPECT_FALSE(queue_.set_rate_limit(1, -1ms));
    EXPECT_FALSE(queue_.rate_limit(-1ms));
    EXPECT_FALSE(queue_.rate_limit(24h * 400));
    EXPECT_FALSE(queue_.rate_limit_ttl(-1));
}

TEST_F(QueueFeaturesTest, CountsWaitingJobsByPriority) {
    add();
    add({.priority = 5});
    add({.priority = 5});

    const auto counts = queue_.counts_per_priority(std::array{0, 5, 9});

    ASSERT_TRUE(counts);
    EXPECT_EQ(*counts, (std::map<int, std::uint64_t>{{0, 1}, {5, 2}, {9, 0}}));
    EXPECT_FALSE(queue_.counts_per_priority(std::array{-1}));
}

TEST_F(QueueFeaturesTest, TellsHowManyJobsFinished) {
    for (int i = 0; i < 3; ++i) {
        add();
        end(take(), i < 2 ? Kind::complete : Kind::fail);
    }
    EXPECT_EQ(queue_.metrics(JobState::completed, 0, -1)->count, 2u);
    EXPECT_EQ(queue_.metrics(JobState::failed, 0, -1)->count, 1u);
    EXPECT_FALSE(queue_.metrics(JobState::waiting, 0, -1));
    const auto text = queue_.prometheus_metrics({{"env", "test"}});
    ASSERT_TRUE(text);
    EXPECT_NE(text->find("bullmq_job_completed_total{queue=\"q\", env=\"test\"} 2\n"),
              std::string::npos)
        << *text;
    EXPECT_FALSE(queue_.prometheus_metrics({{"bad name", "x"}}));
}

TEST_F(QueueFeaturesTest, PublishesEventsButNoneOfTheQueuesOwn) {
    EXPECT_TRUE(queue_.publish_event("invoice-sent", {{"number", "17"}}));
    for (const char* name : {"", "completed", "completed:7", "error", "a\nb"})
        EXPECT_FALSE(queue_.publish_event(name, {})) << name;
    EXPECT_FALSE(queue_.publish_event("mine", {{"event", "x"}}));
    EXPECT_FALSE(queue_.publish_event("mine", {{"", "x"}}));
    EXPECT_EQ(queue_.publish_event("mine", {{"a", std::string(2u << 20, 'x')}}).error().code(),
              ErrorCode::limit_reached);
    EXPECT_TRUE(queue_.trim_events(0));
}

TEST_F(QueueFeaturesTest, ExplainsAJobFromWhatTheStoreKnows) {
    for (int i = 0; i < 250; ++i)
        add();
    const JobId last = add();

    EXPECT_NE(queue_.explain(last)->find("250 jobs are before it"), std::string::npos);
    const JobId first = take();
    EXPECT_NE(queue_.explain(first)->find("(run 1)"), std::string::npos);
    ASSERT_TRUE(queue_.pause(PauseStyle::automatic));
    EXPECT_NE(queue_.explain(last)->find("is paused"), std::string::npos);
    EXPECT_EQ(queue_.explain("nobody").error().code(), ErrorCode::not_found);
}

TEST_F(QueueFeaturesTest, ExplainsAParentByItsChildren) {
    const JobId parent = add();
    ASSERT_EQ(take(), parent);
    add({.id = "a", .parent = ParentRef{.queue = "q", .id = parent}});
    add({.id = "b", .parent = ParentRef{.queue = "q", .id = parent}});
    end(parent, Kind::wait_children);
    EXPECT_NE(queue_.explain(parent)->find("waits for 2 children: "), std::string::npos);
    EXPECT_EQ(queue_.explain(parent)->find("cannot go on"), std::string::npos);

    end(take(), Kind::fail, "boom");

    EXPECT_NE(queue_.explain(parent)->find("it cannot go on by itself: child q:a failed (boom)"),
              std::string::npos)
        << *queue_.explain(parent);
}

}  // namespace
}  // namespace toril::queue
