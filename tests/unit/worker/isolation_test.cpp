// Handlers in child processes. Nothing that a handler notes in memory comes back from there:
// these tests look at return values, and at the processes.

#include "support/intercepted_store.hpp"
#include "worker_fixture.hpp"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <string>
#include <thread>

using namespace std::chrono_literals;

namespace toril::worker {
namespace {

// Dies of the signal, whatever a sanitizer has installed for it.
void die_of(int number) {
    ::signal(number, SIG_DFL);
    ::raise(number);
}

[[noreturn]] void loop_for_ever() {
    volatile bool for_ever = true;
    while (for_ever) {
    }
    std::abort();
}

// What the job's data, a JSON string, tells the handler to do.
Result<Json> obey(JobContext& context) {
    const std::string& order = context.data().text();
    if (order == "\"crash\"") die_of(SIGSEGV);
    if (order == "\"kill\"") ::raise(SIGKILL);
    if (order == "\"exit\"") std::_Exit(3);
    if (order == "\"loop\"") loop_for_ever();
    if (order == "\"throw\"") throw std::runtime_error("no disk");
    if (order == "\"big\"") return Json::unchecked('"' + std::string(8u << 20, 'x') + '"');
    if (order == "\"too big\"")
        return Json::unchecked(std::string(return_value_bytes_max + 1, '1'));
    if (order == "\"last\"") return Error(ErrorCode::unrecoverable, "not a picture");
    if (order == "\"stop\"") {
        support::Signal asked;
        const std::stop_callback on_stop(context.stop_token(), [&] { asked.raise(); });
        return asked.wait() ? Json::unchecked("\"stopped\"") : Json{};
    }
    return Json::unchecked(std::to_string(::getpid()));
}

bool is_alive(pid_t pid) {
    // A zombie has ended; only its parent has not looked yet.
    std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
    std::string id;
    std::string name;
    std::string state;
    return stat >> id >> name >> state && state != "Z";
}

class IsolationTest : public WorkerTest {
protected:
    Started start_isolated(Handler handler = obey, WorkerOptions options = {}) {
        options.isolation = Isolation::process;
        return start(std::move(handler), std::move(options));
    }
    JobId order(const std::string& what, const JobOptions& options = {}) {
        return queue_.add("n", Json::string(what), options).value().id;
    }
    std::string reason(const std::string& what) { return finished(order(what)).failed_reason; }
};

TEST_F(IsolationTest, RunsTheHandlerInAChildThatIsUsedAgain) {
    const auto engine = start_isolated(obey, {.concurrency = 1});
    const std::string first = finished(order("pid")).return_value->text();
    const std::string second = finished(order("pid")).return_value->text();

    EXPECT_NE(first, std::to_string(::getpid()));
    EXPECT_EQ(first, second);
}

TEST_F(IsolationTest, MakesACrashOneFailedAttemptThatNamesItsSignal) {
    const auto engine = start_isolated();

    EXPECT_EQ(reason("crash"), "handler died: SIGSEGV");
    EXPECT_EQ(reason("kill"), "handler died: SIGKILL");
    EXPECT_EQ(reason("exit"), "handler died: it ended its process with exit code 3");
    EXPECT_EQ(finished(order("pid")).state, JobState::completed) << "the worker goes on";
}

TEST_F(IsolationTest, LeavesSiblingsAliveWhenOneCrashes) {
    const auto engine = start_isolated(obey, {.concurrency = 2, .timeout = 10s});
    const JobId sibling = order("stop");
    EXPECT_EQ(reason("crash"), "handler died: SIGSEGV");

    EXPECT_EQ(job(sibling).state, JobState::active);
    EXPECT_EQ(engine->close(0ms), 1u);
}

TEST_F(IsolationTest, RetriesAJobWhoseHandlerCrashed) {
    const auto engine = start_isolated();
    const Job done = finished(order("crash", {.attempts = 2}));

    EXPECT_EQ(done.state, JobState::failed);
    EXPECT_EQ(done.attempts_made, 2);
}

TEST_F(IsolationTest, KillsAHandlerThatLoopsForEver) {
    const auto engine = start_isolated(obey, {.timeout = 50ms, .kill_after = 50ms});

    EXPECT_EQ(reason("loop"), "timed out after 50ms");
    EXPECT_EQ(finished(order("pid")).state, JobState::completed);
}

TEST_F(IsolationTest, AsksAHandlerToStopBeforeItKills) {
    const auto engine = start_isolated(obey, {.concurrency = 1, .timeout = 2s});
    const std::string before = finished(order("pid")).return_value->text();
    EXPECT_EQ(reason("stop"), "timed out after 2s");

    EXPECT_EQ(finished(order("pid")).return_value->text(), before) << "it was not killed";
}

TEST_F(IsolationTest, BringsBackErrorsExceptionsAndLargeValues) {
    const auto engine = start_isolated();

    EXPECT_EQ(reason("throw"), "no disk");
    EXPECT_EQ(finished(order("last", {.attempts = 5})).attempts_made, 1);
    EXPECT_EQ(finished(order("big")).return_value->text().size(), (8u << 20) + 2);
    EXPECT_EQ(reason("too big"),
              "the return value is 16777217 bytes of JSON; at most 16777216 are allowed");
}

TEST_F(IsolationTest, RelaysWhatTheHandlerSaysWhileItRuns) {
    const auto engine = start_isolated([](JobContext& context) -> Result<Json> {
        const bool all = context.progress(Json::unchecked("40")) && context.log("a row") &&
                         context.update_data(Json::unchecked("{\"new\":1}")) &&
                         context.extend_lock();
        return Json::unchecked(all ? "true" : "false");
    });
    const JobId id = order("x");
    const Job done = finished(id);

    EXPECT_EQ(done.return_value->text(), "true");
    EXPECT_EQ(done.progress.text(), "40");
    EXPECT_EQ(done.data.text(), "{\"new\":1}");
    EXPECT_EQ(queue_.logs(id, {.start = 0, .end = -1, .ascending = true})->rows,
              std::vector<std::string>{"a row"});
}

TEST_F(IsolationTest, KillsTheHandlerOfACancelledJobThatDoesNotStop) {
    support::Signal active;
    WorkerOptions options{.kill_after = 50ms};
    options.hooks.active = [&](const Job&) { active.raise(); };
    const auto engine = start_isolated(obey, options);
    const JobId id = order("loop", {.attempts = 5});
    ASSERT_TRUE(active.wait());
    EXPECT_TRUE(engine->cancel_job(id, "no longer wanted"));
    const Job done = finished(id);

    EXPECT_EQ(done.failed_reason, "no longer wanted");
    EXPECT_EQ(done.attempts_made, 1);
    EXPECT_EQ(finished(order("pid")).state, JobState::completed);
}

TEST_F(IsolationTest, BringsBackTheMoveThatTheHandlerReturns) {
    support::Signal told;
    contract::Outcome moved;
    auto store = std::make_shared<support::InterceptedStore>(store_);
    store->on_finish_and_take = [&](const contract::FinishAndTakeParams& params, auto&) {
        if (params.outcomes.empty()) return false;
        moved = params.outcomes.front();
        told.raise();
        return false;
    };
    const auto engine =
        start_on(store,
                 [](JobContext& context) -> Result<Json> { return context.move_to_delayed(5min); },
                 {.isolation = Isolation::process});
    order("x");

    ASSERT_TRUE(told.wait());
    EXPECT_EQ(moved.kind, contract::Outcome::Kind::postpone);
    EXPECT_EQ(moved.delay, 5min);
}

// A job with children, which no store has here.
class ChildrenStore final : public support::InterceptedStore {
public:
    using InterceptedStore::InterceptedStore;

    void dependencies(contract::DependencyParams params,
                      Done<contract::DependencyPage> done) override {
        contract::DependencyPage page;
        if (params.state == contract::Dependency::State::processed)
            page.children = {{.queue = "q2", .id = "a", .value = "[1]"}};
        else
            page.children = {{.queue = "q2", .id = "b", .value = "no disk"}};
        done(page);
    }
    void dependency_counts(contract::JobRef, Done<contract::DependencyCounts> done) override {
        done(contract::DependencyCounts{.unprocessed = 3});
    }
};

TEST_F(IsolationTest, TellsTheHandlerOfItsChildren) {
    const auto engine =
        start_on(std::make_shared<ChildrenStore>(store_),
                 [](JobContext& context) -> Result<Json> {
                     return Json::string(context.children_values()->at("q2:a").text() + " " +
                                         context.ignored_children_failures()->at("q2:b") + " " +
                                         std::to_string(*context.pending_children()));
                 },
                 {.isolation = Isolation::process});

    EXPECT_EQ(finished(order("x")).return_value->text(), "\"[1] no disk 3\"");
}

TEST_F(IsolationTest, RunsManyJobsInAFewChildren) {
    const auto engine = start_isolated(obey, {.concurrency = 4});
    for (int i = 0; i < 200; ++i)
        order("pid");
    wait_until_idle(*engine);

    EXPECT_EQ(queue_.counts()->completed, 200u);
}

TEST_F(IsolationTest, EndsItsChildrenWhenItCloses) {
    pid_t child = 0;
    {
        const auto engine = start_isolated();
        child = std::stoi(finished(order("pid")).return_value->text());
        EXPECT_TRUE(is_alive(child));
        order("loop");
        EXPECT_LE(engine->close(0ms), 1u);
    }
    EXPECT_FALSE(is_alive(child));
    EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1) << "no child of ours is left";
}

// A worker in a process of its own, which is then killed.
TEST_F(IsolationTest, LeavesNoChildBehindWhenTheWorkerIsKilled) {
    std::array<int, 2> pipe{};
    ASSERT_EQ(::pipe(pipe.data()), 0);
    const pid_t worker = ::fork();
    if (worker == 0) {
        const auto engine = start_isolated();
        const pid_t child = std::stoi(finished(order("pid")).return_value->text());
        [[maybe_unused]] const ssize_t sent = ::write(pipe[1], &child, sizeof child);
        ::pause();
        std::_Exit(0);
    }
    pid_t child = 0;
    ASSERT_EQ(::read(pipe[0], &child, sizeof child), ssize_t(sizeof child));
    ASSERT_TRUE(is_alive(child));
    ::kill(worker, SIGKILL);
    ::waitpid(worker, nullptr, 0);

    const auto deadline = std::chrono::steady_clock::now() + support::test_deadline;
    while (is_alive(child) && std::chrono::steady_clock::now() < deadline)
        std::this_thread::yield();
    EXPECT_FALSE(is_alive(child));
    ::close(pipe[0]);
    ::close(pipe[1]);
}

}  // namespace
}  // namespace toril::worker
