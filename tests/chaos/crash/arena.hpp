#pragma once

// A store of a test's own with a ledger beside it, and the judgement at the end.

#include "chaos/crash/actors.hpp"
#include "chaos/crash/ledger.hpp"
#include "support/redis_server.hpp"

#include <toril/queue.hpp>
#include <toril/store.hpp>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <random>
#include <string>

namespace toril::crash {

enum class StoreKind : unsigned char { redis, sqlite };

class Arena {
public:
    explicit Arena(StoreKind kind);
    ~Arena();

    Actor start(const std::string& role) const;
    LedgerReader& ledger() noexcept { return *ledger_; }
    std::string ledger_path() const { return (folder_ / "ledger").string(); }
    /// With StoreKind::redis only.
    testing::RedisServer& server() noexcept { return *server_; }
    Store open_store() const;

    /// A number from 1 to `most`. Seeded by TORIL_CRASH_SEED, else at random; it is printed.
    std::size_t random(std::size_t most);

    /// How many kills: TORIL_CRASH_KILLS, else `usual`.
    static int kills(int usual);

    /// Adds jobs from this process and writes them into the ledger.
    void add_jobs(int count) const;

    /// With all actors gone: does what is left to do, then holds every promise against the
    /// ledger and the store's records. Failures are reported to GoogleTest.
    void judge();

private:
    void settle(const Store& store) const;
    void judge_records(Queue& queue);

    std::filesystem::path folder_;
    std::unique_ptr<testing::RedisServer> server_{};
    std::string url_{};
    std::unique_ptr<LedgerReader> ledger_{};
    std::uint64_t seed_;
    std::mt19937_64 generator_;
};

}  // namespace toril::crash
