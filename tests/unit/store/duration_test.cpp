#include <toril/config.hpp>

#include <gtest/gtest.h>

using namespace std::chrono_literals;

namespace toril {
namespace {

TEST(ParseDurationTest, ReadsEachUnit) {
    EXPECT_EQ(parse_duration("250ms").value(), 250ms);
    EXPECT_EQ(parse_duration("5s").value(), 5s);
    EXPECT_EQ(parse_duration("2m").value(), 2min);
    EXPECT_EQ(parse_duration("1h").value(), 1h);
    EXPECT_EQ(parse_duration("1d").value(), 24h);
}

TEST(ParseDurationTest, ReadsZeroWithAndWithoutAUnit) {
    EXPECT_EQ(parse_duration("0").value(), 0ms);
    EXPECT_EQ(parse_duration("0s").value(), 0ms);
}

TEST(ParseDurationTest, RefusesEverythingElseAsInvalid) {
    for (const char* text : {"",
                             "5",
                             "s",
                             "-5s",
                             "+5s",
                             "5 s",
                             " 5s",
                             "5s ",
                             "1.5s",
                             "5S",
                             "5sec",
                             "1h30m",
                             "0x5s",
                             "5\ns",
                             "\xC2\xB2s",
                             "99999999999999999999s",
                             "36501d",
                             "9223372036854775807ms"}) {
        const Result<Millis> parsed = parse_duration(text);
        ASSERT_FALSE(parsed) << text;
        EXPECT_EQ(parsed.error().code(), ErrorCode::invalid_argument) << text;
    }
}

TEST(ParseDurationTest, KeepsControlCharactersOutOfItsMessage) {
    EXPECT_EQ(parse_duration("\x1b[2J").error().message().find('\x1b'), std::string::npos);
}

TEST(FormatDurationTest, TakesTheLargestUnitThatDividesIt) {
    EXPECT_EQ(format_duration(0ms), "0s");
    EXPECT_EQ(format_duration(1500ms), "1500ms");
    EXPECT_EQ(format_duration(90s), "90s");
    EXPECT_EQ(format_duration(120s), "2m");
    EXPECT_EQ(format_duration(24h), "1d");
}

TEST(FormatDurationTest, IsReadBackAsTheSameDuration) {
    for (const Millis each : {0ms, 1ms, 999ms, 1000ms, 61'000ms, 3'600'000ms, 864'000'000ms})
        EXPECT_EQ(parse_duration(format_duration(each)).value(), each);
}

}  // namespace
}  // namespace toril
