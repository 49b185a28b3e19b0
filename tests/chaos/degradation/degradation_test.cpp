// With Redis gone nothing crashes, each part goes on in its own way and says so, and all of it
// heals by itself when Redis is back.

#include "outage.hpp"
#include "program.hpp"
#include "support/signal.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <string>
#include <thread>

namespace toril::testing {
namespace {

using namespace std::chrono_literals;

// Asks until the answer is yes. What is asked does real work, so this is no busy wait.
bool becomes(const std::function<bool()>& is_so) {
    const auto deadline = std::chrono::steady_clock::now() + support::test_deadline;
    while (!is_so()) {
        if (std::chrono::steady_clock::now() > deadline) return false;
        std::this_thread::yield();
    }
    return true;
}

class Degradation : public ::testing::TestWithParam<Outage> {
protected:
    Degradation() : place(GetParam().options), program(place.gate.url(), place.server.folder()) {}

    bool is_in_use(const std::string& subsystem) const {
        const auto report = program.health().report();
        return std::any_of(
            report->fallbacks.begin(), report->fallbacks.end(), [&](const Fallback& each) {
                return each.active && each.subsystem.starts_with(subsystem);
            });
    }
    bool is_reason_told() {
        const auto report = program.health().report();
        for (const ServiceHealth& service : report->services)
            if (std::count(GetParam().reasons.begin(), GetParam().reasons.end(), service.reason))
                return true;
        return false;
    }

    void see_all_well() {
        ASSERT_TRUE(becomes([&] { return program.health().status() == HealthStatus::healthy; }))
            << program.health().report()->cause;
        for (int i = 0; i < 20; ++i) {
            const Result<AddedJob> added = program.add();
            ASSERT_TRUE(added) << added.error().message();
            ASSERT_FALSE(added->spooled);
        }
        ASSERT_EQ(program.read("before")->bytes(), "loaded");
        ASSERT_EQ(program.pass()->mode, LimitMode::store);
        ASSERT_EQ(*program.lock(WhenAway::closed), LockOutcome::held);
        ASSERT_TRUE(becomes([&] { return program.is_all_done(); }));
    }

    void see_each_part_go_on() {
        // Queue: into the spool, in bounded time.
        ASSERT_TRUE(becomes([&] {
            const Result<AddedJob> added = program.add();
            EXPECT_TRUE(added) << added.error().message();
            return added && added->spooled;
        }));
        // Cache: what it had, and what it loads.
        EXPECT_EQ(program.read("before")->bytes(), "loaded");
        EXPECT_EQ(program.read("meanwhile")->bytes(), "loaded");
        EXPECT_TRUE(program.cache().remove("before"));
        // Limits and locks: by their policies.
        EXPECT_TRUE(becomes([&] {
            const Result<LimitAnswer> answer = program.pass();
            EXPECT_TRUE(answer) << answer.error().message();
            return answer && answer->allowed && answer->mode == LimitMode::local;
        }));
        const Result<LockOutcome> closed = program.lock(WhenAway::closed);
        EXPECT_FALSE(closed) << "nobody can have it";
        const Result<LockOutcome> open = program.lock(WhenAway::open);
        ASSERT_TRUE(open) << open.error().message();
        EXPECT_EQ(*open, LockOutcome::degraded);
        // Health: says what is wrong, and what stands in.
        EXPECT_TRUE(becomes([&] { return program.health().status() != HealthStatus::healthy; }));
        EXPECT_TRUE(becomes([&] { return is_reason_told(); })) << told();
        EXPECT_TRUE(becomes([&] { return is_in_use("spool:"); })) << told();
        EXPECT_TRUE(is_in_use("throttle")) << told();
    }

    void see_all_heal() {
        EXPECT_TRUE(becomes([&] { return program.health().status() == HealthStatus::healthy; }))
            << told();
        EXPECT_TRUE(becomes([&] { return program.is_all_done(); }))
            << program.handled().size() << " of " << program.jobs() << " jobs were done";
        EXPECT_TRUE(becomes([&] {
            const Result<AddedJob> added = program.add();
            return added && !added->spooled;
        }));
        EXPECT_TRUE(becomes([&] {
            const Result<LimitAnswer> answer = program.pass();
            return answer && answer->mode == LimitMode::store;
        }));
        EXPECT_TRUE(becomes([&] {
            const Result<LockOutcome> answer = program.lock(WhenAway::closed);
            return answer && *answer == LockOutcome::held;
        }));
        // What was removed meanwhile is gone for others too.
        Result<Store> other = Store::open(place.server.url(), {.prefix = "story"});
        ASSERT_TRUE(other);
        Result<Cache> their_cache = Cache::open(*other, {.name = "story", .memory_bytes_max = 0});
        ASSERT_TRUE(their_cache);
        EXPECT_TRUE(becomes([&] {
            const auto value = their_cache->get("before");
            return value && !value->has_value();
        }));
        EXPECT_TRUE(becomes([&] { return program.is_all_done(); }));
    }

    std::string told() const { return to_json(*program.health().report()).text(); }

    Place place;
    mutable Program program;
};

TEST_P(Degradation, IsToldAndEndsByItself) {
    ASSERT_NO_FATAL_FAILURE(see_all_well());
    GetParam().begin(place);
    ASSERT_NO_FATAL_FAILURE(see_each_part_go_on());
    GetParam().end(place);
    ASSERT_NO_FATAL_FAILURE(see_all_heal());
}

INSTANTIATE_TEST_SUITE_P(By, Degradation, ::testing::ValuesIn(outages()), [](const auto& outage) {
    return outage.param.name;
});

}  // namespace
}  // namespace toril::testing
