// toril health, beyond what every command does: see look_test.cpp.

#include "cli_fixture.hpp"
#include "support/redis_server.hpp"

#include <string>

namespace toril::e2e {
namespace {

namespace json = boost::json;

class HealthCliTest : public CliTest {
protected:
    void use(const testing::RedisServer& server) { environment["REDIS_URL"] = server.url(); }
    // The document, whatever the exit code.
    json::value look(int exit_code) {
        const Finished finished = run({"health", "--json"});
        EXPECT_EQ(finished.exit_code, exit_code) << finished.out << finished.err;
        return json::parse(finished.out);
    }
};

TEST_F(HealthCliTest, PrintsTheWholeDocument) {
    testing::RedisServer server;
    use(server);
    const json::object health = look(0).as_object();

    EXPECT_EQ(health.at("status"), "healthy");
    EXPECT_TRUE(health.at("cause").is_null());
    EXPECT_TRUE(health.at("timestamp").as_string().ends_with("Z"));
    EXPECT_EQ(health.at("services").at("redis").at("status"), "up");
    EXPECT_FALSE(health.at("links").as_array().empty());
    EXPECT_TRUE(health.at("fallbacks").as_array().empty());
    EXPECT_TRUE(health.at("queues").as_array().empty());
    EXPECT_TRUE(health.at("cache").at("hitRate").is_null());
}

TEST_F(HealthCliTest, SaysThatNobodyListens) {
    testing::RedisServer server;
    use(server);
    server.kill();
    const json::value health = look(5);

    EXPECT_EQ(health.at("services").at("store").at("reason"), "refused");
    EXPECT_TRUE(health.at("cause").as_string().starts_with("store is away: refused since "));
}

TEST_F(HealthCliTest, AnswersThoughRedisDoesNot) {
    testing::RedisServer server;
    use(server);
    server.freeze();

    EXPECT_EQ(look(5).at("services").at("store").at("reason"), "timed_out");
    server.thaw();
}

TEST_F(HealthCliTest, SaysThatAReplicaTakesNoWrites) {
    testing::RedisServer server;
    use(server);
    server.command({"REPLICAOF", "127.0.0.1", "1"});

    EXPECT_EQ(look(5).at("services").at("store").at("reason"), "readonly");
}

TEST_F(HealthCliTest, ExitsWithSixWhenTheStoreRefusesTheUser) {
    testing::RedisServer server;
    server.command({"CONFIG", "SET", "requirepass", "right"});
    environment["REDIS_URL"] = "redis://:wr0ng@127.0.0.1:" + std::to_string(server.port());
    const json::value health = look(6);

    EXPECT_EQ(health.at("services").at("store").at("reason"), "auth");
    EXPECT_EQ(json::serialize(health).find("wr0ng"), std::string::npos);
}

TEST_F(HealthCliTest, AsTextTheCauseIsALine) {
    testing::RedisServer server;
    use(server);
    server.kill();
    const Finished finished = run({"health"});

    EXPECT_TRUE(finished.out.starts_with("unhealthy  redis://")) << finished.out;
    EXPECT_NE(finished.out.find("\nstore is away: refused since "), std::string::npos)
        << finished.out;
}

}  // namespace
}  // namespace toril::e2e
