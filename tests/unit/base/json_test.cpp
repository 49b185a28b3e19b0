#include <toril/json.hpp>

#include <gtest/gtest.h>

namespace toril {
namespace {

TEST(JsonTest, KeepsTheTextByteForByteButForWhiteSpaceAround) {
    EXPECT_EQ(Json::parse(" {\"a\" : 1.50, \"b\":12345678901234567890}\n")->text(),
              "{\"a\" : 1.50, \"b\":12345678901234567890}");
}

TEST(JsonTest, RefusesWhatIsNotOneValue) {
    for (const char* text :
         {"", " ", "{", "1 2", "{'a':1}", "nul", "[1,]", "\"a", "01", "+1", "NaN", "// c\n1"})
        EXPECT_FALSE(Json::parse(text)) << text;
}

TEST(JsonTest, SaysWhereTheMistakeIs) {
    EXPECT_NE(Json::parse("[1, x]").error().message().find("byte 4"), std::string::npos);
}

TEST(JsonTest, RefusesBytesThatAreNotUtf8) {
    EXPECT_FALSE(Json::parse("\"\xFF\""));
    EXPECT_FALSE(Json::parse("\"\xC0\x80\""));
    EXPECT_TRUE(Json::parse("\"\xC3\xA9\""));
}

TEST(JsonTest, RefusesNestingThatIsTooDeep) {
    const auto nested = [](int depth) {
        return std::string(static_cast<std::size_t>(depth), '[') +
               std::string(static_cast<std::size_t>(depth), ']');
    };

    EXPECT_TRUE(Json::parse(nested(Json::depth_max)));
    EXPECT_FALSE(Json::parse(nested(Json::depth_max + 1)));
    EXPECT_FALSE(Json::parse(nested(1'000'000)));
}

TEST(JsonTest, QuotesAnyText) {
    EXPECT_EQ(Json::string("a\"b\\\n\x01").text(), "\"a\\\"b\\\\\\n\\u0001\"");
    EXPECT_EQ(Json::string("caf\xC3\xA9").text(), "\"caf\xC3\xA9\"");
}

TEST(JsonTest, ReplacesBytesThatAreNotUtf8WhenQuoting) {
    const Json quoted = Json::string("a\xFF\xED\xA0\x80z");

    EXPECT_TRUE(Json::parse(quoted.text())) << quoted.text();
    EXPECT_TRUE(quoted.text().starts_with("\"a\xEF\xBF\xBD"));
}

}  // namespace
}  // namespace toril
