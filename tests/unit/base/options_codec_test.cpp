#include "base/options_codec.hpp"

#include <gtest/gtest.h>

using namespace std::chrono_literals;

namespace toril::base {
namespace {

std::string encoded(const JobOptions& options) {
    return encode_options(options, "bull");
}

std::string complaint(const std::string& json) {
    const Result<JobOptions> read = options_from_user(*Json::parse(json));
    return read ? "" : read.error().message();
}

TEST(OptionsCodecTest, WritesNothingButAttemptsForDefaults) {
    EXPECT_EQ(encoded({}), R"({"attempts":0})");
}

TEST(OptionsCodecTest, WritesBullmqsShortKeys) {
    EXPECT_EQ(encoded({.id = "a",
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

    const JobOptions read = decode_options(encoded(options));

    EXPECT_EQ(encoded(read), encoded(options));
    EXPECT_EQ(read.backoff, options.backoff);
    EXPECT_EQ(read.delay, 2s);
    EXPECT_EQ(read.remove_on_complete, KeepJobs{});
}

TEST(OptionsCodecTest, KeepsMembersItDoesNotKnow) {
    const JobOptions read = decode_options(R"({"attempts":2,"tm":"x","mine":{"deep":[1]}})");

    EXPECT_EQ(read.other.text(), R"({"tm":"x","mine":{"deep":[1]}})");
    EXPECT_EQ(encoded(read), R"({"tm":"x","mine":{"deep":[1]},"attempts":2})");
}

TEST(OptionsCodecTest, WritesWhatTiesAJobToOthers) {
    EXPECT_EQ(encoded({.deduplication = Deduplication{.id = "d"}}),
              R"({"attempts":0,"de":{"id":"d"}})");
    EXPECT_EQ(encoded({.deduplication = Deduplication{.id = "d",
                                                      .ttl = 5s,
                                                      .extend = true,
                                                      .replace = true,
                                                      .reschedule = true,
                                                      .keep_last_if_active = true}}),
              R"({"attempts":0,"de":{"id":"d","ttl":5000,"extend":true,"replace":true,)"
              R"("reschedule":true,"keepLastIfActive":true}})");
    EXPECT_EQ(encoded({.parent = ParentRef{.queue = "mail", .id = "P"},
                       .parent_policy = ParentPolicy::fail_parent}),
              R"({"attempts":0,"parent":{"id":"P","queue":"bull:mail"},"fpof":true})");
}

TEST(OptionsCodecTest, ReadsDeduplicationUnderEachOfItsNames) {
    const Deduplication throttled{.id = "d", .ttl = 5s};
    for (const char* name : {"de", "deduplication", "debounce"}) {
        const JobOptions read =
            decode_options(R"({")" + std::string(name) + R"(":{"id":"d","ttl":5000}})");
        EXPECT_EQ(read.deduplication, throttled) << name;
        EXPECT_TRUE(read.other.is_null()) << name;
    }
    const Deduplication all{.id = "d",
                            .extend = true,
                            .replace = true,
                            .reschedule = true,
                            .keep_last_if_active = true};
    EXPECT_EQ(decode_options(encoded({.deduplication = all})).deduplication, all);
}

TEST(OptionsCodecTest, ReadsAParentAndItsPolicyUnderShortAndLongNames) {
    const JobOptions read =
        decode_options(R"({"parent":{"id":"P","queue":"bull:mail"},"idof":true})");

    EXPECT_EQ(read.parent, (ParentRef{.queue = "bull:mail", .id = "P"}));
    EXPECT_EQ(read.parent_policy, ParentPolicy::ignore_dependency);
    EXPECT_EQ(decode_options(R"({"cpof":true})").parent_policy, ParentPolicy::continue_parent);
    EXPECT_EQ(decode_options(R"({"failParentOnFailure":true})").parent_policy,
              ParentPolicy::fail_parent);
    EXPECT_EQ(decode_options(R"({"removeDependencyOnFailure":true})").parent_policy,
              ParentPolicy::remove_dependency);
    EXPECT_EQ(decode_options(R"({"rdof":false})").parent_policy, ParentPolicy::none);
}

TEST(OptionsCodecTest, PassesOverDamagedLinks) {
    for (const char* text : {R"({"de":7})",
                             R"({"de":{}})",
                             R"({"de":{"id":""}})",
                             R"({"de":{"id":5}})",
                             R"({"parent":[]})",
                             R"({"parent":{"id":"P"}})",
                             R"({"fpof":"yes"})"}) {
        const JobOptions read = decode_options(text);
        EXPECT_FALSE(read.deduplication) << text;
        EXPECT_FALSE(read.parent) << text;
        EXPECT_EQ(read.parent_policy, ParentPolicy::none) << text;
        EXPECT_TRUE(read.other.is_null()) << text;
    }
}

TEST(OptionsCodecTest, TellsAUserWhatIsWrongWithALink) {
    EXPECT_NE(complaint(R"({"deduplication":{"ttl":5}})").find("\"id\""), std::string::npos);
    EXPECT_NE(complaint(R"({"deduplication":{"id":"d","ttl":"5s"}})").find("whole number"),
              std::string::npos);
    EXPECT_NE(complaint(R"({"deduplication":{"id":"d","tll":5}})").find("tll"), std::string::npos);
    EXPECT_NE(complaint(R"({"deduplication":"d"})").find("deduplication"), std::string::npos);
    EXPECT_NE(complaint(R"({"parent":{"id":"P"}})").find("queue"), std::string::npos);
    EXPECT_NE(complaint(R"({"failParentOnFailure":1})").find("true or false"), std::string::npos);
    EXPECT_NE(complaint(R"({"failParentOnFailure":true,"idof":true})").find("another policy"),
              std::string::npos);
    EXPECT_EQ(complaint(R"({"failParentOnFailure":true,"fpof":true})"), "");
    EXPECT_EQ(complaint(R"({"failParentOnFailure":false,"idof":true})"), "");
}

TEST(OptionsCodecTest, RefusesLinksThatContradictThemselves) {
    const auto with = [](Deduplication deduplication) {
        return check_options({.deduplication = std::move(deduplication)});
    };
    EXPECT_TRUE(with({.id = "d", .ttl = 1ms}));
    EXPECT_TRUE(with({.id = "with:colons and spaces"}));
    EXPECT_FALSE(with({}));
    EXPECT_FALSE(with({.id = "a\nb"}));
    EXPECT_FALSE(with({.id = std::string(job_id_bytes_max + 1, 'x')}));
    EXPECT_FALSE(with({.id = "d", .ttl = -1ms}));
    EXPECT_FALSE(with({.id = "d", .replace = true, .reschedule = true}));
    EXPECT_FALSE(check_options(
        {.deduplication = Deduplication{.id = "d"}, .parent = ParentRef{.queue = "q", .id = "P"}}));
    EXPECT_FALSE(check_options({.parent = ParentRef{.queue = "q"}}));
    EXPECT_FALSE(check_options({.parent = ParentRef{.id = "P"}}));
}

TEST(OptionsCodecTest, WritesOnlyWhatWasSetIntoATemplate) {
    EXPECT_EQ(encode_template_options({}), "{}");
    EXPECT_EQ(encode_template_options({.attempts = 3}), R"({"attempts":3})");
    EXPECT_EQ(encode_template_options({.priority = 2}), R"({"priority":2})");
}

TEST(OptionsCodecTest, WritesDeepOptionsOfOtherClients) {
    const std::string deep = std::string(100, '[') + std::string(100, ']');

    EXPECT_EQ(encoded({.other = *Json::parse(R"({"x":)" + deep + "}")}),
              R"({"x":)" + deep + R"(,"attempts":0})");
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
