// Waiting for something to do. These go by the real clock: what they wait for is a signal.

#include "fixture.hpp"

namespace toril::conformance {
namespace {

constexpr Millis for_ever{60'000};
constexpr Millis deadline{20'000};

// One wait and its answer.
class Waiting {
public:
    Waiting(contract::Watcher& watcher, Millis at_most) {
        watcher.wait(at_most, [slot = slot_](Result<Timestamp> a) { slot->set(std::move(a)); });
    }
    std::optional<Result<Timestamp>> answer() { return slot_->wait_for(deadline); }

private:
    std::shared_ptr<base::OneShot<Result<Timestamp>>> slot_ =
        std::make_shared<base::OneShot<Result<Timestamp>>>();
};

// A store with its own clock: a delayed job must come due by itself.
class RealTime : public testing::TestWithParam<Backend> {
protected:
    ~RealTime() override {
        EXPECT_TRUE(done(opened.store->close(5s)));
        opened.clean_up();
    }

    void add(Millis delay = Millis{0}) {
        ASSERT_TRUE(client.add({.queue = queue,
                                .jobs = {{.name = "x", .data = "1", .opts = "{}", .delay = delay}},
                                .repeat_token = "add-" + std::to_string(++calls_)}));
    }
    FinishedAndTaken take(std::vector<Outcome> outcomes = {}) {
        ++calls_;
        return client
            .finish_and_take({.queue = queue,
                              .taker = {.worker = "w"},
                              .sequence = calls_,
                              .outcomes = std::move(outcomes),
                              .take = 1,
                              .token = "token"})
            .value();
    }
    std::unique_ptr<contract::Watcher> watch(contract::WatchFor what = contract::WatchFor::work) {
        return client.store().watch({.queue = queue, .what = what, .name = "w"});
    }

    const std::string queue = "mail";
    Opened opened = GetParam().open(base::wall_now);
    Client client{opened.store};

private:
    std::uint64_t calls_ = 0;
};

}  // namespace

TORIL_CONFORMANCE_SUITE_FROM(RealTime, Watch);

TEST_P(Watch, EndsWhenAJobIsAdded) {
    auto watcher = watch();
    Waiting waiting(*watcher, for_ever);
    add();

    const auto answer = waiting.answer();

    ASSERT_TRUE(answer) << "no answer";
    EXPECT_TRUE(*answer) << answer->error().message();
    EXPECT_EQ(take().jobs.size(), 1u);
}

TEST_P(Watch, EndsAtOnceForAJobAddedBefore) {
    add();
    auto watcher = watch();

    EXPECT_TRUE(Waiting(*watcher, for_ever).answer());
}

TEST_P(Watch, MissesNothingBetweenTwoWaits) {
    auto watcher = watch();
    add();
    ASSERT_TRUE(Waiting(*watcher, for_ever).answer());
    ASSERT_EQ(take().jobs.size(), 1u);
    add();

    EXPECT_TRUE(Waiting(*watcher, for_ever).answer());
    EXPECT_EQ(take().jobs.size(), 1u);
}

TEST_P(Watch, EndsAfterItsTimeWhenNothingHappens) {
    auto watcher = watch();

    const auto answer = Waiting(*watcher, 20ms).answer();

    ASSERT_TRUE(answer);
    EXPECT_TRUE(*answer);
}

TEST_P(Watch, EndsNoLaterThanADelayedJobIsDue) {
    auto watcher = watch();
    add(50ms);

    // The store may say when, or end the wait itself; whoever does both is served in time.
    std::size_t taken = 0;
    for (int i = 0; i < 1000 && taken == 0; ++i) {
        const Timestamp due = take().next_due;
        taken = client.counts(queue)->active;
        if (taken > 0) break;
        const Millis left = due == Timestamp{} ? for_ever : due - base::wall_now();
        const auto answer = Waiting(*watcher, std::max(left, Millis{1})).answer();
        ASSERT_TRUE(answer);
    }
    EXPECT_EQ(taken, 1u);
}

TEST_P(Watch, EndsForAJobDelayedWhileItWaits) {
    auto watcher = watch();
    Waiting waiting(*watcher, for_ever);
    add(50ms);

    // By the job coming due, or before: a hint to look when the next one is.
    EXPECT_TRUE(waiting.answer());
}

TEST_P(Watch, EndsWhenTheQueueIsResumed) {
    ASSERT_TRUE(done(client.pause(queue)));
    add();
    auto watcher = watch();
    ASSERT_TRUE(Waiting(*watcher, 20ms).answer()) << "whatever was signalled before";
    Waiting waiting(*watcher, for_ever);
    ASSERT_TRUE(done(client.resume(queue)));

    EXPECT_TRUE(waiting.answer());
    EXPECT_EQ(take().jobs.size(), 1u);
}

TEST_P(Watch, EndsWhenAJobIsPromoted) {
    add(1h);
    auto watcher = watch();
    ASSERT_TRUE(Waiting(*watcher, 20ms).answer());
    Waiting waiting(*watcher, for_ever);
    ASSERT_TRUE(done(client.promote({queue, "1"}, Timestamp{})));

    EXPECT_TRUE(waiting.answer());
}

TEST_P(Watch, EndsWhenAJobIsHandedBack) {
    add();
    ASSERT_EQ(take().jobs.size(), 1u);
    auto watcher = watch();
    ASSERT_TRUE(Waiting(*watcher, 20ms).answer());
    Waiting waiting(*watcher, for_ever);
    ASSERT_TRUE(client.finish_and_take(
        {.queue = queue,
         .taker = {.worker = "w"},
         .lane = 1,
         .sequence = 1,
         .outcomes = {{.id = "1", .token = "token", .kind = Outcome::Kind::hand_back}}}));

    EXPECT_TRUE(waiting.answer());
}

TEST_P(Watch, ForChangesEndsWhenAJobIsFinished) {
    add();
    ASSERT_EQ(take().jobs.size(), 1u);
    auto first = watch(contract::WatchFor::changes);
    auto second = watch(contract::WatchFor::changes);
    ASSERT_TRUE(Waiting(*first, 20ms).answer());
    ASSERT_TRUE(Waiting(*second, 20ms).answer());
    Waiting one(*first, for_ever);
    Waiting two(*second, for_ever);
    take({{.id = "1", .token = "token", .value = "1"}});

    EXPECT_TRUE(one.answer());
    EXPECT_TRUE(two.answer());
}

TEST_P(Watch, EndsWithCancelledWhenItIsInterrupted) {
    auto watcher = watch();
    Waiting waiting(*watcher, for_ever);
    watcher->interrupt();

    const auto answer = waiting.answer();
    ASSERT_TRUE(answer);
    EXPECT_EQ(code_of(*answer), ErrorCode::cancelled);
    const auto later = Waiting(*watcher, for_ever).answer();
    ASSERT_TRUE(later) << "later waits return at once";
    EXPECT_EQ(code_of(*later), ErrorCode::cancelled);
}

TEST_P(Watch, EndsWhenTheStoreCloses) {
    auto watcher = watch();
    Waiting waiting(*watcher, for_ever);
    ASSERT_TRUE(done(client.store().close(5s)));

    EXPECT_TRUE(waiting.answer());
}

}  // namespace toril::conformance
