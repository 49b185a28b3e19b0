// kill -9 in loops, with a ledger: nothing that was acknowledged is lost, and each job has one
// final record. TORIL_CRASH_KILLS=200 for the long form.

#include "chaos/crash/arena.hpp"
#include "chaos/crash/job_plan.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <iostream>
#include <string>
#include <vector>

namespace toril::crash {
namespace {

using namespace std::chrono_literals;
using SteadyClock = std::chrono::steady_clock;

constexpr std::chrono::seconds deadline{30};

auto is(Entry::What what) {
    return [what](const Entry& entry) { return entry.what == what; };
}

bool any(const Entry&) {
    return true;
}

class CrashTest : public ::testing::TestWithParam<StoreKind> {
protected:
    Arena arena{GetParam()};
};

TEST_P(CrashTest, WorkersThatAreKilledLoseNoJobAndFinishNoneTwice) {
    const int kills = Arena::kills(7);
    arena.add_jobs(kills * 60);
    std::vector<Actor> workers;
    for (int i = 0; i < 3; ++i)
        workers.push_back(arena.start("worker"));
    for (int i = 0; i < kills; ++i) {
        ASSERT_TRUE(
            arena.ledger().wait(arena.ledger().entries().size(), arena.random(80), any, deadline))
            << "nothing goes on after " << i << " kills";
        Actor& victim = workers[arena.random(workers.size()) - 1];
        victim.kill();
        victim = arena.start("worker");
    }
    workers.clear();
    arena.judge();
}

TEST_P(CrashTest, ProducersThatAreKilledLeaveWholeJobsOrNone) {
    const int kills = Arena::kills(7);
    std::vector<Actor> producers;
    for (int i = 0; i < 2; ++i)
        producers.push_back(arena.start("producer"));
    {
        const Actor worker = arena.start("worker");
        for (int i = 0; i < kills; ++i) {
            ASSERT_TRUE(arena.ledger().wait(arena.ledger().entries().size(),
                                            arena.random(60),
                                            is(Entry::What::acknowledged),
                                            deadline))
                << "nothing goes on after " << i << " kills";
            Actor& victim = producers[arena.random(producers.size()) - 1];
            victim.kill();
            victim = arena.start("producer");
        }
        producers.clear();
    }
    arena.judge();
}

INSTANTIATE_TEST_SUITE_P(Stores,
                         CrashTest,
                         ::testing::Values(StoreKind::redis, StoreKind::sqlite),
                         [](const auto& test) {
                             return std::string(test.param == StoreKind::redis ? "Redis"
                                                                               : "Sqlite");
                         });

TEST(RedisCrashTest, AServerThatIsKilledLosesNothingAndWorkGoesOnUnaided) {
    Arena arena(StoreKind::redis);
    const int kills = Arena::kills(4);
    SteadyClock::duration slowest{};
    {
        std::vector<Actor> actors;
        for (const char* role : {"producer", "producer", "worker", "worker"}) {
            actors.push_back(arena.start(role));
        }
        for (int i = 0; i < kills; ++i) {
            ASSERT_TRUE(arena.ledger().wait(
                arena.ledger().entries().size(), 50 + arena.random(200), any, deadline))
                << "nothing goes on after " << i << " kills";
            arena.server().kill();
            arena.server().start_again();
            const std::size_t before = arena.ledger().entries().size();
            const auto begin = SteadyClock::now();
            EXPECT_TRUE(arena.ledger().wait(before, 1, is(Entry::What::recorded), deadline));
            EXPECT_TRUE(arena.ledger().wait(before, 1, is(Entry::What::acknowledged), deadline));
            slowest = std::max(slowest, SteadyClock::now() - begin);
        }
    }
    EXPECT_LT(slowest, 5s);
    std::cout << "slowest return to work: "
              << std::chrono::duration_cast<std::chrono::milliseconds>(slowest).count() << " ms\n";
    arena.judge();
}

/// How long after the only worker's death its job starts elsewhere.
class OrphanTest : public ::testing::Test {
protected:
    void SetUp() override {
        arena.add_jobs(1);
        ASSERT_TRUE(arena.ledger().wait(0, 1, is(Entry::What::started), deadline));
    }

    void expect_another_start(SteadyClock::time_point death) {
        const pid_t dead = worker_pid;
        ASSERT_TRUE(arena.ledger().wait(
            0,
            1,
            [&](const Entry& entry) {
                return entry.what == Entry::What::started && entry.pid != dead;
            },
            deadline));
        const auto elapsed = SteadyClock::now() - death;
        EXPECT_LT(elapsed, 2s);
        std::cout << "started again after "
                  << std::chrono::duration_cast<std::chrono::milliseconds>(elapsed).count()
                  << " ms\n";
    }

    Arena arena{StoreKind::sqlite};
    Actor worker = arena.start("hang");
    pid_t worker_pid = worker.pid();
};

TEST_F(OrphanTest, AJobOfADeadProcessRunsInAnotherThatIsThere) {
    const Actor other = arena.start("default");
    // It is there once it has taken a job of its own.
    const Store store = arena.open_store();
    ASSERT_TRUE(Queue::open(store, "crash").value().add("another", Json{}));
    const auto is_another = [](const Entry& entry) { return entry.job == "another"; };
    ASSERT_TRUE(arena.ledger().wait(0, 1, is_another, deadline));
    const auto death = SteadyClock::now();
    worker.kill();
    expect_another_start(death);
}

TEST_F(OrphanTest, AJobOfADeadProcessRunsInOneThatStartsLater) {
    worker.kill();
    const auto death = SteadyClock::now();
    const Actor other = arena.start("default");
    expect_another_start(death);
}

}  // namespace
}  // namespace toril::crash
