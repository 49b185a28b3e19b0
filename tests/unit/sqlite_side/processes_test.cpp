// Other processes: killed in the middle, without a right to write, without space.

#include "side_fixture.hpp"
#include "support/signal.hpp"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>

namespace toril::sqlite_side {
namespace {

class SideProcessesTest : public SideTest {
protected:
    /// A process of its own that runs `body` and ends with what it answers. Made before this
    /// process has any threads.
    static pid_t fork_off(const std::function<int()>& body) {
        const pid_t child = ::fork();
        if (child == 0) ::_exit(body());
        return child;
    }
    static int ended(pid_t child) {
        int status = 0;
        EXPECT_EQ(::waitpid(child, &status, 0), child);
        return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    }
    /// With the machine's clocks: they are the same in all processes.
    SideOptions with_real_clocks() {
        SideOptions real = options();
        real.clock.reset();
        return real;
    }
};

TEST_F(SideProcessesTest, ReleasesALockOfAKilledProcessByItsTtlAndTheFileStaysGood) {
    int ready[2];
    ASSERT_EQ(::pipe(ready), 0);
    const pid_t child = fork_off([&] {
        Client client{open_side(with_real_clocks())};
        if (!client.holds("k", "child", 300ms)) return 1;
        [[maybe_unused]] const auto told = ::write(ready[1], "x", 1);
        // Until it is killed, in whatever it does then.
        for (int i = 0;; ++i) {
            const std::string token = "t" + std::to_string(i);
            if (!client.set("key-" + std::to_string(i % 50), std::string(20'000, 'x'))) return 2;
            if (!client.acquire("other", token, 1s) || !client.release("other", token)) return 3;
        }
    });
    char byte = 0;
    ASSERT_EQ(::read(ready[0], &byte, 1), 1);
    ::kill(child, SIGKILL);
    ended(child);
    ::close(ready[0]);
    ::close(ready[1]);

    Client client{open_side(with_real_clocks())};
    const auto watcher = client.locks().watch(contract::LockKind::lock, "k");
    while (!client.holds("k", "parent")) {
        support::Signal woken;
        watcher->wait(20s, [&](const Status&) { woken.raise(); });
        ASSERT_TRUE(woken.wait());
    }
    EXPECT_TRUE(client.set("after", "x"));
    EXPECT_EQ(client.value("after"), "x");
    EXPECT_EQ(logged("sqlite.side_made_anew"), 0u);
}

TEST_F(SideProcessesTest, WakeEachOtherWhenALockIsReleased) {
    int go[2];
    int ready[2];
    ASSERT_EQ(::pipe(go), 0);
    ASSERT_EQ(::pipe(ready), 0);
    const pid_t child = fork_off([&] {
        Client client{open_side(with_real_clocks())};
        if (!client.holds("k", "child", 1h)) return 1;
        [[maybe_unused]] const auto told = ::write(ready[1], "x", 1);
        char byte = 0;
        if (::read(go[0], &byte, 1) != 1) return 2;
        return client.release("k", "child") ? 0 : 3;
    });
    char byte = 0;
    ASSERT_EQ(::read(ready[0], &byte, 1), 1);
    Client client{open_side(with_real_clocks())};
    const auto watcher = client.locks().watch(contract::LockKind::lock, "k");
    support::Signal woken;
    watcher->wait(1h, [&](const Status&) { woken.raise(); });
    ASSERT_TRUE(client.holder("k"));
    ASSERT_EQ(::write(go[1], "x", 1), 1);

    EXPECT_TRUE(woken.wait());
    EXPECT_EQ(ended(child), 0);
    EXPECT_TRUE(client.holds("k", "parent"));
    for (const int file : {go[0], go[1], ready[0], ready[1]})
        ::close(file);
}

TEST_F(SideProcessesTest, CountEachRequestOnceAgainstALimit) {
    std::vector<pid_t> children;
    for (int i = 0; i < 3; ++i)
        children.push_back(fork_off([&] {
            Client client{open_side(options())};
            int taken = 0;
            for (int turn = 0; turn < 20; ++turn)
                taken += client.may("k") ? 1 : 0;
            return taken;
        }));

    int taken = 0;
    for (const pid_t child : children)
        taken += ended(child);

    EXPECT_EQ(taken, 3);
}

TEST_F(SideProcessesTest, AreRefusedWhenTheyMayNotWriteThere) {
    constexpr uid_t nobody = 65'534;
    ASSERT_EQ(::chmod(folder.c_str(), 0555), 0);

    const pid_t child = fork_off([&] {
        if (::geteuid() == 0 && ::setuid(nobody) != 0) return 1;
        Client client{open_side(options())};
        const auto refused = client.acquire("k", "a");
        if (refused || refused.error().code() != ErrorCode::unavailable) return 2;
        return refused.error().message().find(path) == std::string::npos ? 3 : 0;
    });

    EXPECT_EQ(ended(child), 0);
    ::chmod(folder.c_str(), 0755);
}

TEST_F(SideProcessesTest, GoOnOnceThereIsSpaceAgain) {
    const pid_t child = fork_off([&] {
        ::signal(SIGXFSZ, SIG_IGN);
        Client client{open_side(options())};
        if (!client.set("first", "x")) return 1;
        rlimit before{};
        ::getrlimit(RLIMIT_FSIZE, &before);
        const rlimit tight{.rlim_cur = 1024u * 1024, .rlim_max = before.rlim_max};
        ::setrlimit(RLIMIT_FSIZE, &tight);
        int stored = 0;
        Result<bool> answer = true;
        for (; answer && stored < 1000; ++stored)
            answer = client.set("key-" + std::to_string(stored), std::string(20'000, 'x'));
        if (answer) return 2;
        const bool known = answer.error().code() == ErrorCode::unavailable ||
                           answer.error().code() == ErrorCode::outcome_unknown;
        if (!known) return 3;
        ::setrlimit(RLIMIT_FSIZE, &before);
        if (!client.set("after", "y")) return 4;
        return client.value("first") == "x" && client.value("after") == "y" ? 0 : 5;
    });

    EXPECT_EQ(ended(child), 0);
}

}  // namespace
}  // namespace toril::sqlite_side
