#include "base/delayed_calls.hpp"

#include "support/signal.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <optional>

namespace toril::base {
namespace {

TEST(DelayedCalls, AreMadeInTime) {
    support::Signal made;
    DelayedCalls calls;
    calls.after(Millis{1}, [&] { made.raise(); });

    EXPECT_TRUE(made.wait());
}

TEST(DelayedCalls, ThatAreLeftAreMadeAtTheEnd) {
    int made = 0;
    {
        DelayedCalls calls;
        calls.after(Millis{3'600'000}, [&] { ++made; });
    }
    EXPECT_EQ(made, 1);
}

TEST(DelayedCalls, MayAskForAnotherAtTheEnd) {
    int made = 0;
    {
        std::optional<DelayedCalls> calls(std::in_place);
        calls->after(Millis{3'600'000}, [&] {
            ++made;
            calls->after(Millis{3'600'000}, [&] { ++made; });
        });
    }
    EXPECT_EQ(made, 2);
}

TEST(DelayedCalls, ThatWereCancelledAreNotMade) {
    bool made = false;
    {
        DelayedCalls calls;
        const auto key = calls.after(Millis{3'600'000}, [&] { made = true; });
        calls.cancel(key);
    }
    EXPECT_FALSE(made);
}

}  // namespace
}  // namespace toril::base
