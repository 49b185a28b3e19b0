// Keys of the wrong type: one clear error, and nothing is changed.

#include "keyspace.hpp"

#include <functional>

using namespace std::chrono_literals;

namespace toril::redis_store {
namespace {

using Kind = contract::Outcome::Kind;

class DamageTest : public StoreTest {
protected:
    // Something in every place, so that each step has something to do.
    void fill() {
        for (const char* id : {"active1", "active2", "active3", "active4", "ended"})
            add({.id = id});
        take(5);
        EXPECT_TRUE(fail("ended"));
        add({.id = "waits"});
        add({.id = "later", .delay = 1ms});
        add({.id = "ranked", .priority = 3});
        now += 10ms;
    }
    void damage(const std::string& suffix) {
        raw({"DEL", name_of(suffix)});
        if (suffix == "meta" || suffix == "id" || suffix == "pc")
            raw({"LPUSH", name_of(suffix), "x"});
        else
            raw({"SET", name_of(suffix), "x"});
    }
    void expect_refused(const std::string& suffix, const std::function<Error()>& step) {
        damage(suffix);
        const Keys before = keys();

        const Error error = step();

        EXPECT_EQ(error.code(), ErrorCode::corrupt) << suffix;
        EXPECT_NE(error.message().find(name_of(suffix)), std::string::npos) << error.message();
        // A stall check's suspicion of a job is renewed by the next check.
        Keys after = keys();
        EXPECT_EQ(after, before) << suffix;
    }
    template <class Answer>
    static Error error_of(const Answer& answer) {
        return answer ? Error(ErrorCode::failed, "was not refused") : answer.error();
    }
    std::vector<contract::Outcome> outcomes_of_all_kinds() {
        return {{.id = "active1", .token = "t", .value = "1"},
                {.id = "active2", .token = "t", .kind = Kind::fail, .value = "x"},
                {.id = "active3", .token = "t", .kind = Kind::retry, .value = "x", .delay = 1s},
                {.id = "active4", .token = "t", .kind = Kind::hand_back}};
    }
};

class AddDamageTest : public DamageTest, public ::testing::WithParamInterface<const char*> {};
class TakeDamageTest : public DamageTest, public ::testing::WithParamInterface<const char*> {};

TEST_P(AddDamageTest, AnAddIsRefusedWhole) {
    fill();
    expect_refused(GetParam(), [this] {
        const contract::AddJob job{.name = "n", .data = "1", .opts = "{}"};
        std::vector<contract::AddJob> jobs(4, job);
        jobs[1].delay = 1s;
        jobs[2].priority = 1;
        return error_of(client.add({.queue = queue, .jobs = jobs, .now = now}));
    });
}
INSTANTIATE_TEST_SUITE_P(
    Of,
    AddDamageTest,
    ::testing::Values("wait", "meta", "events", "marker", "delayed", "prioritized", "id", "pc"));

TEST_P(TakeDamageTest, AFinishAndTakeIsRefusedWhole) {
    fill();
    expect_refused(GetParam(), [this] {
        return error_of(client.finish_and_take({.queue = queue,
                                                .taker = {.worker = "w"},
                                                .sequence = 1,
                                                .outcomes = outcomes_of_all_kinds(),
                                                .take = 5,
                                                .token = "t",
                                                .now = now}));
    });
}
INSTANTIATE_TEST_SUITE_P(Of,
                         TakeDamageTest,
                         ::testing::Values("wait",
                                           "active",
                                           "meta",
                                           "events",
                                           "marker",
                                           "delayed",
                                           "prioritized",
                                           "completed",
                                           "failed",
                                           "stalled"));

TEST_F(DamageTest, ATakeAloneIsRefusedWhole) {
    fill();
    expect_refused("active", [this] {
        return error_of(
            client.finish_and_take({.queue = queue, .take = 2, .token = "t", .now = now}));
    });
}

TEST_F(DamageTest, AJobWhoseKeyIsNoHashIsNamed) {
    fill();
    damage("active1");

    const auto answer = call({.outcomes = outcomes_of_all_kinds()});

    EXPECT_EQ(answer.finished.at(0).error().code(), ErrorCode::corrupt);
    for (std::size_t i = 1; i < 4; ++i)
        EXPECT_TRUE(answer.finished.at(i));
    EXPECT_EQ(client.job(ref("active1")).error().code(), ErrorCode::corrupt);
}

TEST_F(DamageTest, OtherStepsAreRefusedWholeAsWell) {
    fill();
    expect_refused("marker", [this] { return error_of(client.promote(ref("later"), now)); });
    raw({"DEL", name_of("marker")});
    expect_refused("events",
                   [this] { return error_of(client.change_delay(ref("later"), 1s, now)); });
    raw({"DEL", name_of("events")});
    expect_refused("prioritized", [this] {
        return error_of(client.retry({.job = ref("ended"), .from = JobState::failed, .now = now}));
    });
    raw({"DEL", name_of("prioritized")});
    expect_refused("active", [this] { return error_of(client.remove(ref("waits"))); });
    raw({"DEL", name_of("active")});
    expect_refused("wait", [this] { return error_of(client.pause(queue)); });
    expect_refused("wait", [this] { return error_of(client.counts(queue)); });
}

TEST_F(DamageTest, FieldsThatAreNoNumbersCountAsNone) {
    add();
    raw({"HSET", name_of("1"), "atm", "many", "ats", "x", "priority", "high", "stc", ""});
    raw({"HSET", name_of("meta"), "opts.maxLenEvents", "lots", "concurrency", "some"});
    take(1);
    ASSERT_TRUE(complete("1"));

    const Job job = *client.job(ref("1"));
    EXPECT_EQ(job.attempts_made, 1);
    EXPECT_EQ(job.attempts_started, 1);
    EXPECT_EQ(job.state, JobState::completed);
}

TEST_F(DamageTest, AQueueOfTheWrongTypesCanStillBeObliterated) {
    fill();
    for (const char* suffix : {"wait", "completed", "marker", "events", "meta"})
        damage(suffix);
    Result<bool> more = client.obliterate(queue, true);
    while (more && *more)
        more = client.obliterate(queue, true);

    ASSERT_TRUE(more) << more.error().message();
    const Keys left = keys();
    EXPECT_FALSE(left.contains("wait") || left.contains("meta") || left.contains("events"));
}

}  // namespace
}  // namespace toril::redis_store
