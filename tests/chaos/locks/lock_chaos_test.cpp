// Ten processes contend for a lock, each with a store of its own, while holders, the server and
// its memory of fences go. What the lock protects takes no write of who lost it.

#include "chaos/locks/guarded_register.hpp"
#include "crowd.hpp"
#include "support/redis_server.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>
#include <set>

namespace toril::chaos {
namespace {

namespace fs = std::filesystem;
using testing::RedisServer;

constexpr std::size_t actors = 10;
constexpr int ttl_ms = 300;

class Chaos : public ::testing::Test {
protected:
    Chaos() {
        std::string name = (fs::temp_directory_path() / "toril-locks-XXXXXX").string();
        folder = ::mkdtemp(name.data());
    }
    ~Chaos() override { fs::remove_all(folder); }

    std::string place() const { return (folder / "register").string(); }

    // No fence was given twice, and nobody was let in behind a higher one.
    static void expect_one_writer_a_fence(const Crowd& crowd) {
        std::map<std::uint64_t, std::set<std::size_t>> writers;
        for (const Said& said : crowd.said()) {
            EXPECT_NE(said.what, "violation") << "fence " << said.fence;
            if (said.what == "held" || said.what == "accepted")
                writers[said.fence].insert(said.actor);
        }
        for (const auto& [fence, who] : writers)
            EXPECT_EQ(who.size(), 1u) << "fence " << fence;
    }

    // Whoever is refused knows by then that the lock is lost.
    static void expect_that_the_refused_know(const Crowd& crowd) {
        for (const Said& said : crowd.said())
            EXPECT_FALSE(said.what == "rejected" && said.held) << "fence " << said.fence;
    }

    static std::size_t count(const Crowd& crowd, const std::string& what) {
        return static_cast<std::size_t>(
            std::count_if(crowd.said().begin(), crowd.said().end(), [&](const Said& said) {
                return said.what == what;
            }));
    }

    // L1: the holder is paused beyond its ttl, and writes when it is back. One that gave the lock
    // back before it could be stopped proves nothing: then it is another's turn.
    static void pause_holders(Crowd& crowd, std::size_t refusals) {
        for (int tries = 0; tries < 60 && count(crowd, "rejected") < refusals; ++tries) {
            const auto holder = crowd.hear("held");
            ASSERT_TRUE(holder);
            crowd.stop(holder->actor);
            const auto next = crowd.hear([&](const Said& said) {
                return said.what == "accepted" && said.fence > holder->fence;
            });
            ASSERT_TRUE(next) << "another gets the lock when its time is over";
            crowd.resume(holder->actor);
            const auto back = crowd.hear([&](const Said& said) {
                return said.actor == holder->actor && said.what != "lost";
            });
            ASSERT_TRUE(back);
        }
        EXPECT_GE(count(crowd, "rejected"), refusals);
    }

    fs::path folder;
};

TEST_F(Chaos, APausedHolderIsRefusedOnRedis) {
    RedisServer server;
    Crowd crowd(server.url(), place(), actors, ttl_ms);
    pause_holders(crowd, 3);
    crowd.end();

    expect_one_writer_a_fence(crowd);
    expect_that_the_refused_know(crowd);
}

TEST_F(Chaos, APausedHolderIsRefusedOnTheEmbeddedStore) {
    Crowd crowd("sqlite:" + (folder / "jobs.db").string(), place(), actors, ttl_ms);
    pause_holders(crowd, 3);
    crowd.end();

    expect_one_writer_a_fence(crowd);
    expect_that_the_refused_know(crowd);
}

// The server forgets locks and fences alike; its clock carries the fences on.
TEST_F(Chaos, AServerThatIsKilledWithoutPersistenceGivesNoFenceTwice) {
    RedisServer server;
    Crowd crowd(server.url(), place(), actors, ttl_ms);
    std::uint64_t last = 0;
    for (int i = 0; i < 3; ++i) {
        const auto held = crowd.hear("held");
        ASSERT_TRUE(held);
        EXPECT_GT(held->fence, last);
        last = held->fence;
        server.kill();
        server.start_again();
    }
    ASSERT_TRUE(crowd.hear([&](const Said& said) {
        return said.what == "accepted" && said.fence > last;
    })) << "and all goes on";
    crowd.end();

    expect_one_writer_a_fence(crowd);
}

TEST_F(Chaos, AServerWhoseMemoryIsFlushedGivesNoFenceTwice) {
    RedisServer server;
    Crowd crowd(server.url(), place(), actors, ttl_ms);
    for (int i = 0; i < 20; ++i) {
        ASSERT_TRUE(crowd.hear("held"));
        server.command({"FLUSHALL"});
    }
    crowd.end();

    expect_one_writer_a_fence(crowd);
}

// L2: who holds it knows that it is lost before anybody else can have it.
TEST_F(Chaos, AFrozenServerLosesTheLockBeforeAnotherHasIt) {
    RedisServer server;
    Crowd crowd(server.url(), place(), actors, ttl_ms);
    for (int i = 0; i < 3; ++i) {
        const auto held = crowd.hear("held");
        ASSERT_TRUE(held);
        server.freeze();
        // It may have been given back just before: then the next one is held by nobody.
        const auto over = crowd.hear(
            [&](const Said& said) { return said.what == "lost" || said.what == "away"; });
        ASSERT_TRUE(over);
        server.thaw();
        const auto next = crowd.hear("held");
        ASSERT_TRUE(next);
        EXPECT_GT(next->fence, held->fence);
        EXPECT_GT(next->at, over->at);
    }
    crowd.end();

    expect_one_writer_a_fence(crowd);
    expect_that_the_refused_know(crowd);
}

}  // namespace
}  // namespace toril::chaos
