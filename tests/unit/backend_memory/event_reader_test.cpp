// Waiting for events in this process.

#include "backend/memory/memory_store.hpp"
#include "base/sync.hpp"

#include <gtest/gtest.h>

namespace toril::memory {
namespace {

using namespace std::chrono_literals;
using contract::Event;

constexpr Millis for_ever{60'000};
constexpr Millis deadline{10'000};

class Reading {
public:
    Reading(contract::EventReader& reader, Millis at_most, std::size_t count = 100) {
        reader.next(at_most, count, [slot = slot_](auto events) { slot->set(std::move(events)); });
    }
    std::optional<Result<std::vector<Event>>> answer() { return slot_->wait_for(deadline); }
    bool is_answered() { return slot_->wait_for(Millis{0}).has_value(); }

private:
    std::shared_ptr<base::OneShot<Result<std::vector<Event>>>> slot_ =
        std::make_shared<base::OneShot<Result<std::vector<Event>>>>();
};

class EventReaderTest : public testing::Test {
protected:
    void add(contract::AddJob job = {}) {
        store->add({.queue = "mail", .jobs = {std::move(job)}}, [](auto) {});
    }
    std::unique_ptr<contract::EventReader> read(std::string after = {}) {
        return store->read_events({.queue = "mail", .after = std::move(after)});
    }

    std::shared_ptr<contract::JobStore> store = open_memory();
};

TEST_F(EventReaderTest, IsWokenByTheNextEvent) {
    auto reader = read();
    Reading reading(*reader, for_ever);
    ASSERT_FALSE(reading.is_answered());

    add();

    const auto events = reading.answer();
    ASSERT_TRUE(events && *events);
    ASSERT_EQ((*events)->size(), 2u);
    EXPECT_EQ((**events)[0].name, "added");
    EXPECT_EQ((**events)[1].name, "waiting");
}

TEST_F(EventReaderTest, WaitsOnThroughChangesThatAreNoEvents) {
    add({.id = "a"});
    auto reader = read();
    Reading reading(*reader, for_ever);
    store->update_data({"mail", "a"}, "1", [](auto) {});
    ASSERT_FALSE(reading.is_answered());

    store->update_progress({"mail", "a"}, "2", [](auto) {});

    const auto events = reading.answer();
    ASSERT_TRUE(events && *events);
    ASSERT_EQ((*events)->size(), 1u);
    EXPECT_EQ((**events)[0].name, "progress");
}

TEST_F(EventReaderTest, IsWokenByWhatAChildInAnotherQueueDoes) {
    add({.id = "p", .has_children = true});
    store->add({.queue = "photos",
                .jobs = {{.id = "c", .parent = contract::ParentLink{.queue = "mail", .id = "p"}}}},
               [](auto) {});
    auto reader = read();
    Reading reading(*reader, for_ever);
    store->remove({"photos", "c"}, true, [](auto) {});

    const auto events = reading.answer();
    ASSERT_TRUE(events && *events);
    EXPECT_EQ((*events)->front().name, "waiting");
}

TEST_F(EventReaderTest, ReadsOnWhereItWasAfterTheQueueWasObliterated) {
    auto reader = read();
    add();
    ASSERT_EQ((*Reading(*reader, for_ever).answer())->size(), 2u);
    store->obliterate("mail", false, [](auto) {});
    add();

    EXPECT_EQ((*Reading(*reader, for_ever).answer())->size(), 2u);
}

TEST_F(EventReaderTest, AnswersNothingAfterItsTime) {
    auto reader = read();

    const auto events = Reading(*reader, 20ms).answer();

    ASSERT_TRUE(events && *events);
    EXPECT_TRUE((*events)->empty());
}

TEST_F(EventReaderTest, EndsWhenItIsInterrupted) {
    auto reader = read();
    Reading reading(*reader, for_ever);
    reader->interrupt();

    EXPECT_EQ(reading.answer()->error().code(), ErrorCode::cancelled);
    add();
    EXPECT_EQ(Reading(*reader, for_ever).answer()->error().code(), ErrorCode::cancelled);
}

TEST_F(EventReaderTest, AnswersWhenItIsDestroyed) {
    auto reader = read();
    Reading reading(*reader, for_ever);
    reader.reset();

    EXPECT_EQ(reading.answer()->error().code(), ErrorCode::cancelled);
}

TEST_F(EventReaderTest, OutlivesItsStoreAsARefusingReader) {
    auto reader = read();
    Reading reading(*reader, for_ever);
    store.reset();

    EXPECT_EQ(reading.answer()->error().code(), ErrorCode::cancelled);
    EXPECT_EQ(Reading(*reader, for_ever).answer()->error().code(), ErrorCode::cancelled);
}

// ---- workers --------------------------------------------------------------------------------

TEST_F(EventReaderTest, IsNoWorker) {
    auto reader = read();
    auto worker = store->watch({.queue = "mail", .name = "mailer"});
    std::vector<WorkerInfo> workers;
    store->workers("mail", [&](auto answer) { workers = std::move(*answer); });

    ASSERT_EQ(workers.size(), 1u);
    EXPECT_EQ(workers[0].name, "mailer");
    EXPECT_TRUE(workers[0].address.starts_with("pid ")) << workers[0].address;
    worker.reset();
    store->workers("mail", [&](auto answer) { workers = std::move(*answer); });
    EXPECT_TRUE(workers.empty());
}

}  // namespace
}  // namespace toril::memory
