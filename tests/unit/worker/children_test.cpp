// What handlers see of their jobs' children, and jobs that wait for children they added.

#include "support/intercepted_store.hpp"
#include "worker_fixture.hpp"

#include <atomic>
#include <utility>

using namespace std::chrono_literals;

namespace toril::worker {
namespace {

// Answers in pages of one.
class ChildrenStore final : public support::InterceptedStore {
public:
    using InterceptedStore::InterceptedStore;

    // Two pages.
    void dependencies(contract::DependencyParams params,
                      Done<contract::DependencyPage> done) override {
        using State = contract::Dependency::State;
        const bool first = params.cursor.empty();
        contract::DependencyPage page{.cursor = first ? "more" : ""};
        const std::string value = params.state == State::processed ? "[1]" : "no disk";
        page.children = {{.queue = "q2", .id = first ? "a" : "b", .value = value}};
        done(page);
    }
    void dependency_counts(contract::JobRef, Done<contract::DependencyCounts> done) override {
        done(contract::DependencyCounts{.unprocessed = 3, .processed = 2});
    }
};

class ChildrenTest : public WorkerTest {
protected:
    // A handler of parents, which are the jobs named "n", and of children.
    Handler family(Handler parent, Result<Json> child_answer = Json::unchecked("5")) {
        return [=](JobContext& context) -> Result<Json> {
            return context.name() == "n" ? parent(context) : child_answer;
        };
    }

    void add_child(const JobId& parent, ParentPolicy policy = ParentPolicy::none) {
        contract::AddJob child{.name = "child", .data = "{}", .opts = "{}"};
        child.parent = contract::ParentLink{"q", parent, policy};
        store_->add({.queue = "q", .jobs = {child}},
                    [](const auto& added) { EXPECT_TRUE(added && added->front()); });
    }

    std::atomic<int> runs_ = 0;  // of parents
};

TEST_F(ChildrenTest, GivesTheHandlerAllPagesOfWhatItsChildrenReturned) {
    Notes notes;
    const auto engine =
        start_on(std::make_shared<ChildrenStore>(store_), [&](JobContext& context) -> Result<Json> {
            const auto values = context.children_values();
            for (const auto& [key, value] : *values)
                notes.add(key + " " + value.text());
            return Json{};
        });
    finished(add());
    EXPECT_EQ(notes.all(), (std::vector<std::string>{"q2:a [1]", "q2:b [1]"}));
}

TEST_F(ChildrenTest, GivesTheHandlerTheReasonsOfIgnoredChildrenAndTheNumberOfPendingOnes) {
    Notes notes;
    const auto engine =
        start_on(std::make_shared<ChildrenStore>(store_), [&](JobContext& context) -> Result<Json> {
            const auto reasons = context.ignored_children_failures();
            for (const auto& [key, reason] : *reasons)
                notes.add(key + " " + reason);
            return Json::unchecked(std::to_string(*context.pending_children()));
        });
    const Job done = finished(add());

    EXPECT_EQ(done.return_value->text(), "3");
    EXPECT_EQ(notes.all(), (std::vector<std::string>{"q2:a no disk", "q2:b no disk"}));
}

TEST_F(ChildrenTest, RunsAParentAgainWhenTheChildThatItsRunAddedIsDone) {
    const auto engine = start(family([&](JobContext& context) -> Result<Json> {
        if (++runs_ > 1) return context.children_values()->begin()->second;
        add_child(context.id());
        EXPECT_EQ(*context.pending_children(), 1u);
        return context.move_to_waiting_children();
    }));
    const Job parent = finished(add());

    EXPECT_EQ(parent.return_value->text(), "5");
    EXPECT_EQ(parent.attempts_made, 1) << "waiting is no attempt";
    EXPECT_EQ(runs_, 2);
}

TEST_F(ChildrenTest, FailsAParentThatCompletesBeforeItsChild) {
    Notes reasons;
    WorkerOptions options{.concurrency = 1};
    options.hooks.failed = [&](const Job& job, const std::string& reason, bool) {
        reasons.add(job.id + ": " + reason);
    };
    const auto engine = start(family([&](JobContext& context) -> Result<Json> {
                                  add_child(context.id());
                                  return Json{};
                              }),
                              options);
    const JobId id = add();
    const Job parent = finished(id);

    EXPECT_EQ(parent.state, JobState::failed);
    EXPECT_NE(parent.failed_reason.find("pending"), std::string::npos) << parent.failed_reason;
    ASSERT_TRUE(reasons.wait(1));
    EXPECT_EQ(reasons.all().front(), id + ": " + parent.failed_reason);
}

TEST_F(ChildrenTest, FailsAParentWhoseChildTakesItWithIt) {
    const auto engine = start(family(
        [&](JobContext& context) -> Result<Json> {
            ++runs_;
            add_child(context.id(), ParentPolicy::fail_parent);
            return context.move_to_waiting_children();
        },
        Error(ErrorCode::unrecoverable, "not a picture")));
    const Job parent = finished(add({.attempts = 5}));

    EXPECT_EQ(parent.state, JobState::failed);
    EXPECT_TRUE(parent.failed_reason.starts_with("child ")) << parent.failed_reason;
    EXPECT_EQ(runs_, 1);
}

TEST_F(ChildrenTest, TellsAParentWhyAnIgnoredChildFailed) {
    const auto engine = start(family(
        [&](JobContext& context) -> Result<Json> {
            if (++runs_ > 1)
                return Json::string(context.ignored_children_failures()->begin()->second);
            add_child(context.id(), ParentPolicy::ignore_dependency);
            return context.move_to_waiting_children();
        },
        Error(ErrorCode::unrecoverable, "not a picture")));

    EXPECT_EQ(finished(add()).return_value->text(), "\"not a picture\"");
}

}  // namespace
}  // namespace toril::worker
