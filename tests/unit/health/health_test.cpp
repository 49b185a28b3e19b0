// A Health over a store whose answers the test gives: what it does on its own time.

#include "base/mutex.hpp"
#include "contract/backend.hpp"
#include "support/signal.hpp"

#include <toril/health.hpp>
#include <toril/queue.hpp>
#include <toril/store.hpp>
#include <toril/worker.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

namespace toril {
namespace {

using namespace std::chrono_literals;
using support::Signal;

// Answers at once what it was told to, or never.
class ScriptedSource final : public contract::HealthSource {
public:
    std::string kind() const override { return "scripted"; }
    std::vector<LinkHealth> links() const override {
        const std::lock_guard lock(mutex);
        return shown;
    }
    void listen(std::weak_ptr<void> owner, std::function<void()> told) override {
        const std::lock_guard lock(mutex);
        keeper = std::move(owner);
        listener = std::move(told);
    }
    void ping(Millis, contract::Done<std::chrono::microseconds> done) override {
        pinged.raise();
        if (silent) return keep([done] { done(std::chrono::microseconds{5}); });
        if (away)
            done(Error(ErrorCode::unavailable, "nobody there"));
        else
            done(std::chrono::microseconds{rtt_us.load()});
    }
    void probe_write(Millis, contract::DoneStatus done) override {
        probed.raise();
        if (silent) return keep([done] { done({}); });
        if (away)
            done(Error(ErrorCode::unavailable, "nobody there"));
        else
            done({});
    }
    void facts(Millis,
               contract::Done<std::vector<std::pair<std::string, std::string>>> done) override {
        done(std::vector<std::pair<std::string, std::string>>{});
    }

    void keep(std::function<void()> answer) {
        const std::lock_guard lock(mutex);
        kept.push_back(std::move(answer));
    }
    void show(std::vector<LinkHealth> links) {
        std::function<void()> told;
        {
            const std::lock_guard lock(mutex);
            shown = std::move(links);
            told = listener;
        }
        if (told) told();
    }

    std::atomic<bool> silent{false};
    std::atomic<bool> away{false};
    std::atomic<int> rtt_us{200};
    Signal pinged{};
    Signal probed{};
    mutable std::mutex mutex{};
    std::vector<LinkHealth> shown{};
    std::weak_ptr<void> keeper{};
    std::function<void()> listener{};
    std::vector<std::function<void()>> kept{};
};

class HealthTest : public testing::Test {
protected:
    HealthTest() {
        // A Store takes its source from its backend; here the test is the source.
        const_cast<contract::Backend&>(store.backend()).health = source;
    }

    Health open(const HealthOptions& options = {}) {
        Result<Health> opened = Health::open(store, options);
        EXPECT_TRUE(opened) << opened.error().message();
        return *opened;
    }
    // Blocks until a report is as wanted.
    std::shared_ptr<const HealthReport> wait_for(
        const Health& health, const std::function<bool(const HealthReport&)>& wanted) {
        const auto by = std::chrono::steady_clock::now() + support::test_deadline;
        std::shared_ptr<const HealthReport> report = health.report();
        while (!wanted(*report) && std::chrono::steady_clock::now() < by) {
            std::this_thread::yield();
            report = health.report();
        }
        EXPECT_TRUE(wanted(*report)) << to_json(*report).text();
        return report;
    }
    std::shared_ptr<const HealthReport> wait_for(const Health& health, HealthStatus status) {
        return wait_for(health,
                        [status](const HealthReport& report) { return report.status == status; });
    }

    const std::shared_ptr<ScriptedSource> source = std::make_shared<ScriptedSource>();
    Store store = *Store::open("memory:");
    const HealthOptions quick{.ping_every = 10ms, .good_min = 1};
};

TEST_F(HealthTest, OpensAtOnceAndSaysThatItIsStarting) {
    source->silent = true;
    const Health health = open();
    const auto report = health.report();

    EXPECT_EQ(report->status, HealthStatus::unhealthy);
    ASSERT_FALSE(report->services.empty());
    EXPECT_EQ(report->services.front().status, "starting");
    EXPECT_EQ(report->cause, "starting: the store has not answered yet");
    EXPECT_FALSE(health.is_healthy());
}

TEST_F(HealthTest, IsHealthyOnceTheStoreHasAnswered) {
    const Health health = open();
    const auto report = health.first_report(support::test_deadline);

    EXPECT_EQ(report->status, HealthStatus::healthy) << to_json(*report).text();
    EXPECT_TRUE(health.is_healthy());
    EXPECT_EQ(*health.ping(), 200us);
}

TEST_F(HealthTest, TellsAndLogsEachChange) {
    base::Mutex mutex;
    std::vector<std::string> told;
    Signal changed;
    Health health = open(quick);
    health.first_report(support::test_deadline);
    health.on_change([&](const HealthReport& report) {
        base::MutexLock lock(mutex);
        told.emplace_back(to_string(report.status));
        changed.raise();
    });

    source->away = true;
    wait_for(health, HealthStatus::unhealthy);
    source->away = false;
    wait_for(health, HealthStatus::healthy);
    // The first change, from starting, may have been told already or not.
    ASSERT_TRUE(changed.wait(2));
    base::MutexLock lock(mutex);
    if (told.front() == "healthy") told.erase(told.begin());
    EXPECT_EQ(told.front(), "unhealthy");
}

TEST_F(HealthTest, AListenerThatHangsStopsNoProbe) {
    Signal hangs;
    Signal may_end;
    Health health = open(quick);
    health.first_report(support::test_deadline);
    health.on_change([&](const HealthReport&) {
        hangs.raise();
        may_end.wait();
    });
    source->away = true;
    ASSERT_TRUE(hangs.wait());
    source->away = false;

    wait_for(health, HealthStatus::healthy);
    may_end.raise();
}

TEST_F(HealthTest, AnOutageShowsItsReason) {
    const Health health = open(quick);
    health.first_report(support::test_deadline);
    source->away = true;
    source->show({{.role = "shared",
                   .state = "reconnecting",
                   .reason = HealthReason::refused,
                   .detail = "Connection refused"}});

    const auto report = wait_for(health, HealthStatus::unhealthy);
    EXPECT_EQ(report->services.front().reason, HealthReason::refused);
    EXPECT_EQ(report->services.front().error, "Connection refused");
    EXPECT_EQ(report->cause.find("store is away: refused since "), 0u) << report->cause;
}

TEST_F(HealthTest, ARefusedCommandOfAnybodyIsSeenBeforeTheNextProbe) {
    const Health health = open({.ping_every = 1h, .write_probe_every = 1h, .good_min = 1});
    health.first_report(support::test_deadline);
    source->show({{.role = "jobs",
                   .state = "ready",
                   .reason = HealthReason::oom,
                   .detail = "OOM command not allowed"}});

    const auto report = wait_for(health, HealthStatus::unhealthy);
    EXPECT_EQ(report->services.front().reason, HealthReason::oom);
}

TEST_F(HealthTest, AFallbackShowsAtOnceAndGoesAtOnce) {
    const Health health = open({.ping_every = 1h});
    health.first_report(support::test_deadline);
    store.backend().fallbacks->begin("cache:tasks", "memory", "away");
    const auto report = wait_for(health, HealthStatus::degraded);
    EXPECT_EQ(report->cause, "cache tasks works from memory");

    store.backend().fallbacks->end("cache:tasks");
    wait_for(health, HealthStatus::healthy);
}

TEST_F(HealthTest, AskersAreAnsweredWhileTheStoreSaysNothing) {
    const Health health = open(quick);
    health.first_report(support::test_deadline);
    source->silent = true;
    ASSERT_TRUE(source->pinged.wait(source->pinged.count() + 1));
    const std::size_t asked = source->pinged.count() + source->probed.count();

    std::atomic<int> answers{0};
    std::vector<std::thread> askers;
    for (int i = 0; i < 20; ++i)
        askers.emplace_back([&] {
            for (int j = 0; j < 50; ++j)
                if (health.report()) ++answers;
        });
    for (std::thread& asker : askers)
        asker.join();

    EXPECT_EQ(answers, 1'000);
    // One ping and one write may be under way; askers add none.
    EXPECT_LE(source->pinged.count() + source->probed.count(), asked + 2);
}

TEST_F(HealthTest, AnAnswerThatComesAfterTheEndIsNoHarm) {
    source->silent = true;
    {
        const Health health = open(quick);
        ASSERT_TRUE(source->pinged.wait());
        ASSERT_TRUE(source->probed.wait());
    }
    for (const auto& answer : source->kept)
        answer();
    EXPECT_TRUE(source->keeper.expired() || !source->kept.empty());
}

TEST_F(HealthTest, AnOwnCheckThatFailsTurnsItRedUnlessOptional) {
    Health health = open(quick);
    std::atomic<bool> ok{true};
    health.add_check("mailer", false, 10ms, [&] {
        return CheckResult{.ok = ok, .detail = "no route to the mailer"};
    });
    wait_for(health, HealthStatus::healthy);
    ok = false;
    const auto report = wait_for(health, HealthStatus::unhealthy);
    EXPECT_EQ(report->cause, "mailer is down: no route to the mailer");
    ok = true;
    wait_for(health, HealthStatus::healthy);
}

TEST_F(HealthTest, AnOwnCheckThatHangsStopsNoOther) {
    Signal hanging;
    Signal may_end;
    Health health = open(quick);
    health.add_check("hangs", true, 10ms, [&] {
        hanging.raise();
        may_end.wait();
        return CheckResult{};
    });
    ASSERT_TRUE(hanging.wait());
    health.add_check(
        "throws", true, 10ms, []() -> CheckResult { throw std::runtime_error("out of luck"); });

    const auto report = wait_for(health, HealthStatus::degraded);
    EXPECT_EQ(report->cause, "throws is down: out of luck");
    may_end.raise();
}

TEST_F(HealthTest, RefusesOptionsOutOfRange) {
    const auto code = [&](const HealthOptions& options) {
        const Result<Health> opened = Health::open(store, options);
        return opened ? std::optional<ErrorCode>() : opened.error().code();
    };
    EXPECT_EQ(code({.ping_every = 0ms}), ErrorCode::invalid_argument);
    EXPECT_EQ(code({.ping_timeout = 0ms}), ErrorCode::invalid_argument);
    EXPECT_EQ(code({.bad_max = 0}), ErrorCode::invalid_argument);
    EXPECT_EQ(code({.good_min = 0}), ErrorCode::invalid_argument);
    EXPECT_EQ(code({}), std::nullopt);
}

TEST_F(HealthTest, SeesWhatWaitsInAQueue) {
    Health health = open(quick);
    Queue queue = *Queue::open(store, "mail");
    ASSERT_TRUE(queue.add("send", Json{}));
    ASSERT_TRUE(health.watch(queue, {.every = 10ms}));
    EXPECT_FALSE(health.watch(queue));

    const auto report = wait_for(health, [](const HealthReport& found) {
        return !found.queues.empty() && found.queues.front().waiting == 1;
    });
    EXPECT_EQ(report->queues.front().queue, "mail");
    EXPECT_TRUE(report->queues.front().oldest_waiting);
    EXPECT_FALSE(report->queues.front().paused);
}

TEST_F(HealthTest, AQueueOnWhichNobodyWorksIsStuckUntilSomebodyDoes) {
    Health health = open(quick);
    Queue queue = *Queue::open(store, "mail");
    ASSERT_TRUE(queue.add("send", Json{}));
    ASSERT_TRUE(health.watch(queue, {.every = 10ms, .oldest_waiting_max = 1ms}));
    const auto stuck = wait_for(health, HealthStatus::degraded);
    EXPECT_TRUE(stuck->queues.front().stuck);
    EXPECT_EQ(stuck->cause.find("queue mail is stuck: nothing is active"), 0u) << stuck->cause;

    ASSERT_TRUE(queue.pause());
    EXPECT_TRUE(wait_for(health, HealthStatus::healthy)->queues.front().paused);
    ASSERT_TRUE(queue.resume());
    const Worker worker =
        *Worker::start(store, "mail", [](JobContext&) -> Result<Json> { return Json{}; });
    wait_for(health, [](const HealthReport& found) {
        return !found.queues.front().stuck && found.queues.front().waiting == 0;
    });
}

TEST_F(HealthTest, ACanaryComesThroughAWorkerWithoutTroublingItsHandler) {
    Health health = open(quick);
    Queue queue = *Queue::open(store, "mail");
    std::atomic<int> handled{0};
    const Worker worker = *Worker::start(store, "mail", [&](JobContext&) -> Result<Json> {
        ++handled;
        return Json{};
    });
    ASSERT_TRUE(health.watch(queue, {.every = 10ms, .canary_every = 20ms}));

    // It grows until the next one has come through: smaller than before means that one has.
    std::optional<Millis> before;
    bool came_through = false;
    wait_for(health, [&](const HealthReport& found) {
        const std::optional<Millis> age =
            found.queues.empty() ? std::nullopt : found.queues.front().canary_age;
        came_through = came_through || (before && age && *age < *before);
        before = age;
        return came_through;
    });
    EXPECT_EQ(handled, 0);
    EXPECT_EQ(queue.counts()->completed, 0u);
}

TEST_F(HealthTest, CanariesDoNotPileUpWhereNobodyWorks) {
    Health health = open(quick);
    Queue queue = *Queue::open(store, "mail");
    ASSERT_TRUE(
        health.watch(queue, {.every = 10ms, .oldest_waiting_max = 50ms, .canary_every = 10ms}));

    const auto stuck = wait_for(health, [](const HealthReport& found) {
        return !found.queues.empty() && found.queues.front().stuck;
    });
    EXPECT_EQ(stuck->queues.front().waiting, 1u);
}

}  // namespace
}  // namespace toril
