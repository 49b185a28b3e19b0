#include "child_process.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <thread>

using namespace std::chrono_literals;

namespace toril::cli {
namespace {

ChildResult run(const ChildRequest& request) {
    return run_child(request, {}).value();
}

TEST(ChildProcessTest, GivesOutputAndExitCode) {
    const ChildResult child = run({.command = "echo out; echo err >&2; exit 3"});

    EXPECT_EQ(child.output, "out\n");
    EXPECT_EQ(child.error_tail, "err\n");
    EXPECT_EQ(child.exit_code, 3);
    EXPECT_EQ(child.signal, 0);
}

TEST(ChildProcessTest, TellsTheSignalThatEndedIt) {
    EXPECT_EQ(run({.command = "kill -TERM $$"}).signal, SIGTERM);
}

TEST(ChildProcessTest, ReplacesVariablesOfTheSameName) {
    ::setenv("TORIL_CHILD_TEST", "ours", 1);

    EXPECT_EQ(
        run({.command = "echo $TORIL_CHILD_TEST", .environment = {{"TORIL_CHILD_TEST", "its"}}})
            .output,
        "its\n");
    EXPECT_EQ(run({.command = "echo $TORIL_CHILD_TEST"}).output, "ours\n");
}

TEST(ChildProcessTest, WritesAndReadsMoreThanPipesHold) {
    const std::string input(2'000'000, 'x');

    EXPECT_EQ(run({.command = "cat", .input = input}).output, input);
    EXPECT_EQ(run({.command = "cat >&2; cat >/dev/null; echo end", .input = input}).output,
              "end\n");
}

TEST(ChildProcessTest, KeepsOnlyTheEndOfStderr) {
    const ChildResult child =
        run({.command = "head -c 1000000 /dev/zero | tr '\\0' x >&2; echo end >&2"});

    EXPECT_LE(child.error_tail.size(), 32u * 1024);
    EXPECT_TRUE(child.error_tail.ends_with("end\n"));
}

TEST(ChildProcessTest, KillsWhatWritesTooMuch) {
    const ChildResult child = run({.command = "yes", .output_bytes_max = 1'000});

    EXPECT_TRUE(child.output_too_large);
    EXPECT_EQ(child.output, "");
}

TEST(ChildProcessTest, EndsAtAStopThatComesWhileItRuns) {
    std::stop_source stop;
    std::thread stopper([&] { stop.request_stop(); });
    const Result<ChildResult> child = run_child({.command = "sleep 600; true"}, stop.get_token());
    stopper.join();

    ASSERT_TRUE(child);
    EXPECT_TRUE(child->was_stopped);
    EXPECT_EQ(child->signal, SIGTERM);
}

TEST(ChildProcessTest, KillsWhatTakesNoNoticeOfTheStop) {
    std::stop_source stop;
    stop.request_stop();
    const Result<ChildResult> child =
        run_child({.command = "trap '' TERM; while :; do sleep 600; done", .kill_after = 100ms},
                  stop.get_token());

    ASSERT_TRUE(child);
    EXPECT_NE(child->signal, 0);
}

TEST(ChildProcessTest, DoesNotPassBlockedSignalsOn) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigset_t before;
    ::pthread_sigmask(SIG_BLOCK, &set, &before);
    const ChildResult child = run({.command = "kill -TERM $$; echo survived"});
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);

    EXPECT_EQ(child.signal, SIGTERM);
}

}  // namespace
}  // namespace toril::cli
