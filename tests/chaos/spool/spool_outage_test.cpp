// Each way in which a Redis goes away: adds are kept, and arrive once and in order when it is back.

#include "base/sync.hpp"
#include "chaos/degradation/outage.hpp"
#include "chaos/spool/arrivals.hpp"
#include "contract/backend.hpp"
#include "support/signal.hpp"

#include <toril/queue.hpp>
#include <toril/store.hpp>

#include <gtest/gtest.h>

#include <map>
#include <mutex>

using namespace std::chrono_literals;

namespace toril::testing {
namespace {

class SpoolOutageTest : public ::testing::TestWithParam<std::string> {
protected:
    static Outage outage() {
        for (Outage& each : outages())
            if (each.name == GetParam()) return each;
        throw std::runtime_error("no such outage");
    }

    void add(Queue& queue, int count) {
        for (int i = 0; i < count; ++i) {
            const std::string name = "job-" + std::to_string(submitted_++);
            queue.add_async({.name = name, .data = Json::unchecked("1")},
                            [this, name](auto added) { note(name, added); });
        }
    }
    void note(const std::string& name, const Result<AddedJob>& added) {
        {
            const std::lock_guard lock(mutex_);
            if (added) {
                promised_.push_back(name);
                spooled_ += added->spooled ? 1 : 0;
            } else {
                refused_ += name + ": " + added.error().message() + "\n";
            }
        }
        answered_.raise();
    }

    const Outage outage_ = outage();
    Place place_{outage_.options};
    std::mutex mutex_;
    std::vector<std::string> promised_;
    std::string refused_;
    int spooled_ = 0;
    int submitted_ = 0;
    support::Signal answered_;
};

TEST_P(SpoolOutageTest, KeepsEveryAddAndForwardsEachOnceInOrder) {
    const Store store =
        Store::open("redis://127.0.0.1:" + std::to_string(place_.gate.port())).value();
    Queue queue =
        Queue::open(store,
                    "q",
                    {.spool = SpoolOptions{.path = (place_.server.folder() / "spool.db").string(),
                                           .patience = 50ms}})
            .value();
    add(queue, 50);
    ASSERT_TRUE(answered_.wait(50));

    outage_.begin(place_);
    for (int step = 2; step <= 10; ++step) {
        add(queue, 50);
        ASSERT_TRUE(answered_.wait(static_cast<std::size_t>(step) * 50)) << "an add hangs";
    }
    // Loading ends by itself, on a fast machine before anybody lost patience.
    if (GetParam() != "loading") {
        EXPECT_GT(spooled_, 0);
    }
    outage_.end(place_);

    const Status flushed = queue.flush_spool(60s);
    ASSERT_TRUE(flushed) << flushed.error().message();
    add(queue, 10);
    ASSERT_TRUE(answered_.wait(510));
    EXPECT_EQ(refused_, "");
    EXPECT_EQ(queue.spool_stats().state, SpoolState::direct);
    EXPECT_TRUE(arrived_once_and_in_order(promised_, names_waiting(place_.server.url(), "q")));
}

// What a link that died had sent may reach the server after later calls had their answers.
TEST(LateCallTest, AnAddThatComesAfterALaterOneOfItsTokenAddsNothing) {
    const RedisServer server;
    const Store store = Store::open(server.url()).value();
    contract::JobStore& jobs = *store.backend().jobs;
    const auto add = [&](std::uint64_t sequence, bool linked) {
        contract::AddJob job{.name = "n", .data = "{}", .opts = "{}"};
        if (linked) job.deduplication = Deduplication{.id = "d" + std::to_string(sequence)};
        return base::wait_for_answer<Result<std::vector<Result<contract::Added>>>>(
            20s, [&](auto done) {
                jobs.add({.queue = "q",
                          .jobs = {job},
                          .repeat_token = "t",
                          .repeat_sequence = sequence,
                          .repeat_lifetime = contract::spool_repeat_lifetime},
                         std::move(done));
            });
    };
    for (const bool linked : {false, true}) {
        const std::uint64_t base = linked ? 10 : 0;
        ASSERT_TRUE(add(base + 2, linked));

        EXPECT_TRUE(add(base + 2, linked)) << "a repeat has its answer";
        for (const bool late_is_linked : {false, true}) {
            const auto late = add(base + 1, late_is_linked);
            ASSERT_FALSE(late);
            EXPECT_EQ(late.error().code(), ErrorCode::wrong_state) << late.error().message();
        }
    }
    EXPECT_EQ(names_waiting(server.url(), "q").size(), 2u);
    const std::string left = server.command({"PTTL", "bull:q:toril:add:t"});
    EXPECT_GT(std::stoll(left.substr(1)), 6LL * 24 * 3600 * 1000) << left;
}

INSTANTIATE_TEST_SUITE_P(
    When,
    SpoolOutageTest,
    ::testing::Values(
        "killed", "stopped", "half_open", "read_only", "out_of_memory", "loading", "locked_out"),
    [](const auto& outage) { return outage.param; });

}  // namespace
}  // namespace toril::testing
