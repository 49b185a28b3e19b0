#include "base/fallback_board.hpp"

#include <gtest/gtest.h>

namespace toril::base {
namespace {

class FallbackBoardTest : public testing::Test {
protected:
    Fallback only() const {
        const std::vector<Fallback> all = board.all();
        return all.size() == 1 ? all.front() : Fallback{.subsystem = "not one"};
    }

    std::chrono::steady_clock::time_point now{};
    FallbackBoard board{[this] { return now; }};
};

TEST_F(FallbackBoardTest, KnowsOfNothingAtFirst) {
    EXPECT_TRUE(board.all().empty());
    EXPECT_FALSE(board.is_any_active());
}

TEST_F(FallbackBoardTest, SaysForHowLongSomethingStandsIn) {
    board.begin("locks", "local", "refused");
    now += Millis{1'500};

    EXPECT_TRUE(board.is_any_active());
    EXPECT_EQ(only().subsystem, "locks");
    EXPECT_EQ(only().mode, "local");
    EXPECT_EQ(only().reason, "refused");
    EXPECT_TRUE(only().active);
    EXPECT_EQ(only().since, Millis{1'500});
    EXPECT_EQ(only().total, Millis{1'500});
    EXPECT_EQ(only().times, 1u);
}

TEST_F(FallbackBoardTest, SaidAgainOnlyTheReasonIsNew) {
    board.begin("locks", "local", "refused");
    now += Millis{100};
    board.begin("locks", "open", "timed out");

    EXPECT_EQ(only().mode, "local");
    EXPECT_EQ(only().reason, "timed out");
    EXPECT_EQ(only().since, Millis{100});
    EXPECT_EQ(only().times, 1u);
}

TEST_F(FallbackBoardTest, AddsUpTheTimesOfSeveralOutages) {
    board.begin("throttle", "memory", "away");
    now += Millis{200};
    board.end("throttle");
    now += Millis{1'000};
    board.begin("throttle", "memory", "away");
    now += Millis{50};

    EXPECT_EQ(only().since, Millis{50});
    EXPECT_EQ(only().total, Millis{250});
    EXPECT_EQ(only().times, 2u);
    board.end("throttle");
    now += Millis{1'000};
    EXPECT_FALSE(only().active);
    EXPECT_EQ(only().since, Millis{0});
    EXPECT_EQ(only().total, Millis{250});
}

TEST_F(FallbackBoardTest, CountsWhatWasDoneInTheOtherWay) {
    board.begin("spool:mail", "spool", "away");
    board.count("spool:mail");
    board.count("spool:mail", 4);

    EXPECT_EQ(only().count, 5u);
}

TEST_F(FallbackBoardTest, TellsWhoListensOfChangesOnly) {
    std::vector<std::string> told;
    const std::uint64_t id = board.listen([&](const Fallback& fallback, bool active) {
        told.push_back(fallback.subsystem + (active ? " begins" : " ends after ") +
                       (active ? "" : std::to_string(fallback.since.count())));
        EXPECT_EQ(board.is_any_active(), active);  // no lock is held
    });

    board.end("locks");
    board.begin("locks", "local", "refused");
    board.begin("locks", "local", "refused");
    now += Millis{7};
    board.end("locks");
    board.end("locks");
    board.unlisten(id);
    board.begin("locks", "local", "refused");

    EXPECT_EQ(told, (std::vector<std::string>{"locks begins", "locks ends after 7"}));
}

}  // namespace
}  // namespace toril::base
