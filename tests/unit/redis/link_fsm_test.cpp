#include "redis/link_fsm.hpp"

#include <gtest/gtest.h>

#include <random>

using namespace std::chrono_literals;

namespace toril::redis {

static void PrintTo(const Step& step, std::ostream* out) {
    *out << "step " << static_cast<int>(step.what) << ", " << step.wait.count() << " ms";
}

namespace {

class LinkFsmTest : public ::testing::Test {
protected:
    static constexpr Step connect{Step::Do::connect};
    static constexpr Step serve{Step::Do::serve};
    static Step wait(Millis time) { return {Step::Do::wait, time}; }

    Step on(LinkEvent event) { return fsm.on(event, now); }
    void get_ready() {
        on(LinkEvent::wanted);
        on(LinkEvent::waited);
        ASSERT_EQ(on(LinkEvent::connected), serve);
    }

    SteadyTime now{};
    LinkFsm fsm{ReconnectPolicy::unlimited()};
};

TEST_F(LinkFsmTest, ConnectsWhenItIsWanted) {
    EXPECT_EQ(fsm.state(), LinkState::idle);
    EXPECT_EQ(on(LinkEvent::wanted), connect);
    EXPECT_EQ(on(LinkEvent::wanted), Step{});
    EXPECT_EQ(on(LinkEvent::connected), serve);
    EXPECT_EQ(fsm.state(), LinkState::ready);
}

TEST_F(LinkFsmTest, WaitsLongerAfterEachFailureUpToTwoSeconds) {
    on(LinkEvent::wanted);
    EXPECT_EQ(on(LinkEvent::failed), wait(50ms));
    EXPECT_EQ(on(LinkEvent::waited), connect);
    EXPECT_EQ(on(LinkEvent::failed), wait(100ms));
    for (int i = 0; i < 100; ++i) {
        on(LinkEvent::waited);
        on(LinkEvent::failed);
    }
    on(LinkEvent::waited);
    EXPECT_EQ(on(LinkEvent::failed), wait(2s));
}

TEST_F(LinkFsmTest, ForgetsFailuresOnlyAfterTheLinkWasStable) {
    on(LinkEvent::wanted);
    on(LinkEvent::failed);
    get_ready();
    now += LinkFsm::stable_after - 1ms;
    EXPECT_EQ(on(LinkEvent::lost), wait(100ms));

    get_ready();
    now += LinkFsm::stable_after;
    EXPECT_EQ(on(LinkEvent::lost), wait(50ms));
}

TEST_F(LinkFsmTest, RetriesSlowlyWhenTheCredentialsAreRefused) {
    on(LinkEvent::wanted);
    EXPECT_EQ(on(LinkEvent::refused), wait(LinkFsm::refused_wait));
}

TEST_F(LinkFsmTest, RestsDegradedAfterItsLastAttemptUntilSomeoneWantsTheLink) {
    LinkFsm bounded(ReconnectPolicy::bounded(3));
    bounded.on(LinkEvent::wanted, now);
    EXPECT_EQ(bounded.on(LinkEvent::failed, now), wait(1s));
    bounded.on(LinkEvent::waited, now);
    EXPECT_EQ(bounded.on(LinkEvent::failed, now), wait(2s));
    bounded.on(LinkEvent::waited, now);

    EXPECT_EQ(bounded.on(LinkEvent::failed, now), (Step{Step::Do::rest, 30s}));
    EXPECT_EQ(bounded.state(), LinkState::degraded);
    EXPECT_EQ(bounded.on(LinkEvent::wanted, now + 999ms), Step{}) << "commands must not storm it";
    EXPECT_EQ(bounded.on(LinkEvent::wanted, now + 1s), connect);
    EXPECT_EQ(bounded.on(LinkEvent::failed, now + 1s), (Step{Step::Do::rest, 30s}));
    EXPECT_EQ(bounded.on(LinkEvent::waited, now + 31s), connect);
}

TEST_F(LinkFsmTest, ClosesFromEveryStateAndStaysClosed) {
    const std::vector<std::vector<LinkEvent>> ways{
        {},
        {LinkEvent::wanted},
        {LinkEvent::wanted, LinkEvent::connected},
        {LinkEvent::wanted, LinkEvent::failed},
    };
    for (const auto& way : ways) {
        LinkFsm machine(ReconnectPolicy::unlimited());
        for (const LinkEvent event : way)
            machine.on(event, now);
        EXPECT_EQ(machine.on(LinkEvent::close, now), Step{Step::Do::drain});
        EXPECT_EQ(machine.state(), LinkState::closing);
        EXPECT_EQ(machine.on(LinkEvent::connected, now), Step{});
        EXPECT_EQ(machine.on(LinkEvent::drained, now), Step{Step::Do::finish});
        EXPECT_EQ(machine.on(LinkEvent::wanted, now), Step{});
        EXPECT_EQ(machine.state(), LinkState::closed);
    }
}

// Whatever happens in whatever order: a machine that is told the truth by its driver never
// rests for ever unless it is idle or closed, and never has two attempts at once.
TEST_F(LinkFsmTest, NeverGetsStuckOverRandomEvents) {
    const unsigned seed = std::random_device{}();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    for (int run = 0; run < 300; ++run) {
        const int attempts_max = run % 3 == 0 ? 0 : static_cast<int>(random() % 4);
        ReconnectPolicy policy;
        policy.attempts_max = attempts_max;
        LinkFsm machine(policy);
        bool attempt = false;  // under way, or a link
        bool timer = false;
        for (int i = 0; i < 500; ++i) {
            now += Millis(random() % 3'000);
            const auto event = static_cast<LinkEvent>(random() % 6);
            if (event == LinkEvent::waited && !timer) continue;
            const bool ends_attempt = event != LinkEvent::wanted && event != LinkEvent::waited;
            if (ends_attempt && !attempt) continue;
            if (event == LinkEvent::connected && machine.state() == LinkState::ready) continue;
            if (event != LinkEvent::lost && ends_attempt && machine.state() == LinkState::ready)
                continue;
            if (event == LinkEvent::waited) timer = false;
            if (ends_attempt && event != LinkEvent::connected) attempt = false;
            const Step step = machine.on(event, now);
            if (step.what == Step::Do::connect) {
                ASSERT_FALSE(attempt) << "two attempts at once";
                attempt = true;
                timer = false;
            }
            if (step.what == Step::Do::wait || step.what == Step::Do::rest) timer = true;
            ASSERT_TRUE(attempt || timer || machine.state() == LinkState::idle)
                << to_string(machine.state()) << " waits for nothing";
            ASSERT_LE(step.wait, Millis{30'000});
        }
    }
}

}  // namespace
}  // namespace toril::redis
