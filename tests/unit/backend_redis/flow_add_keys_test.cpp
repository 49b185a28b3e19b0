// Flows: what adding whole trees writes, in one step or not at all.

#include "keyspace.hpp"

using namespace std::chrono_literals;

namespace toril::redis_store {
namespace {

using contract::Added;
using contract::ParentLink;
using Node = contract::AddFlowParams::Node;
using Texts = std::vector<std::string>;

class FlowAddKeysTest : public StoreTest {
protected:
    Node node(const JobId& id, const std::string& in = "q") {
        return {.queue = in, .job = {.id = id, .name = "n", .data = "1", .opts = "{}"}};
    }
    Node parent(const JobId& id, const std::string& in = "q") {
        Node made = node(id, in);
        made.job.has_children = true;
        return made;
    }
    Node child(const JobId& id,
               const JobId& of,
               const std::string& in = "q",
               ParentPolicy policy = ParentPolicy::none) {
        Node made = node(id, in);
        made.job.parent = ParentLink{.queue = queue, .id = of, .policy = policy};
        return made;
    }
    contract::AddFlowParams flow(std::vector<Node> nodes) {
        return {.nodes = std::move(nodes), .now = now};
    }
    // "" for added, "existed", or the code of a refusal.
    Texts add_flow(const contract::AddFlowParams& params) {
        const auto added = client.add_flow(params);
        if (!added) return {std::string(to_string(added.error().code()))};
        Texts all;
        for (const Result<Added>& each : *added) {
            if (!each)
                all.emplace_back(to_string(each.error().code()));
            else
                all.emplace_back(each->existed ? "existed" : "");
        }
        return all;
    }
    Texts add_flow(std::vector<Node> nodes) { return add_flow(flow(std::move(nodes))); }
};

TEST_F(FlowAddKeysTest, ATreeIsWrittenAsBullmqWritesIt) {
    EXPECT_EQ(add_flow({parent("R"),
                        child("C1", "R", "q", ParentPolicy::fail_parent),
                        child("C2", "R", "q2", ParentPolicy::ignore_dependency)}),
              (Texts{"", "", ""}));

    const std::string plain = "data=1 delay=0 name=n opts={}";
    const std::string rest = " parentKey=" + name_of("R") + " priority=0 timestamp=1795186657720";
    const std::string link = R"({"id":"R","queueKey":")" + prefix + R"(:q",")";
    EXPECT_EQ(keys(),
              (Keys{{"id", "2"},
                    {"meta", "opts.maxLenEvents=10000"},
                    {"events", "4 events"},
                    {"waiting-children", "{R: 1795186657720}"},
                    {"R", plain + " priority=0 timestamp=1795186657720"},
                    {"R:dependencies", "{" + prefix + ":q2:C2, " + name_of("C1") + "}"},
                    {"C1", plain + " parent=" + link + R"(fpof":true})" + rest},
                    {"wait", "[C1]"},
                    {"marker", "{0: 0}"},
                    {":q2:id", "1"},
                    {":q2:meta", "opts.maxLenEvents=10000"},
                    {":q2:events", "2 events"},
                    {":q2:C2", plain + " parent=" + link + R"(idof":true})" + rest},
                    {":q2:wait", "[C2]"},
                    {":q2:marker", "{0: 0}"}}));
    EXPECT_EQ(events(),
              (Texts{"added jobId R name n",
                     "waiting-children jobId R",
                     "added jobId C1 name n",
                     "waiting jobId C1"}));
}

TEST_F(FlowAddKeysTest, AParentAloneWakesNobody) {
    Node later = child("C", "R");
    later.job.delay = 1s;
    Node root = parent("R");
    root.job.delay = 5s;
    root.job.priority = 3;
    root.job.timestamp = now - 10s;
    add_flow({root, later});

    EXPECT_EQ(key("waiting-children"), "{R: 1795186647720}");
    EXPECT_EQ(raw({"HGET", name_of("R"), "delay"}), "5000");
    EXPECT_EQ(key("marker"), "{1: 1795186658720}");
}

TEST_F(FlowAddKeysTest, DelayedJobsOfTwoQueuesDoNotShareTheirOrder) {
    Node first = child("a", "R", "q"), second = child("b", "R", "q2");
    first.job.delay = second.job.delay = 1s;
    add_flow({parent("R"), first, second});

    EXPECT_EQ(key("delayed"), "{a: 7353084554117120}");
    EXPECT_EQ(keys().at(":q2:delayed"), "{b: 7353084554117120}");
}

TEST_F(FlowAddKeysTest, NothingIsWrittenWhenAnyJobIsRefused) {
    add_flow({parent("R"), child("a", "R")});
    const Keys before = keys();

    EXPECT_EQ(add_flow({parent("S"), child("b", "S"), child("c", "nobody")}),
              (Texts{"cancelled", "cancelled", "not_found"}));
    EXPECT_EQ(add_flow({parent("S"), child("a", "S"), node("d", "q3")}),
              (Texts{"cancelled", "wrong_state", "cancelled"}));
    EXPECT_EQ(add_flow({child("x", "S"), parent("S")}), (Texts{"not_found", "cancelled"}))
        << "a parent comes first";

    EXPECT_EQ(keys(), before);
}

TEST_F(FlowAddKeysTest, TwoPlacesInOneTreeAreTwoParents) {
    Node middle = child("M", "R");
    middle.job.has_children = true;

    EXPECT_EQ(add_flow({parent("R"), middle, child("a", "M"), child("a", "R")}),
              (Texts{"cancelled", "cancelled", "cancelled", "wrong_state"}));
    EXPECT_EQ(keys(), Keys{});
}

TEST_F(FlowAddKeysTest, AJobTwiceUnderOneParentIsOneJob) {
    EXPECT_EQ(add_flow({parent("R"), child("a", "R"), child("a", "R")}),
              (Texts{"", "", "existed"}));

    EXPECT_EQ(key("wait"), "[a]");
    EXPECT_EQ(key("id"), "3");
    EXPECT_EQ(events().back(), "duplicated jobId a");
}

TEST_F(FlowAddKeysTest, ChildrenThatCompletedBeforeReleaseTheirParentAtTheEnd) {
    add({.id = "a"});
    take(1);
    ASSERT_TRUE(complete("a", "7"));
    events();
    EXPECT_EQ(add_flow({parent("R"), child("a", "R")}), (Texts{"", "existed"}));

    EXPECT_EQ(key("R:processed"), name_of("a") + "=7");
    EXPECT_EQ(key("wait"), "[R]");
    EXPECT_EQ(key("waiting-children"), "");
    EXPECT_EQ(key("marker"), "{0: 0}");
    EXPECT_EQ(events(),
              (Texts{"added jobId R name n",
                     "waiting-children jobId R",
                     "duplicated jobId a",
                     "waiting jobId R prev waiting-children"}));
}

TEST_F(FlowAddKeysTest, ACompletedChildWithoutAResultCountsAsNull) {
    add({.id = "a"});
    take(1);
    ASSERT_TRUE(complete("a"));
    raw({"HDEL", name_of("a"), "returnvalue"});
    add_flow({parent("R"), child("a", "R")});

    EXPECT_EQ(key("R:processed"), name_of("a") + "=null");
}

TEST_F(FlowAddKeysTest, APausedQueueOfBullmq5GetsItsJobsInItsOwnList) {
    raw({"HSET", prefix + ":q2:meta", "paused", "1", "version", "bullmq:5.58.2"});
    add_flow({parent("R"), child("a", "R", "q2"), child("b", "R")});

    const Keys all = keys();
    EXPECT_EQ(all.at(":q2:paused"), "[a]");
    EXPECT_FALSE(all.contains(":q2:marker"));
    EXPECT_EQ(all.at("marker"), "{0: 0}");
}

TEST_F(FlowAddKeysTest, ARepeatGivesTheFirstAnswerAndWritesNothing) {
    add({.id = "a"});
    contract::AddFlowParams params = flow({parent("R"), child("a", "R"), child("b", "R", "q2")});
    params.repeat_token = "t";
    params.repeat_sequence = 7;
    EXPECT_EQ(add_flow(params), (Texts{"", "existed", ""}));
    const Keys before = keys();

    EXPECT_EQ(add_flow(params), (Texts{"", "existed", ""}));

    EXPECT_EQ(keys(), before);
    params.repeat_sequence = 8;
    EXPECT_EQ(add_flow(params), (Texts{"existed", "existed", "existed"}));
}

TEST_F(FlowAddKeysTest, KeysOfTheWrongTypeAreNamedAndNothingIsChanged) {
    for (const std::string suffix :
         {"R:dependencies", "R", "C", "waiting-children", "events", "marker", "meta"}) {
        for (const std::string at : {"q", "q2"}) {
            const std::string damaged = prefix + ":" + at + ":" + suffix;
            raw({"SET", damaged, "x"});
            const Keys before = keys();
            Node root = parent("R", at);
            Node leaf = child("C", "R", at);
            leaf.job.parent->queue = at;

            const auto added = client.add_flow(flow({node("first"), root, leaf}));

            ASSERT_FALSE(added) << damaged;
            EXPECT_EQ(added.error().code(), ErrorCode::corrupt);
            EXPECT_NE(added.error().message().find("\"" + damaged + "\""), std::string::npos)
                << added.error().message();
            EXPECT_EQ(keys(), before) << damaged;
            raw({"DEL", damaged});
        }
    }
}

TEST_F(FlowAddKeysTest, JobsNeedIdsAndAreNotDeduplicated) {
    Node deduplicated = node("a");
    deduplicated.job.deduplication = Deduplication{.id = "D"};
    EXPECT_EQ(add_flow({deduplicated}), Texts{"invalid_argument"});
    EXPECT_EQ(add_flow({node("")}), Texts{"invalid_argument"});
    EXPECT_EQ(add_flow(std::vector<Node>{}), Texts{});
    EXPECT_EQ(keys(), Keys{});
}

TEST_F(FlowAddKeysTest, FiveThousandJobsAreOneStep) {
    std::vector<Node> nodes{parent("R")};
    for (int i = 1; i < 5'000; ++i)
        nodes.push_back(child("c" + std::to_string(i), "R", i % 2 == 0 ? "q" : "q2"));
    const auto added = client.add_flow(flow(std::move(nodes)));

    ASSERT_TRUE(added) << added.error().message();
    EXPECT_EQ(added->size(), 5'000u);
    EXPECT_EQ(raw({"SCARD", name_of("R:dependencies")}), "4999");
    EXPECT_EQ(raw({"LLEN", name_of("wait")}), "2499");
    EXPECT_EQ(raw({"LLEN", prefix + ":q2:wait"}), "2500");
}

}  // namespace
}  // namespace toril::redis_store
