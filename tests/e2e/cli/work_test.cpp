// toril work: its end, its signals, its options.

#include "cli_fixture.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <fstream>

namespace toril::e2e {
namespace {

namespace json = boost::json;

// A named pipe through which a job's command says that it runs: waited for, never polled.
class Signpost {
public:
    explicit Signpost(const TempFolder& folder) : path_(folder.path() + "/signpost") {
        ::mkfifo(path_.c_str(), 0600);
        file_ = ::open(path_.c_str(), O_RDWR | O_CLOEXEC);
    }
    ~Signpost() { ::close(file_); }
    Signpost(const Signpost&) = delete;
    Signpost& operator=(const Signpost&) = delete;

    std::string tell() const { return "echo x > " + path_ + "; "; }

    bool wait() const {
        pollfd file{.fd = file_, .events = POLLIN, .revents = 0};
        if (::poll(&file, 1, 60'000) != 1) return false;
        char byte[2];
        return ::read(file_, byte, sizeof byte) > 0;
    }

private:
    std::string path_;
    int file_ = -1;
};

class WorkTest : public StoreCliTest {};
TORIL_ON_EACH_STORE(WorkTest);

TEST_P(WorkTest, EndsAtOnceWhenNothingIsThere) {
    EXPECT_EQ(run({"work", "q", "--noop", "--until-empty"}).exit_code, 0);
}

TEST_P(WorkTest, EndsWithZeroWhenAllIsDoneWhetherItFailedOrNot) {
    for (int i = 0; i < 20; ++i)
        add({"n"});
    add({"n", "--priority", "1"});
    add({"n", "--delay", "300ms"});

    EXPECT_EQ(run({"work", "q", "--exec", "exit 1", "--until-empty"}).exit_code, 0);
    EXPECT_EQ(counts()["failed"], 22);
}

TEST_P(WorkTest, LeavesAJobThatIsDueLongFromNow) {
    add({"n", "--delay", "1h"});

    EXPECT_EQ(run({"work", "q", "--noop", "--until-empty"}).exit_code, 0);
    EXPECT_EQ(counts()["delayed"], 1);
}

TEST_P(WorkTest, WorksOnSeveralQueuesUntilAllAreEmpty) {
    run({"add", "a", "n"});
    run({"add", "b", "n"});

    EXPECT_EQ(run({"work", "a", "b", "--sleep", "10ms", "--until-empty"}).exit_code, 0);
    EXPECT_EQ(json({"counts", "a"}).at("completed"), 1);
    EXPECT_EQ(json({"counts", "b"}).at("completed"), 1);
}

TEST_P(WorkTest, RunsEachJobInAProcessOfItsOwnIfAsked) {
    const std::string id = add({"n"});

    EXPECT_EQ(run({"work", "q", "--exec", "echo 7", "--isolate", "--until-empty"}).exit_code, 0);
    EXPECT_EQ(job(id)["returnvalue"], 7);
}

TEST_P(WorkTest, ShowsItsNameAsProcessedBy) {
    const std::string id = add({"n"});

    run({"work", "q", "--noop", "--until-empty", "--name", "anvil"});
    EXPECT_EQ(job(id)["processedBy"], "anvil");
}

TEST_P(WorkTest, FinishesWhatRunsWhenItIsTerminated) {
    const Signpost running(folder);
    const Signpost& post = running;
    const std::string id = add({"n"});
    Process worker({"work", "q", "--exec", post.tell() + "sleep 0.3; echo 1"}, environment);
    ASSERT_TRUE(running.wait());
    worker.signal(SIGTERM);
    const Finished finished = worker.wait();

    EXPECT_EQ(finished.exit_code, 0) << finished.err;
    EXPECT_EQ(job(id)["state"], "completed");
}

TEST_P(WorkTest, HandsBackWhatOutlivesTheGrace) {
    const Signpost running(folder);
    const std::string id = add({"n"});
    Process worker({"work", "q", "--exec", running.tell() + "sleep 600", "--grace", "100ms"},
                   environment);
    ASSERT_TRUE(running.wait());
    worker.signal(SIGTERM);
    const Finished finished = worker.wait();

    EXPECT_EQ(finished.exit_code, 8) << finished.err;
    EXPECT_EQ(job(id)["state"], "waiting");
    EXPECT_EQ(job(id)["attemptsMade"], 0);
}

TEST_P(WorkTest, HandsBackAtOnceOnTheSecondSignal) {
    const Signpost running(folder);
    const std::string id = add({"n"});
    // The command answers the first signal's wait by saying that it still runs.
    Process worker({"work",
                    "q",
                    "--exec",
                    running.tell() + "sleep 0.2; " + running.tell() + "sleep 600",
                    "--grace",
                    "1h"},
                   environment);
    ASSERT_TRUE(running.wait());
    worker.signal(SIGINT);
    ASSERT_TRUE(running.wait());
    worker.signal(SIGINT);
    const Finished finished = worker.wait();

    EXPECT_EQ(finished.exit_code, 8) << finished.err;
    EXPECT_EQ(job(id)["state"], "waiting");
}

TEST_P(WorkTest, TakesWhatIsAddedWhileItRuns) {
    const Signpost done(folder);
    Process worker({"work", "q", "--exec", done.tell()}, environment);
    add({"n"});
    ASSERT_TRUE(done.wait());
    worker.signal(SIGTERM);

    EXPECT_EQ(worker.wait().exit_code, 0);
    EXPECT_EQ(counts()["completed"], 1);
}

TEST_P(WorkTest, SaysWhatHappensALineAnEventAsJson) {
    add({"n"});
    const Finished finished = run({"work", "q", "--noop", "--until-empty"});

    EXPECT_EQ(finished.out, "");
    bool has_completed = false;
    std::istringstream lines(finished.err);
    for (std::string line; std::getline(lines, line);) {
        const json::value record = json::parse(line);
        EXPECT_TRUE(record.as_object().contains("ts")) << line;
        if (record.at("event") == "job.completed") {
            has_completed = true;
            EXPECT_EQ(record.at("queue"), "q");
            EXPECT_EQ(record.at("job_id"), "1");
        }
    }
    EXPECT_TRUE(has_completed) << finished.err;
}

TEST_P(WorkTest, CollapsesAFloodOfEvents) {
    std::string lines;
    for (int i = 0; i < 1'000; ++i)
        lines += "{\"name\":\"n\"}\n";
    run({"add", "q", "--jsonl", "-"}, lines);
    const Finished finished = run({"work", "q", "--noop", "--until-empty", "--concurrency", "50"});

    EXPECT_EQ(counts()["completed"], 1'000);
    EXPECT_LT(std::count(finished.err.begin(), finished.err.end(), '\n'), 300) << finished.err;
}

TEST_P(WorkTest, NeedsExactlyOneThingToDo) {
    EXPECT_EQ(run({"work", "q"}).exit_code, 2);
    EXPECT_EQ(run({"work", "q", "--noop", "--exec", "true"}).exit_code, 2);
    EXPECT_EQ(run({"work", "--noop"}).exit_code, 2);
    EXPECT_EQ(run({"work", "q", "--exec", ""}).exit_code, 2);
    EXPECT_EQ(run({"work", "q", "--http", "ftp://h"}).exit_code, 2);
    EXPECT_EQ(run({"work", "q", "--noop", "--concurrency", "0"}).exit_code, 2);
    EXPECT_EQ(run({"work", "q", "--noop", "--limit", "5"}).exit_code, 2);
    EXPECT_EQ(run({"work", "q", "--noop", "--limit", "0/1s"}).exit_code, 2);
    EXPECT_EQ(run({"work", "q", "--noop", "--lock", "1ms"}).exit_code, 2);
}

class WorkAwayTest : public CliTest {};

TEST_F(WorkAwayTest, GivesUpOnAStoreThatIsAwayWithUntilEmpty) {
    environment["REDIS_URL"] = "redis://127.0.0.1:1";
    const Finished finished = run({"work", "q", "--noop", "--until-empty"});

    EXPECT_EQ(finished.exit_code, 5) << finished.err;
}

TEST_F(WorkAwayTest, WaitsForAStoreThatIsAwayAndEndsCleanly) {
    environment["REDIS_URL"] = "redis://127.0.0.1:1";
    Process worker({"work", "q", "--noop"}, environment);
    worker.signal(SIGTERM);

    // The signal may come before the command has got as far as to wait for it.
    const int exit_code = worker.wait(std::chrono::seconds(20)).exit_code;
    EXPECT_TRUE(exit_code == 0 || exit_code == 128 + SIGTERM) << exit_code;
}

}  // namespace
}  // namespace toril::e2e
