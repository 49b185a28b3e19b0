// Flows: how trees are added, and when a parent is released.

#include "fixture.hpp"

#include <algorithm>

namespace toril::conformance {

using contract::DependencyCounts;
using contract::ParentLink;

namespace {

Node in(const std::string& queue, Node node) {
    node.queue = queue;
    return node;
}

Node node_of(const std::string& queue, AddJob job) {
    return {.queue = queue, .job = std::move(job)};
}

}  // namespace

TORIL_CONFORMANCE_SUITE(FlowAdd);
TORIL_CONFORMANCE_SUITE(FlowRelease);

TEST_P(FlowAdd, LetsTheParentWaitAndTheChildrenRun) {
    plant({parent("p"), child("a", "p"), child("b", "p", ParentPolicy::fail_parent)});

    EXPECT_EQ(ids(JobState::waiting_children), Ids{"p"});
    EXPECT_EQ(ids(JobState::waiting), (Ids{"a", "b"}));
    EXPECT_EQ(dependencies_of("p"), (DependencyCounts{.unprocessed = 2}));
    EXPECT_EQ(ids_of(take_several(3)), (Ids{"a", "b"}));
}

TEST_P(FlowAdd, TellsAChildWhoItsParentIsAndWhatItsFailureDoes) {
    plant({parent("p"),
           child("none", "p"),
           child("fail", "p", ParentPolicy::fail_parent),
           child("continue", "p", ParentPolicy::continue_parent),
           child("ignore", "p", ParentPolicy::ignore_dependency),
           child("remove", "p", ParentPolicy::remove_dependency)});

    const std::map<JobId, std::string> flags{
        {"fail", "fpof"}, {"continue", "cpof"}, {"ignore", "idof"}, {"remove", "rdof"}};
    for (const Taken& run : take_several(5)) {
        const Job kept = job(run.job.id);
        EXPECT_TRUE(kept.parent_key.ends_with(":mail:p")) << kept.parent_key;
        EXPECT_EQ(run.job.parent_key, kept.parent_key);
        EXPECT_EQ(run.job.parent, kept.parent.text());
        EXPECT_NE(run.job.parent.find(R"("id":"p")"), std::string::npos) << run.job.parent;
        for (const std::string flag : {"fpof", "cpof", "idof", "rdof"}) {
            const auto own = flags.find(run.job.id);
            EXPECT_EQ(run.job.parent.find("\"" + flag + "\":true") != std::string::npos,
                      own != flags.end() && own->second == flag)
                << run.job.id << ": " << run.job.parent;
        }
    }
    EXPECT_EQ(job("p").parent_key, "");
}

TEST_P(FlowAdd, AnswersEachJobInOrder) {
    auto added = add_flow({parent("p"), child("a", "p"), child("b", "p")});

    ASSERT_TRUE(added) << added.error().message();
    Ids answered;
    for (const auto& each : *added) {
        ASSERT_TRUE(each) << each.error().message();
        EXPECT_FALSE(each->existed);
        answered.push_back(each->id);
    }
    EXPECT_EQ(answered, (Ids{"p", "a", "b"}));
}

TEST_P(FlowAdd, KeepsWhatEachJobIsMadeOf) {
    plant(
        {parent("p", {.name = "album", .data = R"({"n":1})", .opts = R"({"attempts":3})"}),
         node_of(queue,
                 {.id = "later", .delay = 1h, .parent = ParentLink{.queue = queue, .id = "p"}}),
         node_of(queue,
                 {.id = "third", .priority = 3, .parent = ParentLink{.queue = queue, .id = "p"}})});

    EXPECT_EQ(job("p").name, "album");
    EXPECT_EQ(job("p").data.text(), R"({"n":1})");
    EXPECT_EQ(job("p").opts.text(), R"({"attempts":3})");
    EXPECT_EQ(job("p").timestamp, now());
    EXPECT_EQ(ids(JobState::delayed), Ids{"later"});
    EXPECT_EQ(ids(JobState::prioritized), Ids{"third"});
}

TEST_P(FlowAdd, SpansQueues) {
    plant({parent("p"), in("photos", child("a", "p")), in("films", child("a", "p"))});

    EXPECT_EQ(state_of("a", "photos"), JobState::waiting);
    EXPECT_EQ(state_of("a", "films"), JobState::waiting);
    EXPECT_EQ(dependencies_of("p"), (DependencyCounts{.unprocessed = 2}));
    ASSERT_TRUE(done(complete(*take("photos"))));
    EXPECT_EQ(state_of("p"), JobState::waiting_children);
    ASSERT_TRUE(done(complete(*take("films"))));
    EXPECT_EQ(state_of("p"), JobState::waiting);
}

TEST_P(FlowAdd, NestsParentsInParents) {
    Node middle = child("middle", "root");
    middle.job.has_children = true;
    plant({parent("root"), middle, child("leaf", "middle")});
    EXPECT_EQ(ids(JobState::waiting_children), (Ids{"middle", "root"}));

    ASSERT_TRUE(done(complete(*take())));
    EXPECT_EQ(ids(JobState::waiting_children), Ids{"root"});
    const auto run = take();
    ASSERT_TRUE(run);
    EXPECT_EQ(run->job.id, "middle");
    ASSERT_TRUE(done(complete(*run)));
    EXPECT_EQ(take()->job.id, "root");
}

TEST_P(FlowAdd, CountsIdsUpAsOtherAddsDo) {
    plant({parent("p"), child("a", "p"), in("photos", child("b", "p"))});

    EXPECT_EQ(add(), "3") << "two of its jobs are in this queue";
}

TEST_P(FlowAdd, AddsNothingWhenAParentOutsideIsNotThere) {
    auto added = add_flow({parent("p"), child("a", "p"), child("b", "nobody")});

    ASSERT_TRUE(added) << added.error().message();
    ASSERT_EQ(added->size(), 3u);
    EXPECT_EQ(code_of((*added)[0]), ErrorCode::cancelled);
    EXPECT_EQ(code_of((*added)[1]), ErrorCode::cancelled);
    EXPECT_EQ(code_of((*added)[2]), ErrorCode::not_found);
    EXPECT_EQ(counts(), JobCounts{});
    EXPECT_EQ(code_of(client.job(ref("p"))), ErrorCode::not_found);
    EXPECT_EQ(events(), Lines{});
    EXPECT_EQ(add(), "1");
}

TEST_P(FlowAdd, TakesAParentOutsideThatIsThere) {
    plant({parent("p"), child("a", "p")});
    plant({child("b", "p")});

    EXPECT_EQ(dependencies_of("p"), (DependencyCounts{.unprocessed = 2}));
}

TEST_P(FlowAdd, AddsNothingWhenAJobHasAnotherParentThatLives) {
    plant({parent("p"), child("a", "p")});
    events();

    auto added = add_flow({parent("second"), child("b", "second"), child("a", "second")});

    ASSERT_TRUE(added) << added.error().message();
    ASSERT_EQ(added->size(), 3u);
    EXPECT_EQ(code_of((*added)[0]), ErrorCode::cancelled);
    EXPECT_EQ(code_of((*added)[1]), ErrorCode::cancelled);
    EXPECT_EQ(code_of((*added)[2]), ErrorCode::wrong_state);
    EXPECT_TRUE(job("a").parent_key.ends_with(":mail:p"));
    EXPECT_EQ(dependencies_of("p"), (DependencyCounts{.unprocessed = 1}));
    EXPECT_EQ(code_of(client.job(ref("second"))), ErrorCode::not_found);
    EXPECT_EQ(ids(JobState::waiting), Ids{"a"});
    EXPECT_EQ(events(), Lines{});
}

TEST_P(FlowAdd, LinksAJobThatIsThereAlreadyAndLeavesItAsItWas) {
    add({.id = "a", .data = R"("first")"});
    auto added = add_flow({parent("p"), child("a", "p"), child("b", "p")});

    ASSERT_TRUE(added) << added.error().message();
    EXPECT_FALSE((*added)[0].value().existed);
    EXPECT_TRUE((*added)[1].value().existed);
    EXPECT_EQ(job("a").data.text(), R"("first")");
    EXPECT_TRUE(job("a").parent_key.ends_with(":mail:p"));
    EXPECT_EQ(dependencies_of("p"), (DependencyCounts{.unprocessed = 2}));
    for (const Taken& run : take_several(2))
        ASSERT_TRUE(done(complete(run)));
    EXPECT_EQ(state_of("p"), JobState::waiting);
}

TEST_P(FlowAdd, CountsAJobThatCompletedBeforeAsDone) {
    add({.id = "a"});
    ASSERT_TRUE(done(complete(*take())));
    plant({parent("p"), child("a", "p"), child("b", "p")});

    EXPECT_EQ(dependencies_of("p"), (DependencyCounts{.unprocessed = 1, .processed = 1}));
    EXPECT_EQ(state_of("p"), JobState::waiting_children);
    ASSERT_TRUE(done(complete(*take())));
    EXPECT_EQ(state_of("p"), JobState::waiting);
}

TEST_P(FlowAdd, ReleasesAParentAtOnceWhoseChildrenHaveAllCompletedBefore) {
    add({.id = "a"});
    ASSERT_TRUE(done(complete(*take())));
    plant({parent("p"), child("a", "p")});

    EXPECT_EQ(state_of("p"), JobState::waiting);
    EXPECT_EQ(dependencies_of("p"), (DependencyCounts{.processed = 1}));
}

TEST_P(FlowAdd, DoesNotReleaseAParentBeforeTheLastOfItsChildrenIsAdded) {
    add({.id = "a"});
    ASSERT_TRUE(done(complete(*take())));
    events();
    plant({parent("p"), child("a", "p"), child("b", "p")});

    EXPECT_EQ(events(),
              (Lines{"added p name=send",
                     "waiting-children p",
                     "duplicated a",
                     "added b name=send",
                     "waiting b"}));
}

TEST_P(FlowAdd, GivesAJobWhoseParentIsGoneANewOne) {
    plant({parent("p"), child("a", "p")});
    ASSERT_TRUE(done(client.remove(ref("p"), false)));
    plant({parent("second"), child("a", "second")});

    EXPECT_TRUE(job("a").parent_key.ends_with(":mail:second"));
    EXPECT_EQ(dependencies_of("second"), (DependencyCounts{.unprocessed = 1}));
}

TEST_P(FlowAdd, MayBeSaidTwice) {
    plant({parent("p"), child("a", "p"), child("b", "p")});
    auto again = add_flow({parent("p"), child("a", "p"), child("b", "p")});

    ASSERT_TRUE(again) << again.error().message();
    for (const auto& each : *again)
        EXPECT_TRUE(each->existed);
    EXPECT_EQ(dependencies_of("p"), (DependencyCounts{.unprocessed = 2}));
    EXPECT_EQ(state_of("p"), JobState::waiting_children);
    EXPECT_EQ(ids(JobState::waiting), (Ids{"a", "b"}));
}

TEST_P(FlowAdd, RepeatedWithItsTokenGivesTheFirstAnswerAndAddsNothing) {
    contract::AddFlowParams params{
        .nodes = {parent("p"), child("a", "p")}, .repeat_token = "the-same", .now = now()};
    for (Node& node : params.nodes)
        node.job.name = node.job.data = node.job.opts = "{}";
    auto first = client.add_flow(params);
    events();
    auto second = client.add_flow(params);

    ASSERT_TRUE(first && second);
    for (std::size_t i = 0; i < 2; ++i)
        EXPECT_EQ((*first)[i].value(), (*second)[i].value());
    EXPECT_FALSE((*second)[0].value().existed) << "the first answer, not a new one";
    EXPECT_EQ(events(), Lines{});
    EXPECT_EQ(add(), "3");
}

TEST_P(FlowAdd, TellsWhatHappensInEachQueue) {
    plant({parent("p"), in("photos", child("a", "p")), child("b", "p")});

    EXPECT_EQ(events(),
              (Lines{"added p name=send", "waiting-children p", "added b name=send", "waiting b"}));
    EXPECT_EQ(events("photos"), (Lines{"added a name=send", "waiting a"}));
}

TEST_P(FlowAdd, TakesAFullTree) {
    std::vector<Node> nodes{parent("p")};
    for (std::size_t i = 1; i < contract::batch_jobs_max; ++i)
        nodes.push_back(child("c" + std::to_string(i), "p"));
    plant(nodes);

    EXPECT_EQ(counts().waiting, contract::batch_jobs_max - 1);
    EXPECT_EQ(dependencies_of("p").unprocessed, contract::batch_jobs_max - 1);
}

// ---- a child at run time ----------------------------------------------------------------------

TEST_P(FlowAdd, OfOneChildAtRunTime) {
    add({.id = "p"});
    const auto run = take();
    add({.id = "a", .parent = ParentLink{.queue = queue, .id = "p"}});

    EXPECT_EQ(dependencies_of("p"), (DependencyCounts{.unprocessed = 1}));
    EXPECT_TRUE(job("a").parent_key.ends_with(":mail:p"));
    ASSERT_TRUE(done(wait_for_children(*run)));
    ASSERT_TRUE(done(complete(*take())));
    EXPECT_EQ(take()->job.id, "p");
}

TEST_P(FlowAdd, OfOneChildIsRefusedWhenItsParentIsNotThere) {
    auto added = add_batch({{.id = "a",
                             .name = "x",
                             .data = "1",
                             .opts = "{}",
                             .parent = ParentLink{.queue = queue, .id = "nobody"}}});

    ASSERT_TRUE(added) << added.error().message();
    EXPECT_EQ(code_of(added->front()), ErrorCode::not_found);
    EXPECT_EQ(counts(), JobCounts{});
}

TEST_P(FlowAdd, OfOneChildIsRefusedWhenAnotherLivingParentHasIt) {
    plant({parent("p"), child("a", "p")});
    add({.id = "second"});

    auto added = add_batch({{.id = "a",
                             .name = "x",
                             .data = "1",
                             .opts = "{}",
                             .parent = ParentLink{.queue = queue, .id = "second"}}});

    ASSERT_TRUE(added) << added.error().message();
    EXPECT_EQ(code_of(added->front()), ErrorCode::wrong_state);
    EXPECT_TRUE(job("a").parent_key.ends_with(":mail:p"));
    EXPECT_EQ(dependencies_of("second"), DependencyCounts{});
}

TEST_P(FlowAdd, OfOneCompletedJobCountsAsDone) {
    add({.id = "a"});
    ASSERT_TRUE(done(complete(*take())));
    add({.id = "p"});
    const auto run = take();
    add({.id = "a", .parent = ParentLink{.queue = queue, .id = "p"}});

    EXPECT_EQ(dependencies_of("p"), (DependencyCounts{.processed = 1}));
    EXPECT_TRUE(done(complete(*run)));
}

// ---- release ----------------------------------------------------------------------------------

TEST_P(FlowRelease, ComesWithTheLastCompletionAndGoesToTheFront) {
    plant({parent("p"), child("a", "p"), child("b", "p")});
    const auto runs = take_several(2);
    add({.id = "other"});
    ASSERT_TRUE(done(complete(runs[0])));
    EXPECT_EQ(state_of("p"), JobState::waiting_children);
    ASSERT_TRUE(done(complete(runs[1])));

    EXPECT_EQ(ids(JobState::waiting), (Ids{"p", "other"}));
    const auto run = take();
    EXPECT_EQ(run->job.id, "p");
    EXPECT_EQ(run->job.attempts_made, 0);
    EXPECT_EQ(run->job.deferred_failure, "");
    EXPECT_TRUE(done(complete(*run)));
}

TEST_P(FlowRelease, HonoursThePriorityOfTheParent) {
    plant({parent("p", {.priority = 4}), child("a", "p")});
    ASSERT_TRUE(done(complete(*take())));

    EXPECT_EQ(ids(JobState::prioritized), Ids{"p"});
}

TEST_P(FlowRelease, HonoursTheDelayOfTheParentFromThen) {
    plant({parent("p", {.delay = 5s}), child("a", "p")});
    pass_time(10s);
    events();
    ASSERT_TRUE(done(complete(*take())));

    EXPECT_EQ(ids(JobState::delayed), Ids{"p"});
    EXPECT_EQ(call(next_call(1)).next_due, now() + 5s);
    const Lines seen = events();
    EXPECT_EQ(
        std::count(seen.begin(),
                   seen.end(),
                   "delayed p delay=" + std::to_string((now() + 5s).time_since_epoch().count())),
        1);
    pass_time(5s);
    EXPECT_EQ(take()->job.id, "p");
}

TEST_P(FlowRelease, PutsTheParentIntoAPausedQueueToWait) {
    plant({parent("p"), in("photos", child("a", "p"))});
    ASSERT_TRUE(done(client.pause(queue)));
    ASSERT_TRUE(done(complete(*take("photos"))));

    EXPECT_EQ(ids(JobState::waiting), Ids{"p"});
    EXPECT_FALSE(take());
    ASSERT_TRUE(done(client.resume(queue)));
    EXPECT_EQ(take()->job.id, "p");
}

TEST_P(FlowRelease, KeepsWhatEachChildReturned) {
    plant({parent("p"), child("a", "p"), in("photos", child("b", "p"))});
    ASSERT_TRUE(done(finish({.id = "a", .token = take()->token, .value = R"({"n":1})"})));
    ASSERT_TRUE(
        done(finish({.id = "b", .token = take("photos")->token, .value = "null"}, "photos")));

    const auto page = client.dependencies(
        {.queue = queue, .id = "p", .state = contract::Dependency::State::processed});
    ASSERT_TRUE(page) << page.error().message();
    std::map<std::string, std::string> values;
    for (const contract::Dependency& each : page->children) {
        EXPECT_EQ(each.state, contract::Dependency::State::processed);
        EXPECT_TRUE(each.key.ends_with(":" + each.queue + ":" + each.id)) << each.key;
        values[each.queue + "/" + each.id] = each.value;
    }
    EXPECT_EQ(values,
              (std::map<std::string, std::string>{{"mail/a", R"({"n":1})"}, {"photos/b", "null"}}));
}

TEST_P(FlowRelease, ComesOnceThoughTheLastChildIsNotKept) {
    plant({parent("p"), child("a", "p")});
    events();
    ASSERT_TRUE(done(complete(*take(), KeepJobs::none())));

    EXPECT_EQ(events(),
              (Lines{"active a prev=waiting",
                     "waiting p prev=waiting-children",
                     "completed a prev=active returnvalue=\"sent\""}));
    EXPECT_EQ(dependencies_of("p"), (DependencyCounts{.processed = 1}));
    EXPECT_EQ(ids(JobState::waiting), Ids{"p"});
}

TEST_P(FlowRelease, ComesWithTheLastOfManyOutcomesOfOneCall) {
    plant({parent("p"), child("a", "p"), child("b", "p"), child("c", "p")});
    const auto runs = take_several(3);
    auto params = next_call(1);
    for (const Taken& run : runs)
        params.outcomes.push_back({.id = run.job.id, .token = run.token, .value = "1"});

    const FinishedAndTaken answer = call(params);

    for (const Status& each : answer.finished)
        EXPECT_TRUE(done(each));
    ASSERT_EQ(answer.jobs.size(), 1u);
    EXPECT_EQ(answer.jobs[0].id, "p");
}

TEST_P(FlowRelease, DoesNotTouchAParentThatRunsMeanwhile) {
    add({.id = "p"});
    const auto run = take();
    add({.id = "a", .parent = ParentLink{.queue = queue, .id = "p"}});
    ASSERT_TRUE(done(complete(*take())));

    EXPECT_EQ(state_of("p"), JobState::active);
    EXPECT_TRUE(done(complete(*run)));
}

TEST_P(FlowRelease, WakesWhoWaitsInTheQueueOfTheParent) {
    plant({parent("p"), in("photos", child("a", "p"))});
    const auto run = take("photos");
    const auto watcher =
        client.store().watch({.queue = queue, .what = contract::WatchFor::changes, .name = "w"});
    auto woken = std::make_shared<base::OneShot<Result<Timestamp>>>();
    const auto wait = [&](Millis at_most) {
        watcher->wait(at_most, [woken](Result<Timestamp> answer) { woken->set(answer); });
    };
    wait(20ms);
    ASSERT_TRUE(woken->wait_for(20s)) << "whatever was signalled before";
    wait(60s);
    ASSERT_TRUE(done(complete(*run)));

    EXPECT_TRUE(woken->wait_for(20s));
}

}  // namespace toril::conformance
