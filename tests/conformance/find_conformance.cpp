// Looking for jobs by what they are like, a step at a time.

#include "fixture.hpp"

#include <set>

namespace toril::conformance {
namespace {

class Finding : public JobStoreConformance {
protected:
    /// The ids that match, from all steps. Fails the test when one comes twice.
    std::set<JobId> find(const JobFilter& filter, std::size_t looks = 1'000) {
        std::set<JobId> found;
        looked = 0;
        steps = 0;
        std::string cursor;
        do {
            const auto step =
                client.find({.queue = queue, .filter = filter, .cursor = cursor, .looks = looks});
            if (!step) {
                ADD_FAILURE() << step.error().message();
                break;
            }
            for (const Job& job : step->jobs) {
                EXPECT_EQ(job.queue, queue);
                EXPECT_TRUE(found.insert(job.id).second) << job.id << " came twice";
            }
            looked += step->looked;
            ++steps;
            cursor = step->cursor;
        } while (!cursor.empty() && steps < 1'000);
        return found;
    }

    std::uint64_t looked = 0;
    std::size_t steps = 0;
};

using Found = std::set<JobId>;

}  // namespace

TORIL_CONFORMANCE_SUITE_FROM(Finding, Find);

TEST_P(Find, EverythingWithoutAFilter) {
    add({.id = "waiting"});
    add({.id = "later", .delay = 1h});
    add({.id = "third", .priority = 1});
    plant({parent("parent"), child("child", "parent")});
    const JobId completed = add_completed();
    const JobId failed = add_failed();

    EXPECT_EQ(find({}), (Found{"waiting", "later", "third", "parent", "child", completed, failed}));
    EXPECT_EQ(looked, 7u);
}

TEST_P(Find, NothingInAnEmptyQueue) {
    EXPECT_EQ(find({}), Found{});
    EXPECT_EQ(looked, 0u);
}

TEST_P(Find, ByStates) {
    add({.id = "waiting"});
    add({.id = "later", .delay = 1h});
    const JobId failed = add_failed();
    const JobId active = add({.lifo = true});
    take();

    EXPECT_EQ(find({.states = {JobState::failed}}), Found{failed});
    EXPECT_EQ(find({.states = {JobState::active, JobState::delayed}}), (Found{active, "later"}));
    EXPECT_EQ(find({.states = {JobState::completed}}), Found{});
}

TEST_P(Find, JobsOfAPausedQueueAmongThoseThatWait) {
    add({.id = "a"});
    ASSERT_TRUE(done(client.pause(queue)));
    add({.id = "b"});

    EXPECT_EQ(find({.states = {JobState::waiting}}), (Found{"a", "b"}));
}

TEST_P(Find, ByTheWholeName) {
    add({.id = "a", .name = "resize"});
    add({.id = "b", .name = "resize all"});
    add({.id = "c", .name = "Resize"});

    EXPECT_EQ(find({.name = "resize"}), Found{"a"});
}

TEST_P(Find, ByDataOfAnyDepth) {
    add({.id = "a", .data = R"({"user":{"id":42,"tags":["x","y"]}})"});
    add({.id = "b", .data = R"({"user":{"id":"42"}})"});
    add({.id = "c", .data = R"({"user":{"id":42.0}})"});
    add({.id = "d", .data = "7"});

    EXPECT_EQ(find({.data = {{"user.id", Json::unchecked("42")}}}), (Found{"a", "c"}));
    EXPECT_EQ(find({.data = {{"user.id", Json::string("42")}}}), Found{"b"});
    EXPECT_EQ(find({.data = {{"user.tags.1", Json::string("y")}}}), Found{"a"});
    EXPECT_EQ(find({.data = {{"", Json::unchecked("7")}}}), Found{"d"});
    EXPECT_EQ(
        find({.data = {{"user.id", Json::unchecked("42")}, {"user.tags.0", Json::string("x")}}}),
        Found{"a"});
}

TEST_P(Find, ByAPartOfTheFailedReason) {
    const JobId failed = add_failed();
    add();

    EXPECT_EQ(find({.error = "route"}), Found{failed});
    EXPECT_EQ(find({.error = "Route"}), Found{});
    EXPECT_EQ(find({.error = "%"}), Found{}) << "text, no pattern";
}

TEST_P(Find, ByAllThatIsAskedForTogether) {
    add({.id = "a", .name = "x", .data = R"({"n":1})"});
    add({.id = "b", .name = "x", .data = R"({"n":2})"});
    add({.id = "c", .name = "y", .data = R"({"n":1})"});

    EXPECT_EQ(
        find({.states = {JobState::waiting}, .name = "x", .data = {{"n", Json::unchecked("1")}}}),
        Found{"a"});
}

TEST_P(Find, StepByStepFindsEachOnce) {
    const AddJob job{.name = "x", .data = "1", .opts = "{}"};
    const AddJob other{.name = "y", .data = "1", .opts = "{}", .priority = 2};
    ASSERT_TRUE(add_batch(std::vector<AddJob>(60, job)));
    ASSERT_TRUE(add_batch(std::vector<AddJob>(40, other)));

    EXPECT_EQ(find({.name = "x"}, 7).size(), 60u);
    EXPECT_EQ(find({.name = "y"}, 7).size(), 40u);
    EXPECT_EQ(find({}, 7).size(), 100u);
    EXPECT_GE(steps, 100u / 7);
}

TEST_P(Find, GivesTheWholeJob) {
    const JobId id = add({.name = "x", .data = R"({"n":1})"});
    ASSERT_TRUE(done(fail(*take())));
    const auto step = client.find({.queue = queue, .filter = {.name = "x"}});

    ASSERT_TRUE(step) << step.error().message();
    ASSERT_EQ(step->jobs.size(), 1u);
    const Job& found = step->jobs.front();
    EXPECT_EQ(found.id, id);
    EXPECT_EQ(found.state, JobState::failed);
    EXPECT_EQ(found.data.text(), R"({"n":1})");
    EXPECT_EQ(found.failed_reason, "no route");
    EXPECT_EQ(found.attempts_made, 1);
}

TEST_P(Find, LooksAtOneQueueOnly) {
    add({.id = "a"});
    ASSERT_TRUE(client.add({.queue = "photos",
                            .jobs = {{.id = "b", .name = "x", .data = "1", .opts = "{}"}},
                            .repeat_token = "elsewhere"}));

    EXPECT_EQ(find({}), Found{"a"});
}

}  // namespace toril::conformance
