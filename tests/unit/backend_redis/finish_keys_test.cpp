// What finishing writes, and what it frees.

#include "keyspace.hpp"

using namespace std::chrono_literals;

namespace toril::redis_store {
namespace {

using FinishKeysTest = StoreTest;
using Kind = contract::Outcome::Kind;
using Texts = std::vector<std::string>;

TEST_F(FinishKeysTest, ACompletedJobIsWrittenAsBullmqWritesIt) {
    add();
    take(1);
    events();
    now += 5ms;
    ASSERT_TRUE(complete("1"));

    EXPECT_EQ(key("completed"), "{1: 1795186657725}");
    EXPECT_EQ(key("active"), "");
    EXPECT_EQ(key("1:lock"), "");
    EXPECT_EQ(key("1"),
              R"(atm=1 ats=1 data={"a":1} delay=0 finishedOn=1795186657725 name=n )"
              R"(opts={"attempts":0} priority=0 processedOn=1795186657720 )"
              "returnvalue=null timestamp=1795186657720");
    EXPECT_EQ(events(), (Texts{"completed jobId 1 returnvalue null prev active", "drained"}));
}

TEST_F(FinishKeysTest, AFailedJobIsWrittenAsBullmqWritesIt) {
    add();
    take(1);
    raw({"HSET", name_of("1"), "defa", "said before"});
    events();
    ASSERT_TRUE(fail("1", "boom"));

    EXPECT_EQ(key("failed"), "{1: 1795186657720}");
    EXPECT_EQ(key("1"),
              R"(atm=1 ats=1 data={"a":1} delay=0 failedReason=boom finishedOn=1795186657720 )"
              R"(name=n opts={"attempts":0} priority=0 processedOn=1795186657720 )"
              R"(stacktrace=["at"] timestamp=1795186657720)");
    EXPECT_EQ(events(),
              (Texts{"failed jobId 1 failedReason boom prev active",
                     "retries-exhausted jobId 1 attemptsMade 1",
                     "drained"}));
}

TEST_F(FinishKeysTest, AFailureWithAttemptsLeftDoesNotSayThatTheyAreExhausted) {
    add();
    take(1);
    events();
    finish({{.id = "1", .token = "t", .kind = Kind::fail, .value = "boom", .attempts = 3}});

    EXPECT_EQ(events(), (Texts{"failed jobId 1 failedReason boom prev active", "drained"}));
}

TEST_F(FinishKeysTest, ADelayedRetryIsWrittenAsBullmqWritesIt) {
    add();
    take(1);
    raw({"DEL", name_of("marker")});
    events();
    finish({{.id = "1",
             .token = "t",
             .kind = Kind::retry,
             .value = "boom",
             .stacktrace = R"(["x"])",
             .delay = 30ms}});

    EXPECT_EQ(key("delayed"), "{1: 7353084550144000}");
    EXPECT_EQ(key("marker"), "{1: 1795186657750}");
    EXPECT_NE(key("1").find("atm=1 ats=1 data={\"a\":1} delay=30 failedReason=boom"),
              std::string::npos);
    EXPECT_EQ(events(), Texts{"delayed jobId 1 delay 1795186657750"});
}

TEST_F(FinishKeysTest, ARetryAtOnceGoesBehindTheOthers) {
    add();
    add();
    take(1);
    events();
    finish({{.id = "1", .token = "t", .kind = Kind::retry, .value = "boom"}});

    EXPECT_EQ(key("wait"), "[1, 2]");
    EXPECT_EQ(events(), Texts{"waiting jobId 1 prev active"});
}

TEST_F(FinishKeysTest, HandedBackJobsGoToTheFrontOfTheirs) {
    add();
    add();
    add({.priority = 4});
    add({.priority = 4});
    take(3);
    finish({{.id = "1", .token = "t", .kind = Kind::hand_back},
            {.id = "3", .token = "t", .kind = Kind::hand_back}});

    EXPECT_EQ(key("wait"), "[1]");
    EXPECT_EQ(key("prioritized"), "{3: 17179869184, 4: 17179869186}");
    EXPECT_EQ(key("1").find("atm="), std::string::npos) << "no attempt is used up";
}

TEST_F(FinishKeysTest, AJobThatIsNotKeptLeavesNothing) {
    add();
    take(1);
    ASSERT_TRUE(client.add_log({.job = ref("1"), .row = "row"}));
    events();
    ASSERT_TRUE(complete("1", "7", KeepJobs::none()));

    EXPECT_EQ(key("1") + key("1:logs") + key("1:lock") + key("completed"), "");
    EXPECT_EQ(events(), (Texts{"completed jobId 1 returnvalue 7 prev active", "drained"}));
}

TEST_F(FinishKeysTest, OnlyTheNewestAreKept) {
    for (int i = 0; i < 6; ++i) {
        add();
        take(1);
        now += 1ms;
        ASSERT_TRUE(complete(std::to_string(i + 1), "1", {.count = 2}));
    }

    EXPECT_EQ(key("completed"), "{5: 1795186657725, 6: 1795186657726}");
    EXPECT_EQ(key("4"), "");
}

TEST_F(FinishKeysTest, OneStepKeepsEachJobByItsOwnRule) {
    for (int i = 0; i < 6; ++i)
        add();
    take(6);
    std::vector<contract::Outcome> outcomes;
    for (const char* id : {"1", "2", "3", "4", "5", "6"})
        outcomes.push_back({.id = id, .token = "t", .value = "1"});
    outcomes[2].keep = outcomes[3].keep = {.count = 2};
    outcomes[4].keep = KeepJobs::none();
    finish(outcomes);

    EXPECT_EQ(key("completed"), "{3: 1795186657720, 4: 1795186657720, 6: 1795186657720}");
    EXPECT_EQ(key("1") + key("5"), "");
}

TEST_F(FinishKeysTest, OldOnesGoWhenAnotherFinishes) {
    add();
    add();
    take(2);
    ASSERT_TRUE(complete("1"));
    now += 10s;
    ASSERT_TRUE(complete("2", "1", {.age = 10s}));

    EXPECT_EQ(key("completed"), "{2: 1795186667720}");
    EXPECT_EQ(key("1"), "");
}

TEST_F(FinishKeysTest, ManyLeaveTheActiveListWhateverTheirOrder) {
    for (int i = 0; i < 40; ++i)
        add();
    take(40);
    std::vector<contract::Outcome> outcomes;
    for (int id : {40, 1, 17, 39, 2, 3})
        outcomes.push_back({.id = std::to_string(id), .token = "t", .value = "1"});

    EXPECT_EQ(finish(outcomes), Texts(6, ""));
    std::string left;
    for (int id = 38; id > 3; --id)
        if (id != 17) left += (left.empty() ? "" : ", ") + std::to_string(id);
    EXPECT_EQ(key("active"), "[" + left + "]");
}

TEST_F(FinishKeysTest, ARefusedOutcomeChangesNothingAndDoesNotHoldUpTheOthers) {
    for (int i = 0; i < 5; ++i)
        add();
    take(5);
    raw({"SET", name_of("2:lock"), "another"});
    raw({"DEL", name_of("3:lock")});
    raw({"LREM", name_of("active"), "1", "4"});
    const Keys before = keys();

    EXPECT_EQ(finish({{.id = "1", .token = "t", .value = "1"},
                      {.id = "2", .token = "t", .value = "1"},
                      {.id = "3", .token = "t", .value = "1"},
                      {.id = "4", .token = "t", .value = "1"},
                      {.id = "nobody", .token = "t", .value = "1"},
                      {.id = "1", .token = "t", .value = "2"}}),
              (Texts{"", "not_owner", "not_owner", "wrong_state", "not_found", "not_owner"}));
    const Keys after = keys();
    for (const char* suffix : {"2", "3", "4", "5", "2:lock", "4:lock"})
        EXPECT_EQ(after.at(suffix), before.at(suffix)) << suffix;
    EXPECT_NE(after.at("1").find("returnvalue=1"), std::string::npos);
}

TEST_F(FinishKeysTest, AKeyOfDeduplicationIsFreedWithItsJobUnlessItHasAWindow) {
    add();
    add();
    for (const char* id : {"1", "2"})
        raw({"HSET", name_of(id), "deid", "D" + std::string(id)});
    raw({"SET", name_of("de:D1"), "1"});
    raw({"SET", name_of("de:D2"), "2", "PX", "60000"});
    take(2);
    EXPECT_TRUE(complete("1"));
    EXPECT_TRUE(complete("2"));

    EXPECT_EQ(key("de:D1"), "");
    EXPECT_EQ(key("de:D2"), "2");
}

TEST_F(FinishKeysTest, TheJobThatCameMeanwhileTakesTheKeyOfDeduplicationOver) {
    add();
    take(1);
    raw({"HSET", name_of("1"), "deid", "K"});
    raw({"SET", name_of("de:K"), "1"});
    raw({"HSET",
         name_of("dn:K"),
         "name",
         "m",
         "data",
         R"({"n":3})",
         "opts",
         R"({"attempts":0,"de":{"id":"K","keepLastIfActive":true}})",
         "jid",
         "3"});
    events();
    ASSERT_TRUE(complete("1"));

    EXPECT_EQ(key("de:K"), "3");
    EXPECT_EQ(key("dn:K"), "");
    EXPECT_EQ(key("wait"), "[3]");
    EXPECT_EQ(events(),
              (Texts{"added jobId 3 name m",
                     "waiting jobId 3",
                     "completed jobId 1 returnvalue null prev active"}));
}

TEST_F(FinishKeysTest, DrainedIsSaidOnceAndOnlyWhenNothingIsLeft) {
    add();
    add();
    take(2);
    events();
    finish({{.id = "1", .token = "t", .value = "1"}});
    EXPECT_EQ(events(), Texts{"completed jobId 1 returnvalue 1 prev active"});

    finish({{.id = "2", .token = "t", .value = "1"}});
    EXPECT_EQ(events(), (Texts{"completed jobId 2 returnvalue 1 prev active", "drained"}));
}

TEST_F(FinishKeysTest, RenewalReachesOnlyOwnLocksAndClearsTheSuspicion) {
    add();
    add();
    take(2);
    raw({"SET", name_of("2:lock"), "another", "PX", "5000"});
    raw({"SADD", name_of("stalled"), "1", "2"});
    const auto renewed = client.renew(queue, {{"1", "t"}, {"2", "t"}, {"9", "t"}}, 60s, now);

    EXPECT_TRUE((*renewed)[0]);
    EXPECT_EQ((*renewed)[1].error().code(), ErrorCode::not_owner);
    EXPECT_EQ((*renewed)[2].error().code(), ErrorCode::not_owner);
    EXPECT_GT(std::stoi(raw({"PTTL", name_of("1:lock")})), 50'000);
    EXPECT_LE(std::stoi(raw({"PTTL", name_of("2:lock")})), 5'000);
    EXPECT_EQ(key("stalled"), "{2}");
}

TEST_F(FinishKeysTest, AStalledJobIsWrittenAsBullmqWritesIt) {
    add({.priority = 3});
    take(1);
    const auto check = [&](int most) {
        return *client.recover_stalled(
            {.queue = queue, .interval = 30s, .stalled_max = most, .now = now});
    };
    EXPECT_TRUE(check(0).empty());
    EXPECT_EQ(key("stalled"), "{1}");
    EXPECT_EQ(key("stalled-check"), "1795186657720");
    raw({"DEL", name_of("1:lock")});
    EXPECT_TRUE(check(0).empty()) << "one look an interval";
    events();
    now += 30s;

    EXPECT_EQ(check(0), Texts{"1"});
    EXPECT_EQ(key("wait"), "[1]") << "to the front, whatever its priority";
    EXPECT_EQ(key("active"), "");
    EXPECT_EQ(events(), (Texts{"waiting jobId 1 prev active", "stalled jobId 1"}));
    const Job job = *client.job(ref("1"));
    EXPECT_EQ(job.stalled_counter, 1);
    EXPECT_EQ(job.deferred_failure, "job stalled more than allowable limit");
}

}  // namespace
}  // namespace toril::redis_store
