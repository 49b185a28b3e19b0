#include "base/job_matcher.hpp"

#include <gtest/gtest.h>

#include <string>

namespace toril::base {
namespace {

Job job_with(std::string data) {
    return {.name = "send",
            .data = Json::unchecked(std::move(data)),
            .state = JobState::failed,
            .failed_reason = "Error: disk is full"};
}

bool data_matches(std::string data, std::string path, std::string value) {
    JobFilter filter;
    filter.data.push_back({std::move(path), Json::unchecked(std::move(value))});
    return JobMatcher(filter).matches(job_with(std::move(data)));
}

TEST(JobMatcherTest, MatchesEveryJobWithoutAWish) {
    EXPECT_TRUE(JobMatcher({}).matches(job_with("{}")));
    EXPECT_TRUE(JobMatcher({}).matches(job_with("not JSON")));
}

TEST(JobMatcherTest, ComparesTheWholeName) {
    EXPECT_TRUE(JobMatcher({.name = "send"}).matches(job_with("{}")));
    EXPECT_FALSE(JobMatcher({.name = "sen"}).matches(job_with("{}")));
    EXPECT_FALSE(JobMatcher({.name = "Send"}).matches(job_with("{}")));
}

TEST(JobMatcherTest, FindsAPartOfTheReasonAsItIsSpelled) {
    EXPECT_TRUE(JobMatcher({.error = "disk is"}).matches(job_with("{}")));
    EXPECT_FALSE(JobMatcher({.error = "Disk is"}).matches(job_with("{}")));
}

TEST(JobMatcherTest, TakesOneOfTheStates) {
    EXPECT_TRUE(
        JobMatcher({.states = {JobState::waiting, JobState::failed}}).matches(job_with("{}")));
    EXPECT_FALSE(JobMatcher({.states = {JobState::waiting}}).matches(job_with("{}")));
}

TEST(JobMatcherTest, WantsEverythingAtOnce) {
    JobFilter filter{.name = "send", .error = "disk"};
    filter.data.push_back({"a", Json::unchecked("1")});
    filter.data.push_back({"b", Json::unchecked("2")});

    EXPECT_TRUE(JobMatcher(filter).matches(job_with(R"({"a":1,"b":2})")));
    EXPECT_FALSE(JobMatcher(filter).matches(job_with(R"({"a":1,"b":3})")));
    EXPECT_FALSE(JobMatcher(filter).matches(job_with(R"({"a":1})")));
}

TEST(JobMatcherTest, FollowsPathsIntoObjectsAndArrays) {
    const std::string data = R"({"user":{"id":42,"tags":["x",{"y":true}],"0":"zero"}})";

    EXPECT_TRUE(data_matches(data, "user.id", "42"));
    EXPECT_TRUE(data_matches(data, "user.tags.0", R"("x")"));
    EXPECT_TRUE(data_matches(data, "user.tags.1.y", "true"));
    EXPECT_TRUE(data_matches(data, "user.0", R"("zero")"));
    EXPECT_FALSE(data_matches(data, "user.tags.2", "null"));
    EXPECT_FALSE(data_matches(data, "user.tags.-1", "null"));
    EXPECT_FALSE(data_matches(data, "user.tags.x", "null"));
    EXPECT_FALSE(data_matches(data, "user.id.deeper", "42"));
    EXPECT_FALSE(data_matches(data, "nobody", "null"));
}

TEST(JobMatcherTest, TakesAnEmptyPathAsTheDataItself) {
    EXPECT_TRUE(data_matches(R"([1,2])", "", "[1, 2.0]"));
    EXPECT_TRUE(data_matches("null", "", "null"));
    EXPECT_FALSE(data_matches("{}", "", "null"));
}

TEST(JobMatcherTest, ComparesNumbersByTheirValue) {
    EXPECT_TRUE(data_matches("1", "", "1.0"));
    EXPECT_TRUE(data_matches("1e2", "", "100"));
    EXPECT_TRUE(data_matches("-0.0", "", "0"));
    EXPECT_TRUE(data_matches("18446744073709551615", "", "18446744073709551615"));
    EXPECT_FALSE(data_matches("1", "", "-1"));
    EXPECT_FALSE(data_matches("1", "", R"("1")"));
    EXPECT_FALSE(data_matches("1", "", "true"));
    EXPECT_FALSE(data_matches("0.1", "", "0.2"));
}

TEST(JobMatcherTest, DoesNotRoundLargeIntegersWhenItCompares) {
    EXPECT_FALSE(data_matches("9007199254740993", "", "9007199254740992"));
    EXPECT_FALSE(data_matches("9007199254740993", "", "9007199254740992.0"));
    EXPECT_TRUE(data_matches("9007199254740992", "", "9007199254740992.0"));
    EXPECT_FALSE(data_matches("9223372036854775807", "", "9223372036854775808.0"));
    EXPECT_TRUE(data_matches("9223372036854775808", "", "9.223372036854775808e18"));
    EXPECT_FALSE(data_matches("18446744073709551615", "", "18446744073709551616.0"));
}

TEST(JobMatcherTest, ComparesObjectsWithoutTheirOrderAndDeeply) {
    EXPECT_TRUE(data_matches(R"({"a":{"x":1,"y":[{"z":2}]}})", "a", R"({"y":[{"z":2.0}],"x":1})"));
    EXPECT_FALSE(data_matches(R"({"a":{"x":1}})", "a", R"({"x":1,"y":2})"));
    EXPECT_FALSE(data_matches(R"({"a":[1,2]})", "a", R"([2,1])"));
    EXPECT_FALSE(data_matches(R"({"a":[1,2]})", "a", R"([1])"));
}

TEST(JobMatcherTest, LeavesDamagedDataAlone) {
    EXPECT_FALSE(data_matches("{\"a\":", "a", "1"));
    EXPECT_FALSE(data_matches(R"({"a":1})", "a", "{"));
}

}  // namespace
}  // namespace toril::base
