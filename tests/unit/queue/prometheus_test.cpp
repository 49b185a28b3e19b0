#include "queue/prometheus.hpp"

#include <gtest/gtest.h>

namespace toril::queue {
namespace {

// What exportPrometheusMetrics of bullmq 6.7.0 gives, with a line end after the last line.
TEST(PrometheusTest, WritesTheTextThatBullmqWrites) {
    const QueueFigures figures{.queue = "mail",
                               .labels = {{"env", "prod"}},
                               .jobs = {.waiting = 6,
                                        .active = 1,
                                        .delayed = 3,
                                        .prioritized = 5,
                                        .waiting_children = 7,
                                        .completed = 2,
                                        .failed = 4},
                               .completed = 20,
                               .failed = 40};

    EXPECT_EQ(prometheus_text(figures),
              "# HELP bullmq_job_count Number of jobs in the queue by state\n"
              "# TYPE bullmq_job_count gauge\n"
              "bullmq_job_count{queue=\"mail\", state=\"active\", env=\"prod\"} 1\n"
              "bullmq_job_count{queue=\"mail\", state=\"completed\", env=\"prod\"} 2\n"
              "bullmq_job_count{queue=\"mail\", state=\"delayed\", env=\"prod\"} 3\n"
              "bullmq_job_count{queue=\"mail\", state=\"failed\", env=\"prod\"} 4\n"
              "bullmq_job_count{queue=\"mail\", state=\"prioritized\", env=\"prod\"} 5\n"
              "bullmq_job_count{queue=\"mail\", state=\"waiting\", env=\"prod\"} 6\n"
              "bullmq_job_count{queue=\"mail\", state=\"waiting-children\", env=\"prod\"} 7\n"
              "# HELP bullmq_job_completed_total Total number of completed jobs\n"
              "# TYPE bullmq_job_completed_total counter\n"
              "bullmq_job_completed_total{queue=\"mail\", env=\"prod\"} 20\n"
              "# HELP bullmq_job_failed_total Total number of failed jobs\n"
              "# TYPE bullmq_job_failed_total counter\n"
              "bullmq_job_failed_total{queue=\"mail\", env=\"prod\"} 40\n");
}

TEST(PrometheusTest, EscapesLabelValues) {
    const std::string text =
        prometheus_text({.queue = "a\"b\\c", .labels = {{"note", "two\nlines"}}});

    EXPECT_NE(text.find(R"({queue="a\"b\\c", note="two\nlines"} 0)"), std::string::npos) << text;
}

TEST(PrometheusTest, RefusesLabelsThatPrometheusDoesNotTake) {
    for (const char* name : {"", "1a", "a-b", "a b", "__x", "queue", "state", "\xC3\xA4"})
        EXPECT_FALSE(check_labels({{name, "v"}})) << name;
    for (const char* name : {"a", "_a", "A1_b"})
        EXPECT_TRUE(check_labels({{name, "any \" value"}})) << name;
}

}  // namespace
}  // namespace toril::queue
