#include "logs.hpp"

#include <toril/json.hpp>

#include <gtest/gtest.h>

namespace toril::cli {
namespace {

const LogRecord hostile{.level = LogLevel::warning,
                        .event = "job.failed",
                        .message = "line\n\x1b[2J",
                        .fields = {{"queue", "mail"}, {"name", "a b\"c"}}};

TEST(LogLineTest, IsOneLineOfTextThatSteersNoTerminal) {
    EXPECT_EQ(as_text(hostile), "job.failed  line\\n\\x1b[2J queue=mail name=\"a b\\\"c\"");
}

TEST(LogLineTest, IsOneJsonDocumentWithTimeLevelAndEvent) {
    const std::string line = as_json(hostile, Timestamp(Millis{1'700'000'000'123}));

    EXPECT_TRUE(Json::parse(line));
    EXPECT_TRUE(line.starts_with(R"({"ts":"2023-11-14T22:13:20.123Z","level":"warning",)"
                                 R"("event":"job.failed","msg":"line\n)"))
        << line;
}

TEST(LogsTest, AdmitsNothingBelowItsLevel) {
    Logs logs({.level = LogLevel::warning});

    EXPECT_FALSE(logs.admits(LogLevel::info, "a"));
    EXPECT_TRUE(logs.admits(LogLevel::error, "a"));
}

}  // namespace
}  // namespace toril::cli
