// Flows: what a child that failed does to its parent.

#include "fixture.hpp"

namespace toril::conformance {

using contract::Dependency;
using contract::DependencyCounts;
using contract::ParentLink;

TORIL_CONFORMANCE_SUITE(FlowFailure);
TORIL_CONFORMANCE_SUITE(FlowCompletion);

// ---- without a policy -------------------------------------------------------------------------

TEST_P(FlowFailure, WithoutAPolicyLeavesTheParentWaiting) {
    plant({parent("p"), child("a", "p")});
    ASSERT_TRUE(done(fail(*take())));

    EXPECT_EQ(state_of("p"), JobState::waiting_children);
    EXPECT_EQ(dependencies_of("p"), (DependencyCounts{.unprocessed = 1}));

    ASSERT_TRUE(done(client.retry({.job = ref("a"), .now = now()})));
    ASSERT_TRUE(done(complete(*take())));
    EXPECT_EQ(state_of("p"), JobState::waiting);
}

TEST_P(FlowFailure, WithoutAPolicyReleasesTheParentWhenTheChildIsNotKept) {
    plant({parent("p"), child("a", "p")});
    events();
    ASSERT_TRUE(done(fail(*take(), KeepJobs::none())));

    EXPECT_EQ(state_of("p"), JobState::waiting);
    EXPECT_EQ(dependencies_of("p"), DependencyCounts{});
    EXPECT_EQ(events(),
              (Lines{"active a prev=waiting",
                     "waiting p prev=waiting-children",
                     "failed a failedReason=no route prev=active",
                     "retries-exhausted a attemptsMade=1"}));
}

TEST_P(FlowFailure, ThatIsRetriedDoesNothingToTheParent) {
    plant({parent("p"), child("a", "p", ParentPolicy::fail_parent)});
    ASSERT_TRUE(done(retry(*take())));

    EXPECT_EQ(state_of("p"), JobState::waiting_children);
    EXPECT_EQ(dependencies_of("p"), (DependencyCounts{.unprocessed = 1}));
}

// ---- fail the parent --------------------------------------------------------------------------

TEST_P(FlowFailure, FailsTheParentAtItsNextTake) {
    plant({parent("p"), child("a", "p", ParentPolicy::fail_parent), child("b", "p")});
    events();
    ASSERT_TRUE(done(fail(*take())));

    EXPECT_EQ(events(),
              (Lines{"active a prev=waiting",
                     "waiting p prev=waiting-children",
                     "failed a failedReason=no route prev=active",
                     "retries-exhausted a attemptsMade=1"}));
    EXPECT_EQ(dependencies_of("p"), (DependencyCounts{.unprocessed = 1, .failed = 1}));
    const std::string reason =
        "child " + job("a").parent_key.substr(0, job("a").parent_key.size() - 1) + "a failed";
    EXPECT_EQ(job("p").deferred_failure, reason);

    const auto run = take();
    ASSERT_TRUE(run);
    EXPECT_EQ(run->job.id, "p") << "though a sibling is pending";
    EXPECT_EQ(run->job.deferred_failure, reason);
    ASSERT_TRUE(done(fail(*run)));
    EXPECT_EQ(state_of("p"), JobState::failed);
    EXPECT_EQ(job("p").deferred_failure, "");
}

TEST_P(FlowFailure, FailsAParentThatRunsWhenItNextWouldComplete) {
    add({.id = "p"});
    const auto run = take();
    add({.id = "a",
         .parent = ParentLink{.queue = queue, .id = "p", .policy = ParentPolicy::fail_parent}});
    ASSERT_TRUE(done(fail(*take())));

    EXPECT_EQ(state_of("p"), JobState::active);
    EXPECT_NE(job("p").deferred_failure, "");
    EXPECT_EQ(code_of(complete(*run)), ErrorCode::unrecoverable);
    EXPECT_EQ(state_of("p"), JobState::active);
    EXPECT_TRUE(done(fail(*run))) << "the lock was kept";
}

TEST_P(FlowFailure, FailsAParentThatIsDelayedAtOnce) {
    add({.id = "p"});
    const auto run = take();
    add({.id = "a",
         .parent = ParentLink{.queue = queue, .id = "p", .policy = ParentPolicy::fail_parent}});
    ASSERT_TRUE(done(retry(*run, 1h)));
    ASSERT_EQ(state_of("p"), JobState::delayed);
    events();
    ASSERT_TRUE(done(fail(*take())));

    EXPECT_EQ(ids(JobState::waiting), Ids{"p"});
    EXPECT_EQ(job("p").delay, 0ms);
    EXPECT_NE(job("p").deferred_failure, "");
    EXPECT_EQ(events().at(1), "waiting p prev=waiting-children");
}

TEST_P(FlowFailure, LeavesAParentThatFailedAlreadyAsItIs) {
    add({.id = "p"});
    const auto run = take();
    add({.id = "a",
         .parent = ParentLink{.queue = queue, .id = "p", .policy = ParentPolicy::fail_parent}});
    ASSERT_TRUE(done(fail(*run)));
    ASSERT_TRUE(done(fail(*take())));

    EXPECT_EQ(job("p").deferred_failure, "");
    EXPECT_EQ(dependencies_of("p"), (DependencyCounts{.failed = 1}));
}

TEST_P(FlowFailure, GoesUpThroughNestedParents) {
    Node middle = child("middle", "root", ParentPolicy::fail_parent);
    middle.job.has_children = true;
    plant({parent("root"), middle, child("leaf", "middle", ParentPolicy::fail_parent)});
    ASSERT_TRUE(done(fail(*take())));

    const auto second = take();
    ASSERT_TRUE(second);
    EXPECT_EQ(second->job.id, "middle");
    EXPECT_EQ(state_of("root"), JobState::waiting_children) << "until it has failed itself";
    ASSERT_TRUE(done(fail(*second)));
    const auto third = take();
    ASSERT_TRUE(third);
    EXPECT_EQ(third->job.id, "root");
    EXPECT_TRUE(third->job.deferred_failure.ends_with(":mail:middle failed"))
        << third->job.deferred_failure;
}

TEST_P(FlowFailure, IsNotChargedToARateLimitWhenItIsDeferred) {
    plant({parent("p"), child("a", "p", ParentPolicy::fail_parent)});
    ASSERT_TRUE(done(fail(*take())));
    taker.limit = RateLimit{.max = 1, .duration = 60s};
    const auto run = take();
    ASSERT_TRUE(run);
    EXPECT_EQ(run->job.id, "p");
    add();

    EXPECT_TRUE(take());
}

// ---- go on ------------------------------------------------------------------------------------

TEST_P(FlowFailure, LetsTheParentContinueAtOnceWithThePolicyForThat) {
    plant({parent("p"), child("a", "p", ParentPolicy::continue_parent), child("b", "p")});
    events();
    ASSERT_TRUE(done(fail(*take())));

    EXPECT_EQ(events().at(1), "waiting p prev=waiting-children");
    EXPECT_EQ(job("p").deferred_failure, "");
    EXPECT_EQ(dependencies_of("p"), (DependencyCounts{.unprocessed = 1, .ignored = 1}));
    const auto ignored =
        client.dependencies({.queue = queue, .id = "p", .state = Dependency::State::ignored});
    ASSERT_TRUE(ignored) << ignored.error().message();
    ASSERT_EQ(ignored->children.size(), 1u);
    EXPECT_EQ(ignored->children[0].id, "a");
    EXPECT_EQ(ignored->children[0].value, "no route");
    EXPECT_EQ(take()->job.id, "p") << "before its other child";
}

TEST_P(FlowFailure, CountsAsDoneWithThePolicyThatIgnoresIt) {
    plant({parent("p"), child("a", "p", ParentPolicy::ignore_dependency), child("b", "p")});
    ASSERT_TRUE(done(fail(*take())));
    EXPECT_EQ(state_of("p"), JobState::waiting_children);
    EXPECT_EQ(dependencies_of("p"), (DependencyCounts{.unprocessed = 1, .ignored = 1}));
    ASSERT_TRUE(done(complete(*take())));

    const auto run = take();
    ASSERT_TRUE(run);
    EXPECT_EQ(run->job.id, "p");
    EXPECT_TRUE(done(complete(*run)));
}

TEST_P(FlowFailure, ReleasesTheParentWhenTheIgnoredOneWasTheLast) {
    plant({parent("p"), child("a", "p", ParentPolicy::ignore_dependency)});
    ASSERT_TRUE(done(fail(*take())));

    EXPECT_EQ(state_of("p"), JobState::waiting);
    EXPECT_EQ(dependencies_of("p"), (DependencyCounts{.ignored = 1}));
}

TEST_P(FlowFailure, LeavesNoTraceWithThePolicyThatRemovesTheDependency) {
    plant({parent("p"), child("a", "p", ParentPolicy::remove_dependency), child("b", "p")});
    ASSERT_TRUE(done(fail(*take())));
    EXPECT_EQ(state_of("p"), JobState::waiting_children);
    EXPECT_EQ(dependencies_of("p"), (DependencyCounts{.unprocessed = 1}));
    ASSERT_TRUE(done(complete(*take())));

    EXPECT_EQ(state_of("p"), JobState::waiting);
    EXPECT_EQ(dependencies_of("p"), (DependencyCounts{.processed = 1}));
}

TEST_P(FlowFailure, ReachesAParentInAnotherQueue) {
    Node elsewhere = child("a", "p", ParentPolicy::fail_parent);
    elsewhere.queue = "photos";
    plant({parent("p"), elsewhere});
    ASSERT_TRUE(done(fail(*take("photos"))));

    EXPECT_EQ(ids(JobState::waiting), Ids{"p"});
    EXPECT_TRUE(job("p").deferred_failure.ends_with(":photos:a failed"));
}

TEST_P(FlowFailure, RepeatedBecauseItsAnswerGotLostIsNotDoneAgain) {
    plant({parent("p"), child("a", "p", ParentPolicy::continue_parent), child("b", "p")});
    const auto run = take();
    auto params = next_call(0);
    params.outcomes = {{.id = "a",
                        .token = run->token,
                        .kind = Outcome::Kind::fail,
                        .value = "no",
                        .stacktrace = "[]"}};
    call(params);
    events();
    call(params);

    EXPECT_EQ(events(), Lines{});
    EXPECT_EQ(dependencies_of("p"), (DependencyCounts{.unprocessed = 1, .ignored = 1}));
}

// ---- completing with children -----------------------------------------------------------------

TEST_P(FlowCompletion, IsRefusedWhileChildrenArePending) {
    add({.id = "p"});
    const auto run = take();
    add({.id = "a", .parent = ParentLink{.queue = queue, .id = "p"}});

    EXPECT_EQ(code_of(complete(*run)), ErrorCode::failed);
    EXPECT_EQ(state_of("p"), JobState::active);
    EXPECT_EQ(job("p").attempts_made, 0);
    ASSERT_TRUE(done(complete(*take())));
    EXPECT_TRUE(done(complete(*run))) << "the lock was kept";
}

TEST_P(FlowCompletion, IsRefusedForAParentThatContinuedBesidePendingChildren) {
    plant({parent("p"), child("a", "p", ParentPolicy::continue_parent), child("b", "p")});
    ASSERT_TRUE(done(fail(*take())));
    const auto run = take();

    EXPECT_EQ(code_of(complete(*run)), ErrorCode::failed);
    EXPECT_EQ(client.remove_unprocessed_children(ref("p")).value(), 1u);
    EXPECT_TRUE(done(complete(*run)));
}

TEST_P(FlowCompletion, SaysThatChildrenArePendingBeforeItSaysThatSomeFailed) {
    add({.id = "p"});
    const auto run = take();
    add({.id = "a",
         .parent = ParentLink{.queue = queue, .id = "p", .policy = ParentPolicy::fail_parent}});
    add({.id = "b", .parent = ParentLink{.queue = queue, .id = "p"}});
    ASSERT_TRUE(done(fail(*take())));

    EXPECT_EQ(code_of(complete(*run)), ErrorCode::failed);
    ASSERT_TRUE(done(complete(*take())));
    EXPECT_EQ(code_of(complete(*run)), ErrorCode::unrecoverable);
}

TEST_P(FlowCompletion, FailsWithoutAskingItsChildren) {
    plant({parent("p"), child("a", "p", ParentPolicy::continue_parent), child("b", "p")});
    ASSERT_TRUE(done(fail(*take())));

    EXPECT_TRUE(done(fail(*take())));
    EXPECT_EQ(state_of("p"), JobState::failed);
    EXPECT_EQ(state_of("b"), JobState::waiting);
}

TEST_P(FlowCompletion, IsRefusedToAStrangerFirst) {
    add({.id = "p"});
    ASSERT_TRUE(take());
    add({.id = "a", .parent = ParentLink{.queue = queue, .id = "p"}});

    EXPECT_EQ(code_of(finish({.id = "p", .token = "another", .value = "1"})), ErrorCode::not_owner)
        << "whatever its children do";
}

}  // namespace toril::conformance
