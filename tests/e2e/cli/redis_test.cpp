// toril redis ...

#include "cli_fixture.hpp"

#include <cstdlib>

namespace toril::e2e {
namespace {

namespace json = boost::json;

class RedisTest : public CliTest {
protected:
    void SetUp() override {
        const char* url = std::getenv("TORIL_TEST_REDIS_URL");
        if (url == nullptr || *url == '\0') GTEST_SKIP() << "TORIL_TEST_REDIS_URL is not set";
        environment["REDIS_URL"] = url;
    }
};

TEST_F(RedisTest, PingsAndSaysHowLongItTook) {
    EXPECT_TRUE(run({"redis", "ping"}).out.starts_with("PONG "));
    EXPECT_EQ(json({"redis", "ping"}).at("ok"), true);
    EXPECT_TRUE(json({"redis", "ping"}).at("latencyMs").is_double());
}

TEST_F(RedisTest, ShowsWhatTheServerSaysAboutItself) {
    EXPECT_TRUE(json({"redis", "info"}).as_object().contains("redis_version"));
    EXPECT_FALSE(json({"redis", "info", "memory"}).as_object().contains("redis_version"));
    EXPECT_TRUE(json({"redis", "memory"}).at("usedBytes").is_int64());
    EXPECT_TRUE(json({"redis", "memory"}).at("policy").is_string());
}

TEST_F(RedisTest, ListsItselfAmongTheClients) {
    const json::value clients = json({"redis", "clients"});
    bool is_listed = false;
    for (const json::value& client : clients.as_array())
        is_listed |= client.at("name").as_string().starts_with("toril-cli:inspect:");
    EXPECT_TRUE(is_listed);
}

TEST_F(RedisTest, CountsKeysAndGuardsTheirRemoval) {
    EXPECT_GE(json({"redis", "dbsize"}).at("keys").as_int64(), 0);
    EXPECT_EQ(run({"redis", "flushdb"}, "y\n").exit_code, 4);
    EXPECT_EQ(json({"redis", "flushdb", "--dry-run"}).at("dryRun"), true);
}

class NoRedisTest : public CliTest {};

TEST_F(NoRedisTest, RefusesAStoreThatIsNoRedis) {
    const Finished finished = run({"redis", "ping"});

    EXPECT_EQ(finished.exit_code, 2);
    EXPECT_NE(finished.err.find("REDIS_URL"), std::string::npos);
}

}  // namespace
}  // namespace toril::e2e
