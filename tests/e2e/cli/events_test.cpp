// toril events, workers, cancel of a running job.

#include "cli_fixture.hpp"

#include <sstream>

namespace toril::e2e {
namespace {

namespace json = boost::json;

class EventsTest : public StoreCliTest {
protected:
    std::vector<json::object> events(const Words& more = {"--from", "0", "--no-follow"}) {
        Words all{"events", "q", "--jsonl"};
        all.insert(all.end(), more.begin(), more.end());
        const Finished finished = run(all);
        EXPECT_EQ(finished.exit_code, 0) << finished.err;
        std::vector<json::object> read;
        std::istringstream lines(finished.out);
        for (std::string line; std::getline(lines, line);)
            read.push_back(json::parse(line).as_object());
        return read;
    }

    static std::string names(const std::vector<json::object>& read) {
        std::string text;
        for (const json::object& event : read)
            text.append(event.at("event").as_string()).append(" ");
        return text;
    }
};
TORIL_ON_EACH_STORE(EventsTest);

TEST_P(EventsTest, TellsTheLifeOfAJob) {
    const std::string id = add({"n"});
    run({"work", "q", "--exec", "echo 7", "--until-empty"});

    const std::vector<json::object> read = events();
    EXPECT_EQ(names(read), "added waiting active completed drained ");
    EXPECT_EQ(read.at(0).at("jobId").as_string(), id);
    EXPECT_EQ(read.at(3).at("returnvalue"), 7);
}

TEST_P(EventsTest, GoesOnAfterTheLastOneSeen) {
    add({"n"});
    const std::vector<json::object> before = events();
    add({"n", "--delay", "1h"});

    const std::string last(before.back().at("id").as_string());
    EXPECT_EQ(names(events({"--from", last, "--no-follow"})), "added delayed ");
    EXPECT_EQ(run({"events", "q", "--from", "yesterday"}).exit_code, 2);
    EXPECT_EQ(run({"events", "q", "--json"}).exit_code, 2);
}

TEST_P(EventsTest, FollowsWhatHappensInAnotherProcess) {
    add({"n"});
    Process following({"events", "q", "--from", "0", "--count", "4", "--jsonl"}, environment);
    add({"n"});

    EXPECT_EQ(following.wait().exit_code, 0);
}

TEST_P(EventsTest, AWorkerIsListedWhileItIsThere) {
    EXPECT_TRUE(json({"workers", "q"}).as_array().empty());
    add({"n"});
    Process worker({"work", "q", "--exec", "echo busy; exec sleep 30", "--name", "camera-one"},
                   environment);
    const std::vector<json::object> started = events({"--from", "0", "--count", "3"});
    EXPECT_EQ(names(started), "added waiting active ");

    const json::array workers = json({"workers", "q"}).as_array();
    ASSERT_EQ(workers.size(), 1u);
    EXPECT_EQ(workers.at(0).at("name"), "camera-one");
}

TEST_P(EventsTest, ARunningJobIsCancelledFromAnotherProcess) {
    const std::string id = add({"n", "--attempts", "5"});
    Process worker({"work", "q", "--exec", "exec sleep 30"}, environment);
    events({"--from", "0", "--count", "3"});

    EXPECT_EQ(json({"cancel", "q", id, "--reason", "not needed"}).at("was"), "active");
    EXPECT_EQ(run({"wait", "q", id, "--timeout", "20s"}).exit_code, 1);
    EXPECT_EQ(job(id)["state"], "failed");
    EXPECT_EQ(job(id)["failedReason"], "not needed");
    EXPECT_EQ(run({"cancel", "q", id}).exit_code, 4);
    EXPECT_EQ(run({"cancel", "q", "none"}).exit_code, 3);
}

}  // namespace
}  // namespace toril::e2e
