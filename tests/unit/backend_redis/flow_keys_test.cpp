// Jobs of Node's flows: a child that is finished here keeps its parent's books.

#include "keyspace.hpp"

using namespace std::chrono_literals;

namespace toril::redis_store {
namespace {

using Texts = std::vector<std::string>;

class FlowKeysTest : public StoreTest {
protected:
    // As FlowProducer leaves them: parent R, children C1 (with `flag`) and C2.
    void add_flow(const std::string& flag = "", const std::string& parent_priority = "0") {
        raw({"HSET",
             name_of("R"),
             "name",
             "r",
             "data",
             "{}",
             "opts",
             "{}",
             "timestamp",
             "1795186657720",
             "delay",
             "0",
             "priority",
             parent_priority});
        raw({"ZADD", name_of("waiting-children"), "1795186657720", "R"});
        for (const char* id : {"C1", "C2"}) {
            add({.id = id});
            const std::string own_flag = id == std::string("C1") ? flag : "";
            raw({"HSET",
                 name_of(id),
                 "parentKey",
                 name_of("R"),
                 "parent",
                 R"({"id":"R","queueKey":")" + prefix + R"(:q")" + own_flag + "}"});
            raw({"SADD", name_of("R:dependencies"), name_of(id)});
        }
        take(2);
        events();
    }
    bool parent_waits_for_children() { return key("waiting-children") != ""; }
};

TEST_F(FlowKeysTest, TheLastChildReleasesItsParentToTheFront) {
    add_flow();
    add();
    ASSERT_TRUE(complete("C1", "7"));
    EXPECT_EQ(key("R:processed"), name_of("C1") + "=7");
    EXPECT_TRUE(parent_waits_for_children());
    events();
    ASSERT_TRUE(complete("C2", "8"));

    EXPECT_FALSE(parent_waits_for_children());
    EXPECT_EQ(key("R:dependencies"), "");
    EXPECT_EQ(key("wait"), "[3, R]");
    EXPECT_EQ(events(),
              (Texts{"waiting jobId R prev waiting-children",
                     "completed jobId C2 returnvalue 8 prev active"}));
}

TEST_F(FlowKeysTest, AParentWithAPriorityKeepsIt) {
    add_flow("", "6");
    EXPECT_TRUE(complete("C1"));
    EXPECT_TRUE(complete("C2"));

    EXPECT_EQ(key("prioritized"), "{R: 25769803777}");
}

TEST_F(FlowKeysTest, AFailedChildWithoutAPolicyKeepsItsParentWaiting) {
    add_flow();
    EXPECT_TRUE(fail("C1"));
    EXPECT_TRUE(complete("C2"));

    EXPECT_TRUE(parent_waits_for_children());
    EXPECT_EQ(key("R:dependencies"), "{" + name_of("C1") + "}");
}

TEST_F(FlowKeysTest, AFailedChildMayFailItsParentAtOnce) {
    add_flow(R"(,"fpof":true)");
    EXPECT_TRUE(fail("C1"));

    EXPECT_EQ(key("R:unsuccessful"), "{" + name_of("C1") + ": 1795186657720}");
    EXPECT_EQ(key("wait"), "[R]");
    EXPECT_EQ(call({.take = 1, .token = "t"}).jobs.at(0).deferred_failure,
              "child " + name_of("C1") + " failed");
}

TEST_F(FlowKeysTest, AFailedChildMayLetItsParentGoOnAtOnce) {
    add_flow(R"(,"cpof":true)");
    EXPECT_TRUE(fail("C1", "why"));

    EXPECT_EQ(key("R:failed"), name_of("C1") + "=why");
    EXPECT_EQ(key("wait"), "[R]");
    EXPECT_EQ(key("R:dependencies"), "{" + name_of("C2") + "}");
}

TEST_F(FlowKeysTest, AFailedChildMayBeIgnored) {
    add_flow(R"(,"idof":true)");
    EXPECT_TRUE(fail("C1", "why"));
    EXPECT_EQ(key("R:failed"), name_of("C1") + "=why");
    EXPECT_TRUE(parent_waits_for_children());
    EXPECT_TRUE(complete("C2"));

    EXPECT_EQ(key("wait"), "[R]");
}

TEST_F(FlowKeysTest, AFailedChildMayBeForgotten) {
    add_flow(R"(,"rdof":true)");
    EXPECT_TRUE(complete("C2"));
    EXPECT_TRUE(fail("C1", "why"));

    EXPECT_EQ(key("R:failed"), "");
    EXPECT_EQ(key("wait"), "[R]");
}

TEST_F(FlowKeysTest, AFailedChildThatIsNotKeptReleasesItsParent) {
    add_flow();
    EXPECT_TRUE(complete("C2"));
    EXPECT_TRUE(fail("C1", "why", KeepJobs::none()));

    EXPECT_EQ(key("wait"), "[R]");
    EXPECT_EQ(key("C1"), "");
}

TEST_F(FlowKeysTest, AParentIsNotCompletedBeforeItsChildren) {
    add_flow(R"(,"cpof":true)");
    EXPECT_TRUE(fail("C1"));
    take(1);
    EXPECT_EQ(complete("R").error().code(), ErrorCode::failed);
    EXPECT_EQ(key("R:lock"), "t") << "nothing was changed";

    EXPECT_TRUE(complete("C2"));
    EXPECT_TRUE(complete("R"));
}

TEST_F(FlowKeysTest, AParentInAnotherQueueIsReleasedByItsOwnRules) {
    const std::string other = prefix + ":other:";
    raw({"HSET",
         other + "R",
         "name",
         "r",
         "data",
         "{}",
         "opts",
         "{}",
         "timestamp",
         "1",
         "delay",
         "0",
         "priority",
         "0"});
    raw({"ZADD", other + "waiting-children", "1", "R"});
    raw({"HSET", other + "meta", "paused", "1"});
    add({.id = "C"});
    raw({"HSET",
         name_of("C"),
         "parentKey",
         other + "R",
         "parent",
         R"({"id":"R","queueKey":")" + prefix + R"(:other"})"});
    raw({"SADD", other + "R:dependencies", name_of("C")});
    take(1);
    EXPECT_TRUE(complete("C", "1"));

    EXPECT_EQ(raw({"LINDEX", other + "wait", "0"}), "R");
    EXPECT_EQ(raw({"EXISTS", other + "marker"}), "0") << "that queue is paused";
    for (const char* suffix : {"R", "R:processed", "meta", "wait", "events"})
        raw({"DEL", other + suffix});
}

TEST_F(FlowKeysTest, RemovingAParentRemovesItsChildrenUnlessOneIsHeld) {
    add_flow();
    EXPECT_EQ(client.remove(ref("R")).error().code(), ErrorCode::wrong_state);
    raw({"DEL", name_of("C1:lock")});
    raw({"DEL", name_of("C2:lock")});
    events();

    ASSERT_TRUE(client.remove(ref("R")));
    EXPECT_EQ(key("R") + key("C1") + key("C2") + key("active") + key("R:dependencies"), "");
    EXPECT_EQ(events().back(), "removed jobId R prev wait") << "released by its last child";
}

TEST_F(FlowKeysTest, RemovingTheLastChildReleasesItsParent) {
    add_flow();
    EXPECT_TRUE(complete("C2"));
    raw({"DEL", name_of("C1:lock")});
    ASSERT_TRUE(client.remove(ref("C1")));

    EXPECT_EQ(key("wait"), "[R]");
}

TEST_F(FlowKeysTest, ARetriedChildIsWaitedForAgain) {
    add_flow(R"(,"fpof":true)");
    EXPECT_TRUE(fail("C1"));
    ASSERT_TRUE(client.retry({.job = ref("C1"), .from = JobState::failed, .now = now}));

    EXPECT_EQ(key("R:unsuccessful"), "");
    EXPECT_NE(key("R:dependencies").find(name_of("C1")), std::string::npos);
}

}  // namespace
}  // namespace toril::redis_store
