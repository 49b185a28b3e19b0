#pragma once

// A folder of its own for each test, clocks that only the test moves, and short words for what is
// asked of a side file in it.

#include "backend/sqlite/side/side_stores.hpp"
#include "base/mutex.hpp"
#include "base/sync.hpp"
#include "base/uuid.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace toril::sqlite_side {

using namespace std::chrono_literals;

/// Longer than anything that works takes.
inline constexpr Millis answer_max{20'000};

/// Time that stands still until a test moves it.
struct TestClock {
    std::atomic<std::int64_t> wall_us{1'700'000'000'000'000};
    std::atomic<std::int64_t> boot_ms{1'000'000};

    void pass(Millis time) {
        wall_us += time.count() * 1000;
        boot_ms += time.count();
    }
};

/// What one process asks of the file, and waits for.
class Client {
public:
    explicit Client(Stores stores) : stores_(std::move(stores)) {}

    contract::LockStore& locks() { return *stores_.locks; }
    contract::LimitStore& limits() { return *stores_.limits; }
    contract::CacheStore& cache() { return *stores_.cache; }
    const Stores& stores() const { return stores_; }

    Result<contract::AcquireAnswer> acquire(const std::string& key,
                                            const std::string& token,
                                            Millis ttl = 10s) {
        return wait<Result<contract::AcquireAnswer>>([&](auto done) {
            locks().acquire({.key = key,
                             .token = token,
                             .owner = "owner of " + token,
                             .ttl = ttl,
                             .timeout = answer_max},
                            std::move(done));
        });
    }
    bool holds(const std::string& key, const std::string& token, Millis ttl = 10s) {
        const auto answer = acquire(key, token, ttl);
        EXPECT_TRUE(answer) << (answer ? "" : answer.error().message());
        return answer && answer->held;
    }
    Result<contract::ReleaseOutcome> release(const std::string& key, const std::string& token) {
        return wait<Result<contract::ReleaseOutcome>>([&](auto done) {
            locks().release({.key = key, .token = token}, answer_max, std::move(done));
        });
    }
    Status renew(const std::string& key, const std::string& token, Millis ttl = 10s) {
        auto renewed = wait<Result<std::vector<Status>>>([&](auto done) {
            locks().renew({{.key = key, .token = token, .ttl = ttl}}, answer_max, std::move(done));
        });
        return renewed ? renewed->front() : Status(renewed.error());
    }
    std::optional<contract::LockHolder> holder(const std::string& key) {
        auto answer = wait<Result<std::optional<contract::LockHolder>>>(
            [&](auto done) { locks().status(key, answer_max, std::move(done)); });
        EXPECT_TRUE(answer) << (answer ? "" : answer.error().message());
        return answer ? *answer : std::nullopt;
    }

    Result<contract::BeginAnswer> begin(const std::string& key,
                                        const std::string& token,
                                        Millis lease = 10s) {
        return wait<Result<contract::BeginAnswer>>([&](auto done) {
            locks().begin({.key = key,
                           .fingerprint = "request",
                           .token = token,
                           .lease = lease,
                           .timeout = answer_max},
                          std::move(done));
        });
    }
    Status finish(const std::string& key, const std::string& token, const std::string& value) {
        return wait<Status>([&](auto done) {
            locks().finish(
                {.key = key, .token = token, .value = value, .keep = 1h, .timeout = answer_max},
                std::move(done));
        });
    }

    /// Takes 1 of 3 in 10 s.
    Result<contract::LimitReply> take(const std::vector<std::string>& keys) {
        contract::LimitParams params{.timeout = answer_max};
        for (const std::string& key : keys)
            params.asks.push_back({.key = key, .rule = {.max = 3, .per = 10s}});
        return wait<Result<contract::LimitReply>>(
            [&](auto done) { limits().decide(params, std::move(done)); });
    }
    bool may(const std::string& key) {
        const auto reply = take({key});
        EXPECT_TRUE(reply) << (reply ? "" : reply.error().message());
        return reply && reply->found.front().decision.allowed;
    }

    Result<bool> set(const std::string& key,
                     const std::string& value,
                     std::vector<std::string> tags = {},
                     Millis ttl = 1h) {
        return set_as(
            "", key, {.value = value, .tags = std::move(tags), .fresh_for = ttl, .kept_for = ttl});
    }
    Result<bool> set_as(const std::string& token,
                        const std::string& key,
                        contract::CacheEntry entry) {
        return wait<Result<bool>>([&](auto done) {
            cache().set({.cache = "c",
                         .key = key,
                         .entry = std::move(entry),
                         .token = token,
                         .timeout = answer_max},
                        std::move(done));
        });
    }
    Result<contract::CacheAnswer> get_all(const std::vector<std::string>& keys,
                                          const std::string& token = {}) {
        return wait<Result<contract::CacheAnswer>>([&](auto done) {
            cache().get({.cache = "c",
                         .keys = keys,
                         .lease = token.empty() ? Millis{0} : Millis{10s},
                         .token = token,
                         .timeout = answer_max},
                        std::move(done));
        });
    }
    contract::CacheFound get(const std::string& key, const std::string& token = {}) {
        auto answer = get_all({key}, token);
        EXPECT_TRUE(answer) << (answer ? "" : answer.error().message());
        return answer ? answer->found.front() : contract::CacheFound{};
    }
    std::string value(const std::string& key) {
        const auto found = get(key);
        return found.entry ? found.entry->value : "(none)";
    }
    Result<std::size_t> remove(const std::string& key) {
        return wait<Result<std::size_t>>([&](auto done) {
            cache().remove({.cache = "c", .keys = {key}, .timeout = answer_max}, std::move(done));
        });
    }
    Result<contract::CacheGeneration> invalidate(contract::CacheMark::Kind kind,
                                                 const std::string& text) {
        return wait<Result<contract::CacheGeneration>>([&](auto done) {
            cache().invalidate(
                {.cache = "c", .marks = {{.kind = kind, .text = text}}, .timeout = answer_max},
                std::move(done));
        });
    }

private:
    template <class Answer, class Start>
    static Answer wait(Start start) {
        return base::wait_for_answer<Answer>(answer_max + 1s, std::move(start));
    }

    Stores stores_;
};

class SideTest : public testing::Test {
protected:
    SideTest() { std::filesystem::create_directories(folder); }
    ~SideTest() override { std::filesystem::remove_all(folder); }

    SideOptions options() {
        return {.path = path,
                .log =
                    [this](const LogRecord& record) {
                        base::MutexLock lock(mutex_);
                        events_.emplace_back(record.event);
                    },
                .clock = SideClock{.wall_us = [this] { return clock.wall_us.load(); },
                                   .boot_ms = [this] { return clock.boot_ms.load(); },
                                   .boot = "boot 1"}};
    }
    Client open() { return Client(open_side(options())); }
    Client open_after_reboot() {
        SideOptions with = options();
        with.clock->boot = "boot 2";
        return Client(open_side(with));
    }
    std::size_t logged(const std::string& event) {
        base::MutexLock lock(mutex_);
        return static_cast<std::size_t>(std::count(events_.begin(), events_.end(), event));
    }
    bool exists(const std::string& suffix) const { return std::filesystem::exists(path + suffix); }

    const std::filesystem::path folder =
        std::filesystem::temp_directory_path() / ("toril-side-" + base::make_uuid());
    const std::string path = (folder / "jobs.db-side").string();
    TestClock clock{};

private:
    base::Mutex mutex_;
    std::vector<std::string> events_{};
};

}  // namespace toril::sqlite_side
