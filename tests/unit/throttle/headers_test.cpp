#include <toril/throttle.hpp>

#include <gtest/gtest.h>

using namespace std::chrono_literals;

namespace toril {
namespace {

using Headers = std::vector<std::pair<std::string, std::string>>;

TEST(RateLimitHeadersTest, HaveTheFormsOfTheDraftAndOfItsForerunners) {
    const LimitRule rule{.max = 100, .per = 60s, .name = "per-user"};
    const LimitAnswer answer{
        .allowed = true, .limit = 100, .remaining = 50, .reset_after = 29'001ms};

    EXPECT_EQ(rate_limit_headers(rule, answer),
              (Headers{{"RateLimit-Policy", "\"per-user\";q=100;w=60"},
                       {"RateLimit", "\"per-user\";r=50;t=30"},
                       {"X-RateLimit-Limit", "100"},
                       {"X-RateLimit-Remaining", "50"},
                       {"X-RateLimit-Reset", "30"}}));
}

TEST(RateLimitHeadersTest, SayWhenToComeBackInWholeSecondsThatAreLongEnough) {
    const LimitRule rule{.max = 1, .per = 500ms};
    const LimitAnswer answer{
        .limit = 1, .remaining = 0, .retry_after = 1'001ms, .reset_after = 1'001ms};

    EXPECT_EQ(rate_limit_headers(rule, answer),
              (Headers{{"RateLimit-Policy", "\"default\";q=1;w=1"},
                       {"RateLimit", "\"default\";r=0;t=2"},
                       {"X-RateLimit-Limit", "1"},
                       {"X-RateLimit-Remaining", "0"},
                       {"X-RateLimit-Reset", "2"},
                       {"Retry-After", "2"}}));
}

TEST(RateLimitHeadersTest, NeverAskToComeBackAtOnceOrForWhatIsNeverAllowed) {
    const LimitRule rule{.max = 1, .per = 1s};

    EXPECT_EQ(rate_limit_headers(rule, {.retry_after = 0ms}).back(),
              (std::pair<std::string, std::string>{"Retry-After", "1"}));
    EXPECT_EQ(rate_limit_headers(rule, {.retry_after = -1ms}).back().first, "X-RateLimit-Reset");
}

}  // namespace
}  // namespace toril
