// Searching for jobs, and who works on a queue.

#include "base/sync.hpp"
#include "keyspace.hpp"

#include <algorithm>

using namespace std::chrono_literals;

namespace toril::redis_store {
namespace {

using Ids = std::vector<JobId>;

class FindTest : public StoreTest {
protected:
    struct Search {
        Ids ids{};
        int steps = 0;
        std::uint64_t looked = 0;
    };
    Search find(const JobFilter& filter, std::size_t looks = 1'000) {
        Search search;
        std::string cursor;
        do {
            const auto found =
                client.find({.queue = queue, .filter = filter, .cursor = cursor, .looks = looks});
            if (!found) {
                ADD_FAILURE() << found.error().message();
                break;
            }
            EXPECT_LE(found->looked, looks);
            for (const Job& job : found->jobs)
                search.ids.push_back(job.id);
            search.looked += found->looked;
            ++search.steps;
            cursor = found->cursor;
        } while (!cursor.empty());
        return search;
    }
};

TEST_F(FindTest, LooksAtEveryState) {
    add({.id = "w"});
    add({.id = "d", .delay = 1s});
    add({.id = "p", .priority = 1});
    for (const char* id : {"a", "c", "f"})
        add({.id = id, .lifo = true});
    EXPECT_EQ(take(3), (Ids{"f", "c", "a"}));
    ASSERT_TRUE(complete("c"));
    ASSERT_TRUE(fail("f", "no route to host"));

    EXPECT_EQ(find({}).ids, (Ids{"w", "a", "d", "p", "c", "f"}));
    EXPECT_EQ(find({.error = "route"}).ids, Ids{"f"});
    EXPECT_EQ(find({.states = {JobState::completed, JobState::waiting}}).ids, (Ids{"w", "c"}));
    EXPECT_EQ(find({.name = "other"}).ids, Ids{});
    EXPECT_EQ(
        client.find({.queue = queue, .filter = {.states = {JobState::failed}}})->jobs.at(0).state,
        JobState::failed);
}

TEST_F(FindTest, GoesOnWhereTheStepBeforeEnded) {
    for (int i = 1; i <= 450; ++i)
        add({.name = i % 100 == 0 ? "hundred" : "n"});
    for (int i = 0; i < 3; ++i)
        add({.name = "hundred", .delay = 1s});

    const Search all = find({.name = "hundred"});
    EXPECT_EQ(all.ids, (Ids{"400", "300", "200", "100", "453", "452", "451"}));
    EXPECT_EQ(all.steps, 1);
    EXPECT_EQ(all.looked, 453u);
    const Search small = find({.name = "hundred"}, 7);
    EXPECT_EQ(small.ids, all.ids);
    EXPECT_EQ(small.looked, 453u);
    EXPECT_EQ(small.steps, 65);
}

TEST_F(FindTest, PassesOverNothingWhenWhatItFoundIsRemovedMeanwhile) {
    for (int i = 0; i < 20; ++i)
        add();
    Ids all;
    std::string cursor;
    do {
        const auto found = client.find({.queue = queue, .cursor = cursor, .looks = 3});
        ASSERT_TRUE(found);
        for (const Job& job : found->jobs) {
            all.push_back(job.id);
            ASSERT_TRUE(client.remove(ref(job.id)));
        }
        cursor = found->cursor;
    } while (!cursor.empty());

    EXPECT_EQ(all.size(), 20u);
    EXPECT_EQ(key("wait"), "");
}

TEST_F(FindTest, CountsIdsWithoutARecordAsLookedAt) {
    add();
    raw({"LPUSH", name_of("wait"), "ghost"});

    const Search search = find({});
    EXPECT_EQ(search.ids, Ids{"1"});
    EXPECT_EQ(search.looked, 2u);
}

TEST_F(FindTest, RefusesACursorThatItDidNotGive) {
    for (const char* cursor : {"x", "failed:", "failed:-1", "failed:0", "unknown:3"})
        EXPECT_EQ(client.find({.queue = queue, .cursor = cursor}).error().code(),
                  ErrorCode::invalid_argument)
            << cursor;
}

TEST_F(FindTest, WorkersAreListedByTheNamesOfTheirConnections) {
    const auto wait = [](contract::Watcher& watcher) {
        auto answer = std::make_shared<base::OneShot<Result<Timestamp>>>();
        watcher.wait(2ms, [answer](Result<Timestamp> due) { answer->set(std::move(due)); });
        return answer->wait_for(20s);
    };
    const auto named = store->watch({.queue = queue, .name = "w1"});
    const auto unnamed = store->watch({.queue = queue});
    const auto other = store->watch({.queue = "q2", .name = "w1"});
    const auto events = store->watch({.queue = queue, .what = contract::WatchFor::changes});
    for (const auto* watcher : {&named, &unnamed, &other, &events})
        ASSERT_TRUE(wait(**watcher));
    auto workers = client.workers(queue);

    ASSERT_TRUE(workers);
    std::sort(workers->begin(), workers->end(), [](const auto& left, const auto& right) {
        return left.name < right.name;
    });
    ASSERT_EQ(workers->size(), 2u);
    EXPECT_EQ((*workers)[0].name, "");
    EXPECT_EQ((*workers)[0].raw_name, prefix + ":cQ==");
    EXPECT_EQ((*workers)[1].name, "w1");
    EXPECT_EQ((*workers)[1].raw_name, prefix + ":cQ==:w:w1");
    EXPECT_TRUE((*workers)[1].address.starts_with("127.0.0.1:")) << (*workers)[1].address;
    EXPECT_LT((*workers)[1].age, 1min);
}

}  // namespace
}  // namespace toril::redis_store
