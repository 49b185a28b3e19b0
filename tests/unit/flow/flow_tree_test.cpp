#include "flow_fixture.hpp"

namespace toril::flow {
namespace {

using Kind = contract::Outcome::Kind;

class FlowTreeTest : public FlowTest {
protected:
    FlowTree tree(const FlowTreeOptions& options = {}) {
        const Result<FlowTree> found = flows_.tree("site", "P", options);
        EXPECT_TRUE(found) << found.error().message();
        return found ? *found : FlowTree{};
    }
};

TEST_F(FlowTreeTest, ShowsTheJobsWithThoseThatAreWaitedForFirst) {
    ASSERT_TRUE(flows_.add(job("site", "P", {job("pages", "a"), job("pages", "b")})));
    ASSERT_EQ(end_one("pages", Kind::complete), "a");

    const FlowTree found = tree();

    EXPECT_EQ(found.job.state, JobState::waiting_children);
    ASSERT_EQ(found.children.size(), 2u);
    EXPECT_EQ(found.children[0].job.id, "b");
    EXPECT_EQ(found.children[1].job.id, "a");
    EXPECT_EQ(found.children[1].job.state, JobState::completed);
    EXPECT_EQ(found.more_children, 0u);
    EXPECT_EQ(found.stuck, "");
}

TEST_F(FlowTreeTest, CountsTheChildrenBeyondItsLimits) {
    ASSERT_TRUE(flows_.add(job("site",
                               "P",
                               {job("pages", "a", {job("images", "x"), job("images", "y")}),
                                job("pages", "b"),
                                job("pages", "c")})));

    EXPECT_EQ(tree({.children_max = 2}).more_children, 1u);
    EXPECT_EQ(tree({.depth_max = 1}).more_children, 3u);
    const FlowTree two = tree({.depth_max = 2});
    ASSERT_EQ(two.children.size(), 3u);
    std::uint64_t below = 0;
    for (const FlowTree& child : two.children)
        below += child.more_children;
    EXPECT_EQ(below, 2u);
}

TEST_F(FlowTreeTest, SaysThatAChildFailedWithoutAPolicyAndWhatHelps) {
    ASSERT_TRUE(flows_.add(job("site", "P", {job("pages", "a"), job("pages", "b")})));
    ASSERT_EQ(end_one("pages", Kind::fail, "disk is full"), "a");

    for (const FlowTreeOptions& options :
         {FlowTreeOptions{}, FlowTreeOptions{.depth_max = 1}, FlowTreeOptions{.children_max = 0}}) {
        const std::string stuck = tree(options).stuck;
        EXPECT_NE(stuck.find("child pages:a failed (disk is full)"), std::string::npos) << stuck;
        EXPECT_NE(stuck.find("toril retry pages a"), std::string::npos) << stuck;
    }
}

TEST_F(FlowTreeTest, SaysSoThroughTheGenerations) {
    ASSERT_TRUE(flows_.add(job("site", "P", {job("pages", "a", {job("images", "x")})})));
    end_one("images", Kind::fail, "broken");

    const std::string stuck = tree().stuck;
    EXPECT_NE(stuck.find("child pages:a is stuck itself: child images:x failed"), std::string::npos)
        << stuck;
    EXPECT_EQ(tree({.depth_max = 1}).stuck, stuck);
}

TEST_F(FlowTreeTest, DoesNotCallStuckWhatCanGoOn) {
    ASSERT_TRUE(flows_.add(job("site", "P", {job("pages", "a")})));
    store_->pause(
        "pages", contract::PauseStyle::automatic, [](const Status& s) { EXPECT_TRUE(s); });

    EXPECT_EQ(tree().stuck, "");
}

TEST_F(FlowTreeTest, ReadsTheTreeBelowAnyJob) {
    ASSERT_TRUE(flows_.add(job("site", "P", {job("pages", "a", {job("images", "x")})})));

    const auto found = flows_.tree("pages", "a", {});

    ASSERT_TRUE(found);
    EXPECT_EQ(found->children.at(0).job.id, "x");
    EXPECT_EQ(flows_.tree("pages", "nobody", {}).error().code(), ErrorCode::not_found);
    EXPECT_EQ(flows_.tree("pa:ges", "a", {}).error().code(), ErrorCode::invalid_argument);
    EXPECT_EQ(flows_.tree("pages", "a", {.depth_max = 0}).error().code(),
              ErrorCode::invalid_argument);
}

}  // namespace
}  // namespace toril::flow
