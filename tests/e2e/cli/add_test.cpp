// toril add, one job and many.

#include "cli_fixture.hpp"

#include <algorithm>

namespace toril::e2e {
namespace {

namespace json = boost::json;

class AddTest : public StoreCliTest {};
TORIL_ON_EACH_STORE(AddTest);

TEST_P(AddTest, PrintsTheIdOfTheJobAndNothingElseOnStdout) {
    const Finished finished = run({"add", "q", "send", R"({"to":"a"})"});

    EXPECT_EQ(finished.exit_code, 0) << finished.err;
    EXPECT_EQ(finished.out, "1\n");
    EXPECT_EQ(job("1")["name"], "send");
    EXPECT_EQ(json::serialize(job("1")["data"]), R"({"to":"a"})");
}

TEST_P(AddTest, TellsIdQueueStateAndDurabilityAsJson) {
    const json::object added = json({"add", "q", "send", "--delay", "1h"}).as_object();

    EXPECT_EQ(added.at("id"), "1");
    EXPECT_EQ(added.at("queue"), "q");
    EXPECT_EQ(added.at("state"), "delayed");
    EXPECT_TRUE(added.at("durability").is_string());
    EXPECT_EQ(json({"add", "q", "send", "--priority", "3"}).at("state"), "prioritized");
    EXPECT_EQ(json({"add", "q", "send"}).at("state"), "waiting");
}

TEST_P(AddTest, StoresEachOptionUnderBullMQsName) {
    const std::string id = add({"send",
                                "{}",
                                "--id",
                                "mine",
                                "--attempts",
                                "3",
                                "--backoff",
                                "exponential:2s:0.5",
                                "--priority",
                                "7",
                                "--remove-on-complete=100",
                                "--remove-on-fail=1h"});
    const json::object opts = job(id)["opts"].as_object();

    EXPECT_EQ(id, "mine");
    EXPECT_EQ(opts.at("attempts"), 3);
    EXPECT_EQ(opts.at("backoff").at("type"), "exponential");
    EXPECT_EQ(opts.at("backoff").at("delay"), 2000);
    EXPECT_EQ(opts.at("backoff").at("jitter"), 0.5);
    EXPECT_EQ(opts.at("priority"), 7);
    EXPECT_EQ(opts.at("removeOnComplete"), 100);
    EXPECT_EQ(opts.at("removeOnFail").at("age"), 3600);
}

TEST_P(AddTest, TakesRemoveOnCompleteWithoutAValueAndStillItsData) {
    const std::string id = add({"send", "--remove-on-complete", R"({"a":1})"});

    EXPECT_EQ(json::serialize(job(id)["data"]), R"({"a":1})");
    EXPECT_EQ(job(id)["opts"].at("removeOnComplete"), true);
}

TEST_P(AddTest, ReadsTheDataFromAFileAndFromStdin) {
    const std::string path = folder.write("data.json", "[1,2]\n");
    const std::string from_file = add({"send", "@" + path});
    const Finished from_stdin = run({"add", "q", "send", "-"}, "{\"big\":12345678901234567890123}");

    EXPECT_EQ(json::serialize(job(from_file)["data"]), "[1,2]");
    EXPECT_EQ(from_stdin.exit_code, 0) << from_stdin.err;
    const Finished shown = run({"job", "q", last_line(from_stdin.out), "--json"});
    EXPECT_NE(shown.out.find("12345678901234567890123"), std::string::npos) << shown.out;
}

TEST_P(AddTest, AddsNothingForAnIdThatExistsAndSaysSo) {
    add({"first", "1", "--id", "same"});
    const Finished again = run({"add", "q", "second", "2", "--id", "same"});

    EXPECT_EQ(again.exit_code, 0);
    EXPECT_EQ(again.out, "same\n");
    EXPECT_NE(again.err.find("existed"), std::string::npos);
    EXPECT_EQ(job("same")["name"], "first");
}

TEST_P(AddTest, PutsALifoJobFirst) {
    add({"one"});
    const std::string last = add({"two", "--lifo"});

    const json::array jobs = json({"jobs", "q", "--state", "waiting", "--asc"}).as_array();
    EXPECT_EQ(jobs.at(0).at("id"), json::value(last));
}

TEST_P(AddTest, RefusesDataOverTheLimitAsAValue) {
    const Finished finished = run({"add", "q", "send", "[1,2,3]", "--size-limit", "5"});

    EXPECT_EQ(finished.exit_code, 2) << finished.err;
    EXPECT_EQ(counts()["waiting"], 0);
}

TEST_P(AddTest, AddsTenThousandFromStdinInOrder) {
    std::string lines;
    for (int i = 0; i < 10'000; ++i)
        lines += R"({"name":"n","data":{"i":)" + std::to_string(i) + "}}\n";
    const Finished finished = run({"add", "q", "--jsonl", "-"}, lines);

    EXPECT_EQ(finished.exit_code, 0) << finished.err;
    EXPECT_EQ(std::count(finished.out.begin(), finished.out.end(), '\n'), 10'000);
    EXPECT_TRUE(finished.out.starts_with("1\n2\n3\n"));
    EXPECT_EQ(counts()["waiting"], 10'000);
    EXPECT_EQ(job("10000")["data"].at("i"), 9'999);
}

TEST_P(AddTest, AddsTheGoodLinesOfManyAndTellsTheOthers) {
    const std::string lines = R"({"name":"a","opts":{"delay":3600000,"jobId":"x"}}
no json

{"name":5}
{"name":"b","opts":{"jobId":"wait"}}
{"name":"c"})";
    const Finished finished = run({"add", "q", "--jsonl", "-", "--json"}, lines);

    EXPECT_EQ(finished.exit_code, 8) << finished.err;
    const json::object summary = json::parse(finished.out).as_object();
    EXPECT_EQ(summary.at("added"), 2);
    EXPECT_EQ(summary.at("refused"), 3);
    EXPECT_EQ(summary.at("errors").at(0).at("line"), 2);
    EXPECT_NE(finished.err.find("line 4"), std::string::npos);
    EXPECT_EQ(job("x")["state"], "delayed");
}

TEST_P(AddTest, RefusesManyWhenNoLineIsAcceptable) {
    EXPECT_EQ(run({"add", "q", "--jsonl", "-"}, "nothing\n").exit_code, 2);
    EXPECT_EQ(run({"add", "q", "--jsonl", "/no/such/file"}).exit_code, 2);
    EXPECT_EQ(run({"add", "q", "--jsonl", "-", "--delay", "5s"}, "").exit_code, 2);
}

}  // namespace
}  // namespace toril::e2e
