// Families that only programs make which link jobs by hand, and what is found wrong with them.

#include "backend/memory/families.hpp"

#include <gtest/gtest.h>

namespace toril::memory {
namespace {

using namespace std::chrono_literals;
using contract::AddJob;
using contract::ParentLink;

class FamiliesTest : public testing::Test {
protected:
    FamiliesTest() { queues.set_time(now); }

    AddJob child_of(const JobId& parent, ParentPolicy policy = ParentPolicy::none) {
        return {.name = "x", .parent = ParentLink{"mail", parent, policy}};
    }
    void add(const JobId& id, AddJob job = {}) {
        job.id = id;
        const auto added = queue.add_one(job, now, ParentsRun::at_once);
        ASSERT_TRUE(added) << added.error().message();
    }
    void finish(const JobId& id, contract::Outcome::Kind kind) {
        contract::FinishAndTakeParams params{
            .taker = {.worker = "w"}, .sequence = ++calls, .take = 100, .token = "t"};
        ASSERT_TRUE(queue.finish_and_take(params, now));
        params.sequence = ++calls;
        params.take = 0;
        params.outcomes = {{.id = id, .token = "t", .kind = kind, .value = "1"}};
        for (const JobRecord* job : queue.home(JobState::active))
            if (job->id != id)
                params.outcomes.push_back(
                    {.id = job->id, .token = "t", .kind = contract::Outcome::Kind::hand_back});
        const auto answer = queue.finish_and_take(params, now);
        ASSERT_TRUE(answer && answer->finished.front()) << id;
    }
    JobState state(const JobId& id) const {
        const JobRecord* job = queue.find(id);
        return job == nullptr ? JobState::unknown : job->home;
    }
    std::vector<std::string> codes(bool repair = false) {
        std::vector<std::string> found;
        for (const Finding& finding : queues.examine(repair, now))
            found.push_back(finding.code);
        return found;
    }

    MemoryQueues queues{"bull"};
    MemoryQueue& queue = queues.at("mail");
    Timestamp now{1'700'000'000'000ms};
    std::uint64_t calls = 0;
};

TEST_F(FamiliesTest, RemovesJobsThatAreTheirOwnDescendants) {
    add("a", {.has_children = true});
    add("b", child_of("a"));
    add("a", child_of("b"));  // "a" exists: it becomes a child of its own child
    ASSERT_EQ(queue.find("b")->links.children.unprocessed.size(), 1u);

    EXPECT_TRUE(remove_job(queue, "a", true));
    EXPECT_EQ(state("a"), JobState::unknown);
    EXPECT_EQ(state("b"), JobState::unknown);
}

TEST_F(FamiliesTest, RemovesAParentOfWhichAChildIsGoneAlready) {
    add("p", {.has_children = true});
    add("a", child_of("p"));
    queue.find("p")->links.children.unprocessed.insert({"mail", "never"});

    EXPECT_TRUE(remove_job(queue, "p", true));
    EXPECT_EQ(queue.counts(), JobCounts{});
}

TEST_F(FamiliesTest, GoesTogetherWhenAQueueIsEmptied) {
    add("p", {.has_children = true});
    AddJob middle = child_of("p");
    middle.has_children = true;
    add("m", middle);
    add("a", child_of("m"));

    EXPECT_FALSE(queue.obliterate(false, now).value());
    EXPECT_FALSE(queue.exists());
}

TEST_F(FamiliesTest, KeepsAParentInAnotherQueueThatIsEmptied) {
    MemoryQueue& photos = queues.at("photos");
    add("p", {.has_children = true});
    ASSERT_TRUE(photos.add_one(child_of("p"), now, ParentsRun::at_once));
    const std::size_t events = queue.events().after({}, 100).size();

    EXPECT_EQ(photos.drain(false, now), 1u);
    EXPECT_EQ(state("p"), JobState::waiting);
    EXPECT_EQ(queue.events().after({}, 100).size(), events) << "BullMQ says nothing of it";
}

TEST_F(FamiliesTest, AreTouchedInEachQueueThatAChildsEndChanges) {
    MemoryQueue& photos = queues.at("photos");
    add("p", {.has_children = true});
    ASSERT_TRUE(photos.add_one(child_of("p"), now, ParentsRun::at_once));
    queues.take_touched();
    const std::uint64_t signs = queue.work_signs();
    ASSERT_TRUE(photos.finish_and_take(
        {.taker = {.worker = "w"}, .sequence = 1, .take = 1, .token = "t"}, now));

    ASSERT_TRUE(photos.finish_and_take({.taker = {.worker = "w"},
                                        .sequence = 2,
                                        .outcomes = {{.id = "1", .token = "t", .value = "7"}}},
                                       now));

    const auto touched = queues.take_touched();
    EXPECT_NE(std::find(touched.begin(), touched.end(), &queue), touched.end());
    EXPECT_GT(queue.work_signs(), signs) << "the parent can be taken";
}

// ---- what is found wrong ----------------------------------------------------------------------

TEST_F(FamiliesTest, IsFineWhileAChildMayStillFinish) {
    add("p", {.has_children = true});
    add("a", child_of("p"));

    EXPECT_TRUE(codes().empty());
}

TEST_F(FamiliesTest, IsStuckBehindAChildThatFailedWithoutAPolicy) {
    add("p", {.has_children = true});
    add("a", child_of("p"));
    finish("a", contract::Outcome::Kind::fail);

    EXPECT_EQ(codes(), std::vector<std::string>{"stuck_parent"});
    EXPECT_NE(queues.examine(false, now).front().cause.find("\"a\""), std::string::npos);
    ASSERT_TRUE(queue.retry({.job = {"mail", "a"}, .now = now}));
    EXPECT_TRUE(codes().empty()) << "what the remedy promises";
}

TEST_F(FamiliesTest, IsStuckWithoutAChild) {
    add("p", {.has_children = true});

    EXPECT_EQ(codes(), std::vector<std::string>{"stuck_parent"});
}

// ---- schedulers -------------------------------------------------------------------------------

class SchedulerExaminationTest : public FamiliesTest {
protected:
    void upsert(Repeat repeat) {
        ASSERT_TRUE(queue.upsert_scheduler(
            {.queue = "mail", .scheduler = {.id = "s", .repeat = repeat, .name = "x"}}, now));
    }
    JobId pending() const {
        return "repeat:s:" + std::to_string(queue.scheduler("s")->next.time_since_epoch().count());
    }
};

TEST_F(SchedulerExaminationTest, FindsNothingWrongWithARunThatIsPending) {
    upsert({.every = 60s});

    EXPECT_TRUE(codes().empty());
}

TEST_F(SchedulerExaminationTest, MakesARunAnewThatEndedWithoutTheNext) {
    upsert({.every = 60s});
    finish(pending(), contract::Outcome::Kind::complete);
    ASSERT_EQ(codes(), std::vector<std::string>{"stalled_scheduler"});
    now += 1h;

    EXPECT_TRUE(queues.examine(true, now).front().repaired);

    EXPECT_TRUE(codes().empty());
    EXPECT_EQ(state(pending()), JobState::waiting);
    EXPECT_EQ(queue.scheduler("s")->next, now);
}

TEST_F(SchedulerExaminationTest, MakesARunAnewThatIsGone) {
    upsert({.every = 60s, .offset = 1s});
    queue.discard(*queue.find(pending()), now);
    ASSERT_EQ(codes(), std::vector<std::string>{"stalled_scheduler"});

    queues.examine(true, now);

    EXPECT_TRUE(codes().empty());
    EXPECT_EQ(state(pending()), JobState::delayed);
}

TEST_F(SchedulerExaminationTest, LeavesASchedulerAloneThatCameToItsEnd) {
    upsert({.every = 60s, .limit = 1});
    finish(pending(), contract::Outcome::Kind::complete);

    EXPECT_TRUE(codes().empty());
}

}  // namespace
}  // namespace toril::memory
