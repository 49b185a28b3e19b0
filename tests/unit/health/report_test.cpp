#include "health/report.hpp"

#include <toril/json.hpp>

#include <gtest/gtest.h>

namespace toril::health {
namespace {

using namespace std::chrono_literals;
using State = Verdict::State;

class ReportTest : public testing::Test {
protected:
    ReportTest() {
        sight.kind = "redis";
        sight.url = "redis://127.0.0.1:6379";
        sight.rtt = 420us;
        sight.verdict = {.state = State::up, .since = now};
    }
    void take_away() {
        sight.verdict = {.state = State::down,
                         .trouble = {HealthReason::refused, "Connection refused"},
                         .since = now - 12s};
    }
    HealthReport report() const { return make_report(sight, options, now); }
    static const ServiceHealth* find(const HealthReport& report, std::string_view name) {
        for (const ServiceHealth& service : report.services)
            if (service.name == name) return &service;
        return nullptr;
    }

    SteadyTime now{1h};
    HealthOptions options{};
    Sight sight{};
};

TEST_F(ReportTest, HasNothingToSayWhenAllIsWell) {
    const HealthReport all_well = report();

    EXPECT_EQ(all_well.status, HealthStatus::healthy);
    EXPECT_EQ(all_well.cause, "");
    ASSERT_NE(find(all_well, "store"), nullptr);
    EXPECT_EQ(find(all_well, "store")->status, "up");
    EXPECT_EQ(find(all_well, "store")->response_ms, 0.42);
    ASSERT_NE(find(all_well, "redis"), nullptr);
    EXPECT_TRUE(find(all_well, "redis")->connected);
}

TEST_F(ReportTest, SaysInOneLineWhatIsWrongSinceWhenAndWhatFollows) {
    take_away();
    sight.fallbacks = {{.subsystem = "locks", .mode = "closed", .active = true},
                       {.subsystem = "cache:tasks", .mode = "memory", .active = true},
                       {.subsystem = "throttle", .mode = "local", .active = false}};

    EXPECT_EQ(report().status, HealthStatus::unhealthy);
    EXPECT_EQ(report().cause,
              "store is away: refused since 12 s; locks are closed, "
              "cache tasks works from memory");
    EXPECT_EQ(find(report(), "store")->status, "down");
    EXPECT_EQ(find(report(), "store")->error, "Connection refused");
    EXPECT_EQ(find(report(), "store")->fallback, "closed, memory");
    EXPECT_EQ(find(report(), "cache:tasks")->status, "degraded");
    EXPECT_EQ(find(report(), "cache:tasks")->fallback, "memory");
    EXPECT_EQ(find(report(), "throttle")->status, "up");
}

TEST_F(ReportTest, TellsAStoreThatTakesNoWritesFromOneThatIsAway) {
    take_away();
    sight.verdict.trouble = {HealthReason::readonly, "READONLY"};

    EXPECT_EQ(report().cause, "store takes no writes: readonly since 12 s");
}

TEST_F(ReportTest, AnOptionalStoreThatIsAwayIsDegradedOnly) {
    take_away();
    options.store_optional = true;

    EXPECT_EQ(report().status, HealthStatus::degraded);
    EXPECT_TRUE(find(report(), "store")->optional);
}

TEST_F(ReportTest, BeforeTheFirstAnswerItIsStartingAndNotUsable) {
    sight.verdict = {.since = now};

    EXPECT_EQ(report().status, HealthStatus::unhealthy);
    EXPECT_EQ(find(report(), "store")->status, "starting");
    EXPECT_EQ(find(report(), "store")->reason, HealthReason::starting);
}

TEST_F(ReportTest, AFallbackThatIsActiveDegrades) {
    sight.fallbacks = {{.subsystem = "spool:mail", .mode = "spool", .active = true}};

    EXPECT_EQ(report().status, HealthStatus::degraded);
    EXPECT_EQ(report().cause, "spool mail keeps jobs until it is back");
}

TEST_F(ReportTest, ASlowStoreDegrades) {
    sight.verdict.slow = true;
    sight.rtt = 180ms;

    EXPECT_EQ(report().status, HealthStatus::degraded);
    EXPECT_EQ(report().cause, "store is slow: it takes 180 ms to answer");
    EXPECT_EQ(find(report(), "store")->reason, HealthReason::slow);
}

TEST_F(ReportTest, ALinkThatIsAwayForAWhileDegradesThoughTheStoreAnswers) {
    sight.links = {{.role = "shared", .state = "ready"},
                   {.role = "worker",
                    .state = "reconnecting",
                    .reason = HealthReason::timed_out,
                    .since = 900ms}};
    EXPECT_EQ(report().status, HealthStatus::healthy);

    sight.links.back().since = 3s;
    EXPECT_EQ(report().status, HealthStatus::degraded);
    EXPECT_EQ(report().cause, "link worker is away: timed_out since 3 s");
}

TEST_F(ReportTest, OneRedOptionalDependencyDoesNotTurnTheProcessRed) {
    sight.checks = {{.name = "mailer", .status = "down", .error = "no", .optional = true}};
    EXPECT_EQ(report().status, HealthStatus::degraded);
    EXPECT_EQ(report().cause, "mailer is down: no");

    sight.checks.front().optional = false;
    EXPECT_EQ(report().status, HealthStatus::unhealthy);
}

TEST_F(ReportTest, AQueueThatIsStuckDegrades) {
    sight.queues = {{.queue = "mail", .stuck = true, .detail = "nobody works"}};

    EXPECT_EQ(report().status, HealthStatus::degraded);
    EXPECT_EQ(report().cause, "queue mail is stuck: nobody works");
}

TEST_F(ReportTest, AsJsonItIsTheDocumentThatIsAgreed) {
    take_away();
    sight.cache_hit_rate = 0.875;
    HealthReport away = report();
    away.at = Timestamp(Millis{1'767'225'600'123});
    away.since = 12s;
    away.services.resize(1);

    EXPECT_EQ(to_json(away).text(),
              R"({"status":"unhealthy","timestamp":"2026-01-01T00:00:00.123Z","since":12000,)"
              R"("cause":"store is away: refused since 12 s","store":"redis://127.0.0.1:6379",)"
              R"("services":{"store":{"status":"down","connected":false,"responseTime":null,)"
              R"("error":"Connection refused","reason":"refused","optional":false,)"
              R"("fallbackMode":null}},"fallbacks":[],"links":[],"queues":[],)"
              R"("cache":{"hitRate":0.875}})");
}

TEST_F(ReportTest, UnknownFiguresAreNullAndNotZero) {
    sight.queues = {{.queue = "mail"}};
    const std::string text = to_json(report()).text();

    EXPECT_NE(text.find(R"("oldestWaitingMs":null)"), std::string::npos) << text;
    EXPECT_NE(text.find(R"("canaryAgeMs":null)"), std::string::npos) << text;
    EXPECT_NE(text.find(R"("cache":{"hitRate":null})"), std::string::npos) << text;
}

}  // namespace
}  // namespace toril::health
