// Flows are added whole or not at all, whatever happens to the process.

#include "peer.hpp"
#include "store_fixture.hpp"

#include <random>

namespace toril::sqlite {
namespace {

class FlowTest : public SqliteTest {
protected:
    // Reads what the peer says until it has added so many flows, kills it, and reads the rest.
    std::vector<JobId> add_flows_and_kill(int flows) {
        std::vector<JobId> roots;
        PeerProcess peer(path);
        peer.send("flows");
        for (int i = 0; i < flows; ++i)
            roots.push_back(root_of(peer.line().value_or("nothing")));
        peer.kill();
        while (const auto last = peer.line(Millis{0}))
            roots.push_back(root_of(*last));
        return roots;
    }
    static JobId root_of(const std::string& line) {
        EXPECT_TRUE(line.starts_with("flow ")) << line;
        return line.substr(std::min<std::size_t>(5, line.size()));
    }
};

TEST_F(FlowTest, IsThereWholeOrNotAtAllAfterAKill) {
    const unsigned seed = std::random_device{}();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::minstd_rand random(seed);
    constexpr int kills = 8;
    std::vector<JobId> said;
    for (int round = 0; round < kills; ++round)
        for (JobId& root : add_flows_and_kill(std::uniform_int_distribution<int>(1, 20)(random)))
            said.push_back(std::move(root));

    conformance::Client client(open());
    for (const JobId& root : said)
        ASSERT_TRUE(client.job({"albums", root})) << root << " was acknowledged, and is lost";
    const JobCounts parents = client.counts("albums").value();
    const JobCounts children = client.counts("images").value();
    EXPECT_GE(parents.waiting_children, said.size());
    EXPECT_LE(parents.waiting_children, said.size() + kills);
    EXPECT_EQ(children.waiting, 3 * parents.waiting_children);
}

TEST_F(FlowTest, SurvivesTheProcessThatAddedIt) {
    {
        PeerProcess peer(path);
        peer.send("flows");
        ASSERT_TRUE(peer.line());
    }
    conformance::Client client(open());
    const JobId root =
        client.page({.queue = "albums", .state = JobState::waiting_children}).value().at(0).id;

    const auto children = client.dependencies({.queue = "albums", .id = root}).value().children;

    ASSERT_EQ(children.size(), 3u);
    for (const contract::Dependency& child : children) {
        EXPECT_EQ(child.queue, "images");
        EXPECT_EQ(client.job({"images", child.id}).value().parent_key, "bull:albums:" + root);
    }
}

TEST_F(FlowTest, IsFoundAgainByItsRepeatToken) {
    conformance::Client client(open());
    contract::AddFlowParams flow{.nodes = {{"albums", {.id = "root", .has_children = true}}},
                                 .repeat_token = "mine",
                                 .repeat_sequence = 7};
    flow.nodes.push_back(
        {"images",
         {.id = "child", .parent = contract::ParentLink{.queue = "albums", .id = "root"}}});
    auto first = client.add_flow(flow).value();

    auto again = client.add_flow(flow).value();

    ASSERT_EQ(again.size(), 2u);
    for (std::size_t i = 0; i < again.size(); ++i)
        EXPECT_EQ(again[i].value(), first[i].value());
    EXPECT_FALSE(again[0]->existed);
}

// Nothing keeps a program from linking jobs in a circle.
class CircleTest : public SqliteTest {
protected:
    CircleTest() {
        contract::AddJob again{.id = "p", .parent = contract::ParentLink{"mail", "p"}};
        again.parent->policy = ParentPolicy::fail_parent;
        EXPECT_TRUE(client.add_flow(
            {.nodes = {{"mail", {.id = "p", .has_children = true}}, {"mail", again}}}));
        EXPECT_EQ(client.dependency_counts({"mail", "p"}).value().unprocessed, 1u);
    }
    std::vector<JobId> listed(JobState state) {
        std::vector<JobId> ids;
        auto page = client.page({.queue = "mail", .state = state});
        for (const Job& job : page.value())
            ids.push_back(job.id);
        return ids;
    }

    conformance::Client client{open()};
};

TEST_F(CircleTest, OfOneJobCanBeCancelled) {
    ASSERT_TRUE(client.cancel({"mail", "p"}));

    EXPECT_EQ(listed(JobState::failed), std::vector<JobId>{"p"});
    EXPECT_TRUE(listed(JobState::waiting).empty());
    EXPECT_EQ(client.counts("mail").value(), (JobCounts{.failed = 1}));
}

TEST_F(CircleTest, OfOneJobCanBeRemoved) {
    EXPECT_EQ(client.remove_unprocessed_children({"mail", "p"}).value(), 0u);
    ASSERT_TRUE(client.remove({"mail", "p"}));

    EXPECT_EQ(client.counts("mail").value(), JobCounts{});
    EXPECT_TRUE(listed(JobState::waiting).empty());
}

TEST_F(CircleTest, OfOneJobCompletesOnlyWithoutItself) {
    ASSERT_TRUE(client.remove_child_dependency({"mail", "p"}).value());
    const auto run = take(client);
    ASSERT_EQ(run.size(), 1u);
    contract::AddJob again{.id = "p", .parent = contract::ParentLink{"mail", "p"}};
    ASSERT_TRUE(client.add({.queue = "mail", .jobs = {again}}).value().front());

    auto refused = client.finish_and_take(
        {.queue = "mail", .outcomes = {{.id = "p", .token = "held", .value = "1"}}});

    EXPECT_EQ(refused.value().finished.front().error().code(), ErrorCode::failed);
}

}  // namespace
}  // namespace toril::sqlite
