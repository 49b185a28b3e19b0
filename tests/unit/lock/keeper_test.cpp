#include "lock/keeper.hpp"

#include "lock_fixture.hpp"

using namespace std::chrono_literals;

namespace toril::lock {
namespace {

// A keeper whose renewals the test answers.
class KeeperTest : public testing::Test {
protected:
    using Renewed = KeeperCalls::Renewed;
    struct Asked {
        std::vector<contract::LockRef> refs{};
        Millis timeout{0};
        Renewed done{};
    };

    KeeperTest() {
        KeeperCalls calls;
        calls.renew = [this](std::vector<contract::LockRef> refs, Millis timeout, Renewed done) {
            {
                base::MutexLock lock(mutex);
                asked.push_back({std::move(refs), timeout, std::move(done)});
            }
            asking.raise();
        };
        calls.answered = [](const Status&) {};
        calls.lost = [this](const Holding&, std::string_view cause) {
            base::MutexLock lock(mutex);
            causes.emplace_back(cause);
        };
        keeper.emplace(std::move(calls));
    }

    std::shared_ptr<Holding> keep(const std::string& key, Millis ttl = 120ms, bool renew = true) {
        auto holding =
            std::make_shared<Holding>(contract::LockRef{.key = key, .token = "t", .ttl = ttl},
                                      Lease(ttl, renew, BootClock::now()));
        keeper->keep(holding);
        return holding;
    }
    Asked at(std::size_t index) {
        base::MutexLock lock(mutex);
        return asked.at(index);
    }

    base::Mutex mutex{};
    std::vector<Asked> asked{};
    std::vector<std::string> causes{};
    Signal asking{};
    std::optional<Keeper> keeper{};
};

TEST_F(KeeperTest, RenewsWhatIsCheckedInOneCall) {
    for (const char* key : {"a", "b", "c"})
        keep(key, 300s);
    keeper->check("");

    ASSERT_TRUE(asking.wait(1));
    EXPECT_EQ(at(0).refs.size(), 3u);
}

TEST_F(KeeperTest, ChecksWhatIsHeldUnderOneKey) {
    keep("a", 300s);
    keep("b", 300s);
    keeper->check("b");

    ASSERT_TRUE(asking.wait(1));
    ASSERT_EQ(at(0).refs.size(), 1u);
    EXPECT_EQ(at(0).refs.front().key, "b");
}

// L2: the store is slow, or the renewal got lost.
TEST_F(KeeperTest, AsksToStopWhenTheStoreDoesNotAnswer) {
    const auto holding = keep("a");
    Stopped stopped(holding->stop_token());

    ASSERT_TRUE(stopped.wait());
    EXPECT_FALSE(holding->is_held(BootClock::now()));
    EXPECT_EQ(causes, std::vector<std::string>{"the store did not renew it in time"});
}

TEST_F(KeeperTest, TriesAgainWhenTheStoreIsAway) {
    const auto holding = keep("a", 3s);
    ASSERT_TRUE(asking.wait(1));
    at(0).done(Error(ErrorCode::unavailable, "away"));
    ASSERT_TRUE(asking.wait(2)) << "100 ms later";
    at(1).done(std::vector<Status>{Status()});

    EXPECT_TRUE(holding->is_held(BootClock::now()));
}

TEST_F(KeeperTest, AsksToStopAtOnceWhenTheStoreSaysThatItIsGone) {
    const auto holding = keep("a", 300s);
    Stopped stopped(holding->stop_token());
    keeper->check("a");
    ASSERT_TRUE(asking.wait(1));
    at(0).done(std::vector<Status>{Error(ErrorCode::not_owner, "gone")});

    EXPECT_TRUE(stopped.wait());
}

TEST_F(KeeperTest, LeavesAloneWhatWasDropped) {
    const auto dropped = keep("a");
    dropped->end();
    keeper->drop(dropped);
    keep("b");

    ASSERT_TRUE(asking.wait(1));
    EXPECT_EQ(at(0).refs.size(), 1u);
    EXPECT_EQ(at(0).refs.front().key, "b");
    EXPECT_FALSE(dropped->stop_token().stop_requested());
}

TEST_F(KeeperTest, MakesACallLater) {
    Signal made;
    keeper->timer()(5ms, [&] { made.raise(); });

    EXPECT_TRUE(made.wait());
}

TEST_F(KeeperTest, MayEndInACallbackOfAStopToken) {
    const auto holding = keep("a", 120ms, false);
    Signal ended;
    std::stop_callback callback(holding->stop_token(), [&] {
        keeper.reset();
        ended.raise();
    });

    EXPECT_TRUE(ended.wait());
}

}  // namespace
}  // namespace toril::lock
