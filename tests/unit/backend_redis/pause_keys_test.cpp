// Pausing where BullMQ 5 and 6 differ, and resuming without losing what either has.

#include "base/sync.hpp"
#include "keyspace.hpp"

namespace toril::redis_store {
namespace {

using contract::PauseStyle;
using Texts = std::vector<std::string>;

class PauseKeysTest : public StoreTest {
protected:
    void pause(PauseStyle style) {
        const Status status = base::wait_for_answer<Status>(
            Millis{10'000}, [&](auto done) { store->pause(queue, style, std::move(done)); });
        ASSERT_TRUE(status) << status.error().message();
    }
    std::string paused() { return raw({"HGET", name_of("meta"), "paused"}); }
};

TEST_F(PauseKeysTest, SixLeavesTheJobsWhereTheyAre) {
    add();
    add();
    events();
    pause(PauseStyle::v6);
    add();

    EXPECT_EQ(key("wait"), "[3, 2, 1]");
    EXPECT_EQ(key("paused"), "");
    EXPECT_EQ(paused(), "1");
    EXPECT_EQ(key("marker"), "");
    EXPECT_EQ(events(), (Texts{"paused", "added jobId 3 name n", "waiting jobId 3"}));
}

TEST_F(PauseKeysTest, FiveSetsThemAsideAndNewOnesToo) {
    add();
    add();
    pause(PauseStyle::v5);
    add();
    add({.lifo = true});

    EXPECT_EQ(key("wait"), "");
    EXPECT_EQ(key("paused"), "[3, 2, 1, 4]");
    EXPECT_EQ(client.counts(queue)->paused, 4u);
    EXPECT_EQ(client.job(ref("1"))->state, JobState::waiting);
    EXPECT_TRUE(take(1).empty());
}

TEST_F(PauseKeysTest, TheVersionOfWhoMadeTheQueueDecides) {
    add();
    raw({"HSET", name_of("meta"), "version", "bullmq:5.58.2"});
    pause(PauseStyle::automatic);
    EXPECT_EQ(key("paused"), "[1]");

    ASSERT_TRUE(client.resume(queue));
    raw({"HSET", name_of("meta"), "version", "bullmq:6.7.0"});
    pause(PauseStyle::automatic);
    EXPECT_EQ(key("wait"), "[1]");
    EXPECT_NE(key("meta").find("version=bullmq:6.7.0"), std::string::npos) << "never touched";
}

TEST_F(PauseKeysTest, ResumingJoinsBothListsWithWhatWasSetAsideFirst) {
    for (int i = 0; i < 2; ++i)
        add();
    pause(PauseStyle::v5);
    raw({"LPUSH", name_of("wait"), "added-by-6"});
    raw({"HSET", name_of("added-by-6"), "name", "n", "data", "1", "opts", "{}"});
    events();
    ASSERT_TRUE(client.resume(queue));

    EXPECT_EQ(key("wait"), "[added-by-6, 2, 1]");
    EXPECT_EQ(key("paused"), "");
    EXPECT_EQ(paused(), "");
    EXPECT_EQ(key("marker"), "{0: 0}");
    EXPECT_EQ(events(), Texts{"resumed"});
}

TEST_F(PauseKeysTest, FiveOnTopOfSixLosesNothing) {
    add();
    pause(PauseStyle::v6);
    add();
    pause(PauseStyle::v5);
    raw({"LPUSH", name_of("wait"), "x"});
    pause(PauseStyle::v5);

    EXPECT_EQ(key("paused"), "[x, 2, 1]");
}

TEST_F(PauseKeysTest, AWaitingPageShowsWhatIsSetAsideAsFirstToRun) {
    add();
    add();
    pause(PauseStyle::v5);
    raw({"HSET", name_of("new"), "name", "n", "data", "1", "opts", "{}"});
    raw({"LPUSH", name_of("wait"), "new"});
    const auto ids = [&](bool ascending, std::int64_t start, std::int64_t end) {
        Texts texts;
        const auto page = client.page({.queue = queue,
                                       .state = JobState::waiting,
                                       .start = start,
                                       .end = end,
                                       .ascending = ascending});
        for (const Job& job : *page)
            texts.push_back(job.id);
        return texts;
    };

    EXPECT_EQ(ids(true, 0, -1), (Texts{"1", "2", "new"}));
    EXPECT_EQ(ids(false, 0, 1), (Texts{"new", "2"}));
    EXPECT_EQ(ids(true, -1, -1), Texts{"new"});
}

TEST_F(PauseKeysTest, ResumingAQueueWithDelayedJobsOnlyTellsWhenTheyAreDue) {
    add({.delay = Millis{5'000}});
    pause(PauseStyle::v6);
    ASSERT_TRUE(client.resume(queue));

    EXPECT_EQ(key("marker"), "{1: 1795186662720}");
}

}  // namespace
}  // namespace toril::redis_store
