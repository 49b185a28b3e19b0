// Jobs of a process on this host that is gone: taken back at once, and never from one that lives.

#include "keyspace.hpp"
#include "support/held_process.hpp"

using namespace std::chrono_literals;

namespace toril::redis_store {
namespace {

using Ids = std::vector<JobId>;

class TakeoverTest : public StoreTest {
protected:
    std::string token() const { return process.tag() + "worker:0:1"; }
    Ids recover(int stalled_max = 1) {
        const auto ids = client.recover_dead(queue, stalled_max);
        return ids ? *ids : Ids{ids.error().message()};
    }
    void take_in_that_process(std::size_t count) {
        for (std::size_t i = 0; i < count; ++i)
            add();
        ASSERT_EQ(take(count, token()).size(), count);
        events();
    }

    testing::HeldProcess process{};
};

TEST_F(TakeoverTest, TokensOfThisProcessBeginWithItsTag) {
    EXPECT_EQ(store->process_tag(), base::process_tag());
    EXPECT_FALSE(store->process_tag().empty());
}

TEST_F(TakeoverTest, JobsOfAKilledProcessAreBackAtOnce) {
    take_in_that_process(2);
    add();
    process.kill();

    EXPECT_EQ(recover(), (Ids{"2", "1"}));
    EXPECT_EQ(key("wait"), "[3, 2, 1]") << "what was taken first runs first";
    EXPECT_EQ(key("active") + key("1:lock") + key("2:lock"), "");
    EXPECT_NE(key("1").find("stc=1"), std::string::npos);
    EXPECT_EQ(events(),
              (Ids{"added jobId 3 name n",
                   "waiting jobId 3",
                   "waiting jobId 2 prev active",
                   "stalled jobId 2",
                   "waiting jobId 1 prev active",
                   "stalled jobId 1"}));
    EXPECT_EQ(key("marker"), "{0: 0}");
    EXPECT_EQ(recover(), Ids{});
}

TEST_F(TakeoverTest, NothingIsTakenFromAProcessThatLives) {
    take_in_that_process(2);
    const Keys before = keys();

    EXPECT_EQ(recover(), Ids{});
    process.stop();
    EXPECT_EQ(recover(), Ids{}) << "it may go on at any time";
    EXPECT_EQ(keys(), before);
}

TEST_F(TakeoverTest, NothingIsTakenFromOthers) {
    for (int i = 0; i < 3; ++i)
        add();
    take(1, "1ee92d63-3c4f-4a5b-8c7d-0123456789ab:1");
    std::string elsewhere = token();
    elsewhere[0] = elsewhere[0] == 'a' ? 'b' : 'a';
    take(1, elsewhere);
    take(1, store->process_tag() + "worker:0:1");
    process.kill();
    const Keys before = keys();

    EXPECT_EQ(recover(), Ids{});
    EXPECT_EQ(keys(), before);
}

TEST_F(TakeoverTest, AJobThatIsLostTooOftenFailsAtItsNextTake) {
    take_in_that_process(1);
    process.kill();
    EXPECT_EQ(recover(0), Ids{"1"});

    EXPECT_EQ(call({.take = 1, .token = "t"}).jobs.at(0).deferred_failure,
              "job stalled more than allowable limit");
}

TEST_F(TakeoverTest, AWishToCancelGoesWithTheRun) {
    take_in_that_process(1);
    EXPECT_EQ(*client.cancel(ref("1"), "enough", now), JobState::active);
    process.kill();
    EXPECT_EQ(recover(), Ids{"1"});

    EXPECT_EQ(key("toril:cancel:1"), "");
}

TEST_F(TakeoverTest, ManyAreFoundAndPutBackAStepAtATime) {
    constexpr std::size_t batch = 300;
    for (int i = 0; i < 8; ++i) {
        const std::vector<contract::AddJob> jobs(batch, {.name = "n", .data = "1", .opts = "{}"});
        ASSERT_TRUE(client.add({.queue = queue, .jobs = jobs, .now = now}));
        ASSERT_EQ(take(batch, i < 2 ? token() : "t").size(), batch);
    }
    process.kill();

    EXPECT_EQ(recover().size(), 2 * batch) << "they stand beyond the first step";
    EXPECT_EQ(raw({"LLEN", name_of("active")}), "1800");
    EXPECT_EQ(raw({"LINDEX", name_of("wait"), "-1"}), "1");
    EXPECT_EQ(raw({"LINDEX", name_of("wait"), "0"}), "600") << "in the order of their takes";
}

}  // namespace
}  // namespace toril::redis_store
