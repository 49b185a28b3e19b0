// A queue's events as this store keeps them: in order, and only so many.

#include "backend/memory/event_log.hpp"

#include <gtest/gtest.h>

namespace toril::memory {
namespace {

using namespace std::chrono_literals;

std::vector<std::string> ids_of(const std::vector<contract::Event>& events) {
    std::vector<std::string> ids;
    for (const contract::Event& event : events)
        ids.push_back(event.id);
    return ids;
}

class EventLogTest : public testing::Test {
protected:
    void append(Millis at) { log.append(Timestamp(at), "waiting", {{"jobId", "1"}}); }
    std::vector<contract::Event> all() const { return log.after({}, 100'000); }

    EventLog log;
};

TEST_F(EventLogTest, NumbersTheEventsOfOneMillisecond) {
    append(5ms);
    append(5ms);
    append(6ms);

    EXPECT_EQ(ids_of(all()), (std::vector<std::string>{"5-0", "5-1", "6-0"}));
}

TEST_F(EventLogTest, AscendsAlsoWhenTheClockGoesBack) {
    append(9ms);
    append(3ms);
    append(9ms);

    EXPECT_EQ(ids_of(all()), (std::vector<std::string>{"9-0", "9-1", "9-2"}));
}

TEST_F(EventLogTest, AnswersWhatCameAfterAnIdThoughThatIsGone) {
    for (int i = 1; i <= 4; ++i)
        append(Millis(i));
    log.trim(2);

    EXPECT_EQ(ids_of(log.after(event_id_from("1-0"), 10)),
              (std::vector<std::string>{"3-0", "4-0"}));
    EXPECT_EQ(ids_of(log.after(event_id_from("3-0"), 10)), (std::vector<std::string>{"4-0"}));
    EXPECT_EQ(ids_of(log.after(event_id_from("0"), 1)), (std::vector<std::string>{"3-0"}));
    EXPECT_TRUE(log.after(log.last(), 10).empty());
}

TEST_F(EventLogTest, KeepsAboutTenThousand) {
    for (int i = 0; i < 20'000; ++i)
        append(1ms);

    EXPECT_GE(all().size(), contract::events_kept_default);
    EXPECT_LT(all().size(), contract::events_kept_default + 100);
    EXPECT_EQ(all().back().id, "1-19999");
}

TEST_F(EventLogTest, AnswersHowManyItTrimmed) {
    for (int i = 0; i < 5; ++i)
        append(1ms);

    EXPECT_EQ(log.trim(3), 2u);
    EXPECT_EQ(log.trim(3), 0u);
    EXPECT_EQ(log.trim(0), 3u);
    append(1ms);
    EXPECT_EQ(ids_of(all()), (std::vector<std::string>{"1-5"})) << "ids are not given twice";
}

TEST_F(EventLogTest, ReadsIdsWithAndWithoutANumber) {
    EXPECT_EQ(event_id_from("12-3"), (EventId{12, 3}));
    EXPECT_EQ(event_id_from("12"), (EventId{12, 0}));
    EXPECT_EQ(event_id_from("0"), EventId{});
    EXPECT_EQ(event_id_from("none"), EventId{});
}

}  // namespace
}  // namespace toril::memory
