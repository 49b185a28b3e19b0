#include "base/options_codec.hpp"

#include <gtest/gtest.h>

using namespace std::chrono_literals;

namespace toril::base {
namespace {

TEST(OptionsCodecTest, WritesNothingButAttemptsForDefaults) {
    EXPECT_EQ(encode_options({}), R"({"attempts":0})");
}

TEST(OptionsCodecTest, WritesBullmqsShortKeys) {
    EXPECT_EQ(encode_options({.id = "a",
                              .attempts = 3,
                              .backoff = {.kind = Backoff::Kind::exponential, .delay = 2s},
                              .remove_on_complete = KeepJobs::none(),
                              .remove_on_fail = KeepJobs{.count = 5, .age = 1h},
                              .keep_logs = 7}),
              R"({"attempts":3,"backoff":{"type":"exponential","delay":2000},"jobId":"a",)"
              R"("removeOnComplete":true,"removeOnFail":{"age":3600,"count":5},"kl":7})");
}

TEST(OptionsCodecTest, ReadsBackWhatItWrites) {
    const JobOptions options{
        .id = "a",
        .attempts = 3,
        .backoff = {.kind = Backoff::Kind::custom, .delay = 5ms, .jitter = 0.5, .type = "mine"},
        .delay = 2s,
        .priority = 9,
        .lifo = true,
        .remove_on_complete = KeepJobs{},
        .stack_trace_limit = 0};

    const JobOptions read = decode_options(encode_options(options));

    EXPECT_EQ(encode_options(read), encode_options(options));
    EXPECT_EQ(read.backoff, options.backoff);
    EXPECT_EQ(read.delay, 2s);
    EXPECT_EQ(read.remove_on_complete, KeepJobs{});
}

TEST(OptionsCodecTest, KeepsMembersItDoesNotKnow) {
    const JobOptions read = decode_options(R"({"attempts":2,"de":{"id":"x"},"fpof":true})");

    EXPECT_EQ(read.other.text(), R"({"de":{"id":"x"},"fpof":true})");
    EXPECT_EQ(encode_options(read), R"({"de":{"id":"x"},"fpof":true,"attempts":2})");
}

TEST(OptionsCodecTest, ReadsLongKeysAndNumbersOfOtherClients) {
    const JobOptions read = decode_options(
        R"({"keepLogs":3,"backoff":500,"removeOnFail":-1,"attempts":0,"delay":12.5})");

    EXPECT_EQ(read.keep_logs, 3);
    EXPECT_EQ(read.backoff, (Backoff{.kind = Backoff::Kind::fixed, .delay = 500ms}));
    EXPECT_EQ(read.remove_on_fail, KeepJobs{});
    EXPECT_EQ(read.attempts, 1);
    EXPECT_EQ(read.delay, 12ms);
}

TEST(OptionsCodecTest, SurvivesDamage) {
    for (const char* text :
         {"", "{", "[]", "7", R"({"attempts":"x"})", R"({"backoff":[]})", R"({"attempts":1e300})"})
        EXPECT_EQ(decode_options(text).attempts, 1) << text;
}

TEST(OptionsCodecTest, TellsAUserWhichOptionIsWrong) {
    EXPECT_NE(
        options_from_user(*Json::parse(R"({"attempts":"3"})")).error().message().find("attempts"),
        std::string::npos);
    EXPECT_NE(
        options_from_user(*Json::parse(R"({"priority":1.5})")).error().message().find("priority"),
        std::string::npos);
    EXPECT_FALSE(options_from_user(*Json::parse(R"({"jobId":"wait"})")));
    EXPECT_FALSE(options_from_user(*Json::parse("[]")));
}

TEST(OptionsCodecTest, RefusesValuesOutOfRange) {
    EXPECT_FALSE(check_options({.attempts = 0}));
    EXPECT_FALSE(check_options({.delay = -1ms}));
    EXPECT_FALSE(check_options({.priority = priority_max + 1}));
    EXPECT_FALSE(check_options({.backoff = {.kind = Backoff::Kind::fixed, .jitter = 1.5}}));
    EXPECT_TRUE(check_options({.priority = priority_max}));
}

}  // namespace
}  // namespace toril::base
