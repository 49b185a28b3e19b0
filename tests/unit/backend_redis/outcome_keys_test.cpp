// Runs that end without a result, and the rules about children that outcomes keep to.

#include "keyspace.hpp"

using namespace std::chrono_literals;

namespace toril::redis_store {
namespace {

using contract::Outcome;
using Kind = Outcome::Kind;
using Texts = std::vector<std::string>;

class OutcomeKeysTest : public StoreTest {
protected:
    static Outcome end(const JobId& id, Kind kind, Millis delay = 0ms) {
        return {.id = id,
                .token = "t",
                .kind = kind,
                .value = kind == Kind::complete ? "1" : "bad",
                .stacktrace = kind == Kind::fail || kind == Kind::retry ? R"(["at"])" : "",
                .delay = delay};
    }
    JobId add_child(const JobId& id, const JobId& of, ParentPolicy policy = ParentPolicy::none) {
        return add(
            {.id = id, .parent = contract::ParentLink{.queue = queue, .id = of, .policy = policy}});
    }
    // A parent and its children, all of them running.
    void run_family(const Texts& children, ParentPolicy policy = ParentPolicy::none) {
        add({.id = "R"});
        for (const std::string& id : children)
            add_child(id, "R", policy);
        take(children.size() + 1);
        events();
    }
};

// ---- postponing -------------------------------------------------------------------------------

TEST_F(OutcomeKeysTest, APostponedJobIsDelayedWithoutAnAttempt) {
    add();
    take(1);
    const std::string before = key("1");
    events();
    EXPECT_EQ(finish({end("1", Kind::postpone, 2s)}), Texts{""});

    std::string after = before;
    after.replace(after.find("delay=0"), 7, "delay=2000");
    EXPECT_EQ(key("1"), after);
    EXPECT_EQ(key("delayed"), "{1: 7353084558213120}");
    EXPECT_EQ(key("1:lock") + key("active"), "");
    EXPECT_EQ(key("marker"), "{0: 0, 1: 1795186659720}");
    EXPECT_EQ(events(), Texts{"delayed jobId 1 delay 1795186659720"});
}

TEST_F(OutcomeKeysTest, AJobPostponedByNothingGoesToTheEndOfItsLine) {
    add();
    add({.priority = 5});
    take(2);
    add();
    add({.priority = 5});
    events();
    EXPECT_EQ(finish({end("1", Kind::postpone), end("2", Kind::postpone)}), (Texts{"", ""}));

    EXPECT_EQ(key("wait"), "[1, 3]");
    EXPECT_EQ(key("prioritized"), "{4: 21474836482, 2: 21474836483}");
    EXPECT_EQ(raw({"HEXISTS", name_of("1"), "atm"}), "0");
    EXPECT_EQ(events(), (Texts{"waiting jobId 1 prev active", "waiting jobId 2 prev active"}));
}

// ---- the front, for LIFO jobs -----------------------------------------------------------------

TEST_F(OutcomeKeysTest, ALifoJobThatIsRetriedGoesToTheFront) {
    add({.id = "a", .opts = R"({"lifo":true})", .lifo = true});
    take(1);
    add();
    EXPECT_EQ(finish({end("a", Kind::retry)}), Texts{""});
    EXPECT_EQ(key("wait"), "[2, a]");
    take(1);
    ASSERT_TRUE(fail("a"));
    ASSERT_TRUE(client.retry({.job = ref("a"), .from = JobState::failed, .now = now}));

    EXPECT_EQ(key("wait"), "[2, a]");
}

TEST_F(OutcomeKeysTest, OptionsThatOnlyMentionLifoDoNotCount) {
    const Texts texts{
        R"({"lifo":false})", R"({"x":"\"lifo\":true"})", R"({"x":{"lifo":true}})", R"({"lifo":)"};
    for (const std::string& opts : texts)
        add({.opts = opts});
    take(4);
    add({.id = "b"});
    EXPECT_EQ(finish({end("1", Kind::retry),
                      end("2", Kind::retry),
                      end("3", Kind::retry),
                      end("4", Kind::retry)}),
              (Texts{"", "", "", ""}));

    EXPECT_EQ(key("wait"), "[4, 3, 2, 1, b]");
}

TEST_F(OutcomeKeysTest, ARetryMayForgetTheAttempts) {
    add();
    take(1);
    ASSERT_TRUE(fail("1"));
    raw({"HSET", name_of("1"), "attemptsMade", "4"});
    ASSERT_TRUE(client.retry(
        {.job = ref("1"), .from = JobState::failed, .reset_attempts = true, .now = now}));

    EXPECT_EQ(key("1"),
              R"(data={"a":1} delay=0 name=n opts={"attempts":0} priority=0 )"
              R"(stacktrace=["at"] timestamp=1795186657720)");
}

// ---- a limit by hand --------------------------------------------------------------------------

TEST_F(OutcomeKeysTest, AHandlerMayStopAllStartsForAWhile) {
    add();
    add();
    take(1);
    events();
    const auto answer = call({.taker = {.limit = contract::RateLimit{.max = 5, .duration = 1s}},
                              .outcomes = {end("1", Kind::rate_limit, 4s)},
                              .take = 2,
                              .token = "t"});

    EXPECT_TRUE(answer.jobs.empty());
    EXPECT_GT(answer.limited_for, 3s);
    EXPECT_LE(answer.limited_for, 4s);
    EXPECT_EQ(key("limiter"), "9007199254740991");
    EXPECT_EQ(key("wait"), "[2, 1]");
    EXPECT_EQ(raw({"HEXISTS", name_of("1"), "atm"}), "0");
    EXPECT_EQ(events(), Texts{"waiting jobId 1 prev active"});
    EXPECT_EQ(take(1), Texts{"1"}) << "a worker without a limit takes no notice, as in BullMQ";
}

TEST_F(OutcomeKeysTest, ALimitForNoTimeIsNone) {
    add();
    take(1);
    EXPECT_EQ(finish({end("1", Kind::rate_limit)}), Texts{""});

    EXPECT_EQ(key("limiter"), "");
    EXPECT_EQ(key("wait"), "[1]");
}

// ---- children ---------------------------------------------------------------------------------

TEST_F(OutcomeKeysTest, AParentWaitsForItsChildren) {
    run_family({"a"});
    EXPECT_EQ(finish({end("R", Kind::wait_children)}), Texts{""});

    EXPECT_EQ(key("waiting-children"), "{R: 1795186657720}");
    EXPECT_EQ(key("active"), "[a]");
    EXPECT_EQ(key("R:lock"), "");
    EXPECT_EQ(events(), Texts{"waiting-children jobId R prev active"});
    ASSERT_TRUE(complete("a"));
    EXPECT_EQ(key("wait"), "[R]");
}

TEST_F(OutcomeKeysTest, AParentWithoutPendingChildrenGoesToTheFront) {
    run_family({});
    add();
    events();
    EXPECT_EQ(finish({end("R", Kind::wait_children)}), Texts{""});

    EXPECT_EQ(key("wait"), "[2, R]");
    EXPECT_EQ(events(), Texts{"waiting jobId R prev active"});
}

TEST_F(OutcomeKeysTest, AParentOfAFailedChildMayNotWait) {
    run_family({"a"}, ParentPolicy::fail_parent);
    ASSERT_TRUE(fail("a"));
    const Keys before = keys();

    const auto answer = call({.outcomes = {end("R", Kind::wait_children)}});

    EXPECT_EQ(answer.finished.at(0).error().code(), ErrorCode::unrecoverable);
    EXPECT_EQ(answer.finished.at(0).error().message(),
              "job \"R\" of \"q\" has at least one failed child");
    EXPECT_EQ(keys(), before);
}

TEST_F(OutcomeKeysTest, AParentIsNotCompletedWithPendingChildren) {
    run_family({"a"});
    const Keys before = keys();

    const Status status = complete("R");

    EXPECT_EQ(status.error().code(), ErrorCode::failed);
    EXPECT_EQ(status.error().message(), "job \"R\" of \"q\" has pending children");
    EXPECT_EQ(keys(), before);
}

TEST_F(OutcomeKeysTest, OutcomesOfOneCallSeeThoseBeforeThem) {
    run_family({"a", "b"});
    EXPECT_EQ(
        finish({end("a", Kind::complete), end("R", Kind::complete), end("b", Kind::complete)}),
        (Texts{"", "failed", ""}));
    EXPECT_EQ(finish({end("R", Kind::complete)}), Texts{""});
}

TEST_F(OutcomeKeysTest, AParentMayEndInTheCallThatEndsItsLastChild) {
    run_family({"a", "b"});
    EXPECT_EQ(
        finish({end("a", Kind::complete), end("b", Kind::complete), end("R", Kind::complete)}),
        (Texts{"", "", ""}));

    EXPECT_EQ(raw({"ZCARD", name_of("completed")}), "3");
    EXPECT_EQ(raw({"HLEN", name_of("R:processed")}), "2");
}

TEST_F(OutcomeKeysTest, AChildThatFailsItsParentDoesSoForOutcomesBehindIt) {
    run_family({"a"}, ParentPolicy::fail_parent);
    EXPECT_EQ(finish({end("a", Kind::fail), end("R", Kind::complete)}),
              (Texts{"", "unrecoverable"}));
    EXPECT_EQ(raw({"HGET", name_of("R"), "defa"}), "child " + name_of("a") + " failed");
}

TEST_F(OutcomeKeysTest, AChildThatFailsWithoutAPolicyIsStillPending) {
    run_family({"a"});
    EXPECT_EQ(finish({end("a", Kind::fail), end("R", Kind::complete)}), (Texts{"", "failed"}));
}

TEST_F(OutcomeKeysTest, AParentThatFailedBeforeItsChildIsLeftAlone) {
    run_family({"a"}, ParentPolicy::fail_parent);
    EXPECT_EQ(finish({end("R", Kind::fail), end("a", Kind::fail)}), (Texts{"", ""}));

    EXPECT_EQ(raw({"HEXISTS", name_of("R"), "defa"}), "0");
    EXPECT_EQ(raw({"ZCARD", name_of("failed")}), "2");
}

// ---- damage -----------------------------------------------------------------------------------

TEST_F(OutcomeKeysTest, AChildWhoseParentIsDamagedIsRefusedAlone) {
    for (const char* part : {"R:dependencies", "R:processed", "R:unsuccessful", "R"}) {
        for (const auto& [suffix, content] : keys())
            raw({"DEL", name_of(suffix)});
        run_family({"a", "b"}, ParentPolicy::fail_parent);
        add({.id = "other"});
        take(1);
        raw({"DEL", name_of(part)});
        raw({"SET", name_of(part), "x"});
        const Keys before = keys();

        EXPECT_EQ(finish({end("a", Kind::complete), end("b", Kind::fail)}),
                  (Texts{"corrupt", "corrupt"}))
            << part;
        EXPECT_EQ(keys(), before) << part;
        EXPECT_EQ(finish({end("a", Kind::complete), end("other", Kind::complete)}),
                  (Texts{"corrupt", ""}))
            << part;
    }
}

TEST_F(OutcomeKeysTest, AJobWhoseDeduplicationIsDamagedIsRefusedAlone) {
    add({.id = "a", .deduplication = Deduplication{.id = "D"}});
    add({.id = "b"});
    take(2);
    raw({"SET", name_of("dn:D"), "x"});

    EXPECT_EQ(finish({end("a", Kind::complete), end("b", Kind::complete)}), (Texts{"corrupt", ""}));
    EXPECT_EQ(key("a:lock"), "t");
}

TEST_F(OutcomeKeysTest, AParentWhoseOwnBooksAreDamagedIsRefusedAlone) {
    run_family({"a"});
    raw({"DEL", name_of("R:dependencies")});
    raw({"SET", name_of("R:dependencies"), "x"});
    add({.id = "b"});
    take(1);

    EXPECT_EQ(finish({end("R", Kind::wait_children), end("b", Kind::complete)}),
              (Texts{"corrupt", ""}));
}

}  // namespace
}  // namespace toril::redis_store
