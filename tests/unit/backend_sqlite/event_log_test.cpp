// Events as this store keeps them: many in one row, for readers in any process.

#include "backend/sqlite/event_pack.hpp"
#include "base/sync.hpp"
#include "peer.hpp"
#include "store_fixture.hpp"

#include <sqlite3.h>

#include <atomic>

namespace toril::sqlite {
namespace {

using contract::Event;
using Events = std::vector<Event>;

class EventLogTest : public SqliteTest {
protected:
    static Result<Events> next(contract::EventReader& reader, Millis at_most, std::size_t count) {
        return base::wait_for_answer<Result<Events>>(
            1min, [&](auto done) { reader.next(at_most, count, std::move(done)); });
    }
    static std::vector<std::string> names(const Events& events) {
        std::vector<std::string> found;
        for (const Event& event : events)
            found.push_back(event.name);
        return found;
    }
    static Status publish(conformance::Client& client, const std::string& name) {
        return client.publish_event({.queue = "mail", .name = name});
    }
    static std::uint64_t trim(conformance::Client& client, std::uint64_t kept) {
        return client.trim_events("mail", kept).value();
    }
    std::int64_t number(const std::string& sql) const {
        sqlite3* db = nullptr;
        sqlite3_stmt* statement = nullptr;
        EXPECT_EQ(sqlite3_open(path.c_str(), &db), SQLITE_OK);
        EXPECT_EQ(sqlite3_prepare_v2(db, sql.c_str(), -1, &statement, nullptr), SQLITE_OK);
        EXPECT_EQ(sqlite3_step(statement), SQLITE_ROW);
        const std::int64_t value = sqlite3_column_int64(statement, 0);
        sqlite3_finalize(statement);
        sqlite3_close(db);
        return value;
    }
};

TEST_F(EventLogTest, PacksWordsAndTextsOfAllLengths) {
    std::string bytes;
    PackWriter pack(bytes);
    const std::string large(300, 'x');
    pack.begin(Word::completed, 2);
    pack.word(Word::job_id);
    pack.spell("7");
    pack.text("returnvalue");
    pack.spell(large);
    pack.begin("mine", 1);
    pack.text("");
    pack.text(std::string("a\0b", 3));

    const Events events = unpack(bytes, 5, 3);

    ASSERT_EQ(events.size(), 2u);
    EXPECT_EQ(
        events[0],
        (Event{
            .id = "5-3", .name = "completed", .fields = {{"jobId", "7"}, {"returnvalue", large}}}));
    EXPECT_EQ(events[1],
              (Event{.id = "5-4", .name = "mine", .fields = {{"", std::string("a\0b", 3)}}}));
    EXPECT_EQ(unpack(std::string_view(bytes).substr(offset_after(bytes, 1)), 5, 4).size(), 1u);
}

TEST_F(EventLogTest, EndsWhereAPackIsDamaged) {
    std::string bytes;
    PackWriter pack(bytes);
    pack.begin(Word::drained, 0);
    pack.begin(Word::added, 1);
    pack.word(Word::job_id);
    pack.spell("12");
    bytes.resize(bytes.size() - 1);

    EXPECT_EQ(names(unpack(bytes, 1, 0)), std::vector<std::string>{"drained"});
    EXPECT_TRUE(unpack("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 1, 0).empty());
}

TEST_F(EventLogTest, WritesOneRowATransaction) {
    conformance::Client client(open());
    const auto added = client.add(
        {.queue = "mail",
         .jobs = std::vector<contract::AddJob>(50, {.name = "send", .data = "{}", .opts = "{}"})});
    ASSERT_TRUE(added);

    EXPECT_EQ(number("SELECT count(*) FROM event"), 1);
    EXPECT_EQ(number("SELECT count FROM event"), 100);
}

TEST_F(EventLogTest, KeepsAboutTenThousand) {
    conformance::Client client(open());
    const std::vector<contract::AddJob> jobs(
        500, {.name = "send", .data = "{}", .opts = "{}", .priority = 1});
    for (int i = 0; i < 30; ++i)
        ASSERT_TRUE(client.add({.queue = "mail", .jobs = jobs}));

    EXPECT_GE(number("SELECT sum(count) FROM event"), 10'000);
    EXPECT_LE(number("SELECT sum(count) FROM event"), 11'000);
    EXPECT_EQ(number("SELECT sum(count) FROM event"), number("SELECT events FROM queue"));
}

TEST_F(EventLogTest, CutsARowToKeepExactlySoMany) {
    conformance::Client client(open());
    add(client);
    add(client);
    const auto reader = client.store().read_events({.queue = "mail", .after = "0"});

    EXPECT_EQ(trim(client, 3), 1u);
    EXPECT_EQ(trim(client, 3), 0u);

    const Events left = next(*reader, 0ms, 10).value();
    EXPECT_EQ(names(left), (std::vector<std::string>{"waiting", "added", "waiting"}));
    EXPECT_EQ(trim(client, 0), 3u);
    EXPECT_EQ(number("SELECT count(*) FROM event"), 0);
}

TEST_F(EventLogTest, IdsAscendThoughTheClockGoesBack) {
    auto now = std::make_shared<std::atomic<std::int64_t>>(5'000);
    SqliteOptions with = options();
    with.clock = [now] { return Timestamp(Millis(now->load())); };
    conformance::Client client(open(with));
    ASSERT_TRUE(publish(client, "one"));
    *now = 4'000;
    ASSERT_TRUE(publish(client, "two"));
    *now = 6'000;
    ASSERT_TRUE(publish(client, "three"));
    const auto reader = client.store().read_events({.queue = "mail", .after = "0"});

    const Events events = next(*reader, 0ms, 10).value();

    ASSERT_EQ(events.size(), 3u);
    EXPECT_EQ(events[0].id, "5000-0");
    EXPECT_EQ(events[1].id, "5000-1");
    EXPECT_EQ(events[2].id, "6000-0");
}

TEST_F(EventLogTest, ReadsOnFromAnIdInTheMiddleOfARow) {
    conformance::Client client(open());
    add(client);
    add(client);
    const auto all = client.store().read_events({.queue = "mail", .after = "0"});
    const Events events = next(*all, 0ms, 10).value();
    ASSERT_EQ(events.size(), 4u);

    const auto reader = client.store().read_events({.queue = "mail", .after = events[2].id});

    EXPECT_EQ(next(*reader, 0ms, 10).value(), Events{events[3]});
}

TEST_F(EventLogTest, GivesALargeRowInParts) {
    conformance::Client client(open());
    ASSERT_TRUE(client.add(
        {.queue = "mail",
         .jobs = std::vector<contract::AddJob>(50, {.name = "send", .data = "{}", .opts = "{}"})}));
    const auto reader = client.store().read_events({.queue = "mail", .after = "0"});

    std::size_t read = 0;
    for (const std::size_t part : {30u, 30u, 30u, 30u}) {
        const Events events = next(*reader, 0ms, part).value();
        EXPECT_LE(events.size(), part);
        read += events.size();
    }
    EXPECT_EQ(read, 100u);
    EXPECT_TRUE(next(*reader, 0ms, 10).value().empty());
}

TEST_F(EventLogTest, WakesAReaderForAnotherProcess) {
    conformance::Client client(open());
    const auto reader = client.store().read_events({.queue = "mail"});
    ASSERT_TRUE(next(*reader, 0ms, 10).value().empty());
    PeerProcess peer(path);

    peer.send("add 1");

    EXPECT_EQ(names(next(*reader, 1min, 10).value()),
              (std::vector<std::string>{"added", "waiting"}));
}

TEST_F(EventLogTest, IdsOfTwoProcessesAscendTogether) {
    conformance::Client client(open());
    PeerProcess peer(path);
    peer.send("add 20");
    for (int i = 0; i < 20; ++i)
        add(client);
    for (int i = 0; i < 20; ++i)
        ASSERT_TRUE(peer.line());
    const auto reader = client.store().read_events({.queue = "mail", .after = "0"});

    Events events;
    while (events.size() < 80) {
        const Events more = next(*reader, 20s, 100).value();
        ASSERT_FALSE(more.empty());
        events.insert(events.end(), more.begin(), more.end());
    }

    const auto numbers = [](const std::string& id) {
        const std::size_t dash = id.find('-');
        return std::pair(std::stoll(id.substr(0, dash)), std::stoll(id.substr(dash + 1)));
    };
    for (std::size_t i = 1; i < events.size(); ++i)
        EXPECT_LT(numbers(events[i - 1].id), numbers(events[i].id));
}

TEST_F(EventLogTest, ReadsTheQueueThatComesAfterAnObliteratedOne) {
    conformance::Client client(open());
    add(client);
    const auto reader = client.store().read_events({.queue = "mail", .after = "0"});
    ASSERT_EQ(next(*reader, 0ms, 10).value().size(), 2u);
    ASSERT_TRUE(client.obliterate("mail", true));
    EXPECT_EQ(number("SELECT count(*) FROM event"), 0);

    add(client);

    EXPECT_EQ(names(next(*reader, 1min, 10).value()),
              (std::vector<std::string>{"added", "waiting"}));
}

TEST_F(EventLogTest, AnswersAReaderWhoseStoreIsClosed) {
    const auto store = open();
    const auto reader = store->read_events({.queue = "mail"});
    base::OneShot<Result<Events>> answer;
    reader->next(1h, 1, [&](Result<Events> events) { answer.set(std::move(events)); });

    ASSERT_TRUE(store->close(5s));

    const auto ended = answer.wait_for(20s);
    ASSERT_TRUE(ended);
    EXPECT_EQ(ended->error().code(), ErrorCode::cancelled);
}

}  // namespace
}  // namespace toril::sqlite
