#include <toril/job_json.hpp>

#include <gtest/gtest.h>

using namespace std::chrono_literals;

namespace toril {
namespace {

Json json(std::string text) {
    return Json::parse(std::move(text)).value();
}

TEST(JobToJsonTest, HasTheFieldNamesOfBullMQAndOurTwo) {
    Job job;
    job.id = "7";
    job.queue = "mail";
    job.name = "send";
    job.data = json(R"({"to":"a"})");
    job.opts = json(R"({"attempts":3})");
    job.state = JobState::completed;
    job.attempts_made = 1;
    job.attempts_started = 1;
    job.timestamp = Timestamp(1'000ms);
    job.processed_on = Timestamp(2'000ms);
    job.finished_on = Timestamp(3'000ms);
    job.return_value = json("[1]");
    job.processed_by = "w1";

    EXPECT_EQ(to_json(job).text(),
              R"({"id":"7","queue":"mail","state":"completed","name":"send","data":{"to":"a"},)"
              R"("opts":{"attempts":3},"progress":0,"attemptsMade":1,"attemptsStarted":1,)"
              R"("stalledCounter":0,"timestamp":1000,"delay":0,"priority":0,"processedOn":2000,)"
              R"("finishedOn":3000,"returnvalue":[1],"stacktrace":[],"processedBy":"w1"})");
}

TEST(JobToJsonTest, IsValidForAnyBytesInItsTexts) {
    Job job;
    job.id = "a\"b\\c";
    job.name = "\x1b[2J\n\xFF";
    job.failed_reason = "line\nbreak";
    job.stacktrace = {"one\n", "\"two\""};

    EXPECT_TRUE(Json::parse(to_json(job).text()));
}

TEST(CountsToJsonTest, HasEachStateOnce) {
    const JobCounts counts{.waiting = 1,
                           .active = 2,
                           .delayed = 3,
                           .prioritized = 4,
                           .waiting_children = 5,
                           .completed = 6,
                           .failed = 7,
                           .paused = 8};

    EXPECT_EQ(to_json(counts).text(),
              R"({"waiting":1,"active":2,"delayed":3,"prioritized":4,"waiting-children":5,)"
              R"("completed":6,"failed":7,"paused":8})");
}

TEST(NewJobFromJsonTest, ReadsNameDataAndOptions) {
    const NewJob job =
        new_job_from_json(json(R"({ "name" : "se\u006ed", "data" : {"a": [1, "}"]} , )"
                               R"("opts" : {"delay": 5000, "attempts": 3, "jobId": "x"} })"))
            .value();

    EXPECT_EQ(job.name, "send");
    EXPECT_EQ(job.data.text(), R"({"a": [1, "}"]})");
    EXPECT_EQ(job.options.delay, 5s);
    EXPECT_EQ(job.options.attempts, 3);
    EXPECT_EQ(job.options.id, "x");
}

TEST(NewJobFromJsonTest, KeepsEveryByteOfTheData) {
    const std::string data = R"({"big":12345678901234567890123,"x":1.0,"s":"\u00e9\"]"})";

    EXPECT_EQ(new_job_from_json(json(R"({"name":"n","data":)" + data + "}")).value().data.text(),
              data);
}

TEST(NewJobFromJsonTest, TakesAnEmptyObjectForDataThatIsLeftOut) {
    EXPECT_EQ(new_job_from_json(json(R"({"name":"n"})")).value().data.text(), "{}");
    EXPECT_EQ(new_job_from_json(json(R"({"name":"n","data":5})")).value().data.text(), "5");
}

TEST(NewJobFromJsonTest, RefusesWhatIsNoJobAndNamesTheMember) {
    const auto message = [](const char* text) {
        const Result<NewJob> job = new_job_from_json(json(text));
        return job ? std::string() : job.error().message();
    };

    EXPECT_NE(message("[]").find("object"), std::string::npos);
    EXPECT_NE(message("{}").find("\"name\""), std::string::npos);
    EXPECT_NE(message(R"({"name":5})").find("\"name\""), std::string::npos);
    EXPECT_NE(message(R"({"name":"n","payload":1})").find("\"payload\""), std::string::npos);
    EXPECT_NE(message(R"({"name":"n","opts":5})").find("options"), std::string::npos);
    EXPECT_NE(message(R"({"name":"n","opts":{"delay":"5s"}})").find("delay"), std::string::npos);
}

TEST(WorkerToJsonTest, LeavesOutWhatItDoesNotHave) {
    EXPECT_EQ(to_json(WorkerInfo{.name = "w", .address = "pid 12", .age = 3s}).text(),
              R"({"name":"w","address":"pid 12","ageMs":3000})");
    EXPECT_EQ(to_json(WorkerInfo{.address = "h:1", .raw_name = "bull:bWFpbA=="}).text(),
              R"({"name":"","address":"h:1","ageMs":0,"rawName":"bull:bWFpbA=="})");
}

}  // namespace
}  // namespace toril
