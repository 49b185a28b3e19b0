// toril lock run, status, release.

#include "cli_fixture.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <memory>

namespace toril::e2e {
namespace {

class LockTest : public StoreCliTest {
protected:
    LockTest() {
        for (const char* name : {"started", "release"})
            ::mkfifo((folder.path() + "/" + name).c_str(), 0600);
    }
    ~LockTest() override { ::close(release_); }

    /// Starts a command that holds `key` until `let_go`. Returns when it runs.
    std::unique_ptr<Process> hold(const std::string& key, const Words& more = {}) {
        Words words{"lock", "run", key};
        words.insert(words.end(), more.begin(), more.end());
        words.insert(
            words.end(),
            {"--",
             "sh",
             "-c",
             "echo > " + folder.path() + "/started; read word < " + folder.path() + "/release"});
        // Both ends are open here, so that nothing waits for the other end to be opened.
        const int started = ::open((folder.path() + "/started").c_str(), O_RDWR | O_CLOEXEC);
        release_ = ::open((folder.path() + "/release").c_str(), O_RDWR | O_CLOEXEC);
        auto process = std::make_unique<Process>(words, environment);
        pollfd file{started, POLLIN, 0};
        EXPECT_EQ(::poll(&file, 1, 20'000), 1) << "the command never ran";
        ::close(started);
        return process;
    }
    void let_go() { EXPECT_EQ(::write(release_, "done\n", 5), 5); }

private:
    int release_ = -1;
};
TORIL_ON_EACH_STORE(LockTest);

TEST_P(LockTest, RunsTheCommandWithItsExitCodeAndStreams) {
    EXPECT_EQ(run({"lock", "run", "k", "--", "sh", "-c", "exit 37"}).exit_code, 37);
    EXPECT_EQ(run({"lock", "run", "k", "--", "sh", "-c", "kill -9 $$"}).exit_code, 137);
    EXPECT_EQ(run({"lock", "run", "k", "--", "cat"}, "through\n").out, "through\n");
    EXPECT_EQ(run({"lock", "run", "k", "--", "echo", "--ttl"}).out, "--ttl\n");
    EXPECT_EQ(run({"lock", "run", "k", "--", "/no/such/program"}).exit_code, 127);
}

TEST_P(LockTest, RunsOneAtATimeAndSaysWhoItIs) {
    const auto holder = hold("k", {"--owner", "build-7"});

    const Finished second = run({"lock", "run", "k", "--", "echo", "ran"});
    EXPECT_EQ(second.exit_code, 4);
    EXPECT_EQ(second.out, "");
    EXPECT_NE(second.err.find("build-7"), std::string::npos) << second.err;
    EXPECT_EQ(run({"lock", "run", "another", "--", "echo", "ran"}).out, "ran\n");
    let_go();
    EXPECT_EQ(holder->wait().exit_code, 0);
    EXPECT_EQ(run({"lock", "run", "k", "--", "echo", "ran"}).out, "ran\n");
}

TEST_P(LockTest, WaitsForTheOther) {
    const auto holder = hold("k");
    Process waiting({"lock", "run", "k", "--wait", "30s", "--", "echo", "ran"}, environment);
    let_go();

    EXPECT_EQ(holder->wait().exit_code, 0);
    EXPECT_EQ(waiting.wait().out, "ran\n");
}

TEST_P(LockTest, TellsWhoHoldsIt) {
    EXPECT_EQ(json({"lock", "status", "k"}).at("held"), false);
    const auto holder = hold("k", {"--owner", "build-7", "--ttl", "1m"});

    const boost::json::value status = json({"lock", "status", "k"});
    EXPECT_EQ(status.at("held"), true);
    EXPECT_EQ(status.at("holder"), "build-7");
    EXPECT_GT(status.at("fence").to_number<std::int64_t>(), 0);
    EXPECT_GT(status.at("remainingMs").to_number<int>(), 30'000);
    let_go();
    holder->wait();
}

TEST_P(LockTest, EndsTheCommandWhenTheLockIsTaken) {
    const auto holder = hold("k", {"--owner", "build-7", "--ttl", "1s"});

    EXPECT_EQ(run({"lock", "release", "k", "--owner", "another"}).exit_code, 4);
    EXPECT_EQ(run({"lock", "release", "k", "--owner", "build-7"}).exit_code, 0);
    const Finished ended = holder->wait();
    EXPECT_EQ(ended.exit_code, 7);
    EXPECT_NE(ended.err.find("lost"), std::string::npos) << ended.err;
    EXPECT_EQ(run({"lock", "release", "k", "--owner", "build-7"}).exit_code, 3);
}

TEST_P(LockTest, IsFreeAfterTheTtlWhenItsProcessWasKilled) {
    const auto holder = hold("k", {"--ttl", "500ms"});
    holder->signal(SIGKILL);

    EXPECT_EQ(run({"lock", "run", "k", "--wait", "30s", "--", "echo", "ran"}).out, "ran\n");
}

TEST_P(LockTest, HandsSignalsOnToTheCommand) {
    const auto holder = hold("k");
    holder->signal(SIGTERM);

    EXPECT_EQ(holder->wait().exit_code, 128 + SIGTERM);
    EXPECT_EQ(json({"lock", "status", "k"}).at("held"), false);
}

TEST_P(LockTest, CountsItsFenceUp) {
    const Words words{"lock", "run", "k", "--", "sh", "-c", "echo $TORIL_LOCK_FENCE"};
    const std::int64_t first = std::stoll(run(words).out);
    const std::int64_t second = std::stoll(run(words).out);

    EXPECT_GT(second, first);
}

TEST_P(LockTest, RefusesWhatMakesNoSense) {
    for (const Words& words : {Words{"lock", "run", "k"},
                               Words{"lock", "run", "k", "--"},
                               Words{"lock", "run", "", "--", "true"},
                               Words{"lock", "run", "k", "--ttl", "1ms", "--", "true"},
                               Words{"lock", "run", "k", "--when-away", "maybe", "--", "true"},
                               Words{"lock", "release", "k"}})
        EXPECT_EQ(run(words).exit_code, 2) << words.at(1);
}

class LockWithoutStoreTest : public CliTest {
protected:
    LockWithoutStoreTest() {
        environment["TORIL_STORE"] = "redis://127.0.0.1:1";
        environment["XDG_RUNTIME_DIR"] = folder.path();
    }
    Finished run_when_away(const std::string& policy) {
        return run({"lock",
                    "run",
                    "k",
                    "--when-away",
                    policy,
                    "--",
                    "sh",
                    "-c",
                    "echo ran $TORIL_LOCK_FENCE"});
    }
};

TEST_F(LockWithoutStoreTest, GoesOnByPolicyAndSaysSo) {
    const Finished closed = run_when_away("closed");
    EXPECT_EQ(closed.exit_code, 5);
    EXPECT_EQ(closed.out, "");
    for (const std::string policy : {"open", "local"}) {
        const Finished finished = run_when_away(policy);
        EXPECT_EQ(finished.exit_code, 0) << finished.err;
        EXPECT_EQ(finished.out, "ran\n") << "without a fence";
        EXPECT_NE(finished.err.find("away"), std::string::npos) << finished.err;
    }
}

}  // namespace
}  // namespace toril::e2e
