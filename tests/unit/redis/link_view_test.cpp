#include "redis/link_view.hpp"

#include "redis/error_reply.hpp"

#include <gtest/gtest.h>

namespace toril::redis {
namespace {

using namespace std::chrono_literals;

class LinkViewTest : public testing::Test {
protected:
    LinkViewTest() {
        bell->set_listener([this] { ++rings; });
    }

    ConnectionReport shown() const {
        ConnectionReport report;
        view.show(report);
        return report;
    }

    const std::shared_ptr<TroubleBell> bell = std::make_shared<TroubleBell>();
    int rings = 0;
    LinkView view{bell};
    SteadyTime now = SteadyTime(1h);
};

TEST_F(LinkViewTest, KnowsNothingBeforeTheFirstAttempt) {
    EXPECT_EQ(shown().reason, LinkReason::none);
    EXPECT_EQ(shown().since, SteadyTime{});
    EXPECT_EQ(shown().last_ok, SteadyTime{});
    EXPECT_EQ(shown().rtt, 0us);
}

TEST_F(LinkViewTest, AnOutageBeginsOnceHoweverManyAttemptsItTakes) {
    const SteadyTime from = now;
    view.down({LossKind::network, LinkReason::refused, "Connection refused"}, now);
    view.down({LossKind::network, LinkReason::timed_out, "not connected"}, now += 2s);

    EXPECT_EQ(shown().since, from);
    EXPECT_EQ(shown().reason, LinkReason::timed_out);
    EXPECT_EQ(shown().detail, "not connected");
    EXPECT_EQ(rings, 2);
    view.up(now += 1s);
    EXPECT_EQ(shown().since, now);
    EXPECT_EQ(shown().reason, LinkReason::none);
    EXPECT_EQ(shown().detail, "");
}

TEST_F(LinkViewTest, ALossWithoutAReasonIsADisconnect) {
    view.down({LossKind::network, LinkReason::none, "?"}, now);

    EXPECT_EQ(shown().reason, LinkReason::disconnected);
}

TEST_F(LinkViewTest, ARefusalOutlivesTheLinkItCameOn) {
    view.up(now);
    view.answered_error(
        "READONLY You can't write against a read only replica. script: 1f", true, now);
    view.down({LossKind::not_of_use, LinkReason::readonly, "the server says READONLY"}, now);
    view.up(now += 1s);

    EXPECT_EQ(shown().reason, LinkReason::none);
    EXPECT_EQ(shown().refusal, LinkReason::readonly);
    EXPECT_EQ(shown().refusal_detail, "READONLY You can't write against a read only replica.");
    EXPECT_EQ(shown().refused_at, now - 1s);
}

TEST_F(LinkViewTest, AStormOfRefusalsIsNewsOnceASecond) {
    for (int i = 0; i < 1'000; ++i)
        view.answered_error("OOM command not allowed", false, now);
    EXPECT_EQ(rings, 1);

    view.answered_error("MISCONF", false, now);
    EXPECT_EQ(rings, 2);
    view.answered_error("MISCONF", false, now += 1s);
    EXPECT_EQ(rings, 3);
}

TEST_F(LinkViewTest, ErrorsOfTheCommandItselfAreNoTrouble) {
    view.answered_error("WRONGTYPE Operation against a key", true, now);
    view.answered_error("ERR unknown command 'FOO'", false, now);
    view.answered_error("NOPERM this user has no permissions to run 'config'", false, now);

    EXPECT_EQ(shown().refusal, LinkReason::none);
    EXPECT_EQ(rings, 0);
}

TEST_F(LinkViewTest, AnswersThatAreOverdueShowUntilSomethingIsHeard) {
    view.up(now);
    view.timed_out(now += 1s);
    EXPECT_EQ(shown().reason, LinkReason::timed_out);

    view.heard(now += 1s, SteadyTime::max());
    EXPECT_EQ(shown().reason, LinkReason::none);
    EXPECT_EQ(shown().last_ok, now);
}

TEST_F(LinkViewTest, RoundTripsAreSmoothed) {
    view.heard(now, now - 800us);
    EXPECT_EQ(shown().rtt, 800us);
    view.heard(now, now - 1'600us);
    EXPECT_EQ(shown().rtt, 900us);
    view.heard(now, SteadyTime::max());
    EXPECT_EQ(shown().rtt, 900us);
}

TEST(ReasonOfReplyTest, ReadsTheCodeAlsoOfWhatScriptsRan) {
    const auto reason = reason_of_reply;
    EXPECT_EQ(reason("READONLY You can't"), LinkReason::readonly);
    EXPECT_EQ(reason("LOADING Redis is loading"), LinkReason::loading);
    EXPECT_EQ(reason("MISCONF Redis is configured"), LinkReason::misconf);
    EXPECT_EQ(reason("NOAUTH Authentication required."), LinkReason::auth);
    EXPECT_EQ(reason("WRONGPASS invalid"), LinkReason::auth);
    EXPECT_EQ(reason("NOPERM this user"), LinkReason::noperm);
    EXPECT_EQ(reason("CLUSTERDOWN Hash slot"), LinkReason::cluster_down);
    EXPECT_EQ(reason("ERR max number of clients reached"), LinkReason::max_clients);
    EXPECT_EQ(reason("ERR Error running script (call to f_1): @user_script:1: "
                     "@user_script: 1: -OOM command not allowed when used memory > 'maxmemory'."),
              LinkReason::oom);
    EXPECT_EQ(reason("ERR The user executing the script can't run this command or subcommand"),
              LinkReason::noperm);
    EXPECT_EQ(reason("ERR syntax error"), LinkReason::none);
    EXPECT_EQ(reason(""), LinkReason::none);
}

}  // namespace
}  // namespace toril::redis
