#include "job_options_argument.hpp"

#include <gtest/gtest.h>

using namespace std::chrono_literals;

namespace toril::cli {
namespace {

TEST(ParseBackoffTest, ReadsKindDelayAndJitter) {
    const Backoff fixed = parse_backoff("fixed:1s").value();
    EXPECT_EQ(fixed, (Backoff{.kind = Backoff::Kind::fixed, .delay = 1s}));
    const Backoff exponential = parse_backoff("exponential:250ms:0.5").value();
    EXPECT_EQ(exponential,
              (Backoff{.kind = Backoff::Kind::exponential, .delay = 250ms, .jitter = 0.5}));
}

TEST(ParseBackoffTest, RefusesWhatItIsNot) {
    for (const char* text : {"",
                             "fixed",
                             "fixed:",
                             "linear:1s",
                             "fixed:1",
                             "fixed:1s:",
                             "fixed:1s:2",
                             "fixed:1s:-1",
                             "fixed:1s:nan",
                             "fixed:1s:0.5:1",
                             ":1s"})
        EXPECT_FALSE(parse_backoff(text)) << text;
}

TEST(ParseKeepTest, ReadsAllACountOrAnAge) {
    EXPECT_EQ(parse_keep("true").value(), KeepJobs::none());
    EXPECT_EQ(parse_keep("false").value(), KeepJobs{});
    EXPECT_EQ(parse_keep("100").value(), KeepJobs{.count = 100});
    EXPECT_EQ(parse_keep("0").value(), KeepJobs{.count = 0});
    EXPECT_EQ(parse_keep("7d").value(), KeepJobs{.age = 168h});
}

TEST(ParseKeepTest, RefusesWhatItIsNot) {
    for (const char* text : {"", "-1", "1.5", "yes", "99999999999999999999"})
        EXPECT_FALSE(parse_keep(text)) << text;
}

}  // namespace
}  // namespace toril::cli
