// A Redis whose memory is full: what is done is recorded, what is new is refused, whole.

#include "keyspace.hpp"
#include "support/redis_server.hpp"

using namespace std::chrono_literals;

namespace toril::redis_store {
namespace {

struct Servers {
    testing::RedisServer server{};
};

class MemoryLimitTest : private Servers, public StoreTest {
protected:
    MemoryLimitTest() : StoreTest(server.url()) {}
    void fill_memory() { raw({"CONFIG", "SET", "maxmemory", "1mb"}); }
};

TEST_F(MemoryLimitTest, AnAddIsRefusedWhole) {
    add();
    fill_memory();
    const Keys before = keys();
    const contract::AddJob job{.name = "n", .data = "1", .opts = "{}"};

    const auto added = client.add({.queue = queue, .jobs = {job}, .now = now});

    ASSERT_FALSE(added);
    EXPECT_EQ(added.error().code(), ErrorCode::unavailable);
    EXPECT_EQ(keys(), before);
}

TEST_F(MemoryLimitTest, AddsThatLinkJobsAreRefusedWhole) {
    add({.id = "R"});
    add({.id = "delayed-holder", .delay = 1h, .deduplication = Deduplication{.id = "D"}});
    fill_memory();
    const Keys before = keys();
    const contract::AddJob job{.id = "a", .name = "n", .data = "1", .opts = "{}"};
    contract::AddJob child = job, replacing = job, root = job;
    child.parent = contract::ParentLink{.queue = queue, .id = "R"};
    replacing.deduplication = Deduplication{.id = "D", .replace = true};
    root.has_children = true;

    for (const contract::AddJob& linked : {child, replacing}) {
        const auto added =
            client.add({.queue = queue, .jobs = {linked}, .repeat_token = "t", .now = now});
        ASSERT_FALSE(added);
        EXPECT_EQ(added.error().code(), ErrorCode::unavailable);
    }
    const auto flow =
        client.add_flow({.nodes = {{queue, root}, {"q2", job}}, .repeat_token = "t", .now = now});
    ASSERT_FALSE(flow);
    EXPECT_EQ(flow.error().code(), ErrorCode::unavailable);
    EXPECT_EQ(keys(), before);
}

TEST_F(MemoryLimitTest, AFamilyGoesOn) {
    add({.id = "R"});
    add({.id = "a", .parent = contract::ParentLink{.queue = queue, .id = "R"}});
    take(2);
    fill_memory();
    using Kind = contract::Outcome::Kind;
    EXPECT_EQ(finish({{.id = "R", .token = "t", .kind = Kind::wait_children}}),
              std::vector<std::string>{""});
    ASSERT_TRUE(complete("a", "7"));

    EXPECT_EQ(key("R:processed"), name_of("a") + "=7");
    EXPECT_EQ(take(2), std::vector<std::string>{"R"});
}

TEST_F(MemoryLimitTest, LocksAreRenewedAndResultsRecorded) {
    for (int i = 0; i < 4; ++i)
        add();
    take(4);
    fill_memory();

    const auto renewed = client.renew(queue, {{"1", "t"}, {"2", "t"}}, 60s, now);
    EXPECT_TRUE((*renewed)[0] && (*renewed)[1]);
    EXPECT_TRUE(complete("1", "1"));
    EXPECT_TRUE(fail("2"));
    EXPECT_EQ(finish({{.id = "3", .token = "t", .value = "1"},
                      {.id = "4", .token = "t", .kind = contract::Outcome::Kind::hand_back}}),
              (std::vector<std::string>{"", ""}));
    EXPECT_EQ(client.counts(queue)->completed, 2u);
}

TEST_F(MemoryLimitTest, WhatWaitsCanBeTakenSoThatItsMemoryIsFreed) {
    add();
    add();
    fill_memory();
    const auto answer = client.finish_and_take({.queue = queue,
                                                .taker = {.worker = "w"},
                                                .sequence = 1,
                                                .take = 2,
                                                .token = "t",
                                                .now = now});

    ASSERT_TRUE(answer) << answer.error().message();
    EXPECT_EQ(answer->jobs.size(), 2u);
    const auto empty = client.finish_and_take({.queue = queue,
                                               .taker = {.worker = "w"},
                                               .sequence = 2,
                                               .take = 2,
                                               .token = "t",
                                               .now = now});
    EXPECT_TRUE(empty) << "nothing to take is no failure";
}

}  // namespace
}  // namespace toril::redis_store
