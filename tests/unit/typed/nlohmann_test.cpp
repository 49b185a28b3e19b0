#include <toril/nlohmann.hpp>

#include <gtest/gtest.h>

namespace toril {
namespace {

TEST(NlohmannTest, ValuesComeBackAsTheyWent) {
    const nlohmann::json sent = {{"id", 42}, {"tags", {"a", "b"}}, {"note", nullptr}};

    const Result<nlohmann::json> received = to_nlohmann(to_json(sent));

    ASSERT_TRUE(received);
    EXPECT_EQ(*received, sent);
}

TEST(NlohmannTest, BytesThatAreNotUtf8AreReplacedInsteadOfThrowing) {
    const nlohmann::json sent = std::string("caf\xE9");

    const Json json = to_json(sent);

    EXPECT_EQ(json.text(), "\"caf\xEF\xBF\xBD\"");
}

TEST(NlohmannTest, TextThatNobodyCheckedIsAnErrorNotAnException) {
    const Result<nlohmann::json> received = to_nlohmann(Json::unchecked("{oops"));

    ASSERT_FALSE(received);
    EXPECT_EQ(received.error().code(), ErrorCode::invalid_argument);
}

}  // namespace
}  // namespace toril
