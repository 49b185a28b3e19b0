#pragma once

// What tests of the cache start from: a clock in the test's hand, a server, and processes on it.

#include "cache/core.hpp"
#include "support/signal.hpp"
#include "unit/cache/fake_store.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace toril::cache {

using contract::CacheMark;
using support::Signal;

/// Longer than any test: what is held back is not lost.
inline constexpr Millis patient{20'000};

inline CacheMark tag(const std::string& text) {
    return {.kind = CacheMark::Kind::tag, .text = text};
}
inline CacheMark pattern(const std::string& text) {
    return {.kind = CacheMark::Kind::pattern, .text = text};
}
inline CacheMark all() {
    return {.kind = CacheMark::Kind::all, .text = ""};
}

/// One process: a cache, and the store as it sees it.
struct Process {
    std::shared_ptr<FakeClient> store{};  // null: a cache of memory alone
    std::shared_ptr<base::FallbackBoard> board = std::make_shared<base::FallbackBoard>();
    std::unique_ptr<Core> cache{};

    Core* operator->() const { return cache.get(); }

    /// All that others did was told up to now.
    void hear(std::int64_t now) const { store->listener()->heard(Clock::to_time(now)); }

    void set(const std::string& key,
             std::optional<std::string_view> value,
             const CachePolicy& policy = {}) const {
        const Status done = cache->set(key, value, policy);
        EXPECT_TRUE(done) << done.error().message();
    }
    void invalidate(const CacheMark& mark) const { EXPECT_TRUE(cache->invalidate(mark)); }

    /// The bytes; "(none)", "(negative)", or the error's code.
    std::string get(const std::string& key) const { return text_of(cache->get(key)); }
    std::string load(const std::string& key,
                     const CacheLoader& loader,
                     const CachePolicy& policy = {}) const {
        const auto value = cache->get_or_set(key, loader, policy);
        if (!value) return std::string(to_string(value.error().code()));
        return text_of(*value);
    }
    std::string load(const std::string& key, const std::string& value) const {
        return load(key, [value]() -> Result<Loaded> { return Loaded(value); });
    }

    static std::string text_of(const CacheValue& value) {
        if (value.is_negative()) return "(negative)";
        return std::string(value.bytes()) + (value.is_stale() ? " (stale)" : "");
    }
    static std::string text_of(const Result<std::optional<CacheValue>>& value) {
        if (!value) return std::string(to_string(value.error().code()));
        return *value ? text_of(**value) : "(none)";
    }
};

class CacheTest : public testing::Test {
protected:
    CacheOptions options() const {
        CacheOptions options;
        options.ttl_jitter = 0;
        options.store_timeout = patient;
        return options;
    }

    Process alone(const CacheOptions& options) {
        Process process;
        process.cache = std::make_unique<Core>(
            options, Ground{.board = process.board, .clock = Clock(&hand), .seed = 1});
        return process;
    }

    Process join(const CacheOptions& options) {
        Process process;
        process.store = std::make_shared<FakeClient>(server);
        clients.push_back(process.store);
        for (const auto& client : clients) {
            FakeClient::Peers peers;
            for (const auto& other : clients)
                if (other != client) peers.push_back(other.get());
            client->tell(peers);
        }
        process.cache = std::make_unique<Core>(
            options,
            Ground{
                .store = process.store, .board = process.board, .clock = Clock(&hand), .seed = 1});
        process.hear(hand);
        return process;
    }

    std::atomic<std::int64_t> hand{1'000'000};
    std::shared_ptr<FakeServer> server = std::make_shared<FakeServer>(hand);
    std::vector<std::shared_ptr<FakeClient>> clients{};
};

/// A loader that says when it begins, and ends when it is told to.
class HeldLoader {
public:
    explicit HeldLoader(std::string value) : value_(std::move(value)) {}
    ~HeldLoader() { go.raise(); }

    CacheLoader loader() {
        return [this]() -> Result<Loaded> {
            begun.raise();
            go.wait();
            return Loaded(value_);
        };
    }

    Signal begun{};
    Signal go{};

private:
    const std::string value_;
};

/// Holds back one kind of call: before it reaches the store, or its answer.
class HeldCalls {
public:
    enum class Where : unsigned char { request, answer };

    HeldCalls(FakeClient& client, Op op, Where where) : client_(client) {
        client.on_call([this, op, where](FakeCall call) {
            if (call.op != op || is_over_) {
                call.execute();
                call.answer();
                return;
            }
            if (where == Where::answer) call.execute();
            call_ = std::move(call);
            where_ = where;
            held.raise();
        });
    }
    ~HeldCalls() { client_.on_call({}); }

    /// REQUIRES: held.wait().
    void release() {
        is_over_ = true;
        if (where_ == Where::request) call_.execute();
        call_.answer();
    }

    Signal held{};

private:
    FakeClient& client_;
    FakeCall call_{};
    Where where_ = Where::request;
    std::atomic<bool> is_over_{false};
};

}  // namespace toril::cache
