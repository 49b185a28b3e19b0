// Flows: waiting for children by the handler's wish, looking at them, removing and retrying.

#include "fixture.hpp"

#include <algorithm>
#include <set>

namespace toril::conformance {

using contract::Dependency;
using contract::DependencyCounts;
using contract::ParentLink;

TORIL_CONFORMANCE_SUITE(FlowWait);
TORIL_CONFORMANCE_SUITE(FlowLook);
TORIL_CONFORMANCE_SUITE(FlowRemove);
TORIL_CONFORMANCE_SUITE(FlowDetach);
TORIL_CONFORMANCE_SUITE(FlowRetry);

// ---- waiting from a run -----------------------------------------------------------------------

TEST_P(FlowWait, MovesTheParentToThoseThatWaitForChildren) {
    add({.id = "p"});
    const auto run = take();
    add({.id = "a", .parent = ParentLink{.queue = queue, .id = "p"}});
    events();
    ASSERT_TRUE(done(wait_for_children(*run)));

    EXPECT_EQ(ids(JobState::waiting_children), Ids{"p"});
    EXPECT_EQ(job("p").attempts_made, 0);
    EXPECT_EQ(events(), Lines{"waiting-children p prev=active"});
    EXPECT_EQ(code_of(complete(*run)), ErrorCode::not_owner) << "the lock is gone";

    ASSERT_TRUE(done(complete(*take())));
    const auto again = take();
    EXPECT_EQ(again->job.id, "p");
    EXPECT_EQ(again->job.attempts_started, 2);
    EXPECT_TRUE(done(complete(*again)));
}

TEST_P(FlowWait, EndsAtOnceWhenNothingIsPending) {
    add({.id = "p"});
    const auto run = take();
    add({.id = "a", .parent = ParentLink{.queue = queue, .id = "p"}});
    ASSERT_TRUE(done(complete(*take())));
    add({.id = "other"});
    events();
    ASSERT_TRUE(done(wait_for_children(*run)));

    EXPECT_EQ(ids(JobState::waiting), (Ids{"p", "other"})) << "at the front";
    EXPECT_EQ(job("p").attempts_made, 0);
    EXPECT_EQ(events(), Lines{"waiting p prev=active"});
}

TEST_P(FlowWait, EndsAtOnceForAJobThatHasNoChildren) {
    const JobId id = add();
    ASSERT_TRUE(done(wait_for_children(*take())));

    EXPECT_EQ(take()->job.id, id);
}

TEST_P(FlowWait, IsRefusedWhenAChildFailedThatFailsIt) {
    add({.id = "p"});
    const auto run = take();
    add({.id = "a",
         .parent = ParentLink{.queue = queue, .id = "p", .policy = ParentPolicy::fail_parent}});
    add({.id = "b", .parent = ParentLink{.queue = queue, .id = "p"}});
    ASSERT_TRUE(done(fail(*take())));

    EXPECT_EQ(code_of(wait_for_children(*run)), ErrorCode::unrecoverable);
    EXPECT_EQ(state_of("p"), JobState::active);
    EXPECT_TRUE(done(fail(*run))) << "the lock was kept";
}

TEST_P(FlowWait, GoesToTheFrontOfItsPriority) {
    add({.id = "p", .priority = 2});
    const auto run = take();
    add({.id = "first", .priority = 1});
    add({.id = "equal", .priority = 2});
    ASSERT_TRUE(done(wait_for_children(*run)));

    EXPECT_EQ(ids(JobState::prioritized), (Ids{"first", "p", "equal"}));
}

TEST_P(FlowWait, IsRefusedToAStranger) {
    add({.id = "p"});
    ASSERT_TRUE(take());
    add({.id = "a", .parent = ParentLink{.queue = queue, .id = "p"}});

    EXPECT_EQ(
        code_of(finish({.id = "p", .token = "another", .kind = Outcome::Kind::wait_children})),
        ErrorCode::not_owner);
    EXPECT_EQ(state_of("p"), JobState::active);
}

// ---- looking ----------------------------------------------------------------------------------

TEST_P(FlowLook, PagesThroughChildrenOfEachState) {
    constexpr int many = 250;
    std::vector<Node> nodes{parent("p")};
    for (int i = 0; i < many; ++i)
        nodes.push_back(child("c" + std::to_string(i), "p", ParentPolicy::ignore_dependency));
    plant(nodes);
    const auto seen = [&](Dependency::State state) {
        std::set<JobId> found;
        std::string cursor;
        int pages = 0;
        do {
            const auto page = client.dependencies(
                {.queue = queue, .id = "p", .state = state, .cursor = cursor, .count = 20});
            if (!page) {
                ADD_FAILURE() << page.error().message();
                break;
            }
            for (const Dependency& each : page->children) {
                EXPECT_EQ(each.state, state);
                EXPECT_EQ(each.queue, queue);
                found.insert(each.id);
            }
            cursor = page->cursor;
        } while (!cursor.empty() && ++pages < 1'000);
        return found.size();
    };

    EXPECT_EQ(seen(Dependency::State::unprocessed), many);
    const auto runs = take_several(many);
    for (std::size_t i = 0; i < 150; ++i)
        ASSERT_TRUE(done(i % 2 == 0 ? complete(runs[i]) : fail(runs[i])));
    EXPECT_EQ(seen(Dependency::State::unprocessed), 100u);
    EXPECT_EQ(seen(Dependency::State::processed), 75u);
    EXPECT_EQ(seen(Dependency::State::ignored), 75u);
    EXPECT_EQ(seen(Dependency::State::failed), 0u);
    EXPECT_EQ(dependencies_of("p"),
              (DependencyCounts{.unprocessed = 100, .processed = 75, .ignored = 75}));
}

TEST_P(FlowLook, ListsChildrenThatFailTheirParent) {
    plant({parent("p"), child("a", "p", ParentPolicy::fail_parent)});
    ASSERT_TRUE(done(fail(*take())));

    const auto page =
        client.dependencies({.queue = queue, .id = "p", .state = Dependency::State::failed});
    ASSERT_TRUE(page) << page.error().message();
    ASSERT_EQ(page->children.size(), 1u);
    EXPECT_EQ(page->children[0].id, "a");
    EXPECT_EQ(page->children[0].queue, queue);
    EXPECT_EQ(page->cursor, "");
}

TEST_P(FlowLook, ShowsNoneForAJobWithoutChildren) {
    const JobId id = add();

    EXPECT_EQ(dependencies_of(id), DependencyCounts{});
    const auto page = client.dependencies({.queue = queue, .id = id});
    ASSERT_TRUE(page) << page.error().message();
    EXPECT_TRUE(page->children.empty());
    EXPECT_EQ(page->cursor, "");
}

TEST_P(FlowLook, SortsParentsByTheTimeAtWhichTheyWereAdded) {
    plant({parent("late"), child("a", "late")});
    pass_time(1s);
    plant({parent("early", {.timestamp = now() - 1h}), child("b", "early")});

    EXPECT_EQ(ids(JobState::waiting_children), (Ids{"early", "late"}));
}

// ---- removing ---------------------------------------------------------------------------------

TEST_P(FlowRemove, TakesTheChildrenAlong) {
    plant({parent("p"),
           child("done", "p"),
           child("ignored", "p", ParentPolicy::ignore_dependency),
           child("broke", "p", ParentPolicy::fail_parent),
           child("waits", "p")});
    ASSERT_TRUE(done(complete(*take())));
    ASSERT_TRUE(done(fail(*take())));
    ASSERT_TRUE(done(fail(*take())));
    ASSERT_TRUE(done(client.remove(ref("p"))));

    EXPECT_EQ(counts(), JobCounts{});
    for (const char* id : {"p", "done", "ignored", "broke", "waits"})
        EXPECT_EQ(code_of(client.job(ref(id))), ErrorCode::not_found) << id;
}

TEST_P(FlowRemove, TakesGrandchildrenInOtherQueuesAlong) {
    Node middle = child("middle", "root");
    middle.job.has_children = true;
    Node leaf = child("leaf", "middle");
    leaf.queue = "photos";
    plant({parent("root"), middle, leaf});
    events();
    events("photos");
    ASSERT_TRUE(done(client.remove(ref("root"))));

    EXPECT_EQ(counts(), JobCounts{});
    EXPECT_EQ(client.counts("photos").value(), JobCounts{});
    Lines removed = events();
    std::sort(removed.begin(), removed.end());
    EXPECT_EQ(std::count_if(removed.begin(),
                            removed.end(),
                            [](const auto& line) { return line.starts_with("removed "); }),
              2);
    const Lines elsewhere = events("photos");
    EXPECT_EQ(elsewhere, Lines{"removed leaf prev=wait"});
}

TEST_P(FlowRemove, LeavesTheChildrenWhenAskedTo) {
    plant({parent("p"), child("a", "p", ParentPolicy::fail_parent), child("b", "p")});
    ASSERT_TRUE(done(client.remove(ref("p"), false)));

    EXPECT_EQ(ids(JobState::waiting), (Ids{"a", "b"}));
    ASSERT_TRUE(done(fail(*take()))) << "nobody is left to fail with it";
    ASSERT_TRUE(done(complete(*take())));
    EXPECT_EQ(code_of(client.job(ref("p"))), ErrorCode::not_found);
}

TEST_P(FlowRemove, IsRefusedWhileAWorkerHoldsAChild) {
    Node middle = child("middle", "root");
    middle.job.has_children = true;
    plant({parent("root"), child("free", "root"), middle, child("leaf", "middle")});
    take_several(2);
    events();

    EXPECT_EQ(code_of(client.remove(ref("root"))), ErrorCode::wrong_state);
    EXPECT_EQ(counts().waiting_children, 2u);
    EXPECT_EQ(counts().active, 2u);
    EXPECT_EQ(events(), Lines{});
    EXPECT_TRUE(done(client.remove(ref("root"), false)));
}

TEST_P(FlowRemove, OfTheLastPendingChildReleasesTheParent) {
    plant({parent("p", {.priority = 3}), child("a", "p"), child("b", "p")});
    events();
    ASSERT_TRUE(done(client.remove(ref("a"))));
    EXPECT_EQ(state_of("p"), JobState::waiting_children);
    EXPECT_EQ(events(), Lines{"removed a prev=wait"});
    ASSERT_TRUE(done(client.remove(ref("b"))));

    EXPECT_EQ(ids(JobState::waiting), Ids{"p"}) << "whatever its priority";
    EXPECT_EQ(events(), (Lines{"waiting p prev=waiting-children", "removed b prev=wait"}));
    EXPECT_TRUE(done(complete(*take())));
}

TEST_P(FlowRemove, OfACompletedChildLeavesWhatItReturned) {
    plant({parent("p"), child("a", "p"), child("b", "p")});
    ASSERT_TRUE(done(complete(*take())));
    ASSERT_TRUE(done(client.remove(ref("a"))));

    EXPECT_EQ(dependencies_of("p"), (DependencyCounts{.unprocessed = 1, .processed = 1}));
    EXPECT_EQ(state_of("p"), JobState::waiting_children);
}

TEST_P(FlowRemove, ByDrainTakesAParentOfTheSameQueueWithItsLastChild) {
    plant({parent("p"), child("a", "p")});
    ASSERT_TRUE(client.drain(queue, false));

    EXPECT_EQ(counts(), JobCounts{});
    EXPECT_EQ(code_of(client.job(ref("p"))), ErrorCode::not_found);
}

TEST_P(FlowRemove, ByDrainReleasesAParentOfAnotherQueue) {
    Node elsewhere = child("a", "p");
    elsewhere.queue = "photos";
    plant({parent("p"), elsewhere});
    events();
    ASSERT_TRUE(client.drain("photos", false));

    EXPECT_EQ(ids(JobState::waiting), Ids{"p"});
    EXPECT_EQ(events(), Lines{}) << "nobody is told, as in BullMQ";
}

TEST_P(FlowRemove, ByCleaningReleasesAParentOfAnotherQueue) {
    Node elsewhere = child("a", "p");
    elsewhere.queue = "photos";
    plant({parent("p"), elsewhere});
    pass_time(1s);
    ASSERT_TRUE(client.clean({.queue = "photos", .state = JobState::waiting, .now = now()}));

    EXPECT_EQ(ids(JobState::waiting), Ids{"p"});
}

// ---- children that are not processed yet ------------------------------------------------------

TEST_P(FlowDetach, RemovesThePendingChildrenAndReleasesTheParent) {
    plant({parent("p"), child("done", "p"), child("a", "p"), child("b", "p")});
    ASSERT_TRUE(done(complete(*take())));
    events();
    EXPECT_EQ(client.remove_unprocessed_children(ref("p")).value(), 2u);

    EXPECT_EQ(dependencies_of("p"), (DependencyCounts{.processed = 1}));
    EXPECT_EQ(ids(JobState::waiting), Ids{"p"});
    EXPECT_EQ(ids(JobState::completed), Ids{"done"});
    const Lines seen = events();
    EXPECT_EQ(std::count(seen.begin(), seen.end(), "waiting p prev=waiting-children"), 1);
    EXPECT_EQ(std::count(seen.begin(), seen.end(), "removed a prev=wait"), 1);
    EXPECT_EQ(std::count(seen.begin(), seen.end(), "removed b prev=wait"), 1);
}

TEST_P(FlowDetach, LeavesThePendingChildrenThatRunOrFailed) {
    plant({parent("p"), child("broke", "p"), child("runs", "p"), child("waits", "p")});
    ASSERT_TRUE(done(fail(*take())));
    const auto run = take();
    EXPECT_EQ(client.remove_unprocessed_children(ref("p")).value(), 1u);

    EXPECT_EQ(state_of("p"), JobState::waiting_children);
    EXPECT_EQ(dependencies_of("p"), (DependencyCounts{.unprocessed = 2}));
    EXPECT_TRUE(done(complete(*run)));
}

TEST_P(FlowDetach, RemovesNothingOfAJobWithoutChildren) {
    const JobId id = add();

    EXPECT_EQ(client.remove_unprocessed_children(ref(id)).value(), 0u);
    EXPECT_EQ(state_of(id), JobState::waiting);
    EXPECT_EQ(code_of(client.remove_unprocessed_children(ref("nobody"))), ErrorCode::not_found);
}

TEST_P(FlowDetach, FreesAChildOfItsParent) {
    plant({parent("p"), child("a", "p"), child("b", "p")});
    EXPECT_TRUE(client.remove_child_dependency(ref("a")).value());

    EXPECT_EQ(dependencies_of("p"), (DependencyCounts{.unprocessed = 1}));
    EXPECT_EQ(job("a").parent_key, "");
    EXPECT_EQ(state_of("a"), JobState::waiting);
    EXPECT_EQ(state_of("p"), JobState::waiting_children);
}

TEST_P(FlowDetach, OfTheLastChildReleasesTheParent) {
    plant({parent("p"), child("a", "p")});
    events();
    EXPECT_TRUE(client.remove_child_dependency(ref("a")).value());

    EXPECT_EQ(ids(JobState::waiting), (Ids{"p", "a"}));
    EXPECT_EQ(events(), Lines{"waiting p prev=waiting-children"});
}

TEST_P(FlowDetach, SaysWhenTheParentDidNotDependOnTheChildAnyMore) {
    plant({parent("p"), child("a", "p"), child("b", "p")});
    ASSERT_TRUE(done(complete(*take())));

    EXPECT_FALSE(client.remove_child_dependency(ref("a")).value());
    EXPECT_TRUE(job("a").parent_key.ends_with(":mail:p"));
}

TEST_P(FlowDetach, FindsNoJobOrParentThatIsNotThere) {
    EXPECT_EQ(code_of(client.remove_child_dependency(ref("nobody"))), ErrorCode::not_found);
    const JobId alone = add();
    EXPECT_EQ(code_of(client.remove_child_dependency(ref(alone))), ErrorCode::not_found);

    plant({parent("p"), child("a", "p")});
    ASSERT_TRUE(done(client.remove(ref("p"), false)));
    EXPECT_EQ(code_of(client.remove_child_dependency(ref("a"))), ErrorCode::not_found);
}

// ---- retrying ---------------------------------------------------------------------------------

TEST_P(FlowRetry, OfAChildThatFailedItsParentMakesItPendingAgain) {
    plant({parent("p"), child("a", "p", ParentPolicy::fail_parent)});
    ASSERT_TRUE(done(fail(*take())));
    ASSERT_TRUE(done(client.retry({.job = ref("a"), .now = now()})));

    EXPECT_EQ(dependencies_of("p"), (DependencyCounts{.unprocessed = 1}));
    EXPECT_EQ(ids(JobState::waiting), (Ids{"p", "a"})) << "the parent is not moved back";
}

TEST_P(FlowRetry, OfAnIgnoredChildMakesItPendingAgain) {
    plant({parent("p"), child("a", "p", ParentPolicy::ignore_dependency), child("b", "p")});
    ASSERT_TRUE(done(fail(*take())));
    ASSERT_TRUE(done(client.retry({.job = ref("a"), .now = now()})));

    EXPECT_EQ(dependencies_of("p"), (DependencyCounts{.unprocessed = 2}));
}

TEST_P(FlowRetry, OfACompletedChildMakesItPendingAgain) {
    plant({parent("p"), child("a", "p"), child("b", "p")});
    ASSERT_TRUE(done(complete(*take())));
    ASSERT_TRUE(done(client.retry({.job = ref("a"), .from = JobState::completed, .now = now()})));

    EXPECT_EQ(dependencies_of("p"), (DependencyCounts{.unprocessed = 2}));
}

TEST_P(FlowRetry, OfAChildWhoseDependencyWasRemovedLeavesTheParentAlone) {
    plant({parent("p"), child("a", "p", ParentPolicy::remove_dependency), child("b", "p")});
    ASSERT_TRUE(done(fail(*take())));
    ASSERT_TRUE(done(client.retry({.job = ref("a"), .now = now()})));

    EXPECT_EQ(dependencies_of("p"), (DependencyCounts{.unprocessed = 1}));
}

TEST_P(FlowRetry, OfAllFailedJobsMakesThemPendingAgain) {
    plant({parent("p"),
           child("a", "p", ParentPolicy::ignore_dependency),
           child("b", "p", ParentPolicy::fail_parent),
           child("c", "p")});
    ASSERT_TRUE(done(fail(*take())));
    ASSERT_TRUE(done(fail(*take())));
    EXPECT_EQ(dependencies_of("p"),
              (DependencyCounts{.unprocessed = 1, .ignored = 1, .failed = 1}));
    EXPECT_EQ(client.retry_all({.queue = queue, .now = now()}).value(), 2u);

    EXPECT_EQ(dependencies_of("p"), (DependencyCounts{.unprocessed = 3}));
}

}  // namespace toril::conformance
