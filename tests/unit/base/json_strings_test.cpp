#include "base/json_strings.hpp"

#include <gtest/gtest.h>

namespace toril::base {
namespace {

using Strings = std::vector<std::string>;

TEST(JsonStringsTest, ReadsWhatItWrote) {
    const Strings strings{"", "Error: boom\n    at f", "quote \" and \\", "caf\xC3\xA9"};

    EXPECT_EQ(strings_from_json(json_from_strings(strings)), strings);
    EXPECT_EQ(json_from_strings({}), "[]");
}

TEST(JsonStringsTest, ReadsNothingFromWhatIsNoArray) {
    for (const char* text : {"", "null", "{}", "\"a\"", "[\"a\"", "[1] x"})
        EXPECT_EQ(strings_from_json(text), Strings{}) << text;
}

TEST(JsonStringsTest, ShowsOtherElementsAsTheirJson) {
    EXPECT_EQ(strings_from_json(R"(["a",null,[1]])"), (Strings{"a", "null", "[1]"}));
}

}  // namespace
}  // namespace toril::base
