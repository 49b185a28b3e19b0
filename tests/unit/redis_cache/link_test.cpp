// A link that is away costs nothing, and comes back by itself.

#include "own_server.hpp"
#include "support/tcp_gate.hpp"

namespace toril::redis_store {
namespace {

class CacheLinkTest : public OwnServerTest {};

TEST_F(CacheLinkTest, ThatIsDownFailsCallsAtOnce) {
    ASSERT_TRUE(try_get("a", 10s));
    server.kill();
    while (try_get("a", 100ms))
        continue;
    // Far longer than the test may take: none of these waits for it.
    for (int i = 0; i < 100; ++i) {
        const auto answer = try_get("a", 10min);
        ASSERT_FALSE(answer);
        ASSERT_EQ(answer.error().code(), ErrorCode::unavailable) << answer.error().message();
    }
    const Result<bool> stored = try_set("a", entry("apple"));
    ASSERT_FALSE(stored);
    EXPECT_EQ(stored.error().code(), ErrorCode::unavailable);
}

TEST_F(CacheLinkTest, IsMadeAgain) {
    set("a", entry("apple"));
    server.kill();
    server.start_again();

    EXPECT_TRUE(comes_back());
    set("a", entry("apple"));
    EXPECT_EQ(value_of("a"), "apple");
}

TEST_F(CacheLinkTest, IsOneForAllCachesOfAStore) {
    for (const char* name : {"one", "two", "three"}) {
        cache = name;
        set("a", entry("x"));
        listen(*store, name);
    }
    const std::string clients = server.command({"CLIENT", "LIST"});
    std::size_t count = 0;
    for (std::size_t at = clients.find(":cache:"); at != clients.npos;
         at = clients.find(":cache:", at + 1))
        ++count;

    EXPECT_EQ(count, 1u) << clients;
}

TEST_F(CacheLinkTest, WithALostAnswerLeavesAStateThatARepeatedRemovalEnds) {
    testing::TcpGate gate(server.port());
    store = open_cache(config_of(gate.url()));
    set("a", entry("apple"));
    gate.freeze(testing::TcpGate::Way::to_client);
    const auto removed = base::wait_for_answer<Result<std::size_t>>(60s, [&](auto done) {
        store->remove({.cache = cache, .keys = {"a"}, .timeout = 100ms}, std::move(done));
    });
    ASSERT_FALSE(removed);
    EXPECT_EQ(removed.error().code(), ErrorCode::timed_out);
    gate.cut();
    gate.thaw(testing::TcpGate::Way::to_client);

    ASSERT_TRUE(comes_back());
    EXPECT_EQ(remove({"a"}), 0u) << "it had been removed";
    EXPECT_EQ(value_of("a"), "(none)");
}

TEST_F(CacheLinkTest, ThatIsClosedWhileNewsComeEndsInPeace) {
    for (int i = 0; i < 20; ++i) {
        auto closing = open_cache(config_of(server.url()));
        auto ear = std::make_shared<Ear>();
        closing->listen(cache, ear);
        set("a", entry("x"));
        if (i % 2 == 0) closing->close(0ms);
        closing.reset();
    }
}

}  // namespace
}  // namespace toril::redis_store
