// Reading the stream of events, and adding to it.

#include "base/sync.hpp"
#include "keyspace.hpp"
#include "support/redis_server.hpp"

using namespace std::chrono_literals;

namespace toril::redis_store {
namespace {

using contract::Event;
using Events = std::vector<Event>;
using Names = std::vector<std::string>;
using Answer = base::OneShot<Result<Events>>;

std::shared_ptr<Answer> start(contract::EventReader& reader,
                              Millis at_most = 10s,
                              std::size_t count = 100) {
    auto answer = std::make_shared<Answer>();
    reader.next(
        at_most, count, [answer](Result<Events> events) { answer->set(std::move(events)); });
    return answer;
}

Result<Events> next(contract::EventReader& reader, Millis at_most = 10s, std::size_t count = 100) {
    auto events = start(reader, at_most, count)->wait_for(20s);
    if (!events) return Error(ErrorCode::timed_out, "no answer");
    return std::move(*events);
}

Names names_of(const Result<Events>& events) {
    Names names;
    if (!events) return {std::string(to_string(events.error().code()))};
    for (const Event& event : *events)
        names.push_back(event.name);
    return names;
}

class EventsTest : public StoreTest {
protected:
    std::unique_ptr<contract::EventReader> reader(const std::string& after = {}) {
        return store->read_events({.queue = queue, .after = after});
    }
};

TEST_F(EventsTest, AreReadInOrderFromTheBeginning) {
    add();
    take(1);
    ASSERT_TRUE(complete("1", "7"));
    const auto events = next(*reader("0"));

    ASSERT_TRUE(events);
    EXPECT_EQ(names_of(events), (Names{"added", "waiting", "active", "completed", "drained"}));
    using Fields = std::vector<std::pair<std::string, std::string>>;
    EXPECT_EQ((*events)[3].fields,
              (Fields{{"jobId", "1"}, {"returnvalue", "7"}, {"prev", "active"}}));
    EXPECT_EQ(names_of(next(*reader(events->at(3).id))), Names{"drained"});
}

TEST_F(EventsTest, FromNowOnMissesNothingBetweenTwoReads) {
    add();
    const auto from_now = reader();
    EXPECT_EQ(names_of(next(*from_now, 5ms)), Names{});
    add();
    EXPECT_EQ(names_of(next(*from_now, 10s, 1)), Names{"added"});
    add();
    EXPECT_EQ(names_of(next(*from_now)), (Names{"waiting", "added", "waiting"}));
}

TEST_F(EventsTest, AReadWaitsForWhatComes) {
    const auto from_now = reader();
    EXPECT_EQ(names_of(next(*from_now, 0ms)), Names{});
    const auto answer = start(*from_now);
    add();

    EXPECT_EQ(names_of(*answer->wait_for(20s)).front(), "added");
}

TEST_F(EventsTest, AreReadOnAConnectionThatNodeListsAsAReader) {
    const auto from_now = reader();
    EXPECT_TRUE(next(*from_now, 0ms));

    EXPECT_NE(raw({"CLIENT", "LIST"}).find("name=" + prefix + ":cQ==:qe"), std::string::npos);
}

TEST_F(EventsTest, OfOthersArePassedOnAsTheyAre) {
    raw({"XADD", name_of("events"), "*", "z", "", "event", "mine", "event", "2", "z", "{bad json"});
    raw({"XADD", name_of("events"), "*", "no", "name"});
    const auto events = next(*reader("0"));

    using Fields = std::vector<std::pair<std::string, std::string>>;
    ASSERT_EQ(names_of(events), (Names{"mine", ""}));
    EXPECT_EQ((*events)[0].fields, (Fields{{"z", ""}, {"event", "2"}, {"z", "{bad json"}}));
    EXPECT_EQ((*events)[1].fields, (Fields{{"no", "name"}}));
}

TEST_F(EventsTest, AReadEndsWhenItIsInterruptedAndStaysSo) {
    const auto from_now = reader();
    EXPECT_TRUE(next(*from_now, 0ms));
    const auto answer = start(*from_now);
    from_now->interrupt();

    EXPECT_EQ(names_of(*answer->wait_for(20s)), Names{"cancelled"});
    EXPECT_EQ(names_of(next(*from_now)), Names{"cancelled"});
}

TEST_F(EventsTest, AReaderMayEndBeforeItsRead) {
    std::shared_ptr<Answer> answer;
    {
        const auto from_now = reader();
        answer = start(*from_now);
    }
    EXPECT_EQ(names_of(*answer->wait_for(20s)), Names{"cancelled"});
}

TEST_F(EventsTest, AStreamOfTheWrongTypeIsNamed) {
    raw({"SET", name_of("events"), "x"});
    const auto events = next(*reader("0"));

    ASSERT_FALSE(events);
    EXPECT_EQ(events.error().code(), ErrorCode::corrupt);
    EXPECT_NE(events.error().message().find(name_of("events")), std::string::npos);
}

TEST_F(EventsTest, OfAProgramAreAddedAndCapped) {
    raw({"HSET", name_of("meta"), "opts.maxLenEvents", "100"});
    for (int i = 0; i < 250; ++i)
        ASSERT_TRUE(client.publish_event(
            {.queue = queue, .name = "mine", .fields = {{"n", std::to_string(i)}, {"x", ""}}}));

    EXPECT_EQ(events().back(), "mine n 249 x ");
    EXPECT_LE(std::stoi(raw({"XLEN", name_of("events")})), 200);
}

TEST_F(EventsTest, AreTrimmedToTheNumberThatStays) {
    for (int i = 0; i < 10; ++i)
        ASSERT_TRUE(client.publish_event({.queue = queue, .name = std::to_string(i)}));

    EXPECT_EQ(*client.trim_events(queue, 3), 7u);
    EXPECT_EQ(names_of(next(*reader("0"))), (Names{"7", "8", "9"}));
    EXPECT_EQ(*client.trim_events(queue, 3), 0u);
    EXPECT_EQ(*client.trim_events("none", 3), 0u);
}

// ---- when the server is away ----------------------------------------------------------------

class EventsAwayTest : public ::testing::Test {
protected:
    testing::RedisServer server_{{.append_only = true}};
};

TEST_F(EventsAwayTest, AReadIsUnavailableAndThenGoesOnWhereItWas) {
    const auto config = redis::Config::from_url(server_.url());
    ASSERT_TRUE(config);
    const auto store = open_redis(*config, {.prefix = "p"});
    conformance::Client client(store);
    ASSERT_TRUE(client.publish_event({.queue = "q", .name = "before"}));
    const auto reader = store->read_events({.queue = "q", .after = "0"});
    ASSERT_EQ(names_of(next(*reader)), Names{"before"});

    const auto answer = start(*reader);
    server_.kill();
    EXPECT_EQ(names_of(*answer->wait_for(20s)), Names{"unavailable"});
    server_.start_again();
    ASSERT_TRUE(client.publish_event({.queue = "q", .name = "after"}));
    auto events = next(*reader);
    while (!events && events.error().code() == ErrorCode::unavailable)
        events = next(*reader);

    EXPECT_EQ(names_of(events), Names{"after"});
    EXPECT_TRUE(store->close(1s));
}

}  // namespace
}  // namespace toril::redis_store
