#include "events/event_stream.hpp"

#include "backend/memory/memory_store.hpp"
#include "support/intercepted_store.hpp"
#include "support/signal.hpp"

#include <gtest/gtest.h>

#include <future>
#include <thread>

using namespace std::chrono_literals;

namespace toril::events {
namespace {

class EventStreamTest : public testing::Test {
protected:
    void add(const std::string& id) {
        contract::AddParams params{.queue = "q"};
        params.jobs.push_back({.id = id, .name = "n", .data = "{}", .opts = "{}"});
        store_->add(params, [](const auto& answer) { ASSERT_TRUE(answer); });
    }

    static std::string brief(const Result<QueueEvent>& event) {
        return event ? event->name + " " + std::string(event->job_id())
                     : std::string(to_string(event.error().code()));
    }

    std::shared_ptr<contract::JobStore> store_ = memory::open_memory();
};

TEST_F(EventStreamTest, TellsWhatHappensFromNowOnInOrder) {
    add("before");
    EventStream stream(store_, {.queue = "q"});
    add("a");

    EXPECT_EQ(brief(stream.next(5s)), "added a");
    EXPECT_EQ(brief(stream.next(5s)), "waiting a");
    EXPECT_EQ(brief(stream.next(0ms)), "timed_out");
}

TEST_F(EventStreamTest, GoesOnAfterAnIdAndFromTheStart) {
    add("a");
    add("b");
    std::string second;
    {
        EventStream all(store_, {.queue = "q", .after = "0"});
        EXPECT_EQ(brief(all.next(5s)), "added a");
        second = all.next(5s)->id;
    }
    EventStream rest(store_, {.queue = "q", .after = second});

    EXPECT_EQ(brief(rest.next(5s)), "added b");
}

TEST_F(EventStreamTest, WakesAReaderThatWaits) {
    EventStream stream(store_, {.queue = "q"});
    auto next = std::async(std::launch::async, [&] { return stream.next(20s); });
    add("a");

    EXPECT_EQ(brief(next.get()), "added a");
}

TEST_F(EventStreamTest, HandsOverWhatCameBetweenTwoWaits) {
    EventStream stream(store_, {.queue = "q"});
    EXPECT_EQ(brief(stream.next(0ms)), "timed_out");
    EXPECT_EQ(brief(stream.next(1ms)), "timed_out");
    add("a");

    EXPECT_EQ(brief(stream.next(5s)), "added a");
}

TEST_F(EventStreamTest, CallsBackUntilTheCallbackHasEnough) {
    EventStream stream(store_, {.queue = "q", .after = "0"});
    add("a");
    std::vector<std::string> seen;

    EXPECT_TRUE(stream.for_each([&](const QueueEvent& event) {
        seen.push_back(event.name);
        return seen.size() < 2;
    }));
    EXPECT_EQ(seen, (std::vector<std::string>{"added", "waiting"}));
}

TEST_F(EventStreamTest, EndsAWaitWhenItIsClosed) {
    EventStream stream(store_, {.queue = "q"});
    auto loop = std::async(std::launch::async,
                           [&] { return stream.for_each([](const QueueEvent&) { return true; }); });
    auto closer = std::async(std::launch::async, [&] { stream.close(); });

    EXPECT_TRUE(loop.get());
    closer.get();
    EXPECT_EQ(brief(stream.next(20s)), "cancelled");
}

TEST_F(EventStreamTest, CanBeClosedByItsOwnCallback) {
    EventStream stream(store_, {.queue = "q", .after = "0"});
    add("a");
    int calls = 0;

    EXPECT_TRUE(stream.for_each([&](const QueueEvent&) {
        ++calls;
        stream.close();
        return true;
    }));
    EXPECT_EQ(calls, 1);
}

// ---- over outages ---------------------------------------------------------------------------

using Answers = std::vector<Result<std::vector<contract::Event>>>;

// Answers what it was given, one after another.
class ScriptedReader final : public contract::EventReader {
public:
    explicit ScriptedReader(Answers answers) : answers_(std::move(answers)) {}

    void next(Millis,
              std::size_t,
              std::function<void(Result<std::vector<contract::Event>>)> done) override {
        done(asked_ < answers_.size() ? answers_[asked_++] : answers_.back());
    }
    void interrupt() override {}

private:
    Answers answers_;
    std::size_t asked_ = 0;
};

class ScriptedStore final : public support::InterceptedStore {
public:
    explicit ScriptedStore(Answers answers)
        : InterceptedStore(memory::open_memory()), answers_(std::move(answers)) {}

    std::unique_ptr<contract::EventReader> read_events(contract::EventReaderParams) override {
        return std::make_unique<ScriptedReader>(answers_);
    }

private:
    Answers answers_;
};

TEST_F(EventStreamTest, GoesOnAfterAnOutage) {
    const auto store = std::make_shared<ScriptedStore>(
        Answers{Error(ErrorCode::unavailable, "away"),
                Error(ErrorCode::outcome_unknown, "gone"),
                Error(ErrorCode::timed_out, "slow"),
                std::vector<contract::Event>{},
                std::vector<contract::Event>{{.id = "1-0", .name = "paused"}}});
    EventStream stream(store, {.queue = "q"});

    EXPECT_EQ(brief(stream.next(20s)), "paused ");
}

TEST_F(EventStreamTest, TellsWhatAskingAgainDoesNotMend) {
    const auto store = std::make_shared<ScriptedStore>(
        Answers{Error(ErrorCode::unauthorized, "no right to read")});
    EventStream stream(store, {.queue = "q"});

    EXPECT_EQ(brief(stream.next(20s)), "unauthorized");
    EXPECT_EQ(stream.for_each([](const QueueEvent&) { return true; }).error().code(),
              ErrorCode::unauthorized);
}

TEST(EventIdTest, TakesOnlyIdsOfEvents) {
    for (const char* id : {"", "0", "0-0", "1700000000000", "1700000000000-12"})
        EXPECT_TRUE(check_event_id(id)) << id;
    for (const char* id : {"$", "-1", "1-", "1-x", "abc", "1-2-3", "99999999999999999999"})
        EXPECT_FALSE(check_event_id(id)) << id;
}

}  // namespace
}  // namespace toril::events
