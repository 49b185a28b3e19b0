// What is written to a job from outside: data, progress, log rows.

#include "fixture.hpp"

namespace toril::conformance {

TORIL_CONFORMANCE_SUITE(Update);
TORIL_CONFORMANCE_SUITE(Log);

using Rows = std::vector<std::string>;

TEST_P(Update, ReplacesTheData) {
    const JobId id = add({.data = R"({"a":1})"});
    ASSERT_TRUE(done(client.update_data(ref(id), R"(["b", 2])")));

    EXPECT_EQ(job(id).data.text(), R"(["b", 2])");
    EXPECT_EQ(take()->job.data, R"(["b", 2])");
}

TEST_P(Update, KeepsTheLatestProgress) {
    const JobId id = add();
    for (const char* progress : {"7", "\"half\"", R"({"done":3, "of":4})"}) {
        ASSERT_TRUE(done(client.update_progress(ref(id), progress)));
        EXPECT_EQ(job(id).progress.text(), progress);
    }
}

TEST_P(Update, WorksInEveryState) {
    const JobId completed = add_completed();
    const JobId active = add();
    ASSERT_TRUE(take());
    const JobId delayed = add({.delay = 1h});

    for (const JobId& id : {completed, active, delayed}) {
        EXPECT_TRUE(done(client.update_data(ref(id), "5"))) << id;
        EXPECT_TRUE(done(client.update_progress(ref(id), "50"))) << id;
        EXPECT_EQ(job(id).data.text(), "5");
    }
}

TEST_P(Update, FindsNoJobThatIsNotThere) {
    EXPECT_EQ(code_of(client.update_data(ref("nobody"), "1")), ErrorCode::not_found);
    EXPECT_EQ(code_of(client.update_progress(ref("nobody"), "1")), ErrorCode::not_found);
    EXPECT_EQ(code_of(client.job(ref("nobody"))), ErrorCode::not_found) << "nor makes one";
}

// ---- logs -----------------------------------------------------------------------------------

TEST_P(Log, KeepsRowsInOrder) {
    const JobId id = add();
    EXPECT_EQ(client.add_log({.job = ref(id), .row = "one"}).value(), 1u);
    EXPECT_EQ(client.add_log({.job = ref(id), .row = "two\nlines"}).value(), 2u);
    EXPECT_EQ(client.add_log({.job = ref(id), .row = ""}).value(), 3u);

    const auto page = client.logs({.job = ref(id)});
    EXPECT_EQ(page->rows, (Rows{"one", "two\nlines", ""}));
    EXPECT_EQ(page->total, 3u);
}

TEST_P(Log, KeepsOnlyTheNewestWhenAskedTo) {
    const JobId id = add();
    for (const char* row : {"one", "two", "three"})
        ASSERT_TRUE(client.add_log({.job = ref(id), .row = row}));

    EXPECT_EQ(client.add_log({.job = ref(id), .row = "four", .keep = 2}).value(), 2u);
    EXPECT_EQ(client.logs({.job = ref(id)})->rows, (Rows{"three", "four"}));
    EXPECT_EQ(client.add_log({.job = ref(id), .row = "five", .keep = 9}).value(), 3u);
}

TEST_P(Log, KeepsNoneWhenNoneAreToBeKept) {
    const JobId id = add();

    EXPECT_EQ(client.add_log({.job = ref(id), .row = "one", .keep = 0}).value(), 0u);
    EXPECT_TRUE(client.logs({.job = ref(id)})->rows.empty());
}

TEST_P(Log, IsReadByPositionsFromEitherEnd) {
    const JobId id = add();
    for (const char* row : {"a", "b", "c", "d", "e"})
        ASSERT_TRUE(client.add_log({.job = ref(id), .row = row}));
    const auto rows = [&](std::int64_t start, std::int64_t end, bool ascending) {
        auto page =
            client.logs({.job = ref(id), .start = start, .end = end, .ascending = ascending});
        EXPECT_EQ(page->total, 5u);
        return page->rows;
    };

    EXPECT_EQ(rows(0, 1, true), (Rows{"a", "b"}));
    EXPECT_EQ(rows(3, 99, true), (Rows{"d", "e"}));
    EXPECT_EQ(rows(0, -1, false), (Rows{"e", "d", "c", "b", "a"}));
    EXPECT_EQ(rows(1, 2, false), (Rows{"d", "c"}));
    EXPECT_EQ(rows(5, 9, true), Rows{});
}

TEST_P(Log, OfAJobThatIsNotThereIsRefused) {
    EXPECT_EQ(code_of(client.add_log({.job = ref("nobody"), .row = "x"})), ErrorCode::not_found);
    EXPECT_EQ(code_of(client.logs({.job = ref("nobody")})), ErrorCode::not_found);
}

TEST_P(Log, GoesWithItsJob) {
    add({.id = "a"});
    ASSERT_TRUE(client.add_log({.job = ref("a"), .row = "old"}));
    ASSERT_TRUE(done(client.remove(ref("a"))));
    add({.id = "a"});

    EXPECT_EQ(client.logs({.job = ref("a")})->total, 0u);
}

}  // namespace toril::conformance
