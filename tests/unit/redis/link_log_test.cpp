#include "redis/link_log.hpp"

#include <gtest/gtest.h>

using namespace std::chrono_literals;

namespace toril::redis {
namespace {

class LinkLogTest : public ::testing::Test {
protected:
    std::vector<std::string> events() const {
        std::vector<std::string> result;
        for (const LogRecord& record : records)
            result.emplace_back(record.event);
        return result;
    }

    SteadyTime now{};
    std::vector<LogRecord> records;
    LinkLog log{base::Logger([this](const LogRecord& record) { records.push_back(record); }),
                "app:test:1",
                "127.0.0.1:6379"};
};

using Events = std::vector<std::string>;

TEST_F(LinkLogTest, SaysOneLinePerOutageAndASummaryWhenItIsOver) {
    log.connected({}, now);
    log.disconnected(LossKind::network, "the server closed the connection", now);
    for (int i = 0; i < 1'000; ++i)
        log.failed(LossKind::network, "Connection refused", now += 2s);
    log.connected({}, now += 1s);

    EXPECT_EQ(events(), (Events{"redis.connected", "redis.disconnected", "redis.connected"}));
    EXPECT_EQ(records.back().message,
              "connected to redis after 2001000 ms and 1000 failed attempts");
}

TEST_F(LinkLogTest, SaysOneLineWhenTheServerIsAwayFromTheStart) {
    for (int i = 0; i < 100; ++i)
        log.failed(LossKind::network, "Connection refused", now);

    EXPECT_EQ(events(), Events{"redis.reconnecting"});
    EXPECT_EQ(records[0].level, LogLevel::warning);
}

TEST_F(LinkLogTest, SaysANewKindOfTroubleOnceAndARefusalAsAnError) {
    for (int i = 0; i < 3; ++i) {
        log.failed(LossKind::network, "Connection refused", now);
        log.failed(LossKind::refused, "WRONGPASS", now);
    }

    EXPECT_EQ(events(), (Events{"redis.reconnecting", "redis.reconnecting"}));
    EXPECT_EQ(records[1].level, LogLevel::error);
}

TEST_F(LinkLogTest, BeginsAnewAfterEachRecovery) {
    for (int outage = 0; outage < 2; ++outage) {
        log.disconnected(LossKind::network, "gone", now);
        log.degraded(3, "gone");
        log.degraded(4, "gone");
        log.timed_out(5);
        log.timed_out(5);
        log.connected({}, now);
    }

    const Events one{"redis.disconnected", "redis.degraded", "redis.timeout", "redis.connected"};
    Events twice = one;
    twice.insert(twice.end(), one.begin(), one.end());
    EXPECT_EQ(events(), twice);
}

}  // namespace
}  // namespace toril::redis
