#include "health/metric_sources.hpp"
#include "support/signal.hpp"

#include <toril/health.hpp>
#include <toril/metrics.hpp>
#include <toril/queue.hpp>
#include <toril/store.hpp>
#include <toril/worker.hpp>

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <limits>
#include <set>
#include <sstream>
#include <string>

namespace toril {
namespace {

TEST(MetricsWriterTest, PutsSamplesOfOneMetricTogetherHoweverTheyWereWritten) {
    MetricsWriter writer;
    writer.counter("a_total", "As", 1, {{"q", "x"}});
    writer.gauge("b", "Bs", 2);
    writer.counter("a_total", "As", 3, {{"q", "y"}});

    EXPECT_EQ(writer.text(),
              "# HELP a_total As\n# TYPE a_total counter\n"
              "a_total{q=\"x\"} 1\na_total{q=\"y\"} 3\n"
              "# HELP b Bs\n# TYPE b gauge\nb 2\n");
}

TEST(MetricsWriterTest, EscapesHelpAndLabels) {
    MetricsWriter writer;
    writer.gauge("a", "back\\slash\nline \"quoted\"", 1, {{"l", "q\"b\\n\n"}});

    EXPECT_EQ(writer.text(),
              "# HELP a back\\\\slash\\nline \"quoted\"\n# TYPE a gauge\n"
              "a{l=\"q\\\"b\\\\n\\n\"} 1\n");
}

TEST(MetricsWriterTest, WritesNumbersThatPrometheusReads) {
    MetricsWriter writer;
    for (const double value : {0.0,
                               1e6,
                               0.125,
                               -3.0,
                               1e300,
                               std::nan(""),
                               std::numeric_limits<double>::infinity(),
                               -std::numeric_limits<double>::infinity()})
        writer.gauge("a", "", value);

    EXPECT_EQ(writer.text(),
              "# HELP a \n# TYPE a gauge\na 0\na 1000000\na 0.125\na -3\na 1e+300\na NaN\n"
              "a +Inf\na -Inf\n");
}

TEST(MetricsWriterTest, BucketsOfAHistogramAddUp) {
    MetricsWriter writer;
    const std::array<double, 2> bounds{0.5, 1};
    const std::array<std::uint64_t, 3> counts{2, 3, 4};
    writer.histogram("t_seconds", "T", bounds, counts, 7.5, {{"q", "x"}});

    EXPECT_EQ(writer.text(),
              "# HELP t_seconds T\n# TYPE t_seconds histogram\n"
              "t_seconds_bucket{q=\"x\", le=\"0.5\"} 2\n"
              "t_seconds_bucket{q=\"x\", le=\"1\"} 5\n"
              "t_seconds_bucket{q=\"x\", le=\"+Inf\"} 9\n"
              "t_seconds_sum{q=\"x\"} 7.5\nt_seconds_count{q=\"x\"} 9\n");
}

// One of everything that there is to tell.
std::string everything() {
    MetricsWriter writer;
    health::write_cache({.what_if = {{2, 0.5}}}, "tasks", writer);
    health::write_locks({}, "default", writer);
    health::write_throttle({}, "default", writer);
    health::write_worker({}, "mail", "default", writer);
    HealthReport report;
    report.services = {{.name = "store", .status = "up", .connected = true, .response_ms = 0.5}};
    report.links = {{.role = "jobs", .state = "ready", .connects = 3, .disconnects = 2}};
    report.fallbacks = {{.subsystem = "locks", .mode = "local"}};
    report.queues = {{.queue = "mail", .canary_age = Millis{5}}};
    const std::optional<ServerInfo> server = ServerInfo{
        .memory_used = 1, .memory_peak = 2, .memory_rss = 3, .memory_max = 4, .clients = 5};
    health::write_health({.report = report, .kind = "redis", .transitions = 1, .server = server},
                         writer);
    const Store store = *Store::open("memory:");
    Metrics metrics;
    const Queue queue = *Queue::open(store, "mail");
    metrics.add(queue);
    metrics.refresh();
    return writer.text() + metrics.prometheus();
}

std::set<std::string> names_in(const std::string& text) {
    std::set<std::string> names;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);)
        if (line.starts_with("# TYPE ")) names.insert(line.substr(7, line.find(' ', 7) - 7));
    return names;
}

TEST(MetricsTest, EveryNameStandsInTheReference) {
    std::ifstream file(std::string(TORIL_SOURCE_DIR) + "/docs/reference/metrics.md");
    std::stringstream page;
    page << file.rdbuf();
    for (const std::string& name : names_in(everything()))
        EXPECT_NE(page.str().find("`" + name + "`"), std::string::npos) << name;
}

int run(const std::string& command) {
    return std::system(command.c_str());
}

TEST(MetricsTest, PromtoolFindsNothingWrong) {
    if (run("command -v promtool >/dev/null 2>&1") != 0) GTEST_SKIP() << "promtool is not there";
    const std::string path =
        testing::TempDir() + "toril-metrics-" + std::to_string(::getpid()) + ".txt";
    // Names of BullMQ are as they are: promtool would like `bullmq_job_count` to end otherwise.
    std::istringstream lines(everything());
    std::ofstream file(path);
    for (std::string line; std::getline(lines, line);)
        if (line.find("bullmq_job_count") == std::string::npos) file << line << '\n';
    file.close();

    EXPECT_EQ(run("promtool check metrics < " + path + " >&2"), 0);
    std::remove(path.c_str());
}

TEST(MetricsTest, PromtoolTakesTheAlertRules) {
    if (run("command -v promtool >/dev/null 2>&1") != 0) GTEST_SKIP() << "promtool is not there";

    EXPECT_EQ(run(std::string("promtool check rules ") + TORIL_SOURCE_DIR +
                  "/docs/reference/alerts.yml >&2"),
              0);
}

TEST(MetricsTest, TheAlertRulesUseNamesThatThereAre) {
    std::ifstream file(std::string(TORIL_SOURCE_DIR) + "/docs/reference/alerts.yml");
    std::stringstream rules;
    rules << file.rdbuf();
    const std::string text = rules.str();
    const std::set<std::string> names = names_in(everything());
    std::size_t found = 0;
    for (std::size_t at = text.find("toril_"); at != std::string::npos;
         at = text.find("toril_", at + 1)) {
        const std::size_t end = text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_", at);
        EXPECT_TRUE(names.contains(text.substr(at, end - at))) << text.substr(at, end - at);
        ++found;
    }
    EXPECT_GE(found, 4u);
}

TEST(MetricsTest, TellsUntilRemoved) {
    Metrics metrics;
    const std::uint64_t id =
        metrics.add([](MetricsWriter& writer) { writer.gauge("mine", "Mine", 1); });
    EXPECT_NE(metrics.prometheus().find("mine 1\n"), std::string::npos);

    metrics.remove(id);
    EXPECT_EQ(metrics.prometheus(), "");
}

TEST(MetricsTest, TellsOfAQueueInBullmqsWordsAndInOurs) {
    const Store store = *Store::open("memory:");
    Queue queue = *Queue::open(store, "mail");
    ASSERT_TRUE(queue.add("send", Json{}));
    Metrics metrics;
    metrics.add(queue);
    metrics.refresh();
    const std::string text = metrics.prometheus();

    EXPECT_NE(text.find("bullmq_job_count{queue=\"mail\", state=\"waiting\"} 1\n"),
              std::string::npos)
        << text;
    EXPECT_NE(text.find("toril_queue_jobs{queue=\"mail\", state=\"waiting\"} 1\n"),
              std::string::npos)
        << text;
}

TEST(MetricsTest, TellsOfAWorkerAlsoAfterItsEnd) {
    const Store store = *Store::open("memory:");
    Queue queue = *Queue::open(store, "mail");
    Metrics metrics;
    {
        Worker worker =
            *Worker::start(store, "mail", [](JobContext&) -> Result<Json> { return Json{}; });
        metrics.add(worker, "mail");
        const std::string id = queue.add("send", Json{})->id;
        ASSERT_TRUE(queue.wait_until_finished(id, support::test_deadline));
    }
    const std::string text = metrics.prometheus();

    EXPECT_NE(text.find("toril_worker_jobs_total{queue=\"mail\", worker=\"default\", "
                        "result=\"completed\"} 1\n"),
              std::string::npos)
        << text;
    EXPECT_NE(text.find("toril_job_duration_seconds_count{queue=\"mail\", worker=\"default\"} 1\n"),
              std::string::npos)
        << text;
}

TEST(MetricsTest, TellsOfAHealth) {
    const Store store = *Store::open("memory:");
    const Health health = *Health::open(store);
    health.first_report(support::test_deadline);
    Metrics metrics;
    metrics.add(health);
    const std::string text = metrics.prometheus();

    EXPECT_NE(text.find("toril_health_status{status=\"healthy\"} 1\n"), std::string::npos) << text;
    EXPECT_NE(text.find("toril_store_up{store=\"memory\"} 1\n"), std::string::npos) << text;
}

}  // namespace
}  // namespace toril
