// Adds that link a job to others: what they write, and what they refuse.

#include "keyspace.hpp"

using namespace std::chrono_literals;

namespace toril::redis_store {
namespace {

using contract::Added;
using contract::AddJob;
using contract::ParentLink;
using Texts = std::vector<std::string>;

class LinkedAddKeysTest : public StoreTest {
protected:
    Result<std::vector<Result<Added>>> add_all(std::vector<AddJob> jobs) {
        for (AddJob& job : jobs) {
            if (job.name.empty()) job.name = "n";
            if (job.data.empty()) job.data = "1";
            if (job.opts.empty()) job.opts = "{}";
        }
        return client.add({.queue = queue, .jobs = std::move(jobs), .now = now});
    }
    Added add_one(AddJob job) {
        auto added = add_all({std::move(job)});
        if (added && added->front()) return *added->front();
        ADD_FAILURE() << (added ? added->front().error() : added.error()).message();
        return {};
    }
    ErrorCode refusal_of(AddJob job) {
        auto added = add_all({std::move(job)});
        if (!added || added->front()) {
            ADD_FAILURE() << "not refused";
            return {};
        }
        return added->front().error().code();
    }
    ParentLink of(const JobId& id, ParentPolicy policy = ParentPolicy::none) {
        return {.queue = queue, .id = id, .policy = policy};
    }
    std::string parent_json(const JobId& id, const std::string& flag = "") {
        return R"({"id":")" + id + R"(","queueKey":")" + prefix + R"(:q")" + flag + "}";
    }
};

// ---- parents ----------------------------------------------------------------------------------

TEST_F(LinkedAddKeysTest, AChildIsWrittenAsBullmqWritesIt) {
    add({.id = "R"});
    events();
    add_one({.data = R"({"a":1})", .parent = of("R", ParentPolicy::fail_parent)});

    EXPECT_EQ(key("2"),
              R"(data={"a":1} delay=0 name=n opts={} parent=)" +
                  parent_json("R", R"(,"fpof":true)") + " parentKey=" + name_of("R") +
                  " priority=0 timestamp=1795186657720");
    EXPECT_EQ(key("R:dependencies"), "{" + name_of("2") + "}");
    EXPECT_EQ(key("wait"), "[2, R]");
    EXPECT_EQ(key("marker"), "{0: 0}");
    EXPECT_EQ(events(), (Texts{"added jobId 2 name n", "waiting jobId 2"}));
}

TEST_F(LinkedAddKeysTest, EachPolicyHasItsFlag) {
    add({.id = "R"});
    add_one({.id = "a", .parent = of("R", ParentPolicy::continue_parent)});
    add_one({.id = "b", .parent = of("R", ParentPolicy::ignore_dependency)});
    add_one({.id = "c", .parent = of("R", ParentPolicy::remove_dependency)});

    EXPECT_EQ(raw({"HGET", name_of("a"), "parent"}), parent_json("R", R"(,"cpof":true)"));
    EXPECT_EQ(raw({"HGET", name_of("b"), "parent"}), parent_json("R", R"(,"idof":true)"));
    EXPECT_EQ(raw({"HGET", name_of("c"), "parent"}), parent_json("R", R"(,"rdof":true)"));
}

TEST_F(LinkedAddKeysTest, AChildOfEachKindIsPutWhereItBelongs) {
    add({.id = "R"});
    events();
    ASSERT_TRUE(add_all({{.id = "l", .lifo = true, .parent = of("R")},
                         {.id = "d", .delay = 1s, .parent = of("R")},
                         {.id = "e", .delay = 1s, .parent = of("R")},
                         {.id = "p", .priority = 2, .parent = of("R")}}));

    EXPECT_EQ(key("wait"), "[R, l]");
    EXPECT_EQ(key("delayed"), "{d: 7353084554117120, e: 7353084554117121}");
    EXPECT_EQ(key("prioritized"), "{p: 8589934593}");
    EXPECT_EQ(key("pc"), "1");
    EXPECT_EQ(key("marker"), "{0: 0, 1: 1795186658720}");
    EXPECT_EQ(raw({"SCARD", name_of("R:dependencies")}), "4");
    EXPECT_EQ(events().at(3), "delayed jobId d delay 1795186658720");
}

TEST_F(LinkedAddKeysTest, AJobOfASchedulerSaysSo) {
    add_one({.id = "repeat:s:5", .repeat_job_key = "s"});

    EXPECT_EQ(raw({"HGET", name_of("repeat:s:5"), "rjk"}), "s");
    EXPECT_EQ(key("wait"), "[repeat:s:5]");
}

TEST_F(LinkedAddKeysTest, AMissingParentIsRefusedForThatJobOnly) {
    add({.id = "R"});
    auto added = add_all({{.parent = of("R")}, {.parent = of("nobody")}, {.id = "c"}});

    ASSERT_TRUE(added);
    EXPECT_EQ((*added)[0].value(), Added{.id = "2"});
    EXPECT_EQ((*added)[1].error().code(), ErrorCode::not_found);
    EXPECT_EQ((*added)[2].value(), Added{.id = "c"});
    EXPECT_EQ(key("id"), "3") << "the refused one is not counted";
    EXPECT_EQ(key("wait"), "[c, 2, R]");
    EXPECT_EQ(key("nobody:dependencies"), "");
}

TEST_F(LinkedAddKeysTest, AParentOfTheSameBatchIsThere) {
    auto added = add_all({{.id = "R"}, {.id = "c", .parent = of("R")}});

    ASSERT_TRUE(added);
    EXPECT_TRUE((*added)[1]);
    EXPECT_EQ(key("R:dependencies"), "{" + name_of("c") + "}");
}

TEST_F(LinkedAddKeysTest, APausedQueueGetsNoMarker) {
    add({.id = "R"});
    take(1);
    ASSERT_TRUE(client.pause(queue));
    add_one({.parent = of("R")});

    EXPECT_EQ(key("marker"), "");
    EXPECT_EQ(key("wait"), "[2]");
}

// ---- ids that exist ---------------------------------------------------------------------------

TEST_F(LinkedAddKeysTest, AJobThatExistsGetsItsFirstParent) {
    add({.id = "a"});
    add({.id = "R"});
    events();
    EXPECT_EQ(add_one({.id = "a", .data = "9", .parent = of("R")}),
              (Added{.id = "a", .existed = true}));

    EXPECT_EQ(raw({"HGET", name_of("a"), "data"}), R"({"a":1})");
    EXPECT_EQ(raw({"HGET", name_of("a"), "parentKey"}), name_of("R"));
    EXPECT_EQ(raw({"HGET", name_of("a"), "parent"}), parent_json("R"));
    EXPECT_EQ(key("R:dependencies"), "{" + name_of("a") + "}");
    EXPECT_EQ(events(), Texts{"duplicated jobId a"});
    EXPECT_EQ(key("id"), "3");
}

TEST_F(LinkedAddKeysTest, AJobThatCompletedIsProcessedAtOnceAndReleasesItsParent) {
    add({.id = "a"});
    take(1);
    ASSERT_TRUE(complete("a", "7"));
    add({.id = "R"});
    take(1);
    raw({"LREM", name_of("active"), "0", "R"});
    raw({"ZADD", name_of("waiting-children"), "1", "R"});
    events();
    add_one({.id = "a", .parent = of("R")});

    EXPECT_EQ(key("R:processed"), name_of("a") + "=7");
    EXPECT_EQ(key("R:dependencies"), "");
    EXPECT_EQ(key("wait"), "[R]");
    EXPECT_EQ(events(), (Texts{"waiting jobId R prev waiting-children", "duplicated jobId a"}));
}

TEST_F(LinkedAddKeysTest, AnotherParentThatLivesKeepsItsChild) {
    add({.id = "R"});
    add({.id = "S"});
    add_one({.id = "a", .parent = of("R")});
    const Keys before = keys();

    EXPECT_EQ(refusal_of({.id = "a", .parent = of("S")}), ErrorCode::wrong_state);

    Keys after = keys();
    EXPECT_EQ(after["id"], "4") << "an id is counted, as BullMQ does";
    after["id"] = before.at("id");
    EXPECT_EQ(after, before);
}

TEST_F(LinkedAddKeysTest, AParentThatIsGoneLosesItsChild) {
    add({.id = "R"});
    add({.id = "S"});
    add_one({.id = "a", .parent = of("R")});
    raw({"DEL", name_of("R")});
    add_one({.id = "a", .parent = of("S")});

    EXPECT_EQ(raw({"HGET", name_of("a"), "parentKey"}), name_of("S"));
}

TEST_F(LinkedAddKeysTest, WithoutANewParentNothingIsLinkedAnew) {
    add({.id = "R"});
    add_one({.id = "a", .parent = of("R")});
    EXPECT_TRUE(add_one({.id = "a", .repeat_job_key = "s"}).existed);

    EXPECT_EQ(raw({"HGET", name_of("a"), "parentKey"}), name_of("R"));
    EXPECT_EQ(raw({"HEXISTS", name_of("a"), "rjk"}), "0");
}

// ---- deduplication ----------------------------------------------------------------------------

TEST_F(LinkedAddKeysTest, ASimpleDeduplicationIsWrittenAsBullmqWritesIt) {
    add_one({.deduplication = Deduplication{.id = "D"}});
    EXPECT_EQ(key("de:D"), "1");
    EXPECT_EQ(raw({"PTTL", name_of("de:D")}), "-1");
    EXPECT_EQ(key("1"), "data=1 deid=D delay=0 name=n opts={} priority=0 timestamp=1795186657720");
    events();
    EXPECT_EQ(add_one({.deduplication = Deduplication{.id = "D"}}),
              (Added{.id = "1", .deduplicated = true}));

    EXPECT_EQ(events(), Texts{"deduplicated jobId 1 deduplicationId D deduplicatedJobId 2"});
    EXPECT_EQ(key("2"), "");
    EXPECT_EQ(key("wait"), "[1]");
}

TEST_F(LinkedAddKeysTest, AThrottleHasItsTime) {
    const AddJob job{.deduplication = Deduplication{.id = "T", .ttl = 5s}};
    add_one(job);
    raw({"PEXPIRE", name_of("de:T"), "1000"});
    add_one(job);
    EXPECT_LE(std::stoi(raw({"PTTL", name_of("de:T")})), 1000) << "not extended";
    take(1);
    ASSERT_TRUE(complete("1"));

    EXPECT_EQ(key("de:T"), "1") << "finishing the job does not free it";
}

TEST_F(LinkedAddKeysTest, AnExtensionBeginsTheTimeAnew) {
    const AddJob job{.deduplication = Deduplication{.id = "T", .ttl = 5s, .extend = true}};
    add_one(job);
    raw({"PEXPIRE", name_of("de:T"), "1000"});
    EXPECT_TRUE(add_one(job).deduplicated);

    EXPECT_GT(std::stoi(raw({"PTTL", name_of("de:T")})), 4000);
    EXPECT_EQ(key("de:T"), "1");
}

TEST_F(LinkedAddKeysTest, ADebounceReplacesTheDelayedJob) {
    const AddJob job{.delay = 1s, .deduplication = Deduplication{.id = "B", .replace = true}};
    add_one(job);
    raw({"HSET", name_of("dn:B"), "name", "stale"});
    events();
    EXPECT_EQ(add_one(job), Added{.id = "2"});

    EXPECT_EQ(key("1"), "");
    EXPECT_EQ(key("dn:B"), "");
    EXPECT_EQ(key("de:B"), "2");
    EXPECT_EQ(key("delayed"), "{2: 7353084554117120}") << "as if the first had never been";
    EXPECT_EQ(events(),
              (Texts{"removed jobId 1 prev delayed",
                     "deduplicated jobId 2 deduplicationId B deduplicatedJobId 1",
                     "added jobId 2 name n",
                     "delayed jobId 2 delay 1795186658720"}));
}

TEST_F(LinkedAddKeysTest, ADebounceKeepsTheEndOfItsTimeUnlessExtended) {
    AddJob job{.delay = 1s, .deduplication = Deduplication{.id = "B", .ttl = 5s, .replace = true}};
    add_one(job);
    raw({"PEXPIRE", name_of("de:B"), "1000"});
    add_one(job);
    EXPECT_LE(std::stoi(raw({"PTTL", name_of("de:B")})), 1000);
    job.deduplication->extend = true;
    add_one(job);

    EXPECT_GT(std::stoi(raw({"PTTL", name_of("de:B")})), 4000);
    EXPECT_EQ(key("de:B"), "3");
}

TEST_F(LinkedAddKeysTest, ADebounceLeavesTheParentOfTheReplacedJobToItsSuccessor) {
    add({.id = "R"});
    const AddJob job{
        .delay = 1s, .deduplication = Deduplication{.id = "B", .replace = true}, .parent = of("R")};
    add_one(job);
    add_one(job);

    EXPECT_EQ(key("R:dependencies"), "{" + name_of("3") + "}");
}

TEST_F(LinkedAddKeysTest, ADebounceOfARunningJobIsSilent) {
    const AddJob job{.deduplication = Deduplication{.id = "B", .replace = true}};
    add_one(job);
    take(1);
    events();
    EXPECT_TRUE(add_one(job).deduplicated);

    EXPECT_EQ(events(), Texts{});
}

TEST_F(LinkedAddKeysTest, AReschedulingMovesTheDelayedJob) {
    AddJob job{.delay = 1s, .deduplication = Deduplication{.id = "S", .reschedule = true}};
    add_one(job);
    events();
    job.delay = 2s;
    job.data = "9";
    EXPECT_TRUE(add_one(job).deduplicated);

    EXPECT_EQ(raw({"HGET", name_of("1"), "delay"}), "2000");
    EXPECT_EQ(raw({"HGET", name_of("1"), "data"}), "1");
    EXPECT_EQ(key("delayed"), "{1: 7353084558213120}");
    EXPECT_EQ(key("marker"), "{1: 1795186659720}");
    EXPECT_EQ(events(),
              (Texts{"deduplicated jobId 1 deduplicationId S deduplicatedJobId 2",
                     "delayed jobId 1 delay 1795186659720"}));
}

TEST_F(LinkedAddKeysTest, AKeyWhoseHolderIsGoneIsTakenOver) {
    raw({"SET", name_of("de:D"), "gone"});
    raw({"HSET", name_of("dn:D"), "name", "stale"});
    EXPECT_EQ(add_one({.deduplication = Deduplication{.id = "D"}}), Added{.id = "1"});

    EXPECT_EQ(key("de:D"), "1");
    EXPECT_EQ(key("dn:D"), "");
}

TEST_F(LinkedAddKeysTest, AWindowWhoseHolderIsGoneGoesOn) {
    raw({"SET", name_of("de:D"), "gone", "PX", "5000"});

    EXPECT_EQ(add_one({.deduplication = Deduplication{.id = "D"}}),
              (Added{.id = "gone", .deduplicated = true}));
}

TEST_F(LinkedAddKeysTest, TheLastJobOfARunIsKeptAsBullmqKeepsIt) {
    const std::string opts =
        R"({"attempts":0,"delay":2000,"de":{"id":"K","keepLastIfActive":true}})";
    const Deduplication rule{.id = "K", .ttl = 5s, .keep_last_if_active = true};
    add_one({.deduplication = rule});
    EXPECT_EQ(raw({"PTTL", name_of("de:K")}), "-1");
    take(1);
    add_one({.data = "2", .deduplication = rule});
    events();
    EXPECT_EQ(add_one({.data = R"({"n":3})", .opts = opts, .delay = 2s, .deduplication = rule}),
              (Added{.id = "1", .deduplicated = true}));

    EXPECT_EQ(key("dn:K"), R"(data={"n":3} jid=3 name=n opts=)" + opts);
    EXPECT_EQ(raw({"PTTL", name_of("de:K")}), "-1");
    EXPECT_EQ(events(), Texts{"deduplicated jobId 1 deduplicationId K deduplicatedJobId 3"});

    now += 1s;
    ASSERT_TRUE(complete("1"));
    EXPECT_EQ(key("de:K"), "3");
    EXPECT_EQ(key("dn:K"), "");
    EXPECT_EQ(key("id"), "4");
    EXPECT_EQ(events(),
              (Texts{"added jobId 3 name n",
                     "delayed jobId 3 delay 1795186660720",
                     "completed jobId 1 returnvalue null prev active",
                     "drained"}));
}

TEST_F(LinkedAddKeysTest, TheLastJobKeepsItsLinks) {
    const Deduplication rule{.id = "K", .keep_last_if_active = true};
    add({.id = "R"});
    add_one({.id = "a", .lifo = true, .deduplication = rule});
    take(1);
    add_one({.priority = 4, .deduplication = rule, .parent = of("R"), .repeat_job_key = "s"});
    EXPECT_EQ(raw({"HGET", name_of("dn:K"), "pdk"}), name_of("R:dependencies"));
    ASSERT_TRUE(complete("a"));

    EXPECT_EQ(key("prioritized"), "{3: 17179869185}") << "its options' text does not say so";
    EXPECT_EQ(key("R:dependencies"), "{" + name_of("3") + "}");
    EXPECT_EQ(raw({"HGET", name_of("3"), "parent"}), parent_json("R"));
    EXPECT_EQ(raw({"HGET", name_of("3"), "rjk"}), "s");
}

TEST_F(LinkedAddKeysTest, TheLastJobIsDroppedWhenItsIdCameMeanwhile) {
    const Deduplication rule{.id = "K", .keep_last_if_active = true};
    add_one({.deduplication = rule});
    take(1);
    add_one({.id = "own", .data = "9", .deduplication = rule});
    add({.id = "own"});
    ASSERT_TRUE(complete("1"));

    EXPECT_EQ(key("wait"), "[own]");
    EXPECT_EQ(raw({"HGET", name_of("own"), "data"}), R"({"a":1})");
    EXPECT_EQ(key("dn:K") + key("de:K"), "");
}

TEST_F(LinkedAddKeysTest, AHolderIsFoundAndReleased) {
    add_one({.deduplication = Deduplication{.id = "D"}});
    EXPECT_EQ(client.deduplication_holder(queue, "D").value(), "1");
    EXPECT_EQ(client.deduplication_holder(queue, "other").value(), "");
    EXPECT_FALSE(client.remove_deduplication(queue, "D", "2").value());
    EXPECT_TRUE(client.remove_deduplication(queue, "D", "1").value());
    EXPECT_FALSE(client.remove_deduplication(queue, "D").value());

    EXPECT_EQ(key("de:D"), "");
}

// ---- repeats ----------------------------------------------------------------------------------

TEST_F(LinkedAddKeysTest, ARepeatGivesTheFirstAnswerAndWritesNothing) {
    add({.id = "R"});
    contract::AddParams params{.queue = queue,
                               .jobs = {{.parent = of("R")},
                                        {.parent = of("nobody")},
                                        {.id = "R", .repeat_job_key = "s"},
                                        {.deduplication = Deduplication{.id = "D"}},
                                        {.deduplication = Deduplication{.id = "D"}}},
                               .repeat_token = "t",
                               .repeat_sequence = 4,
                               .now = now};
    for (AddJob& job : params.jobs)
        job.name = job.data = job.opts = "1";
    const auto first = client.add(params);
    ASSERT_TRUE(first) << first.error().message();
    const Keys before = keys();

    auto again = client.add(params);

    ASSERT_TRUE(again);
    EXPECT_EQ(keys(), before);
    ASSERT_EQ(again->size(), 5u);
    EXPECT_EQ((*again)[0].value(), Added{.id = "2"});
    EXPECT_EQ((*again)[1].error(), (*first)[1].error());
    EXPECT_EQ((*again)[2].value(), (Added{.id = "R", .existed = true}));
    EXPECT_EQ((*again)[3].value(), Added{.id = "4"});
    EXPECT_EQ((*again)[4].value(), (Added{.id = "4", .deduplicated = true}));
}

TEST_F(LinkedAddKeysTest, ATokenServesPlainAndLinkedAddsInTurn) {
    add({.id = "R"});
    contract::AddParams params{.queue = queue,
                               .jobs = {{.name = "n", .data = "1", .opts = "{}"}},
                               .repeat_token = "t",
                               .repeat_sequence = 1,
                               .now = now};
    for (int i = 2; i <= 5; ++i) {
        if (i % 2 == 0)
            params.jobs[0].parent.reset();
        else
            params.jobs[0].parent = of("R");
        params.repeat_sequence = static_cast<std::uint64_t>(i);
        for (int repeat = 0; repeat < 2; ++repeat)
            EXPECT_EQ((*client.add(params))[0].value().id, std::to_string(i));
    }
    EXPECT_EQ(key("id"), "5");
}

// ---- keys of the wrong type -------------------------------------------------------------------

TEST_F(LinkedAddKeysTest, KeysOfTheWrongTypeAreNamedAndNothingIsChanged) {
    for (const char* suffix : {"R", "R:dependencies", "de:D", "dn:D", "delayed", "events", "a"}) {
        add({.id = "R"});
        add({.id = "a"});
        raw({"DEL", name_of(suffix)});
        if (suffix == std::string("de:D"))
            raw({"LPUSH", name_of(suffix), "x"});
        else
            raw({"SET", name_of(suffix), "x"});
        const Keys before = keys();

        auto added = add_all({{.name = "first"},
                              {.deduplication = Deduplication{.id = "D", .replace = true}},
                              {.id = "a", .delay = 1s, .parent = of("R")},
                              {.delay = 1s}});

        ASSERT_FALSE(added) << suffix;
        EXPECT_EQ(added.error().code(), ErrorCode::corrupt);
        EXPECT_NE(added.error().message().find("\"" + name_of(suffix) + "\""), std::string::npos)
            << added.error().message();
        EXPECT_EQ(keys(), before) << suffix;
        raw({"DEL", name_of(suffix)});
    }
}

}  // namespace
}  // namespace toril::redis_store
