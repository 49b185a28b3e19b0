// Deduplication: adds that mean the same.

#include "fixture.hpp"

namespace toril::conformance {
namespace {

// As the layers above write it: a store may read what it needs from the options' text.
AddJob only_once(const Deduplication& deduplication, AddJob job = {}) {
    std::string opts = R"({"attempts":0,"de":{"id":")" + deduplication.id + '"';
    if (deduplication.ttl > 0ms) opts += R"(,"ttl":)" + std::to_string(deduplication.ttl.count());
    if (deduplication.extend) opts += R"(,"extend":true)";
    if (deduplication.replace) opts += R"(,"replace":true)";
    if (deduplication.reschedule) opts += R"(,"reschedule":true)";
    if (deduplication.keep_last_if_active) opts += R"(,"keepLastIfActive":true)";
    opts += '}';
    if (job.delay > 0ms) opts += R"(,"delay":)" + std::to_string(job.delay.count());
    if (job.priority > 0) opts += R"(,"priority":)" + std::to_string(job.priority);
    if (job.lifo) opts += R"(,"lifo":true)";
    job.opts = opts + '}';
    job.deduplication = deduplication;
    return job;
}

class Deduplicating : public JobStoreConformance {
protected:
    /// Adds a job, and says what became of it.
    Added try_add(AddJob job) {
        if (job.name.empty()) job.name = "send";
        if (job.data.empty()) job.data = "{}";
        auto added = add_batch({std::move(job)});
        if (added && added->front()) return *added->front();
        ADD_FAILURE() << (added ? added->front().error() : added.error()).message();
        return {};
    }
    JobId holder(const std::string& id = "x") {
        const auto held = client.deduplication_holder(queue, id);
        EXPECT_TRUE(held) << held.error().message();
        return held ? *held : JobId();
    }
};

const Added first_job{.id = "1"};
const Added held_by_first{.id = "1", .deduplicated = true};
const Added second_job{.id = "2"};

}  // namespace

TORIL_CONFORMANCE_SUITE_FROM(Deduplicating, DeduplicationSimple);
TORIL_CONFORMANCE_SUITE_FROM(Deduplicating, DeduplicationWindow);
TORIL_CONFORMANCE_SUITE_FROM(Deduplicating, DeduplicationReplace);
TORIL_CONFORMANCE_SUITE_FROM(Deduplicating, DeduplicationKeepLast);

// ---- until the job is finished ----------------------------------------------------------------

TEST_P(DeduplicationSimple, AnswersWhoHoldsTheIdAndAddsNothing) {
    EXPECT_EQ(try_add(only_once({.id = "x"}, {.data = "1"})), first_job);
    events();
    EXPECT_EQ(try_add(only_once({.id = "x"}, {.data = "2"})), held_by_first);

    EXPECT_EQ(ids(JobState::waiting), Ids{"1"});
    EXPECT_EQ(job("1").data.text(), "1");
    EXPECT_EQ(job("1").deduplication_id, "x");
    EXPECT_EQ(holder(), "1");
    EXPECT_EQ(events(), Lines{"deduplicated 1 deduplicatedJobId=2 deduplicationId=x"});
    EXPECT_EQ(take()->job.deduplication_id, "x");
    EXPECT_EQ(add(), "3") << "each add counts";
}

TEST_P(DeduplicationSimple, KeepsIdsAndQueuesApart) {
    try_add(only_once({.id = "x"}));
    EXPECT_EQ(try_add(only_once({.id = "y"})), second_job);

    AddJob elsewhere = only_once({.id = "x"});
    elsewhere.name = elsewhere.data = "1";
    auto added = client.add(
        {.queue = "photos", .jobs = {elsewhere}, .repeat_token = "elsewhere", .now = now()});
    ASSERT_TRUE(added) << added.error().message();
    EXPECT_EQ(added->front().value(), first_job);
    EXPECT_EQ(holder("nobody's"), "");
}

TEST_P(DeduplicationSimple, WorksWithinOneBatch) {
    AddJob job = only_once({.id = "x"});
    job.name = job.data = "1";
    auto added = add_batch({job, job});

    ASSERT_TRUE(added) << added.error().message();
    EXPECT_EQ((*added)[0].value(), first_job);
    EXPECT_EQ((*added)[1].value(), held_by_first);
}

TEST_P(DeduplicationSimple, HoldsWhileTheJobRunsAndIsRetried) {
    try_add(only_once({.id = "x"}));
    const auto run = take();
    EXPECT_EQ(try_add(only_once({.id = "x"})), held_by_first);
    ASSERT_TRUE(done(retry(*run, 1s)));
    EXPECT_EQ(try_add(only_once({.id = "x"})), held_by_first);

    pass_time(365 * 24h);
    EXPECT_EQ(try_add(only_once({.id = "x"})), held_by_first);
}

TEST_P(DeduplicationSimple, EndsWithTheCompletionOfTheJob) {
    try_add(only_once({.id = "x"}));
    ASSERT_TRUE(done(complete(*take())));

    EXPECT_EQ(holder(), "");
    EXPECT_EQ(try_add(only_once({.id = "x"})), second_job);
}

TEST_P(DeduplicationSimple, EndsWithACompletionThatSaysWhatTheTakeSaid) {
    try_add(only_once({.id = "x"}));
    const auto run = take();
    ASSERT_TRUE(done(finish({.id = "1",
                             .token = run->token,
                             .value = "1",
                             .attempts_made = run->job.attempts_made,
                             .is_deduplicated = true})));

    EXPECT_EQ(holder(), "");
}

TEST_P(DeduplicationSimple, EndsWithTheFailureOfTheJob) {
    try_add(only_once({.id = "x"}));
    ASSERT_TRUE(done(fail(*take(), KeepJobs::none())));

    EXPECT_EQ(holder(), "");
}

TEST_P(DeduplicationSimple, EndsWithTheRemovalOfTheJob) {
    try_add(only_once({.id = "removed"}));
    ASSERT_TRUE(done(client.remove(ref("1"))));
    EXPECT_EQ(holder("removed"), "");

    try_add(only_once({.id = "drained"}));
    ASSERT_TRUE(client.drain(queue, false));
    EXPECT_EQ(holder("drained"), "");

    try_add(only_once({.id = "cleaned"}, {.delay = 1h}));
    pass_time(1s);
    ASSERT_TRUE(client.clean({.queue = queue, .state = JobState::delayed, .now = now()}));
    EXPECT_EQ(holder("cleaned"), "");

    try_add(only_once({.id = "obliterated"}));
    while (client.obliterate(queue, true).value())
        continue;
    EXPECT_EQ(try_add(only_once({.id = "obliterated"})).deduplicated, false);
}

TEST_P(DeduplicationSimple, LosesToAnIdThatIsThereAlready) {
    EXPECT_EQ(try_add(only_once({.id = "x"}, {.id = "a"})), (Added{.id = "a"}));
    events();
    EXPECT_EQ(try_add(only_once({.id = "x"}, {.id = "a"})), (Added{.id = "a", .existed = true}));
    EXPECT_EQ(try_add(only_once({.id = "x"}, {.id = "b"})),
              (Added{.id = "a", .deduplicated = true}));

    EXPECT_EQ(events(),
              (Lines{"duplicated a", "deduplicated a deduplicatedJobId=b deduplicationId=x"}));
}

TEST_P(DeduplicationSimple, EndsByHand) {
    try_add(only_once({.id = "x"}));
    EXPECT_TRUE(client.remove_deduplication(queue, "x").value());
    EXPECT_FALSE(client.remove_deduplication(queue, "x").value());
    EXPECT_EQ(try_add(only_once({.id = "x"})), second_job);

    ASSERT_TRUE(done(complete(*take())));
    EXPECT_EQ(holder(), "2") << "the first one has nothing to free any more";
}

TEST_P(DeduplicationSimple, EndsByHandForTheJobThatHoldsItOnly) {
    try_add(only_once({.id = "x"}));
    EXPECT_FALSE(client.remove_deduplication(queue, "x", "7").value());
    EXPECT_EQ(holder(), "1");
    EXPECT_TRUE(client.remove_deduplication(queue, "x", "1").value());
    EXPECT_EQ(holder(), "");
}

TEST_P(DeduplicationSimple, RepeatedBecauseTheAnswerGotLostAddsOnce) {
    AddJob job = only_once({.id = "x"});
    job.name = job.data = "1";
    const contract::AddParams params{
        .queue = queue, .jobs = {job}, .repeat_token = "the-same", .now = now()};
    ASSERT_TRUE(client.add(params));
    events();
    auto again = client.add(params);

    ASSERT_TRUE(again) << again.error().message();
    EXPECT_EQ(again->front().value(), first_job) << "it is not its own duplicate";
    EXPECT_EQ(events(), Lines{});
}

TEST_P(DeduplicationSimple, RepeatedBecauseTheAnswerGotLostIsStillDeduplicated) {
    try_add(only_once({.id = "x"}));
    AddJob job = only_once({.id = "x"});
    job.name = job.data = "1";
    const contract::AddParams params{
        .queue = queue, .jobs = {job}, .repeat_token = "the-same", .now = now()};
    ASSERT_TRUE(client.add(params));
    ASSERT_TRUE(done(complete(*take())));
    auto again = client.add(params);

    ASSERT_TRUE(again) << again.error().message();
    EXPECT_EQ(again->front().value(), held_by_first);
    EXPECT_EQ(counts().waiting, 0u);
}

// ---- for a time -------------------------------------------------------------------------------

TEST_P(DeduplicationWindow, HoldsForItsTimeWhateverBecomesOfTheJob) {
    try_add(only_once({.id = "x", .ttl = 5s}));
    ASSERT_TRUE(done(complete(*take(), KeepJobs::none())));
    pass_time(3s);
    EXPECT_EQ(holder(), "1");
    EXPECT_EQ(try_add(only_once({.id = "x", .ttl = 5s})), held_by_first);

    pass_time(3s);
    EXPECT_EQ(holder(), "");
    EXPECT_EQ(try_add(only_once({.id = "x", .ttl = 5s})).deduplicated, false);
}

TEST_P(DeduplicationWindow, EndsThoughTheJobStillWaits) {
    try_add(only_once({.id = "x", .ttl = 5s}));
    pass_time(6s);

    EXPECT_EQ(try_add(only_once({.id = "x", .ttl = 5s})), second_job);
    EXPECT_EQ(counts().waiting, 2u);
    EXPECT_EQ(holder(), "2");
}

TEST_P(DeduplicationWindow, EndsWithTheRemovalOfTheJob) {
    try_add(only_once({.id = "x", .ttl = 5s}));
    ASSERT_TRUE(done(client.remove(ref("1"))));

    EXPECT_EQ(holder(), "");
}

TEST_P(DeduplicationWindow, BeginsAnewWithEachAddWhenItIsExtended) {
    const Deduplication extended{.id = "x", .ttl = 5s, .extend = true};
    EXPECT_EQ(try_add(only_once(extended)), first_job);
    for (int i = 0; i < 3; ++i) {
        pass_time(3s);
        EXPECT_EQ(try_add(only_once(extended)), held_by_first) << i;
    }
    pass_time(6s);

    EXPECT_FALSE(try_add(only_once(extended)).deduplicated);
}

TEST_P(DeduplicationWindow, TellsOfEachAddThatExtendsIt) {
    const Deduplication extended{.id = "x", .ttl = 5s, .extend = true};
    try_add(only_once(extended));
    events();
    try_add(only_once(extended));

    EXPECT_EQ(events(), Lines{"deduplicated 1 deduplicatedJobId=2 deduplicationId=x"});
}

// ---- the last one counts ----------------------------------------------------------------------

TEST_P(DeduplicationReplace, PutsTheNewJobInPlaceOfOneThatIsDelayed) {
    const Deduplication debounce{.id = "x", .ttl = 5s, .extend = true, .replace = true};
    EXPECT_EQ(try_add(only_once(debounce, {.data = "1", .delay = 5s})), first_job);
    events();
    pass_time(3s);
    EXPECT_EQ(try_add(only_once(debounce, {.data = "2", .delay = 5s})), second_job);

    EXPECT_EQ(ids(JobState::delayed), Ids{"2"});
    EXPECT_EQ(code_of(client.job(ref("1"))), ErrorCode::not_found);
    EXPECT_EQ(holder(), "2");
    EXPECT_EQ(
        events(),
        (Lines{"removed 1 prev=delayed",
               "deduplicated 2 deduplicatedJobId=1 deduplicationId=x",
               "added 2 name=send",
               "delayed 2 delay=" + std::to_string((now() + 5s).time_since_epoch().count())}));
    pass_time(3s);
    EXPECT_FALSE(take()) << "the time of the first one has passed, that of the second has not";
}

TEST_P(DeduplicationReplace, WorksWithoutATime) {
    const Deduplication debounce{.id = "x", .replace = true};
    try_add(only_once(debounce, {.delay = 5s}));
    EXPECT_EQ(try_add(only_once(debounce, {.delay = 5s})), second_job);

    EXPECT_EQ(ids(JobState::delayed), Ids{"2"});
    EXPECT_EQ(holder(), "2");
}

TEST_P(DeduplicationReplace, KeepsTheEndOfTheWindowUnlessItIsExtended) {
    const Deduplication debounce{.id = "x", .ttl = 5s, .replace = true};
    try_add(only_once(debounce, {.delay = 1h}));
    pass_time(3s);
    EXPECT_EQ(try_add(only_once(debounce, {.delay = 1h})), second_job);
    pass_time(3s);
    EXPECT_EQ(holder(), "");
    try_add(only_once(debounce, {.delay = 1h}));

    EXPECT_EQ(ids(JobState::delayed), (Ids{"2", "3"}));
}

TEST_P(DeduplicationReplace, BeginsTheWindowAnewWhenItIsExtended) {
    const Deduplication debounce{.id = "x", .ttl = 5s, .extend = true, .replace = true};
    try_add(only_once(debounce, {.delay = 1h}));
    pass_time(3s);
    try_add(only_once(debounce, {.delay = 1h}));
    pass_time(3s);
    try_add(only_once(debounce, {.delay = 1h}));

    EXPECT_EQ(ids(JobState::delayed), Ids{"3"});
}

TEST_P(DeduplicationReplace, LeavesAJobThatIsNotDelayedAndSaysNothing) {
    const Deduplication debounce{.id = "x", .ttl = 5s, .replace = true};
    try_add(only_once(debounce, {.data = "1"}));
    events();
    EXPECT_EQ(try_add(only_once(debounce, {.data = "2", .delay = 5s})), held_by_first);

    EXPECT_EQ(ids(JobState::waiting), Ids{"1"});
    EXPECT_EQ(counts().delayed, 0u);
    EXPECT_EQ(events(), Lines{});
}

TEST_P(DeduplicationReplace, RepeatedBecauseTheAnswerGotLostReplacesOnce) {
    const Deduplication debounce{.id = "x", .replace = true};
    try_add(only_once(debounce, {.delay = 5s}));
    AddJob job = only_once(debounce, {.delay = 5s});
    job.name = job.data = "1";
    const contract::AddParams params{
        .queue = queue, .jobs = {job}, .repeat_token = "the-same", .now = now()};
    ASSERT_TRUE(client.add(params));
    auto again = client.add(params);

    ASSERT_TRUE(again) << again.error().message();
    EXPECT_EQ(again->front().value(), second_job);
    EXPECT_EQ(ids(JobState::delayed), Ids{"2"});
}

TEST_P(DeduplicationReplace, OfItsTimeAloneKeepsTheJob) {
    const Deduplication reschedule{.id = "x", .reschedule = true};
    try_add(only_once(reschedule, {.data = "1", .delay = 5s}));
    pass_time(3s);
    events();
    EXPECT_EQ(try_add(only_once(reschedule, {.data = "2", .delay = 10s})), held_by_first);

    EXPECT_EQ(ids(JobState::delayed), Ids{"1"});
    EXPECT_EQ(job("1").data.text(), "1");
    EXPECT_EQ(job("1").delay, 10s);
    EXPECT_EQ(
        events(),
        (Lines{"deduplicated 1 deduplicatedJobId=2 deduplicationId=x",
               "delayed 1 delay=" + std::to_string((now() + 10s).time_since_epoch().count())}));
    EXPECT_EQ(call(next_call(0)).next_due, now() + 10s);
}

TEST_P(DeduplicationReplace, OfItsTimeByAnAddWithoutADelayLetsTheJobRunNow) {
    const Deduplication reschedule{.id = "x", .reschedule = true};
    try_add(only_once(reschedule, {.delay = 1h}));
    pass_time(3s);
    EXPECT_EQ(try_add(only_once(reschedule)), held_by_first);

    EXPECT_TRUE(take());
}

TEST_P(DeduplicationReplace, OfItsTimeLeavesAJobThatIsNotDelayed) {
    const Deduplication reschedule{.id = "x", .reschedule = true};
    try_add(only_once(reschedule));
    events();
    EXPECT_EQ(try_add(only_once(reschedule, {.delay = 1h})), held_by_first);

    EXPECT_EQ(ids(JobState::waiting), Ids{"1"});
    EXPECT_EQ(events(), Lines{"deduplicated 1 deduplicatedJobId=2 deduplicationId=x"});
}

// ---- the last one that came while it ran ------------------------------------------------------

TEST_P(DeduplicationKeepLast, AddsTheLastOneWhenTheRunIsOver) {
    const Deduplication keep{.id = "x", .keep_last_if_active = true};
    try_add(only_once(keep, {.data = "1"}));
    const auto run = take();
    EXPECT_EQ(try_add(only_once(keep, {.data = "2"})), held_by_first);
    EXPECT_EQ(try_add(only_once(keep, {.name = "last", .data = "3"})), held_by_first);
    EXPECT_EQ(counts().waiting, 0u);
    events();
    ASSERT_TRUE(done(complete(*run)));

    EXPECT_EQ(
        events(),
        (Lines{"added 3 name=last", "waiting 3", "completed 1 prev=active returnvalue=\"sent\""}));
    EXPECT_EQ(ids(JobState::waiting), Ids{"3"});
    EXPECT_EQ(job("3").data.text(), "3");
    EXPECT_EQ(job("3").timestamp, now());
    EXPECT_EQ(job("3").deduplication_id, "x");
    EXPECT_EQ(holder(), "3");
    EXPECT_EQ(add(), "5") << "joining the queue counted too";

    ASSERT_TRUE(done(complete(*take())));
    EXPECT_EQ(holder(), "") << "once only";
    EXPECT_EQ(counts().waiting, 1u);
}

TEST_P(DeduplicationKeepLast, AddsItAfterAFailureAndNotAfterARetry) {
    const Deduplication keep{.id = "x", .keep_last_if_active = true};
    try_add(only_once(keep));
    const auto run = take();
    try_add(only_once(keep));
    ASSERT_TRUE(done(retry(*run)));
    EXPECT_EQ(ids(JobState::waiting), Ids{"1"});
    ASSERT_TRUE(done(fail(*take())));

    EXPECT_EQ(ids(JobState::waiting), Ids{"2"});
}

TEST_P(DeduplicationKeepLast, HonoursWhereTheKeptOneBelongs) {
    const Deduplication keep{.id = "x", .keep_last_if_active = true};
    try_add(only_once(keep));
    auto run = take();
    try_add(only_once(keep, {.priority = 3}));
    ASSERT_TRUE(done(complete(*run)));
    EXPECT_EQ(ids(JobState::prioritized), Ids{"2"});

    run = take();
    try_add(only_once(keep, {.delay = 5s}));
    pass_time(1s);
    ASSERT_TRUE(done(complete(*run)));
    EXPECT_EQ(counts().delayed, 1u);
    EXPECT_EQ(call(next_call(0)).next_due, now() + 5s) << "its delay counts from then";
}

TEST_P(DeduplicationKeepLast, KeepsAnIdOfItsOwn) {
    const Deduplication keep{.id = "x", .keep_last_if_active = true};
    try_add(only_once(keep));
    const auto run = take();
    EXPECT_EQ(try_add(only_once(keep, {.id = "mine"})), held_by_first);
    ASSERT_TRUE(done(complete(*run)));

    EXPECT_EQ(ids(JobState::waiting), Ids{"mine"});
}

TEST_P(DeduplicationKeepLast, MayBeTakenByTheCallThatFinishes) {
    const Deduplication keep{.id = "x", .keep_last_if_active = true};
    try_add(only_once(keep));
    const auto run = take();
    try_add(only_once(keep));
    auto params = next_call(1);
    params.outcomes = {{.id = "1", .token = run->token, .value = "1"}};

    const FinishedAndTaken answer = call(params);

    ASSERT_EQ(answer.jobs.size(), 1u);
    EXPECT_EQ(answer.jobs[0].id, "2");
}

TEST_P(DeduplicationKeepLast, IsSimpleWhileTheJobWaits) {
    const Deduplication keep{.id = "x", .keep_last_if_active = true};
    try_add(only_once(keep));
    EXPECT_EQ(try_add(only_once(keep)), held_by_first);
    ASSERT_TRUE(done(complete(*take())));

    EXPECT_EQ(counts().waiting, 0u);
    EXPECT_EQ(holder(), "");
}

TEST_P(DeduplicationKeepLast, TakesNoNoticeOfATime) {
    const Deduplication keep{.id = "x", .ttl = 5s, .keep_last_if_active = true};
    try_add(only_once(keep));
    pass_time(10s);

    EXPECT_EQ(try_add(only_once(keep)), held_by_first);
}

TEST_P(DeduplicationKeepLast, ReplacesOneThatIsDelayedWhenAskedTo) {
    const Deduplication keep{.id = "x", .replace = true, .keep_last_if_active = true};
    try_add(only_once(keep, {.delay = 1h}));
    EXPECT_EQ(try_add(only_once(keep, {.delay = 1h})), second_job);

    EXPECT_EQ(ids(JobState::delayed), Ids{"2"});
}

TEST_P(DeduplicationKeepLast, IsForgottenWhenTheJobThatRanIsRemoved) {
    const Deduplication keep{.id = "x", .keep_last_if_active = true};
    try_add(only_once(keep));
    ASSERT_TRUE(take());
    try_add(only_once(keep));
    pass_time(lock_duration + 1s);
    ASSERT_TRUE(done(client.remove(ref("1"))));

    EXPECT_EQ(holder(), "");
    EXPECT_EQ(counts(), JobCounts{});
    EXPECT_FALSE(try_add(only_once(keep)).deduplicated);
}

TEST_P(DeduplicationKeepLast, IsAddedOnceThoughTheAnswerGotLost) {
    const Deduplication keep{.id = "x", .keep_last_if_active = true};
    try_add(only_once(keep));
    const auto run = take();
    try_add(only_once(keep));
    auto params = next_call(0);
    params.outcomes = {{.id = "1", .token = run->token, .value = "1"}};
    call(params);
    events();
    call(params);

    EXPECT_EQ(events(), Lines{});
    EXPECT_EQ(ids(JobState::waiting), Ids{"2"});
}

}  // namespace toril::conformance
