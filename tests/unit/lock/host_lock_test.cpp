#include "lock/host_lock.hpp"

#include "support/signal.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <thread>

using namespace std::chrono_literals;

namespace toril::lock {
namespace {

namespace fs = std::filesystem;

// A runtime folder of the test's own.
class HostLockTest : public testing::Test {
protected:
    HostLockTest() {
        std::string name = (fs::temp_directory_path() / "toril-host-XXXXXX").string();
        folder = ::mkdtemp(name.data());
        ::setenv("XDG_RUNTIME_DIR", folder.c_str(), 1);
    }
    ~HostLockTest() override {
        ::unsetenv("XDG_RUNTIME_DIR");
        fs::remove_all(folder);
    }

    std::string path(const std::string& key = "k") { return *HostLock::path_of("store", key); }
    std::optional<HostLock> take(const std::string& owner = "me") {
        Result<std::optional<HostLock>> taken = HostLock::try_take(path(), owner);
        if (!taken) ADD_FAILURE() << taken.error().message();
        return taken ? std::move(*taken) : std::nullopt;
    }

    fs::path folder;
};

TEST_F(HostLockTest, IsHadByOneAtATime) {
    std::optional<HostLock> first = take("first");
    ASSERT_TRUE(first);

    EXPECT_FALSE(take("second"));
    EXPECT_EQ(HostLock::owner_of(path()), "first");
    first.reset();
    EXPECT_TRUE(take("second"));
}

TEST_F(HostLockTest, LeavesNoFileBehind) {
    take();

    EXPECT_FALSE(fs::exists(path()));
}

TEST_F(HostLockTest, OfStoresAndKeysAreDifferent) {
    EXPECT_NE(path("a"), path("b"));
    EXPECT_NE(*HostLock::path_of("store 1", "a"), *HostLock::path_of("store 2", "a"));
}

TEST_F(HostLockTest, EndsWithTheProcessThatHasIt) {
    int ready[2];
    ASSERT_EQ(::pipe(ready), 0);
    const std::string at = path();
    const pid_t child = ::fork();
    if (child == 0) {
        const auto taken = HostLock::try_take(at, "child");
        const char said = taken && *taken ? 'y' : 'n';
        [[maybe_unused]] const auto told = ::write(ready[1], &said, 1);
        ::pause();
        ::_exit(0);
    }
    char said = 0;
    ASSERT_EQ(::read(ready[0], &said, 1), 1);
    ASSERT_EQ(said, 'y');
    EXPECT_FALSE(take());
    EXPECT_EQ(HostLock::owner_of(at), "child");

    std::thread killer([&] { ::kill(child, SIGKILL); });
    std::optional<HostLock> taken;
    const auto deadline = std::chrono::steady_clock::now() + support::test_deadline;
    while (!taken && std::chrono::steady_clock::now() < deadline) {
        HostLock::wait_for_change(at, support::test_deadline);
        taken = take();
    }
    killer.join();
    ::waitpid(child, nullptr, 0);
    ::close(ready[0]);
    ::close(ready[1]);
    EXPECT_TRUE(taken) << "and who waits hears of it";
}

TEST_F(HostLockTest, WakesWhoWaitsWhenItIsGivenBack) {
    std::optional<HostLock> first = take();
    support::Signal woken;
    std::thread waiter([&] {
        HostLock::wait_for_change(path(), 2 * support::test_deadline);
        woken.raise();
    });
    first.reset();

    EXPECT_TRUE(woken.wait());
    waiter.join();
}

TEST_F(HostLockTest, WaitsNoLongerThanItIsToldTo) {
    const std::optional<HostLock> first = take();
    HostLock::wait_for_change(path(), 5ms);
    SUCCEED() << "it came back";
}

TEST_F(HostLockTest, RefusesAFolderThatOthersMayWriteTo) {
    fs::create_directory(folder / "toril");
    ::chmod((folder / "toril").c_str(), 0777);
    const Result<std::string> refused = HostLock::path_of("store", "k");

    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), ErrorCode::unavailable);
    EXPECT_NE(refused.error().message().find("must be this user's alone"), std::string::npos);
}

TEST_F(HostLockTest, RefusesAFolderThatIsALink) {
    fs::create_directory(folder / "elsewhere");
    fs::create_symlink(folder / "elsewhere", folder / "toril");

    EXPECT_FALSE(HostLock::path_of("store", "k"));
}

TEST_F(HostLockTest, DisownedLeavesItToTheOther) {
    std::optional<HostLock> first = take();
    const pid_t child = ::fork();
    if (child == 0) {
        first->disown();
        ::_exit(0);
    }
    ::waitpid(child, nullptr, 0);

    EXPECT_TRUE(fs::exists(path()));
    EXPECT_FALSE(take());
}

}  // namespace
}  // namespace toril::lock
