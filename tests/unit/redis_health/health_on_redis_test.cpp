// What a Health finds out about a real Redis that is taken away, or made unfit, in each way.

#include "support/redis_server.hpp"
#include "support/signal.hpp"

#include <toril/health.hpp>
#include <toril/queue.hpp>
#include <toril/store.hpp>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <functional>
#include <string>
#include <thread>
#include <vector>

namespace toril {
namespace {

using namespace std::chrono_literals;
using testing::RedisServer;
using testing::RedisServerOptions;

// Patient, because the machine may be busy; what is tested is the reason, not the time.
const HealthOptions options{.ping_every = 50ms, .ping_timeout = 500ms, .good_min = 2, .slow = 10s};

std::shared_ptr<const HealthReport> wait_for(
    const Health& health, const std::function<bool(const HealthReport&)>& wanted) {
    // Reports are made as often as pings come back: the change is one of these.
    const auto by = std::chrono::steady_clock::now() + support::test_deadline;
    std::shared_ptr<const HealthReport> report = health.report();
    while (!wanted(*report) && std::chrono::steady_clock::now() < by) {
        std::this_thread::yield();
        report = health.report();
    }
    EXPECT_TRUE(wanted(*report)) << to_json(*report).text();
    return report;
}

std::shared_ptr<const HealthReport> wait_for(const Health& health, HealthReason reason) {
    return wait_for(health, [reason](const HealthReport& report) {
        return report.services.front().status == "down" && report.services.front().reason == reason;
    });
}

std::shared_ptr<const HealthReport> wait_until_healthy(const Health& health) {
    return wait_for(
        health, [](const HealthReport& report) { return report.status == HealthStatus::healthy; });
}

Store open_store(const std::string& url) {
    return *Store::open(url, {.prefix = "health", .command_timeout = 1s});
}

class HealthOnRedisTest : public ::testing::Test {
protected:
    RedisServer server{};
};

TEST_F(HealthOnRedisTest, IsHealthyWithItsLinksListed) {
    const Store store = open_store(server.url());
    const Health health = *Health::open(store, options);
    const auto report = wait_until_healthy(health);

    EXPECT_EQ(report->cause, "");
    ASSERT_GE(report->services.size(), 2u);
    EXPECT_EQ(report->services[1].name, "redis");
    EXPECT_TRUE(report->services[1].connected);
    bool is_shared_ready = false;
    for (const LinkHealth& link : report->links)
        is_shared_ready = is_shared_ready || (link.role == "shared" && link.state == "ready");
    EXPECT_TRUE(is_shared_ready) << to_json(*report).text();
    EXPECT_TRUE(health.ping());
}

TEST_F(HealthOnRedisTest, AsksOnOneConnectionHoweverOften) {
    const Store store = open_store(server.url());
    const Health health = *Health::open(store, options);
    wait_until_healthy(health);
    for (int i = 0; i < 50; ++i)
        EXPECT_TRUE(health.ping());

    for (const LinkHealth& link : health.report()->links)
        EXPECT_LE(link.connects, 1u) << link.role;
    EXPECT_LE(health.report()->links.size(), 2u);  // the jobs', and the shared one
}

TEST_F(HealthOnRedisTest, AServerThatIsKilledIsRefusedUntilItIsBack) {
    const Store store = open_store(server.url());
    const Health health = *Health::open(store, options);
    wait_until_healthy(health);
    server.kill();
    const auto away = wait_for(health, HealthReason::refused);
    EXPECT_EQ(away->status, HealthStatus::unhealthy);
    EXPECT_EQ(away->cause.find("store is away: refused since "), 0u) << away->cause;

    server.start_again();
    wait_until_healthy(health);
}

TEST_F(HealthOnRedisTest, ABlackHoleTimesOutAndAskersAreAnsweredMeanwhile) {
    const Store store = open_store(server.url());
    const Health health = *Health::open(store, options);
    wait_until_healthy(health);
    server.freeze();
    wait_for(health, HealthReason::timed_out);

    std::atomic<int> answered{0};
    std::vector<std::thread> askers;
    for (int i = 0; i < 20; ++i)
        askers.emplace_back([&] {
            for (int j = 0; j < 50; ++j)
                if (!health.is_healthy() && health.report()) ++answered;
        });
    for (std::thread& asker : askers)
        asker.join();
    EXPECT_EQ(answered, 1'000);  // and the server is still frozen

    server.thaw();
    wait_until_healthy(health);
}

TEST_F(HealthOnRedisTest, AReplicaAnswersPingAndIsReadOnly) {
    const Store store = open_store(server.url());
    const Health health = *Health::open(store, options);
    wait_until_healthy(health);
    server.command({"REPLICAOF", "127.0.0.1", "1"});
    Queue queue = *Queue::open(store, "mail");
    // A command that is refused tells it, long before the next write probe.
    EXPECT_FALSE(queue.add("send", Json{}));
    const auto report = wait_for(health, HealthReason::readonly);
    EXPECT_EQ(report->cause.find("store takes no writes: readonly since "), 0u) << report->cause;

    server.command({"REPLICAOF", "NO", "ONE"});
    wait_until_healthy(health);
}

TEST_F(HealthOnRedisTest, AFullServerAnswersPingAndIsOutOfMemory) {
    const Store store = open_store(server.url());
    const Health health = *Health::open(store, options);
    wait_until_healthy(health);
    server.command({"CONFIG", "SET", "maxmemory-policy", "noeviction"});
    server.command({"CONFIG", "SET", "maxmemory", "1"});
    Queue queue = *Queue::open(store, "mail");
    EXPECT_FALSE(queue.add("send", Json{}));
    wait_for(health, HealthReason::oom);

    server.command({"CONFIG", "SET", "maxmemory", "0"});
    wait_until_healthy(health);
}

TEST_F(HealthOnRedisTest, AServerThatCannotSaveIsMisconfigured) {
    const Store store = open_store(server.url());
    // The disk that it cannot save to, for its own checks: a folder that is none.
    server.command({"CONFIG", "SET", "save", "1 1"});
    server.command({"SET", "x", "1"});
    std::filesystem::create_directory(server.folder() / "dump.rdb");
    server.command({"BGSAVE"});
    const Health health = *Health::open(store, options);
    wait_for(health, HealthReason::misconf);
}

TEST_F(HealthOnRedisTest, AWrongPasswordIsNotAnOutage) {
    server.command({"CONFIG", "SET", "requirepass", "right"});
    const Store store = open_store("redis://:wr0ng@127.0.0.1:" + std::to_string(server.port()));
    const Health health = *Health::open(store, options);
    const auto report = wait_for(health, HealthReason::auth);

    EXPECT_EQ(to_json(*report).text().find("wr0ng"), std::string::npos);
}

TEST_F(HealthOnRedisTest, AUserWithoutTheRightToRunScriptsHasNoRights) {
    server.command({"ACL", "SETUSER", "ada", "on", ">pw", "~*", "&*", "+@all", "-@scripting"});
    const Store store = open_store("redis://ada:pw@127.0.0.1:" + std::to_string(server.port()));
    const Health health = *Health::open(store, options);
    wait_for(health, HealthReason::noperm);
}

TEST_F(HealthOnRedisTest, AUserWithoutTheKeysHasNoRights) {
    server.command({"ACL", "SETUSER", "ada", "on", ">pw", "~other*", "&*", "+@all"});
    const Store store = open_store("redis://ada:pw@127.0.0.1:" + std::to_string(server.port()));
    const Health health = *Health::open(store, options);
    wait_for(health, HealthReason::noperm);
}

TEST_F(HealthOnRedisTest, AServerThatTakesNoMoreClientsSaysSo) {
    server.command({"CONFIG", "SET", "maxclients", "1"});
    // Someone has the one place there is.
    const Store first = open_store(server.url());
    const Health holder = *Health::open(first, options);
    wait_for(holder, [](const HealthReport& report) {
        return !report.links.empty() && report.links.front().state == "ready";
    });
    const Store second = open_store(server.url());
    const Health health = *Health::open(second, options);
    wait_for(health, HealthReason::max_clients);
}

TEST(HealthBeforeRedisTest, StartsWhileNobodyListensAndIsHealthyOnceSomebodyDoes) {
    RedisServer server;
    server.kill();
    const Store store = open_store(server.url());
    const Health health = *Health::open(store, options);
    wait_for(health, HealthReason::refused);
    server.start_again();
    wait_until_healthy(health);
}

TEST(HealthBeforeRedisTest, AHostWithoutAnAddressIsADnsError) {
    const Store store = open_store("redis://no-such-host.invalid:6379");
    const Health health = *Health::open(store, options);
    wait_for(health, HealthReason::dns);
}

// Something that is no Redis: whoever connects is told this, once.
class OtherServer {
public:
    explicit OtherServer(std::string greeting) : greeting_(std::move(greeting)) {
        socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        const auto name = reinterpret_cast<sockaddr*>(&address);
        EXPECT_EQ(::bind(socket_, name, size), 0);
        EXPECT_EQ(::listen(socket_, 8), 0);
        EXPECT_EQ(::getsockname(socket_, name, &size), 0);
        port_ = ntohs(address.sin_port);
        thread_ = std::thread([this] { serve(); });
    }
    ~OtherServer() {
        ::shutdown(socket_, SHUT_RDWR);  // ends accept
        thread_.join();
        ::close(socket_);
    }
    OtherServer(const OtherServer&) = delete;
    OtherServer& operator=(const OtherServer&) = delete;

    std::string authority() const { return "127.0.0.1:" + std::to_string(port_); }

private:
    void serve() {
        for (int peer = 0; (peer = ::accept(socket_, nullptr, nullptr)) >= 0; ::close(peer)) {
            char heard[512];
            if (::recv(peer, heard, sizeof heard, 0) > 0)
                (void)::send(peer, greeting_.data(), greeting_.size(), MSG_NOSIGNAL);
        }
    }

    const std::string greeting_;
    int socket_ = -1;
    int port_ = 0;
    std::thread thread_{};
};

TEST(HealthBeforeRedisTest, ATlsHandshakeThatFailsIsATlsError) {
    const OtherServer server("I have no idea what TLS is\r\n");
    const Store store = open_store("rediss://" + server.authority());
    const Health health = *Health::open(store, options);
    wait_for(health, HealthReason::tls);
}

TEST(HealthBeforeRedisTest, WhatDoesNotSpeakRedisIsAProtocolError) {
    const OtherServer server("HTTP/1.1 400 Bad Request\r\n\r\n");
    const Store store = open_store("redis://" + server.authority());
    const Health health = *Health::open(store, options);
    wait_for(health, HealthReason::protocol);
}

TEST(HealthBeforeRedisTest, AnOptionalStoreThatIsAwayDegrades) {
    const Store store = open_store("redis://127.0.0.1:" + std::to_string(testing::free_port()));
    const Health health =
        *Health::open(store, {.ping_every = 50ms, .ping_timeout = 500ms, .store_optional = true});
    const auto report = wait_for(health, HealthReason::refused);

    EXPECT_EQ(report->status, HealthStatus::degraded);
    EXPECT_TRUE(health.is_healthy());
}

TEST_F(HealthOnRedisTest, TheServerTellsOfItself) {
    server.command({"SET", "a", "1"});
    const Store store = open_store(server.url());
    const Result<ServerInfo> info = server_info(store);

    ASSERT_TRUE(info) << info.error().message();
    EXPECT_FALSE(info->version.empty());
    EXPECT_EQ(info->mode, "standalone");
    EXPECT_EQ(info->role, "master");
    EXPECT_GT(info->memory_used, 0u);
    EXPECT_GE(info->clients, 1u);
    EXPECT_EQ(info->keys, 1u);
    EXPECT_FALSE(info->eviction_policy.empty());
}

TEST_F(HealthOnRedisTest, AServerThatDoesNotTellIsUnknownAndNoError) {
    server.command({"ACL", "SETUSER", "ada", "on", ">pw", "~*", "&*", "+@all", "-info"});
    const Store store = open_store("redis://ada:pw@127.0.0.1:" + std::to_string(server.port()));
    const Result<ServerInfo> info = server_info(store);

    ASSERT_TRUE(info) << info.error().message();
    EXPECT_EQ(info->version, "");
    EXPECT_EQ(info->fragmentation, std::nullopt);
    const Health health = *Health::open(store, options);
    wait_until_healthy(health);
}

}  // namespace
}  // namespace toril
