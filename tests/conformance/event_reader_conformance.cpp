// Reading events: from where, how many, waiting for them, and what is trimmed.

#include "fixture.hpp"

namespace toril::conformance {

using contract::Event;
using contract::EventReader;

namespace {

constexpr Millis for_ever{60'000};
constexpr Millis deadline{20'000};

class Reading : public JobStoreConformance {
protected:
    std::unique_ptr<EventReader> reader(const std::string& after) {
        return client.store().read_events({.queue = queue, .after = after});
    }
    std::vector<Event> next(EventReader& reader,
                            Millis at_most = deadline,
                            std::size_t count = 100) {
        const auto read = base::wait_for_answer<Result<std::vector<Event>>>(
            for_ever, [&](auto done) { reader.next(at_most, count, std::move(done)); });
        if (read) return *read;
        ADD_FAILURE() << read.error().message();
        return {};
    }
    /// Up to the first mark of an end, which is put behind all there is.
    std::vector<Event> all(const std::string& after = "0") {
        std::vector<Event> found;
        EXPECT_TRUE(done(client.publish_event({.queue = queue, .name = "the end"})));
        for (const auto from = reader(after);;) {
            const auto read = next(*from);
            if (read.empty()) {
                ADD_FAILURE() << "the end did not come";
                return found;
            }
            for (const Event& event : read) {
                if (event.name == "the end") return found;
                found.push_back(event);
            }
        }
    }
};

// A call that is under way.
class UnderWay {
public:
    explicit UnderWay(EventReader& reader) {
        reader.next(for_ever, 10, [slot = slot_](auto answer) { slot->set(std::move(answer)); });
    }
    std::optional<Result<std::vector<Event>>> answer() { return slot_->wait_for(deadline); }

private:
    std::shared_ptr<base::OneShot<Result<std::vector<Event>>>> slot_ =
        std::make_shared<base::OneShot<Result<std::vector<Event>>>>();
};

}  // namespace

TORIL_CONFORMANCE_SUITE_FROM(Reading, EventReading);
TORIL_CONFORMANCE_SUITE_FROM(Reading, EventWaiting);
TORIL_CONFORMANCE_SUITE_FROM(Reading, EventTrimming);

TEST_P(EventReading, BeginsWithTheFirstEventWhenAskedTo) {
    add_several(3);
    const auto seen = all();

    ASSERT_EQ(seen.size(), 6u);
    EXPECT_EQ(seen[0].name, "added");
    for (std::size_t i = 1; i < seen.size(); ++i)
        EXPECT_TRUE(is_before(seen[i - 1].id, seen[i].id)) << seen[i - 1].id << ", " << seen[i].id;
}

TEST_P(EventReading, GoesOnAfterAnyEvent) {
    add_several(3);
    const auto seen = all();
    ASSERT_EQ(seen.size(), 6u);

    for (std::size_t i = 0; i < seen.size(); ++i) {
        EXPECT_EQ(
            all(seen[i].id),
            std::vector<Event>(seen.begin() + static_cast<std::ptrdiff_t>(i) + 1, seen.end()));
    }
}

TEST_P(EventReading, AnswersNoMoreThanWasAskedFor) {
    add_several(3);
    const auto from = reader("0");
    std::vector<Event> seen;
    while (seen.size() < 6) {
        const auto some = next(*from, deadline, 2);
        ASSERT_FALSE(some.empty());
        ASSERT_LE(some.size(), 2u);
        seen.insert(seen.end(), some.begin(), some.end());
    }

    EXPECT_EQ(seen, all());
}

TEST_P(EventReading, FromNowOnLeavesOutWhatWasBefore) {
    add();
    const auto from = reader("");
    EXPECT_TRUE(next(*from, 20ms).empty());
    add();

    std::vector<std::string> names;
    while (names.size() < 2)
        for (const Event& event : next(*from)) {
            EXPECT_EQ(event.fields.at(0), (std::pair<std::string, std::string>("jobId", "2")));
            names.push_back(event.name);
        }
    EXPECT_EQ(names, (std::vector<std::string>{"added", "waiting"}));
}

TEST_P(EventReading, FromNowOnMissesNothingBetweenTwoCalls) {
    const auto from = reader("");
    EXPECT_TRUE(next(*from, 20ms).empty());
    for (int i = 0; i < 5; ++i) {
        ASSERT_TRUE(done(client.publish_event({.queue = queue, .name = std::to_string(i)})));
        const auto read = next(*from);
        ASSERT_EQ(read.size(), 1u) << i;
        EXPECT_EQ(read[0].name, std::to_string(i));
    }
}

TEST_P(EventReading, TellsWhatAProgramOfItsOwnPublished) {
    ASSERT_TRUE(done(client.publish_event(
        {.queue = queue, .name = "halfway", .fields = {{"jobId", "7"}, {"note", "a b"}}})));
    ASSERT_TRUE(done(client.publish_event({.queue = queue, .name = "alone"})));
    const auto seen = all();

    ASSERT_EQ(seen.size(), 2u);
    EXPECT_EQ(to_line(seen[0]), "halfway 7 note=a b");
    EXPECT_EQ(to_line(seen[1]), "alone");
    EXPECT_TRUE(seen[1].fields.empty());
}

TEST_P(EventReading, HasIdsOfTwoNumbers) {
    add();
    for (const Event& event : all()) {
        const std::size_t dash = event.id.find('-');
        ASSERT_NE(dash, std::string::npos) << event.id;
        EXPECT_EQ(event.id.find_first_not_of("0123456789-"), std::string::npos) << event.id;
        EXPECT_EQ(event.id.find('-', dash + 1), std::string::npos) << event.id;
        EXPECT_GT(std::stoll(event.id.substr(0, dash)), 1'500'000'000'000) << event.id;
    }
}

TEST_P(EventReading, ByTwoReadersGivesEachAllOfThem) {
    const auto one = reader("0");
    const auto other = reader("0");
    ASSERT_TRUE(done(client.publish_event({.queue = queue, .name = "x"})));

    EXPECT_EQ(next(*one), next(*other));
}

// ---- waiting ----------------------------------------------------------------------------------

TEST_P(EventWaiting, EndsAfterItsTimeWithNothing) {
    const auto from = reader("0");

    EXPECT_TRUE(next(*from, 20ms).empty());
    EXPECT_TRUE(next(*from, 1ms).empty()) << "and may be asked again";
}

TEST_P(EventWaiting, EndsWhenSomethingHappens) {
    const auto from = reader("0");
    UnderWay waiting(*from);
    add();

    const auto answer = waiting.answer();
    ASSERT_TRUE(answer) << "no answer";
    ASSERT_TRUE(*answer) << answer->error().message();
    ASSERT_FALSE((*answer)->empty());
    EXPECT_EQ((*answer)->front().name, "added");
}

TEST_P(EventWaiting, EndsForAnEventThatWasPublished) {
    const auto from = reader("0");
    UnderWay waiting(*from);
    ASSERT_TRUE(done(client.publish_event({.queue = queue, .name = "x"})));

    const auto answer = waiting.answer();
    ASSERT_TRUE(answer) << "no answer";
    ASSERT_TRUE(*answer) << answer->error().message();
}

TEST_P(EventWaiting, OfOneQueueIsNotEndedByAnother) {
    const auto from = reader("0");
    UnderWay waiting(*from);
    ASSERT_TRUE(done(client.publish_event({.queue = "photos", .name = "x"})));
    ASSERT_TRUE(done(client.publish_event({.queue = queue, .name = "y"})));

    const auto answer = waiting.answer();
    ASSERT_TRUE(answer && *answer);
    EXPECT_EQ((*answer)->front().name, "y");
}

TEST_P(EventWaiting, EndsWithCancelledWhenItIsInterrupted) {
    const auto from = reader("0");
    UnderWay waiting(*from);
    from->interrupt();

    const auto answer = waiting.answer();
    ASSERT_TRUE(answer) << "no answer";
    EXPECT_EQ(code_of(*answer), ErrorCode::cancelled);
    const auto later = UnderWay(*from).answer();
    ASSERT_TRUE(later) << "later calls return at once";
    EXPECT_EQ(code_of(*later), ErrorCode::cancelled);
}

TEST_P(EventWaiting, EndsWhenTheStoreCloses) {
    const auto from = reader("0");
    UnderWay waiting(*from);
    ASSERT_TRUE(done(client.store().close(5s)));

    EXPECT_TRUE(waiting.answer());
}

// ---- trimming ---------------------------------------------------------------------------------

TEST_P(EventTrimming, ByHandKeepsAboutSoMany) {
    const AddJob job{.name = "x", .data = "1", .opts = "{}"};
    for (int i = 0; i < 2; ++i)
        ASSERT_TRUE(add_batch(std::vector<AddJob>(contract::batch_jobs_max, job)));
    const auto before = all();
    const auto trimmed = client.trim_events(queue, 100);
    ASSERT_TRUE(trimmed) << trimmed.error().message();
    const auto after = all();

    EXPECT_GE(after.size() + 1, 100u) << "and the one that marks the end";
    EXPECT_LE(after.size(), 1100u);
    EXPECT_EQ(after.back(), before.back()) << "the newest ones stay";
    EXPECT_EQ(*trimmed, before.size() - after.size());
}

TEST_P(EventTrimming, KeepsAboutTenThousandByItself) {
    const AddJob job{.name = "x", .data = "1", .opts = "{}"};
    for (int i = 0; i < 15; ++i)
        ASSERT_TRUE(add_batch(std::vector<AddJob>(contract::batch_jobs_max, job)));
    const auto seen = all();

    EXPECT_GE(seen.size(), contract::events_kept_default);
    EXPECT_LE(seen.size(), contract::events_kept_default + 2'500);
}

TEST_P(EventTrimming, LeavesAReaderThatLagsWithWhatIsThere) {
    add();
    const auto from = reader("0");
    ASSERT_FALSE(next(*from, deadline, 1).empty());
    const AddJob job{.name = "x", .data = "1", .opts = "{}"};
    for (int i = 0; i < 2; ++i)
        ASSERT_TRUE(add_batch(std::vector<AddJob>(contract::batch_jobs_max, job)));
    ASSERT_TRUE(client.trim_events(queue, 10));

    EXPECT_FALSE(next(*from).empty());
}

}  // namespace toril::conformance
