#include "schedulers/scheduler_client.hpp"

#include "backend/faulty/faulty_store.hpp"
#include "backend/memory/memory_store.hpp"

#include <gtest/gtest.h>

using namespace std::chrono_literals;

namespace toril::schedulers {
namespace {

class SchedulerClientTest : public testing::Test {
protected:
    JobScheduler upsert(const std::string& id, const Repeat& repeat, const JobTemplate& make = {}) {
        const auto made = schedulers_.upsert(id, repeat, make);
        EXPECT_TRUE(made) << made.error().message();
        return made ? *made : JobScheduler{};
    }

    ErrorCode refusal(const std::string& id, const JobTemplate& make = {}) {
        const auto made = schedulers_.upsert(id, {.every = 1h}, make);
        return made ? ErrorCode::failed : made.error().code();
    }

    std::vector<Job> jobs(JobState state) {
        std::vector<Job> found;
        store_->page({.queue = "q", .state = state}, [&](const auto& answer) { found = *answer; });
        return found;
    }

    Timestamp now_ = base::wall_now();
    std::shared_ptr<contract::JobStore> store_ = memory::open_memory();
    SchedulerClient schedulers_{{.jobs = store_, .timeout = 2s}, "q", [this] { return now_; }};
};

TEST_F(SchedulerClientTest, MakesTheFirstRunFromTheTemplate) {
    const JobScheduler made = upsert(
        "nightly",
        {.every = 1h, .offset = 1ms},
        {.name = "clean", .data = Json::unchecked(R"({"deep":true})"), .options = {.attempts = 3}});

    EXPECT_EQ(made.id, "nightly");
    EXPECT_EQ(made.queue, "q");
    EXPECT_EQ(made.iteration_count, 1);
    EXPECT_GT(made.next, now_);
    const std::vector<Job> pending = jobs(JobState::delayed);
    ASSERT_EQ(pending.size(), 1u);
    EXPECT_EQ(pending[0].name, "clean");
    EXPECT_EQ(pending[0].data.text(), R"({"deep":true})");
    EXPECT_EQ(pending[0].repeat_job_key, "nightly");
    EXPECT_EQ(pending[0].id,
              "repeat:nightly:" + std::to_string(made.next.time_since_epoch().count()));
    EXPECT_NE(pending[0].opts.text().find("\"attempts\":3"), std::string::npos);
}

TEST_F(SchedulerClientTest, CallsItsJobsByItsOwnIdAndKeepsOnlyOptionsThatWereSet) {
    const JobScheduler made = upsert("tick", {.every = 1h});

    EXPECT_EQ(made.name, "tick");
    EXPECT_EQ(made.opts.text(), "{}");
    EXPECT_EQ(made.data.text(), "{}");
}

TEST_F(SchedulerClientTest, WorksOutAPatternsRunInItsZone) {
    const JobScheduler made = upsert("a", {.pattern = "30 6 * * *", .tz = "Asia/Kolkata"});

    const auto of_day = made.next - std::chrono::floor<std::chrono::days>(made.next);
    EXPECT_EQ(of_day, 1h);
    EXPECT_EQ(made.repeat.tz, "Asia/Kolkata");
}

TEST_F(SchedulerClientTest, ChangesNothingWhenTheSameIsAskedForAgain) {
    const Repeat repeat{.pattern = "0 0 1 1 *", .immediately = true};
    const JobScheduler first = upsert("a", repeat);
    EXPECT_EQ(jobs(JobState::waiting).size(), 1u);
    now_ += 1min;

    const JobScheduler second = upsert("a", repeat);

    EXPECT_GT(second.next, first.next + 1h);
    EXPECT_EQ(jobs(JobState::waiting).size() + jobs(JobState::delayed).size(), 1u);
}

TEST_F(SchedulerClientTest, ListsBySoonestRunAndRemoves) {
    upsert("later", {.pattern = "0 0 1 1 *"});
    upsert("soon", {.every = 1s, .offset = 1ms});

    const auto listed = schedulers_.list(0, -1, true);
    ASSERT_TRUE(listed);
    ASSERT_EQ(listed->size(), 2u);
    EXPECT_EQ((*listed)[0].id, "soon");
    EXPECT_EQ(schedulers_.list(0, 0, false)->at(0).id, "later");

    EXPECT_TRUE(schedulers_.remove("soon"));
    EXPECT_EQ(schedulers_.remove("soon").error().code(), ErrorCode::not_found);
    EXPECT_EQ(schedulers_.get("soon").error().code(), ErrorCode::not_found);
    EXPECT_EQ(jobs(JobState::delayed).size(), 1u);
}

TEST_F(SchedulerClientTest, RefusesIdsThatBullmqCannotKeep) {
    for (const char* id : {"", "a:b", "a\nb"})
        EXPECT_EQ(refusal(id), ErrorCode::invalid_argument) << id;
    EXPECT_EQ(refusal(std::string(scheduler_id_bytes_max + 1, 'x')), ErrorCode::invalid_argument);
    EXPECT_EQ(refusal("12"), ErrorCode::failed);
}

TEST_F(SchedulerClientTest, RefusesTemplatesWhoseOptionsHaveNoMeaningHere) {
    const auto with = [&](JobOptions options) {
        return refusal("a", {.options = std::move(options)});
    };
    EXPECT_EQ(with({.id = "x"}), ErrorCode::invalid_argument);
    EXPECT_EQ(with({.delay = 1s}), ErrorCode::invalid_argument);
    EXPECT_EQ(with({.deduplication = Deduplication{.id = "d"}}), ErrorCode::invalid_argument);
    EXPECT_EQ(with({.parent = ParentRef{.queue = "p", .id = "1"}}), ErrorCode::invalid_argument);
    EXPECT_EQ(with({.parent_policy = ParentPolicy::fail_parent}), ErrorCode::invalid_argument);
    EXPECT_EQ(with({.timestamp = now_}), ErrorCode::invalid_argument);
    EXPECT_EQ(with({.attempts = 0}), ErrorCode::invalid_argument);
    EXPECT_EQ(refusal("a", {.name = "a\nb"}), ErrorCode::invalid_argument);
    EXPECT_EQ(refusal("a", {.data = Json::string("xxx"), .options = {.payload_bytes_max = 2}}),
              ErrorCode::limit_reached);
}

TEST_F(SchedulerClientTest, RefusesAPatternThatNeverRunsBeforeItsEnd) {
    const auto made =
        schedulers_.upsert("a", {.pattern = "0 0 29 2 *", .end_date = now_ + 1s}, JobTemplate{});

    ASSERT_FALSE(made);
    EXPECT_NE(made.error().message().find("before the end date"), std::string::npos);
}

TEST_F(SchedulerClientTest, SurvivesAnswersThatGetLost) {
    SchedulerClient schedulers(
        {.jobs = faulty::inject_faults(store_, faulty::forget_every_first_answer()),
         .timeout = 10s},
        "q");

    EXPECT_TRUE(schedulers.upsert("a", {.every = 1h, .offset = 1ms}, {}));
    EXPECT_EQ(jobs(JobState::delayed).size(), 1u);
}

TEST(SchedulerJsonTest, ShowsWhatTheSchedulerHas) {
    const JobScheduler scheduler{.id = "s",
                                 .queue = "q",
                                 .repeat = {.every = 1min,
                                            .offset = 5ms,
                                            .start_date = Timestamp(7ms),
                                            .limit = 4,
                                            .missed = MissedRuns::skip},
                                 .name = "n",
                                 .data = Json::unchecked("[1]"),
                                 .opts = Json::unchecked(R"({"kl":3})"),
                                 .next = Timestamp(9ms),
                                 .iteration_count = 2};
    EXPECT_EQ(to_json(scheduler).text(),
              R"({"id":"s","queue":"q","name":"n","every":60000,"offset":5,"limit":4,)"
              R"("startDate":7,"missed":"skip","next":9,"iterationCount":2,"data":[1],)"
              R"("opts":{"keepLogs":3}})");
}

TEST(SchedulerJsonTest, ShowsAPatternAndItsZone) {
    const JobScheduler scheduler{.id = "s",
                                 .queue = "q",
                                 .repeat = {.pattern = "* * * * *", .tz = "Europe/Berlin"},
                                 .name = "n",
                                 .opts = Json::unchecked("{}")};
    EXPECT_EQ(to_json(scheduler).text(),
              R"({"id":"s","queue":"q","name":"n","pattern":"* * * * *","tz":"Europe/Berlin",)"
              R"("missed":"once","iterationCount":0,"data":null,"opts":{}})");
}

}  // namespace
}  // namespace toril::schedulers
