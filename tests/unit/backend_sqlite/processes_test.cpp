// Several processes on one store: who wakes whom, and who is dead.

#include "peer.hpp"
#include "store_fixture.hpp"
#include "support/signal.hpp"

namespace toril::sqlite {
namespace {

using Woken = Result<Timestamp>;

class ProcessesTest : public SqliteTest {
protected:
    /// Waits on a watcher; `timed_out` when nothing came for so long.
    static Woken wait(contract::Watcher& watcher, Millis at_most = 60s) {
        return base::wait_for_answer<Woken>(
            20s, [&](auto done) { watcher.wait(at_most, std::move(done)); });
    }
    /// Waits for work until there is some to take.
    static std::vector<contract::TakenJob> wait_and_take(conformance::Client& client) {
        const auto watcher = client.store().watch({.queue = "mail"});
        for (;;) {
            auto jobs = take(client);
            if (!jobs.empty()) return jobs;
            if (const Woken woken = wait(*watcher); !woken) {
                ADD_FAILURE() << woken.error().message();
                return {};
            }
        }
    }
    static void wake_from_elsewhere(conformance::Client& client, const std::string& path) {
        PeerProcess peer(path);
        support::Signal woken;
        const auto watcher = client.store().watch({.queue = "mail"});
        watcher->wait(60s, [&](const Woken& answer) {
            EXPECT_TRUE(answer);
            woken.raise();
        });

        peer.send("add 1");

        EXPECT_TRUE(woken.wait());
        EXPECT_EQ(take(client).size(), 1u);
    }
};

TEST_F(ProcessesTest, WakesAWorkerOfAnotherProcess) {
    conformance::Client client(open());
    PeerProcess peer(path);
    peer.send("wait");
    ASSERT_EQ(peer.line(), "waiting");

    add(client);

    EXPECT_EQ(peer.line(), "woken");
    EXPECT_TRUE(peer.end());
}

TEST_F(ProcessesTest, AsksAJobOfAnotherProcessToStop) {
    conformance::Client client(open());
    const JobId id = add(client);
    PeerProcess peer(path);
    peer.send("take");
    ASSERT_EQ(peer.line(), "took " + id);
    peer.send("asked");
    ASSERT_EQ(peer.line(), "waiting");

    EXPECT_EQ(client.cancel({"mail", id}, "enough").value(), JobState::active);

    EXPECT_EQ(peer.line(), "woken");
    peer.send("renew");
    EXPECT_EQ(peer.line(), "cancelled: enough");
    EXPECT_EQ(client.job({"mail", id}).value().state, JobState::active);
}

TEST_F(ProcessesTest, IsWokenByAnotherProcess) {
    conformance::Client client(open());
    wake_from_elsewhere(client, path);
}

TEST_F(ProcessesTest, IsWokenWithoutInotifyToo) {
    SqliteOptions without = options();
    without.use_inotify = false;
    conformance::Client client(open(without));

    wake_from_elsewhere(client, path);

    EXPECT_TRUE(was_logged("sqlite.inotify_missing"));
}

TEST_F(ProcessesTest, TellsOtherProcessesOfChanges) {
    conformance::Client client(open());
    const JobId id = add(client);
    PeerProcess peer(path);
    peer.send("changes");
    ASSERT_EQ(peer.line(), "waiting");

    ASSERT_TRUE(client.remove({"mail", id}));

    EXPECT_EQ(peer.line(), "woken");
}

TEST_F(ProcessesTest, IsWokenWhenADelayedJobIsDue) {
    conformance::Client client(open());
    const auto added = client.add(
        {.queue = "mail", .jobs = {{.name = "send", .data = "{}", .opts = "{}", .delay = 300ms}}});
    ASSERT_TRUE(added);

    EXPECT_EQ(wait_and_take(client).size(), 1u);
}

TEST_F(ProcessesTest, PutsTheJobsOfAKilledProcessBackAtOnce) {
    conformance::Client client(open());
    const JobId id = add(client);
    PeerProcess peer(path);
    peer.send("take");
    ASSERT_EQ(peer.line(), "took " + id);
    ASSERT_TRUE(take(client).empty());
    const auto killed = std::chrono::steady_clock::now();

    peer.kill();

    // The peer's lock holds for an hour; only the death of its process can give the job back.
    const auto jobs = wait_and_take(client);
    ASSERT_EQ(jobs.size(), 1u);
    EXPECT_LT(std::chrono::steady_clock::now() - killed, 10s);
    EXPECT_EQ(jobs.front().id, id);
    EXPECT_EQ(jobs.front().stalled_counter, 1);
    EXPECT_EQ(jobs.front().attempts_started, 2);
    EXPECT_TRUE(jobs.front().deferred_failure.empty());
    EXPECT_EQ(client.recover_stalled({.queue = "mail"}).value(), std::vector<JobId>{id});
    EXPECT_TRUE(was_logged("sqlite.process_died"));
}

TEST_F(ProcessesTest, FailsAJobThatKilledItsProcessMoreOftenThanIsAllowed) {
    conformance::Client client(open());
    add(client);
    ASSERT_TRUE(client.recover_stalled({.queue = "mail", .stalled_max = 0}));
    PeerProcess peer(path);
    peer.send("take");
    ASSERT_TRUE(peer.line());

    peer.kill();

    EXPECT_EQ(wait_and_take(client).front().deferred_failure,
              "job stalled more than allowable limit");
}

TEST_F(ProcessesTest, FindsAtOpeningWhatAProcessLeftThatDiedAlone) {
    {
        conformance::Client client(open());
        add(client);
    }
    {
        PeerProcess peer(path);
        peer.send("take");
        ASSERT_TRUE(peer.line());
        peer.kill();
    }

    conformance::Client client(open());

    EXPECT_EQ(wait_and_take(client).size(), 1u);
}

TEST_F(ProcessesTest, LeavesTheJobsOfALivingProcessAlone) {
    conformance::Client client(open());
    add(client);
    PeerProcess peer(path);
    peer.send("take");
    ASSERT_TRUE(peer.line());

    EXPECT_TRUE(client.recover_stalled({.queue = "mail"}).value().empty());

    EXPECT_EQ(client.counts("mail").value().active, 1u);
}

TEST_F(ProcessesTest, TakeTurnsWhenAllOfThemWrite) {
    conformance::Client client(open());
    std::vector<std::unique_ptr<PeerProcess>> peers;
    for (int i = 0; i < 3; ++i)
        peers.push_back(std::make_unique<PeerProcess>(path));
    for (const auto& peer : peers)
        peer->send("add 100");
    for (int i = 0; i < 100; ++i)
        add(client);
    for (const auto& peer : peers)
        for (int i = 0; i < 100; ++i)
            ASSERT_TRUE(peer->line());

    EXPECT_EQ(client.counts("mail").value().waiting, 400u);
}

}  // namespace
}  // namespace toril::sqlite
