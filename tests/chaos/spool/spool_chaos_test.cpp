// A Redis that is away for a while under 1000 adds a second, and a producer that is killed in the
// middle and started again: every acknowledged job arrives exactly once, in the order of the
// acknowledgements. TORIL_SPOOL_SECONDS: how long it is away, 1 by default; 30 for the full form.

#include "chaos/crash/ledger.hpp"
#include "chaos/spool/arrivals.hpp"
#include "support/redis_server.hpp"

#include <toril/spool.hpp>

#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <iostream>
#include <map>
#include <utility>

using namespace std::chrono_literals;

namespace toril::testing {
namespace {

using crash::Entry;

constexpr std::size_t adds_per_second = 1'000;

std::size_t seconds_away() {
    const char* given = std::getenv("TORIL_SPOOL_SECONDS");
    return given != nullptr ? std::strtoul(given, nullptr, 10) : 1;
}

class Producer {
public:
    Producer(const std::string& store, const std::filesystem::path& folder) {
        std::string words[]{TORIL_SPOOL_ACTOR,
                            store,
                            "q",
                            (folder / "spool.db").string(),
                            (folder / "ledger").string(),
                            std::to_string(adds_per_second)};
        char* pointers[7]{};
        for (std::size_t i = 0; i < std::size(words); ++i)
            pointers[i] = words[i].data();
        EXPECT_EQ(posix_spawn(&pid_, TORIL_SPOOL_ACTOR, nullptr, nullptr, pointers, environ), 0);
    }
    ~Producer() { kill(); }
    Producer(const Producer&) = delete;
    Producer& operator=(const Producer&) = delete;

    void kill() {
        if (pid_ == 0) return;
        ::kill(pid_, SIGKILL);
        ::waitpid(std::exchange(pid_, 0), nullptr, 0);
    }
    // True: its spool was empty before it ended.
    bool end() {
        ::kill(pid_, SIGTERM);
        int status = 0;
        ::waitpid(std::exchange(pid_, 0), &status, 0);
        return WIFEXITED(status) && WEXITSTATUS(status) == 0;
    }

private:
    pid_t pid_ = 0;
};

class SpoolChaosTest : public ::testing::Test {
protected:
    // Until so many more adds were acknowledged than when it was asked last.
    void wait_for_adds(std::size_t count) {
        const std::size_t from = ledger_.entries().size();
        ASSERT_TRUE(ledger_.wait(
            from, count, [](const Entry&) { return true; }, 30s + seconds_away() * 2s))
            << ledger_.entries().size() - from << " of " << count;
    }
    std::vector<std::string> promised() {
        std::vector<std::string> names;
        for (const Entry& entry : ledger_.entries())
            names.push_back(entry.job);
        return names;
    }
    // Kills and outages of longer runs take their share of the time.
    std::size_t adds_of(double share) const {
        return static_cast<std::size_t>(share *
                                        static_cast<double>(seconds_away() * adds_per_second));
    }
    void check() {
        const auto names = promised();
        EXPECT_TRUE(arrived_once_and_in_order(names, names_waiting(server_.url(), "q")));
        const auto lines = read_spool((server_.folder() / "spool.db").string());
        ASSERT_TRUE(lines) << lines.error().message();
        const SpoolLine& line = lines->at(0);
        EXPECT_EQ(line.jobs, 0u);
        EXPECT_EQ(line.rejected, 0u);
        EXPECT_GT(line.forwarded, 0u) << "nothing went through the spool";
        std::cout << names.size() << " acknowledged, " << line.forwarded
                  << " of them through the spool\n";
    }

    RedisServer server_{{.append_only = true}};
    crash::LedgerWriter make_it_{(server_.folder() / "ledger").string()};
    crash::LedgerReader ledger_{(server_.folder() / "ledger").string()};
};

TEST_F(SpoolChaosTest, KilledWhileRedisIsAwayAProducerLosesAndDoublesNothing) {
    Producer first(server_.url(), server_.folder());
    wait_for_adds(500);
    server_.kill();
    wait_for_adds(adds_of(0.5));
    first.kill();

    Producer second(server_.url(), server_.folder());
    wait_for_adds(adds_of(0.5));
    server_.start_again();
    wait_for_adds(500);

    ASSERT_TRUE(second.end());
    check();
}

TEST_F(SpoolChaosTest, KilledWhileItForwardsAProducerLosesAndDoublesNothing) {
    Producer first(server_.url(), server_.folder());
    wait_for_adds(200);
    server_.kill();
    wait_for_adds(adds_of(1.0));
    server_.start_again();
    wait_for_adds(20);
    first.kill();

    for (int again = 0; again < 3; ++again) {
        Producer next(server_.url(), server_.folder());
        wait_for_adds(30);
        next.kill();
    }
    Producer last(server_.url(), server_.folder());
    wait_for_adds(200);

    ASSERT_TRUE(last.end());
    check();
}

TEST_F(SpoolChaosTest, KilledAgainAndAgainTheServerGetsEveryJobOnce) {
    Producer producer(server_.url(), server_.folder());
    for (int again = 0; again < 4; ++again) {
        wait_for_adds(200);
        server_.kill();
        wait_for_adds(adds_of(0.2));
        server_.start_again();
    }
    wait_for_adds(200);

    ASSERT_TRUE(producer.end());
    check();
}

TEST_F(SpoolChaosTest, TwoProducersOnOneSpoolLoseAndDoubleNothing) {
    Producer first(server_.url(), server_.folder());
    Producer second(server_.url(), server_.folder());
    wait_for_adds(500);
    server_.kill();
    wait_for_adds(adds_of(0.5));
    first.kill();
    wait_for_adds(adds_of(0.25));
    server_.start_again();
    wait_for_adds(500);

    ASSERT_TRUE(second.end());
    // What one wrote into the ledger after the other's answer may have been acknowledged before it:
    // only the order of each producer is known.
    std::map<std::string, std::vector<std::string>> of;
    for (const std::string& name : promised())
        of[name.substr(0, name.find('-'))].push_back(name);
    EXPECT_EQ(of.size(), 2u);
    const auto there = names_waiting(server_.url(), "q");
    for (const auto& [producer, names] : of)
        EXPECT_TRUE(arrived_once_and_in_order(names, there)) << producer;
}

}  // namespace
}  // namespace toril::testing
