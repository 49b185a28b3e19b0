#include "handlers.hpp"

#include <gtest/gtest.h>

using namespace std::chrono_literals;

namespace toril::cli {
namespace {

TEST(ReturnValueTest, IsTheJsonThatWasPrinted) {
    EXPECT_EQ(return_value_from("{\"a\": 1}\n").text(), "{\"a\": 1}");
    EXPECT_EQ(return_value_from("5\r\n\n").text(), "5");
}

TEST(ReturnValueTest, IsATextWhenItIsNoJson) {
    EXPECT_EQ(return_value_from("hello\n").text(), "\"hello\"");
    EXPECT_EQ(return_value_from("1\n2\n").text(), "\"1\\n2\"");
}

TEST(ReturnValueTest, IsNullForNothing) {
    EXPECT_TRUE(return_value_from("").is_null());
    EXPECT_TRUE(return_value_from("\n\n").is_null());
}

TEST(LastLineTest, IsTheLastThatSaysSomething) {
    EXPECT_EQ(last_line("a\nb\n\n  \n"), "b");
    EXPECT_EQ(last_line("only"), "only");
    EXPECT_EQ(last_line("\n \t\n"), "");
    EXPECT_EQ(last_line(""), "");
}

TEST(HttpHandlerTest, RefusesAUrlItCannotPostTo) {
    EXPECT_FALSE(http_handler("file:///etc/passwd", 0ms));
    EXPECT_TRUE(http_handler("http://127.0.0.1:1/x", 0ms));
}

}  // namespace
}  // namespace toril::cli
