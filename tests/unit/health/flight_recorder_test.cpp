#include <toril/flight_recorder.hpp>

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

namespace toril {
namespace {

LogRecord record(std::string message, LogLevel level = LogLevel::info) {
    return {.level = level, .event = "test.event", .message = std::move(message)};
}

std::size_t lines(const std::string& text) {
    return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

TEST(FlightRecorderTest, KeepsWhatItIsGivenOldestFirst) {
    const FlightRecorder recorder;
    recorder.record({.level = LogLevel::warning,
                     .event = "redis.disconnected",
                     .message = "no link",
                     .fields = {{"connection", "a b"}, {"attempts", "3"}}});
    recorder.record(record("second"));

    const std::string text = recorder.text();
    EXPECT_NE(text.find(" warning redis.disconnected no link connection=a b attempts=3\n"),
              std::string::npos)
        << text;
    EXPECT_LT(text.find("no link"), text.find("second"));
    EXPECT_EQ(lines(text), 2u);
    const std::string json = recorder.json().text();
    EXPECT_TRUE(Json::parse(json)) << json;
    EXPECT_NE(json.find(R"("fields":{"connection":"a b","attempts":"3"})"), std::string::npos);
}

TEST(FlightRecorderTest, IsBoundedInBytesAndForgetsTheOldest) {
    const FlightRecorder recorder(4'096);
    for (int i = 0; i < 10'000; ++i)
        recorder.record(record("record number " + std::to_string(i)));

    const std::string text = recorder.text();
    EXPECT_LT(text.size(), 4'096u);
    EXPECT_EQ(text.find("number 1\n"), std::string::npos);
    EXPECT_NE(text.find("number 9999\n"), std::string::npos);
    EXPECT_GT(lines(text), 5u);
}

TEST(FlightRecorderTest, OneHugeRecordDoesNotPushOutAllTheOthers) {
    const FlightRecorder recorder(64u * 1024);
    recorder.record(record("before"));
    recorder.record(record(std::string(10'000'000, 'x')));

    EXPECT_NE(recorder.text().find("before"), std::string::npos);
    EXPECT_LT(recorder.text().size(), 64u * 1024);
}

TEST(FlightRecorderTest, MasksThePasswordOfAnyUrl) {
    const FlightRecorder recorder;
    recorder.record({.event = "e",
                     .message = "cannot use redis://ada:s3cret@h:6379/0 nor rediss://:s3cret@h",
                     .fields = {{"url", "redis://u:s3/c@ret@h"}, {"other", "http://host:80/x"}}});

    const std::string all = recorder.text() + std::string(recorder.json().text());
    EXPECT_EQ(all.find("s3cret"), std::string::npos) << all;
    EXPECT_EQ(all.find("ret@"), std::string::npos) << all;
    EXPECT_NE(all.find("redis://ada:***@h:6379/0 nor rediss://:***@h"), std::string::npos) << all;
    EXPECT_NE(all.find("http://host:80/x"), std::string::npos) << all;
}

TEST(FlightRecorderTest, MasksAPasswordThatTheCutWouldSeparateFromItsHost) {
    const FlightRecorder recorder(4'096);
    // 512 bytes of a record are kept: the cut is inside the password.
    recorder.record(record(std::string(480, ' ') + "redis://u:" + std::string(100, 'p') + "@h"));

    EXPECT_EQ(recorder.text().find("ppp"), std::string::npos) << recorder.text();
}

TEST(FlightRecorderTest, ALineBreakForgesNoLine) {
    const FlightRecorder recorder;
    recorder.record(record("one\ntwo\r\x1b[0m"));

    EXPECT_EQ(lines(recorder.text()), 1u);
}

TEST(FlightRecorderTest, TheSinkRecordsAllAndHandsOnWhatIsImportant) {
    const FlightRecorder recorder;
    std::vector<std::string> handed_on;
    const LogSink sink = recorder.sink(
        [&](const LogRecord& each) { handed_on.push_back(each.message); }, LogLevel::warning);
    sink(record("quiet", LogLevel::debug));
    sink(record("loud", LogLevel::error));

    EXPECT_EQ(handed_on, std::vector<std::string>{"loud"});
    EXPECT_EQ(lines(recorder.text()), 2u);
}

TEST(FlightRecorderTest, TakesRecordsOfManyThreads) {
    const FlightRecorder recorder;
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i)
        threads.emplace_back([&] {
            for (int j = 0; j < 100; ++j)
                recorder.record(record("x"));
        });
    for (std::thread& thread : threads)
        thread.join();

    EXPECT_EQ(lines(recorder.text()), 400u);
}

}  // namespace
}  // namespace toril
