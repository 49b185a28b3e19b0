// Waiting on the marker and on the events: names, hints, and what becomes of them.

#include "base/sync.hpp"
#include "keyspace.hpp"

using namespace std::chrono_literals;

namespace toril::redis_store {
namespace {

class WatcherTest : public StoreTest {
protected:
    std::unique_ptr<contract::Watcher> watch(contract::WatchFor what = contract::WatchFor::work,
                                             const std::string& name = "") {
        return store->watch({.queue = queue, .what = what, .name = name});
    }
    static Result<Timestamp> wait(contract::Watcher& watcher, Millis at_most) {
        return base::wait_for_answer<Result<Timestamp>>(
            20s, [&](auto done) { watcher.wait(at_most, std::move(done)); });
    }
};

TEST_F(WatcherTest, BearsTheNameThatNodeListsWorkersBy) {
    const auto watcher = watch(contract::WatchFor::work, "wk1");
    EXPECT_TRUE(wait(*watcher, 5ms));

    EXPECT_NE(raw({"CLIENT", "LIST"}).find("name=" + prefix + ":cQ==:w:wk1 "), std::string::npos);
}

TEST_F(WatcherTest, TellsWhenTheNextDelayedJobIsDue) {
    add({.delay = 7s});
    const auto due = wait(*watch(), 10s);

    ASSERT_TRUE(due);
    EXPECT_EQ(*due, now + 7s);
    EXPECT_EQ(key("marker"), "") << "one watcher learns of it";
}

TEST_F(WatcherTest, TakesTheIntegerPartOfAScore) {
    raw({"ZADD", name_of("marker"), "1795186657720.9998", "1"});

    EXPECT_EQ(*wait(*watch(), 10s), now);
}

TEST_F(WatcherTest, OneMarkerWakesOneOfTwo) {
    const auto first = watch(), second = watch();
    add();

    EXPECT_TRUE(wait(*first, 10s));
    EXPECT_EQ(key("marker"), "");
    EXPECT_TRUE(wait(*second, 20ms));
}

TEST_F(WatcherTest, AMarkerThatComesAfterAnInterruptIsPutBack) {
    const auto watcher = watch();
    auto answer = std::make_shared<base::OneShot<Result<Timestamp>>>();
    watcher->wait(10s, [answer](Result<Timestamp> due) { answer->set(std::move(due)); });
    watcher->interrupt();
    ASSERT_EQ(answer->wait_for(10s)->error().code(), ErrorCode::cancelled);
    add();

    EXPECT_TRUE(wait(*watch(), 10s)) << "whoever popped it, another gets it";
    EXPECT_EQ(take(1).size(), 1u);
}

TEST_F(WatcherTest, AMarkerOfTheWrongTypeIsNamed) {
    raw({"SET", name_of("marker"), "x"});
    const auto answer = wait(*watch(), 10s);

    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code(), ErrorCode::corrupt);
    EXPECT_NE(answer.error().message().find(name_of("marker")), std::string::npos);
}

TEST_F(WatcherTest, ChangesCountFromTheLookBefore) {
    const auto watcher = watch(contract::WatchFor::changes);
    EXPECT_TRUE(wait(*watcher, 5ms));
    add();
    EXPECT_TRUE(wait(*watcher, 10s)) << "added before the wait began";
    events();
    ASSERT_TRUE(client.update_progress(ref("1"), "1"));
    EXPECT_TRUE(wait(*watcher, 10s));
    EXPECT_EQ(events().size(), 1u);
}

TEST_F(WatcherTest, AWatcherMayEndBeforeItsWait) {
    auto answer = std::make_shared<base::OneShot<Result<Timestamp>>>();
    {
        const auto watcher = watch();
        watcher->wait(10s, [answer](Result<Timestamp> due) { answer->set(std::move(due)); });
    }

    EXPECT_EQ(answer->wait_for(10s)->error().code(), ErrorCode::cancelled);
}

}  // namespace
}  // namespace toril::redis_store
