// A store that fails as planned: what was done, what was answered, and on which thread.

#include "backend/faulty/faulty_store.hpp"

#include "backend/memory/memory_store.hpp"
#include "base/sync.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace toril::faulty {
namespace {

using namespace std::chrono_literals;
using AddAnswer = Result<std::vector<Result<contract::Added>>>;

constexpr Millis deadline{10'000};

class FaultyStoreTest : public testing::Test {
protected:
    void plan(Plan plan) { store = inject_faults(inner, std::move(plan)); }

    AddAnswer add() {
        return base::wait_for_answer<AddAnswer>(deadline, [&](auto done) {
            store->add({.queue = "mail", .jobs = {{.name = "send"}}}, std::move(done));
        });
    }
    std::uint64_t jobs_in_the_store() {
        return base::wait_for_answer<Result<JobCounts>>(
                   deadline, [&](auto done) { inner->counts("mail", std::move(done)); })
            ->waiting;
    }

    std::shared_ptr<contract::JobStore> inner = memory::open_memory();
    std::shared_ptr<contract::JobStore> store;
};

TEST_F(FaultyStoreTest, ChangesNothingWhenItRefuses) {
    plan(scripted({{1, Fault::refuse}}));

    const AddAnswer answer = add();

    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code(), ErrorCode::unavailable);
    EXPECT_EQ(jobs_in_the_store(), 0u);
    EXPECT_TRUE(add()) << "the second call meets no fault";
}

TEST_F(FaultyStoreTest, DoesWhatItForgets) {
    plan(scripted({{1, Fault::forget}}));

    const AddAnswer answer = add();

    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code(), ErrorCode::outcome_unknown);
    EXPECT_EQ(jobs_in_the_store(), 1u);
}

TEST_F(FaultyStoreTest, AnswersLaterOnAnotherThread) {
    plan(scripted({{1, Fault::delay}}));
    auto slot = std::make_shared<base::OneShot<std::thread::id>>();

    store->add({.queue = "mail", .jobs = {{.name = "send"}}},
               [slot](const AddAnswer&) { slot->set(std::this_thread::get_id()); });

    const auto answered_on = slot->wait_for(deadline);
    ASSERT_TRUE(answered_on);
    EXPECT_NE(*answered_on, std::this_thread::get_id());
    EXPECT_EQ(jobs_in_the_store(), 1u);
}

TEST_F(FaultyStoreTest, AnswersWhatIsDelayedBeforeItIsClosed) {
    store = inject_faults(inner, scripted({{1, Fault::delay}}), 1h);
    auto slot = std::make_shared<base::OneShot<AddAnswer>>();
    store->add({.queue = "mail", .jobs = {{.name = "send"}}},
               [slot](AddAnswer answer) { slot->set(std::move(answer)); });

    ASSERT_TRUE(store->close(deadline));

    const auto answer = slot->wait_for(Millis{0});
    ASSERT_TRUE(answer);
    EXPECT_TRUE(*answer);
}

TEST_F(FaultyStoreTest, MayGoInADelayedAnswer) {
    plan(scripted({{1, Fault::delay}}));
    auto slot = std::make_shared<base::OneShot<bool>>();
    store->add({.queue = "mail", .jobs = {{.name = "send"}}},
               [slot, held = store](const AddAnswer&) mutable {
                   held.reset();
                   slot->set(true);
               });
    store.reset();

    EXPECT_TRUE(slot->wait_for(deadline));
}

TEST_F(FaultyStoreTest, RefusesEverythingAfterItIsClosed) {
    plan(seeded(1, {.forget = 1}));
    ASSERT_TRUE(store->close(deadline));

    EXPECT_EQ(add().error().code(), ErrorCode::cancelled);
}

TEST_F(FaultyStoreTest, SaysThatOutcomesGetLost) {
    plan(scripted({}));

    EXPECT_TRUE(store->capabilities().outcomes_get_lost);
    EXPECT_EQ(store->durability(), inner->durability());
}

TEST_F(FaultyStoreTest, CountsCallsForItsPlan) {
    std::vector<Call> seen;
    plan([&seen](const Call& call) {
        seen.push_back(call);
        return Fault::none;
    });
    store->counts("mail", [](auto) {});
    EXPECT_TRUE(add());
    EXPECT_TRUE(add());

    ASSERT_EQ(seen.size(), 3u);
    EXPECT_EQ(seen[0].operation, Operation::look);
    EXPECT_EQ(seen[2].operation, Operation::add);
    EXPECT_EQ(seen[2].number, 3u);
    EXPECT_EQ(seen[2].of_operation, 2u);
}

TEST(PlanTest, ForgetsEveryOtherAnswerOfWhatCanBeRepeated) {
    const Plan plan = forget_every_first_answer();

    EXPECT_EQ(plan({Operation::add, 1, 1}), Fault::forget);
    EXPECT_EQ(plan({Operation::finish_and_take, 2, 1}), Fault::forget);
    EXPECT_EQ(plan({Operation::add, 3, 2}), Fault::none);
    EXPECT_EQ(plan({Operation::look, 4, 1}), Fault::none);
}

TEST(PlanTest, DrawsTheSameFaultsFromTheSameSeed) {
    const Chances chances{.refuse = 0.2, .forget = 0.3, .delay = 0.1};
    const Plan one = seeded(42, chances);
    const Plan two = seeded(42, chances);
    std::array<int, 4> drawn{};
    for (std::uint64_t i = 1; i <= 10'000; ++i) {
        const Fault fault = one({Operation::add, i, i});
        ASSERT_EQ(fault, two({Operation::add, i, i}));
        ++drawn[static_cast<std::size_t>(fault)];
    }

    EXPECT_NEAR(drawn[static_cast<std::size_t>(Fault::refuse)], 2000, 200);
    EXPECT_NEAR(drawn[static_cast<std::size_t>(Fault::forget)], 3000, 200);
    EXPECT_NEAR(drawn[static_cast<std::size_t>(Fault::delay)], 1000, 200);
}

}  // namespace
}  // namespace toril::faulty
