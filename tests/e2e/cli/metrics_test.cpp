// toril metrics

#include "cli_fixture.hpp"

#include <string>

namespace toril::e2e {
namespace {

class MetricsTest : public StoreCliTest {};
TORIL_ON_EACH_STORE(MetricsTest);

TEST_P(MetricsTest, TellsOfTheStoreAndOfItsQueues) {
    add({"n"});
    const Finished finished = run({"metrics"});

    EXPECT_EQ(finished.exit_code, 0) << finished.err;
    for (const char* line : {"\ntoril_health_status{status=\"healthy\"} 1\n",
                             "\ntoril_store_up{store=\"",
                             "\nbullmq_job_count{queue=\"q\", state=\"waiting\"} 1\n",
                             "\ntoril_queue_jobs{queue=\"q\", state=\"waiting\"} 1\n"})
        EXPECT_NE(finished.out.find(line), std::string::npos) << line << finished.out;
}

TEST_P(MetricsTest, TellsOfTheQueuesThatWereAskedFor) {
    add({"n"});
    const Finished finished = run({"metrics", "other", "another"});

    EXPECT_EQ(finished.exit_code, 0) << finished.err;
    EXPECT_EQ(finished.out.find("queue=\"q\""), std::string::npos) << finished.out;
    EXPECT_NE(finished.out.find("{queue=\"other\", state=\"waiting\"} 0\n"), std::string::npos);
    EXPECT_NE(finished.out.find("{queue=\"another\", state=\"waiting\"} 0\n"), std::string::npos);
}

class MetricsAwayTest : public CliTest {};

TEST_F(MetricsAwayTest, NeedTheStore) {
    environment["REDIS_URL"] = "redis://127.0.0.1:1";
    environment["TORIL_COMMAND_TIMEOUT"] = "300ms";

    EXPECT_EQ(run({"metrics"}).exit_code, 5);
}

}  // namespace
}  // namespace toril::e2e
