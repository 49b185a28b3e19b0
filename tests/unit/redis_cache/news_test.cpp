// What listeners hear when the link, the server or the administrator does something.

#include "own_server.hpp"
#include "support/signal.hpp"
#include "support/tcp_gate.hpp"

#include <mutex>

namespace toril::redis_store {
namespace {

class CacheNewsTest : public OwnServerTest {
protected:
    /// Told of a change that came after now, and of all before it.
    void expect_followed(Ear& ear) {
        EXPECT_TRUE(ear.catch_up());
        ear.take();
        set("probe", entry("x"));
        EXPECT_TRUE(ear.wait_for("changed probe"));
        invalidate_tag("probe");
        EXPECT_TRUE(ear.wait_for("tag probe"));
    }
};

// So that who stores keeps what it stored in memory.
TEST_F(CacheNewsTest, DoNotTellWhoStoredOfWhatItStored) {
    const auto own = listen(*store);
    const auto ear = listen(*other);
    set("a", entry("apple"));
    const auto loan = borrow("b");
    ASSERT_TRUE(loan);
    ASSERT_TRUE(fill("b", *loan, entry("banana")));
    ASSERT_TRUE(ear->wait_for("changed b"));
    ASSERT_TRUE(own->catch_up());

    EXPECT_EQ(own->take(), Lines{});
    EXPECT_EQ(ear->take(), (Lines{"changed a", "changed b"}));
}

TEST_F(CacheNewsTest, TellOfWhatAnAdministratorRemoves) {
    set("a", entry("apple"));
    const auto ear = listen(*other);
    server.command({"DEL", entry_key("a")});

    EXPECT_TRUE(ear->wait_for("changed a"));
}

TEST_F(CacheNewsTest, TellOfWhatTheServerLetsExpire) {
    set("a", entry("apple"));
    const auto ear = listen(*other);
    server.command({"PEXPIRE", entry_key("a"), "1"});

    EXPECT_TRUE(ear->wait_for("changed a"));
}

TEST_F(CacheNewsTest, GoOnAfterALinkThatWasCut) {
    const auto ear = listen(*other);
    server.command({"CLIENT", "KILL", "TYPE", "normal"});
    EXPECT_TRUE(ear->wait_for("lost"));

    ASSERT_TRUE(comes_back());
    expect_followed(*ear);
}

TEST_F(CacheNewsTest, GoOnAfterTheServerWasKilled) {
    const auto ear = listen(*other);
    server.kill();
    server.start_again();
    EXPECT_TRUE(ear->wait_for("lost"));

    ASSERT_TRUE(comes_back());
    expect_followed(*ear);
}

TEST_F(CacheNewsTest, PromiseNothingWhileTheServerStandsStill) {
    const auto ear = listen(*other);
    ASSERT_TRUE(try_get("a", 10s));
    server.freeze();
    const auto answer = try_get("a", 50ms);
    server.thaw();

    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code(), ErrorCode::timed_out);
    expect_followed(*ear);
}

// The way back is silently cut: no error, no end, and no news. What is told as heard is never later
// than what was told.
TEST_F(CacheNewsTest, ThatDoNotArriveAreNotPromised) {
    testing::TcpGate gate(server.port());
    const auto behind = open_cache(config_of(gate.url()));
    const auto ear = listen(*behind);
    gate.freeze(testing::TcpGate::Way::to_client);
    ASSERT_TRUE(ear->take().empty());
    set("a", entry("apple"));
    const auto changed_at = std::chrono::steady_clock::now();
    const auto near = listen(*other);
    ASSERT_TRUE(near->catch_up()) << "more than one beat later";

    EXPECT_LT(ear->heard_until(), changed_at);
    EXPECT_TRUE(ear->take().empty());
    gate.thaw(testing::TcpGate::Way::to_client);
    EXPECT_TRUE(ear->catch_up());
    EXPECT_TRUE(has(ear->take(), "changed a"));
    behind->close(0ms);
}

TEST_F(CacheNewsTest, ThatWereDroppedWithTheLinkAreToldAsLost) {
    testing::TcpGate gate(server.port());
    const auto behind = open_cache(config_of(gate.url()));
    const auto ear = listen(*behind);
    gate.freeze(testing::TcpGate::Way::to_client);
    set("a", entry("apple"));
    invalidate_tag("fruit");
    gate.cut();
    gate.thaw(testing::TcpGate::Way::to_client);

    EXPECT_TRUE(ear->wait_for("lost"));
    expect_followed(*ear);
    behind->close(0ms);
}

/// How often a log tells of one event.
struct Logged {
    explicit Logged(std::string_view told) : event(told) {}
    LogSink sink() {
        return [this](const LogRecord& record) {
            if (record.event == event) heard.raise();
        };
    }
    const std::string_view event;
    support::Signal heard{};
};

TEST_F(CacheNewsTest, EndWithTheRoleOfTheServerAndComeBackWithIt) {
    Logged disconnected("redis.disconnected");
    const auto follower = open_cache(config_of(server.url()), disconnected.sink());
    const auto ear = listen(*follower);
    server.command({"REPLICAOF", "127.0.0.1", std::to_string(testing::free_port())});
    ASSERT_TRUE(disconnected.heard.wait()) << "nobody but a beat asked it for anything";
    const auto since = std::chrono::steady_clock::now();
    EXPECT_LT(ear->heard_until(), since);
    server.command({"REPLICAOF", "NO", "ONE"});

    EXPECT_TRUE(ear->wait_for("lost"));
    ASSERT_TRUE(comes_back());
    expect_followed(*ear);
    follower->close(0ms);
}

TEST_F(CacheNewsTest, DoNotDependOnTheServersTableOfKeys) {
    server.command({"CONFIG", "SET", "tracking-table-max-keys", "1"});
    const auto ear = listen(*other);
    for (int i = 0; i < 200; ++i)
        set("key-" + std::to_string(i), entry("x"));
    ASSERT_TRUE(ear->catch_up());

    EXPECT_EQ(ear->take().size(), 200u);
}

TEST_F(CacheNewsTest, OfSeveralCachesBeginAtAnyTime) {
    const auto tasks = listen(*other, "tasks");
    const auto people = listen(*other, "people");
    const auto again = listen(*other, "tasks");
    cache = "people";
    set("a", entry("x"));
    EXPECT_TRUE(people->wait_for("changed a"));
    cache = "tasks";
    set("b", entry("x"));

    EXPECT_TRUE(tasks->wait_for("changed b"));
    EXPECT_TRUE(again->wait_for("changed b"));
    EXPECT_FALSE(has(people->take(), "changed b"));
}

TEST_F(CacheNewsTest, MayBeginBeforeThereIsAServer) {
    server.kill();
    const auto early = open_cache(config_of(server.url()));
    const auto ear = std::make_shared<Ear>();
    early->listen(cache, ear);
    server.start_again();

    EXPECT_TRUE(ear->catch_up());
    ASSERT_TRUE(comes_back());
    expect_followed(*ear);
    early->close(0ms);
}

TEST_F(CacheNewsTest, AreNotThereInRESP2AndThatIsSaidOnce) {
    Logged complaints("cache.no_news");
    redis::Config old = config_of(server.url());
    old.protocol = 2;
    store = open_cache(old, complaints.sink());
    const auto ear = std::make_shared<Ear>();
    store->listen(cache, ear);
    ASSERT_TRUE(complaints.heard.wait());
    server.command({"CLIENT", "KILL", "TYPE", "normal"});
    ASSERT_TRUE(comes_back());
    set("a", entry("apple"));

    EXPECT_EQ(value_of("a"), "apple");
    EXPECT_EQ(ear->heard_until(), contract::SteadyTime{});
    EXPECT_EQ(complaints.heard.count(), 1u);
    store->close(0ms);
}

TEST_F(CacheNewsTest, AreNotThereWithoutTheRightToThem) {
    Logged complaints("cache.no_news");
    server.command({"ACL", "SETUSER", "default", "-client|tracking"});
    const auto deaf = open_cache(config_of(server.url()), complaints.sink());
    const auto ear = std::make_shared<Ear>();
    deaf->listen(cache, ear);

    EXPECT_TRUE(complaints.heard.wait());
    EXPECT_EQ(ear->heard_until(), contract::SteadyTime{});
    deaf->close(0ms);
}

}  // namespace
}  // namespace toril::redis_store
