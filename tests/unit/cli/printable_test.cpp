#include "printable.hpp"

#include <gtest/gtest.h>

namespace toril::cli {
namespace {

TEST(PrintableTest, KeepsTextOfAnyLanguage) {
    EXPECT_EQ(printable("ma\xC3\xB1"
                        "ana \xE6\x97\xA5\xE6\x9C\xAC \xF0\x9F\x90\x82 back\\slash"),
              "ma\xC3\xB1"
              "ana \xE6\x97\xA5\xE6\x9C\xAC \xF0\x9F\x90\x82 back\\slash");
}

TEST(PrintableTest, EscapesWhateverCouldSteerATerminal) {
    EXPECT_EQ(printable("a\nb\tc\r"), "a\\nb\\tc\\r");
    EXPECT_EQ(printable("\x1b[2J\x07\x7f"), "\\x1b[2J\\x07\\x7f");
    EXPECT_EQ(printable("\xC2\x9B"
                        "31m"),
              "\\u009b31m");
    EXPECT_EQ(printable(std::string_view("\0", 1)), "\\x00");
}

TEST(PrintableTest, EscapesSignsThatTurnOrHideText) {
    EXPECT_EQ(printable("a\xE2\x80\xAE"
                        "b"),
              "a\\u202eb");
    EXPECT_EQ(printable("a\xE2\x80\x8B"
                        "b"),
              "a\\u200bb");
    EXPECT_EQ(printable("\xEF\xBB\xBFx"), "\\ufeffx");
}

TEST(PrintableTest, ShowsBytesThatAreNotUtf8) {
    EXPECT_EQ(printable("\xFFz"), "\\xffz");
    EXPECT_EQ(printable("\xE2\x82"), "\\xe2\\x82");
    EXPECT_EQ(printable("\xED\xA0\x80"), "\\xed\\xa0\\x80");
    EXPECT_EQ(printable("\xC0\xAF"), "\\xc0\\xaf");
}

TEST(InQuotesTest, CutsALongText) {
    EXPECT_EQ(in_quotes("a\nb"), "\"a\\nb\"");
    EXPECT_EQ(width_of(in_quotes(std::string(1'000, 'x'))), 62u);
}

TEST(CutTest, CountsCharactersAndMarksTheCut) {
    EXPECT_EQ(cut("abc", 3), "abc");
    EXPECT_EQ(cut("abcd", 3), "ab\xE2\x80\xA6");
    EXPECT_EQ(cut("\xC3\xB1\xC3\xB1\xC3\xB1\xC3\xB1", 3), "\xC3\xB1\xC3\xB1\xE2\x80\xA6");
}

}  // namespace
}  // namespace toril::cli
