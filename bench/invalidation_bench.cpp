// How long until another store hears of a change: two cache stores on one server, changes one
// after the other, each waited for.
//
//     invalidation_bench --store=redis://127.0.0.1:6379 [--rounds=2000]
//
// Prints one JSON object: of keys and of tags, the median and the 99th percentile in ms.

#include "base/sync.hpp"
#include "base/uuid.hpp"
#include "store/open.hpp"
#include "support.hpp"

#include <toril/store.hpp>

#include <cstdint>

namespace {

using namespace toril;
using bench::SteadyClock;

constexpr Millis patience{10'000};

/// Knows when the last change was heard of.
class Ear final : public contract::CacheListener {
public:
    void changed(std::string_view) override { tell(); }
    void invalidated(const contract::CacheMark&, const contract::CacheGeneration&) override {
        tell();
    }
    void lost() override {}
    void heard(contract::SteadyTime) override {
        const std::lock_guard lock(mutex_);
        is_current_ = true;
        told_.notify_all();
    }

    void wait_until_current() {
        std::unique_lock lock(mutex_);
        if (!told_.wait_for(lock, patience, [this] { return is_current_; }))
            bench::give_up("this store has no news");
    }
    std::uint64_t count() {
        const std::lock_guard lock(mutex_);
        return count_;
    }
    SteadyClock::time_point wait_for_more_than(std::uint64_t count) {
        std::unique_lock lock(mutex_);
        if (!told_.wait_for(lock, patience, [&] { return count_ > count; }))
            bench::give_up("a change was not heard of");
        return at_;
    }

private:
    void tell() {
        const std::lock_guard lock(mutex_);
        at_ = SteadyClock::now();
        ++count_;
        told_.notify_all();
    }

    std::mutex mutex_;
    std::condition_variable told_;
    SteadyClock::time_point at_{};
    std::uint64_t count_ = 0;
    bool is_current_ = false;
};

std::shared_ptr<contract::CacheStore> open(const std::string& url, const std::string& prefix) {
    auto cache = bench::must(store::open_backend(url, {.prefix = prefix})).cache;
    if (!cache) bench::give_up("this store has no cache");
    return cache;
}

/// What `change` takes to be heard of, in ms, sorted.
template <class Change>
std::vector<double> measure(Ear& ear, std::size_t rounds, const Change& change) {
    std::vector<double> took;
    for (std::size_t i = 0; i < rounds; ++i) {
        const std::uint64_t before = ear.count();
        const auto begin = SteadyClock::now();
        change(i);
        took.push_back(
            std::chrono::duration<double, std::milli>(ear.wait_for_more_than(before) - begin)
                .count());
    }
    std::sort(took.begin(), took.end());
    return took;
}

std::string figures(const std::vector<double>& sorted) {
    char text[96];
    std::snprintf(text,
                  sizeof text,
                  "{\"p50Ms\":%.3f,\"p99Ms\":%.3f,\"maxMs\":%.3f}",
                  sorted[sorted.size() / 2],
                  sorted[sorted.size() * 99 / 100],
                  sorted.back());
    return text;
}

}  // namespace

int main(int argc, char** argv) {
    std::string url = "redis://127.0.0.1:6379";
    std::size_t rounds = 2'000;
    for (const std::string_view argument : std::vector<std::string_view>(argv + 1, argv + argc)) {
        if (argument.starts_with("--store=")) url = argument.substr(8);
        if (argument.starts_with("--rounds="))
            rounds =
                std::clamp<std::size_t>(std::stoul(std::string(argument.substr(9))), 1, 20'000);
    }
    const std::string prefix = "bench-" + base::make_uuid();
    const auto here = open(url, prefix);
    const auto there = open(url, prefix);
    const auto ear = std::make_shared<Ear>();
    there->listen("bench", ear);
    ear->wait_until_current();

    const auto keys = measure(*ear, rounds, [&](std::size_t i) {
        const std::string key = "key-" + std::to_string(i / 2 % 100);
        if (i % 2 == 0) {
            (void)bench::must(base::wait_for_answer<Result<bool>>(patience, [&](auto done) {
                here->set({.cache = "bench",
                           .key = key,
                           .entry = {.value = std::string(200, 'x'),
                                     .fresh_for = Millis{30'000},
                                     .kept_for = Millis{60'000}},
                           .timeout = patience},
                          std::move(done));
            }));
        } else {
            (void)bench::must(base::wait_for_answer<Result<std::size_t>>(patience, [&](auto done) {
                here->remove({.cache = "bench", .keys = {key}, .timeout = patience},
                             std::move(done));
            }));
        }
    });
    const auto tags = measure(*ear, rounds, [&](std::size_t i) {
        const contract::CacheMark mark{.text = "tag-" + std::to_string(i % 100)};
        (void)bench::must(
            base::wait_for_answer<Result<contract::CacheGeneration>>(patience, [&](auto done) {
                here->invalidate({.cache = "bench", .marks = {mark}, .timeout = patience},
                                 std::move(done));
            }));
    });
    std::cout << "{\"rounds\":" << rounds << ",\"keys\":" << figures(keys)
              << ",\"tags\":" << figures(tags) << "}\n";
    here->close(Millis{1'000});
    there->close(Millis{1'000});
}
