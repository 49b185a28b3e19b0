// The public classes on a store that was opened by its URL.

#include <toril/doctor.hpp>
#include <toril/flow.hpp>
#include <toril/queue.hpp>
#include <toril/queue_events.hpp>
#include <toril/scheduler.hpp>
#include <toril/store.hpp>

#include <gtest/gtest.h>

using namespace std::chrono_literals;

namespace toril {
namespace {

class FacesTest : public testing::Test {
protected:
    Store store_ = Store::open("memory:").value();
};

TEST_F(FacesTest, AFlowIsSeenByItsQueuesItsEventsAndItsTree) {
    QueueEvents events = QueueEvents::open(store_, "site").value();
    FlowProducer flows(store_);
    const FlowJob flow{.queue = "site",
                       .name = "scan",
                       .options = {.id = "P"},
                       .children = {{.queue = "pages", .name = "page", .options = {.id = "a"}}}};
    ASSERT_TRUE(flows.add(flow));

    EXPECT_EQ(events.next(5s)->name, "added");
    EXPECT_EQ(events.next(5s)->name, "waiting-children");
    EXPECT_EQ(flows.tree("site", "P")->children.at(0).job.id, "a");
    const Queue site = Queue::open(store_, "site").value();
    EXPECT_EQ(site.dependency_counts("P")->unprocessed, 1u);
    EXPECT_EQ(site.explain("P").value(), "job P of \"site\" waits for 1 child: pages:a (waiting)");
}

TEST_F(FacesTest, ASchedulerIsThereForAllHandles) {
    JobSchedulers schedulers = JobSchedulers::open(store_, "q").value();
    ASSERT_TRUE(schedulers.upsert("nightly", {.pattern = "@daily", .tz = "Europe/Berlin"}));

    const JobSchedulers other = JobSchedulers::open(store_, "q").value();
    EXPECT_EQ(other.get("nightly")->repeat.pattern, "@daily");
    EXPECT_EQ(other.list()->size(), 1u);
}

TEST_F(FacesTest, RefuseNamesThatQueueRefuses) {
    EXPECT_FALSE(JobSchedulers::open(store_, "a:b"));
    EXPECT_FALSE(QueueEvents::open(store_, ""));
    EXPECT_FALSE(QueueEvents::open(store_, "q", {.after = "$"}));
}

TEST_F(FacesTest, TheDoctorFindsNothingInAnEmptyStore) {
    const auto findings = examine(store_);

    ASSERT_TRUE(findings) << findings.error().message();
    EXPECT_TRUE(findings->empty());
    EXPECT_EQ(examine(store_, {.block_timeout = -1ms}).error().code(), ErrorCode::invalid_argument);
    EXPECT_EQ(to_string(Finding::Severity::error), "error");
    EXPECT_EQ(to_string(Finding::Severity::warning), "warning");
}

TEST_F(FacesTest, TheDoctorDoesNotWaitForAStoreThatIsClosed) {
    ASSERT_TRUE(store_.close());

    EXPECT_EQ(examine(store_).error().code(), ErrorCode::cancelled);
}

}  // namespace
}  // namespace toril
