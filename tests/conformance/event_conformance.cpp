// What each operation tells in the queue's events: names, fields and order.

#include "fixture.hpp"

namespace toril::conformance {

TORIL_CONFORMANCE_SUITE(EventsOf);

namespace {

std::string due(Timestamp at) {
    return " delay=" + std::to_string(at.time_since_epoch().count());
}

}  // namespace

TEST_P(EventsOf, AddingOfEachKind) {
    add({.id = "plain", .name = "send it"});
    add({.id = "lifo", .lifo = true});
    add({.id = "later", .delay = 5s});
    add({.id = "third", .priority = 3});
    add({.id = "both", .delay = 5s, .priority = 3});

    EXPECT_EQ(events(),
              (Lines{"added plain name=send it",
                     "waiting plain",
                     "added lifo name=send",
                     "waiting lifo",
                     "added later name=send",
                     "delayed later" + due(now() + 5s),
                     "added third name=send",
                     "waiting third",
                     "added both name=send",
                     "delayed both" + due(now() + 5s)}));
}

TEST_P(EventsOf, AddingABatchAreInItsOrder) {
    AddJob job{.name = "x", .data = "1", .opts = "{}"};
    ASSERT_TRUE(add_batch({job, job}));

    EXPECT_EQ(events(), (Lines{"added 1 name=x", "waiting 1", "added 2 name=x", "waiting 2"}));
}

TEST_P(EventsOf, AddingAnIdThatIsThere) {
    add({.id = "a"});
    events();
    add({.id = "a", .delay = 1s});

    EXPECT_EQ(events(), Lines{"duplicated a"});
}

TEST_P(EventsOf, AddingWhatBeganEarlier) {
    add({.id = "a", .delay = 5s, .timestamp = now() - 3s});

    EXPECT_EQ(events().at(1), "delayed a" + due(now() + 2s));
}

TEST_P(EventsOf, TakingWhatWaits) {
    add({.id = "a"});
    add({.id = "b", .priority = 1});
    events();
    take_several(3);

    EXPECT_EQ(events(), (Lines{"active a prev=waiting", "active b prev=waiting"}));
    take();
    EXPECT_EQ(events(), Lines{}) << "nothing was there";
}

TEST_P(EventsOf, TakingWhatCameDue) {
    add({.id = "a", .delay = 1s});
    add({.id = "b", .delay = 1s, .priority = 1});
    pass_time(1s);
    events();
    take();

    EXPECT_EQ(events(),
              (Lines{"waiting a prev=delayed", "waiting b prev=delayed", "active a prev=waiting"}));
}

TEST_P(EventsOf, CompletingTheLastJob) {
    add({.id = "a"});
    const auto run = take();
    events();
    ASSERT_TRUE(done(finish({.id = "a", .token = run->token, .value = R"({"n":[1,"x"]})"})));

    EXPECT_EQ(events(), (Lines{R"(completed a prev=active returnvalue={"n":[1,"x"]})", "drained"}));
}

TEST_P(EventsOf, CompletingOneOfSeveral) {
    add({.id = "a"});
    add({.id = "b"});
    const auto runs = take_several(2);
    events();
    ASSERT_TRUE(done(complete(runs[0])));
    EXPECT_EQ(events(), Lines{"completed a prev=active returnvalue=\"sent\""})
        << "not drained: another is active";
    add({.id = "c", .priority = 1});
    events();
    ASSERT_TRUE(done(complete(runs[1])));
    EXPECT_EQ(events(), Lines{"completed b prev=active returnvalue=\"sent\""})
        << "not drained: another is prioritized";
}

TEST_P(EventsOf, CompletingWhileOthersAreDelayed) {
    add({.id = "a"});
    add({.id = "b", .delay = 1h});
    const auto run = take();
    events();
    ASSERT_TRUE(done(complete(*run)));

    EXPECT_EQ(events(), (Lines{"completed a prev=active returnvalue=\"sent\"", "drained"}));
}

TEST_P(EventsOf, CompletingAndTakingTheNext) {
    add({.id = "a"});
    add({.id = "b"});
    const auto run = take();
    events();
    auto params = next_call(1);
    params.outcomes = {{.id = "a", .token = run->token, .value = "1"}};
    call(params);

    EXPECT_EQ(events(), (Lines{"completed a prev=active returnvalue=1", "active b prev=waiting"}));
}

TEST_P(EventsOf, CompletingAJobThatIsNotKept) {
    add({.id = "a"});
    const auto run = take();
    events();
    ASSERT_TRUE(done(complete(*run, KeepJobs::none())));

    EXPECT_EQ(events(), (Lines{"completed a prev=active returnvalue=\"sent\"", "drained"}));
}

TEST_P(EventsOf, TrimmingWhatIsFinishedAreNone) {
    add_completed();
    events();
    const JobId id = add_completed({.count = 1});

    EXPECT_EQ(events(),
              (Lines{"added " + id + " name=send",
                     "waiting " + id,
                     "active " + id + " prev=waiting",
                     "completed " + id + " prev=active returnvalue=\"sent\"",
                     "drained"}));
}

TEST_P(EventsOf, FailingForGood) {
    add({.id = "a"});
    const auto run = take();
    events();
    ASSERT_TRUE(done(fail(*run)));

    EXPECT_EQ(events(),
              (Lines{"failed a failedReason=no route prev=active",
                     "retries-exhausted a attemptsMade=1",
                     "drained"}));
}

TEST_P(EventsOf, FailingWithAttemptsLeft) {
    add({.id = "a"});
    const auto run = take();
    events();
    ASSERT_TRUE(done(finish({.id = "a",
                             .token = run->token,
                             .kind = Outcome::Kind::fail,
                             .value = "never mind",
                             .stacktrace = "[]",
                             .attempts = 3})));

    EXPECT_EQ(events(), (Lines{"failed a failedReason=never mind prev=active", "drained"}));
}

TEST_P(EventsOf, RetryingAtOnceAndLater) {
    add({.id = "a"});
    auto run = take();
    events();
    ASSERT_TRUE(done(retry(*run)));
    EXPECT_EQ(events(), Lines{"waiting a prev=active"});
    run = take();
    events();
    ASSERT_TRUE(done(retry(*run, 5s)));
    EXPECT_EQ(events(), Lines{"delayed a" + due(now() + 5s)});
}

TEST_P(EventsOf, HandingBack) {
    add({.id = "a"});
    const auto run = take();
    events();
    ASSERT_TRUE(done(hand_back(*run)));

    EXPECT_EQ(events(), Lines{"waiting a prev=active"});
}

TEST_P(EventsOf, ARefusedOutcomeAreNone) {
    add({.id = "a"});
    take();
    events();
    EXPECT_EQ(code_of(finish({.id = "a", .token = "another", .value = "1"})), ErrorCode::not_owner);

    EXPECT_EQ(events(), Lines{});
}

TEST_P(EventsOf, RecoveringALostJob) {
    add({.id = "a"});
    take();
    events();
    EXPECT_EQ(recover_lost_jobs(), Ids{"a"});

    EXPECT_EQ(events(), (Lines{"waiting a prev=active", "stalled a"}));
}

TEST_P(EventsOf, RetryingByHand) {
    add({.id = "a"});
    ASSERT_TRUE(done(fail(*take())));
    events();
    ASSERT_TRUE(done(client.retry({.job = ref("a"), .now = now()})));
    EXPECT_EQ(events(), Lines{"waiting a prev=failed"});
    ASSERT_TRUE(done(complete(*take())));
    events();
    ASSERT_TRUE(done(client.retry({.job = ref("a"), .from = JobState::completed, .now = now()})));
    EXPECT_EQ(events(), Lines{"waiting a prev=completed"});
}

TEST_P(EventsOf, RetryingAndPromotingAll) {
    const JobId failed = add_failed();
    const JobId delayed = add({.delay = 1h});
    events();
    ASSERT_TRUE(client.retry_all({.queue = queue, .now = now()}));
    ASSERT_TRUE(client.retry_all({.queue = queue, .from = JobState::delayed, .now = now()}));

    EXPECT_EQ(
        events(),
        (Lines{"waiting " + failed + " prev=failed", "waiting " + delayed + " prev=delayed"}));
}

TEST_P(EventsOf, ChangingADelayedJob) {
    add({.id = "a", .delay = 1h});
    events();
    ASSERT_TRUE(done(client.change_delay(ref("a"), 5s, now())));
    EXPECT_EQ(events(), Lines{"delayed a" + due(now() + 5s)});
    ASSERT_TRUE(done(client.promote(ref("a"), now())));
    EXPECT_EQ(events(), Lines{"waiting a prev=delayed"});
}

TEST_P(EventsOf, ChangingPriorityDataAndLogsAreNone) {
    add({.id = "a"});
    events();
    ASSERT_TRUE(done(client.change_priority(ref("a"), 3, false)));
    ASSERT_TRUE(done(client.update_data(ref("a"), "2")));
    ASSERT_TRUE(client.add_log({.job = ref("a"), .row = "one"}));

    EXPECT_EQ(events(), Lines{});
}

TEST_P(EventsOf, Progress) {
    add({.id = "a"});
    events();
    ASSERT_TRUE(done(client.update_progress(ref("a"), R"({"done":0.5})")));

    EXPECT_EQ(events(), Lines{R"(progress a data={"done":0.5})"});
}

TEST_P(EventsOf, RemovingFromEachState) {
    const JobId completed = add_completed();
    const JobId failed = add_failed();
    add({.id = "waiting"});
    add({.id = "later", .delay = 1h});
    add({.id = "third", .priority = 2});
    plant({parent("parent"), child("child", "parent")});
    add({.id = "lost", .lifo = true});
    take();
    pass_time(lock_duration + 1s);
    events();
    for (const JobId& id :
         {completed, failed, JobId("waiting"), JobId("later"), JobId("third"), JobId("lost")})
        ASSERT_TRUE(done(client.remove(ref(id))));
    ASSERT_TRUE(done(client.remove(ref("parent"), false)));

    EXPECT_EQ(events(),
              (Lines{"removed " + completed + " prev=completed",
                     "removed " + failed + " prev=failed",
                     "removed waiting prev=wait",
                     "removed later prev=delayed",
                     "removed third prev=prioritized",
                     "removed lost prev=active",
                     "removed parent prev=waiting-children"}));
}

TEST_P(EventsOf, CleaningAreACount) {
    add_completed();
    add_completed();
    pass_time(1s);
    events();
    ASSERT_TRUE(client.clean({.queue = queue, .now = now()}));

    EXPECT_EQ(events(), Lines{"cleaned count=2"});
}

TEST_P(EventsOf, DrainingAreNone) {
    add_several(3);
    events();
    ASSERT_TRUE(client.drain(queue, true));

    EXPECT_EQ(events(), Lines{});
}

TEST_P(EventsOf, PausingAndResuming) {
    add();
    events();
    ASSERT_TRUE(done(client.pause(queue)));
    EXPECT_EQ(events(), Lines{"paused"});
    ASSERT_TRUE(done(client.resume(queue)));
    EXPECT_EQ(events(), Lines{"resumed"});
}

TEST_P(EventsOf, SettingLimitsAreNone) {
    add();
    events();
    ASSERT_TRUE(done(client.set_concurrency(queue, 3)));
    ASSERT_TRUE(done(client.set_rate_limit(queue, RateLimit{.max = 3, .duration = 1s})));
    ASSERT_TRUE(done(client.rate_limit_for(queue, 1s, now())));

    EXPECT_EQ(events(), Lines{});
}

TEST_P(EventsOf, ACallWhoseAnswerGotLostComeOnce) {
    add({.id = "a"});
    const auto run = take();
    auto params = next_call(0);
    params.outcomes = {{.id = "a", .token = run->token, .value = "1"}};
    call(params);
    events();
    call(params);

    EXPECT_EQ(events(), Lines{});
}

TEST_P(EventsOf, AnObliteratedQueueAreGone) {
    add();
    while (client.obliterate(queue, true).value())
        continue;

    EventLog log(opened.store, queue);
    EXPECT_EQ(log.next(), Lines{});
}

TEST_P(EventsOf, OneQueueAreNotThoseOfAnother) {
    add();

    EXPECT_EQ(events("photos"), Lines{});
    EXPECT_EQ(events().size(), 2u);
}

TEST_P(EventsOf, HostileTextIsToldAsItIs) {
    const std::string hostile("'; --\r\n$5 \"\\ \xFF\0 end", 20);
    add({.id = "a", .name = hostile});
    const auto run = take();
    ASSERT_TRUE(done(finish({.id = "a",
                             .token = run->token,
                             .kind = Outcome::Kind::fail,
                             .value = hostile,
                             .stacktrace = "[]"})));

    const Lines seen = events();
    EXPECT_EQ(seen.at(0), "added a name=" + hostile);
    EXPECT_EQ(seen.at(3), "failed a failedReason=" + hostile + " prev=active");
}

}  // namespace toril::conformance
