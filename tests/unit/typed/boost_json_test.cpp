#include <toril/boost_json.hpp>

#include <gtest/gtest.h>

namespace toril {
namespace {

TEST(BoostJsonTest, ValuesComeBackAsTheyWent) {
    const boost::json::value sent = {{"id", 42}, {"tags", {"a", "b"}}, {"note", nullptr}};

    const Json json = to_json(sent);
    const Result<boost::json::value> received = to_boost(json);

    EXPECT_EQ(json.text(), R"({"id":42,"tags":["a","b"],"note":null})");
    ASSERT_TRUE(received);
    EXPECT_EQ(*received, sent);
}

TEST(BoostJsonTest, TextThatNobodyCheckedIsAnErrorNotAnException) {
    const Result<boost::json::value> received = to_boost(Json::unchecked("{oops"));

    ASSERT_FALSE(received);
    EXPECT_EQ(received.error().code(), ErrorCode::invalid_argument);
}

TEST(BoostJsonTest, WhatParseAcceptsIsAcceptedAtTheGreatestDepth) {
    const std::string deepest =
        std::string(Json::depth_max, '[') + std::string(Json::depth_max, ']');
    const Result<Json> json = Json::parse(deepest);

    ASSERT_TRUE(json);
    EXPECT_TRUE(to_boost(*json));
}

}  // namespace
}  // namespace toril
