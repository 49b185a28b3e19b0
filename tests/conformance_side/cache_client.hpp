#pragma once

// A cache's store with blocking calls, and ears for its news.

#include "base/sync.hpp"
#include "contract/cache_store.hpp"

#include <gtest/gtest.h>

#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

namespace toril::contract {

// How values look in a failure.
inline void PrintTo(const CacheGeneration& generation, std::ostream* out) {
    *out << generation.incarnation << "/" << generation.number;
}

}  // namespace toril::contract

namespace toril::conformance {

using namespace std::chrono_literals;
using contract::CacheAnswer;
using contract::CacheEntry;
using contract::CacheFound;
using contract::CacheGeneration;
using contract::CacheMark;
using contract::CacheStore;
using Lines = std::vector<std::string>;

/// A key that was lent: who may fill it, and with what generation.
struct Loan {
    std::string token{};
    CacheGeneration generation{};
};

/// Writes down what it is told, a line each: `changed KEY`, `tag TEXT`, `pattern TEXT`, `all`,
/// `lost`.
class Ear final : public contract::CacheListener {
public:
    void changed(std::string_view key) override { write("changed " + std::string(key)); }
    void invalidated(const CacheMark& mark, const CacheGeneration& now) override;
    void lost() override { write("lost"); }
    void heard(contract::SteadyTime until) override;

    /// False: not before the deadline of all tests.
    bool wait_for(const std::string& line);
    /// Until all that happened before now was told.
    bool catch_up();
    /// Since the last call.
    Lines take();
    std::vector<std::uint64_t> numbers();
    /// The epoch: nothing was promised yet.
    contract::SteadyTime heard_until();

private:
    void write(std::string line);

    std::mutex mutex_;
    std::condition_variable told_;
    Lines lines_{};
    std::vector<std::uint64_t> numbers_{};
    contract::SteadyTime heard_{};
};

/// Threads: one.
class CacheClient {
public:
    explicit CacheClient(std::shared_ptr<CacheStore> on) : store(std::move(on)) {}

    /// An entry that is fresh for a minute and kept for an hour.
    static CacheEntry entry(std::string value, std::vector<std::string> tags = {});

    CacheAnswer read(std::vector<std::string> keys, Millis lease = 0ms, std::string token = {});
    CacheFound look(const std::string& key);
    /// The value; "(none)" when there is none.
    std::string value_of(const std::string& key);
    bool is_fresh(const std::string& key);
    /// None: it was not lent.
    std::optional<Loan> borrow(const std::string& key, Millis lease = 30s);

    Result<bool> try_set(const std::string& key, CacheEntry entry);
    void set(const std::string& key, CacheEntry entry);
    /// Whether it was stored.
    bool fill(const std::string& key, const Loan& loan, CacheEntry entry);
    std::size_t remove(std::vector<std::string> keys);
    std::size_t expire(std::vector<std::string> keys);
    CacheGeneration invalidate(std::vector<CacheMark> marks);
    CacheGeneration invalidate_tag(std::string tag);
    CacheGeneration invalidate_pattern(std::string pattern);
    CacheGeneration invalidate_all();

    /// Told of the cache by `by`; has caught up.
    std::shared_ptr<Ear> listen(CacheStore& by, const std::string& to = {});

    Timestamp now() const { return now_; }

    std::string cache = "tasks";
    std::shared_ptr<CacheStore> store;

protected:
    Timestamp now_{Millis{1'700'000'000'000}};

private:
    int tokens_ = 0;
};

inline CacheMark tag(std::string text) {
    return {.kind = CacheMark::Kind::tag, .text = std::move(text)};
}
inline CacheMark pattern(std::string text) {
    return {.kind = CacheMark::Kind::pattern, .text = std::move(text)};
}

}  // namespace toril::conformance
