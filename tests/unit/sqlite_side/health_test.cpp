// What is said of the jobs' database and of the side file.

#include "backend/sqlite/side/health_source.hpp"
#include "backend/sqlite/sqlite_store.hpp"
#include "backend/sqlite/store_files.hpp"
#include "side_fixture.hpp"
#include "support/signal.hpp"

#include <map>

namespace toril::sqlite_side {
namespace {

class SideHealthTest : public SideTest {
protected:
    std::shared_ptr<contract::HealthSource> open_health() {
        jobs = *sqlite::open_sqlite({.path = jobs_path});
        side = open_side(options());
        return open_health_source(jobs, side, jobs_path);
    }
    static Status probe(contract::HealthSource& health, Millis deadline = 20s) {
        return base::wait_for_answer<Status>(
            21s, [&](auto done) { health.probe_write(deadline, std::move(done)); });
    }
    static Result<std::chrono::microseconds> ping(contract::HealthSource& health) {
        return base::wait_for_answer<Result<std::chrono::microseconds>>(
            21s, [&](auto done) { health.ping(20s, std::move(done)); });
    }

    const std::string jobs_path = (folder / "jobs.db").string();
    std::shared_ptr<contract::JobStore> jobs{};
    Stores side{};
};

TEST_F(SideHealthTest, KnowsTwoLinksThatAreReadyOnceTheyWereUsed) {
    const auto health = open_health();
    EXPECT_EQ(health->kind(), "sqlite");
    ASSERT_EQ(health->links().size(), 2u);
    EXPECT_EQ(health->links()[0].state, "idle");
    EXPECT_EQ(health->links()[1].state, "idle");

    ASSERT_TRUE(ping(*health));
    ASSERT_TRUE(probe(*health));

    EXPECT_EQ(health->links()[0].role, "jobs");
    EXPECT_EQ(health->links()[0].state, "ready");
    EXPECT_EQ(health->links()[1].role, "side");
    EXPECT_EQ(health->links()[1].state, "ready");
    EXPECT_EQ(health->links()[1].reason, HealthReason::none);
}

TEST_F(SideHealthTest, SaysThatTheStoreIsClosed) {
    const auto health = open_health();
    ASSERT_TRUE(jobs->close(5s));

    EXPECT_FALSE(ping(*health));
    EXPECT_EQ(health->links()[0].state, "degraded");
    EXPECT_EQ(health->links()[0].reason, HealthReason::closed);
}

TEST_F(SideHealthTest, AnswersAProbeInTimeAndTellsOfTheChange) {
    const auto health = open_health();
    ASSERT_TRUE(probe(*health));
    support::Signal changed;
    const auto owner = std::make_shared<int>();
    health->listen(owner, [&] { changed.raise(); });
    sqlite::TurnLock stuck;
    ASSERT_TRUE(stuck.open(path + "-lock"));
    const std::atomic<bool> never{false};
    ASSERT_TRUE(stuck.take(1s, never));

    EXPECT_FALSE(probe(*health, 50ms));
    EXPECT_TRUE(changed.wait());
    EXPECT_EQ(health->links()[1].state, "degraded");
    stuck.end();
    EXPECT_TRUE(probe(*health));
    EXPECT_EQ(health->links()[1].state, "ready");
}

TEST_F(SideHealthTest, TellsFactsOfFilesAndDisk) {
    const auto health = open_health();
    using Facts = std::vector<std::pair<std::string, std::string>>;

    const auto facts = base::wait_for_answer<Result<Facts>>(
        21s, [&](auto done) { health->facts(20s, std::move(done)); });

    ASSERT_TRUE(facts);
    const std::map<std::string, std::string> by_name(facts->begin(), facts->end());
    EXPECT_EQ(by_name.at("mode"), "embedded");
    EXPECT_EQ(by_name.at("durability"), "fsync");
    EXPECT_EQ(by_name.at("side_bytes"), "0") << "facts make no file";
    EXPECT_NE(by_name.at("database_bytes"), "0");
    EXPECT_NE(by_name.at("disk_free_bytes"), "0");
    EXPECT_FALSE(by_name.at("sqlite_version").empty());
}

}  // namespace
}  // namespace toril::sqlite_side
