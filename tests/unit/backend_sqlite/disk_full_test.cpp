// A full disk, as SQLite sees one: the database may not grow beyond so many pages.

#include "backend/sqlite/operations.hpp"
#include "backend/sqlite/schema.hpp"
#include "backend/sqlite/writer.hpp"
#include "store_fixture.hpp"

namespace toril::sqlite {
namespace {

class DiskFullTest : public SqliteTest {
protected:
    DiskFullTest() {
        EXPECT_TRUE(files_.turn.open(path + "-lock"));
        EXPECT_TRUE(files_.mark.open(path + "-mark"));
        EXPECT_TRUE(session_.db.open({.path = path}));
        EXPECT_TRUE(migrate(session_.db, path));
        session_.process = 1;
    }

    template <class Answer>
    Answer run(std::function<Answer(Session&)> step, bool needs_space = false) {
        std::optional<Answer> answer;
        WorkGroup group;
        group.push_back(std::make_unique<Request<Answer>>(
            std::move(step), [&](Answer given) { answer.emplace(std::move(given)); }));
        group.back()->needs_space = needs_space;
        writer_.run_group(group);
        return std::move(*answer);
    }
    using Added = Result<std::vector<Result<contract::Added>>>;
    Added add() {
        contract::AddParams batch{.queue = "mail"};
        for (int i = 0; i < 50; ++i)
            batch.jobs.push_back({.name = "send", .data = "{}", .opts = "{}"});
        return run<Added>([&](Session& session) { return sqlite::add(session, batch); },
                          /*needs_space=*/true);
    }
    void fill_disk() {
        session_.db.execute("PRAGMA max_page_count = " + session_.db.text("PRAGMA page_count"));
        while (add()) {
        }
    }

    StoreFiles files_{.reserve = Reserve(path + "-reserve")};
    Timestamp now_ = base::wall_now();
    Session session_{"bull", [this] { return now_; }};
    Writer writer_{session_, files_, base::Logger(options().log)};
};

TEST_F(DiskFullTest, RefusesAddsAndLetsJobsBeFinishedAndRemoved) {
    ASSERT_TRUE(add());
    fill_disk();

    EXPECT_EQ(add().error().code(), ErrorCode::limit_reached);
    EXPECT_TRUE(was_logged("sqlite.disk_full"));
    const auto taken = run<Result<contract::FinishedAndTaken>>([](Session& session) {
        return finish_and_take(session, {.queue = "mail", .take = 1, .token = "t"});
    });
    ASSERT_TRUE(taken) << taken.error().message();
    ASSERT_EQ(taken->jobs.size(), 1u);
    const auto finished = run<Result<contract::FinishedAndTaken>>([&](Session& session) {
        return finish_and_take(
            session,
            {.queue = "mail",
             .outcomes = {{.id = taken->jobs.front().id, .token = "t", .keep = KeepJobs::none()}}});
    });
    ASSERT_TRUE(finished) << finished.error().message();
    EXPECT_TRUE(finished->finished.front());
}

TEST_F(DiskFullTest, ChangesNothingForAnAddThatDidNotFit) {
    ASSERT_TRUE(add());
    fill_disk();
    const JobCounts before = counts(session_, "mail");

    ASSERT_FALSE(add());

    EXPECT_EQ(counts(session_, "mail"), before);
}

TEST_F(DiskFullTest, AddsAgainOnceThereIsSpace) {
    ASSERT_TRUE(add());
    fill_disk();

    session_.db.execute("PRAGMA max_page_count = 1000000");
    now_ += 10s;

    EXPECT_TRUE(add());
    EXPECT_TRUE(was_logged("sqlite.disk_has_space"));
}

}  // namespace
}  // namespace toril::sqlite
