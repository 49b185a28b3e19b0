// The file itself: made, made anew, set aside, deleted, not to be had.

#include "backend/sqlite/database.hpp"
#include "backend/sqlite/store_files.hpp"
#include "side_fixture.hpp"

#include <sys/stat.h>

#include <fstream>

namespace toril::sqlite_side {
namespace {

namespace fs = std::filesystem;

class SideFilesTest : public SideTest {
protected:
    void write_file(const std::string& bytes) const { std::ofstream(path) << bytes; }
    void run_sql(const std::string& sql) const {
        sqlite::Database db;
        ASSERT_TRUE(db.open({.path = path}));
        db.execute(sql);
        EXPECT_FALSE(db.failed());
    }
    std::size_t set_aside() const {
        std::size_t count = 0;
        for (const auto& file : fs::directory_iterator(folder))
            count += file.path().string().find(".broken-") != std::string::npos;
        return count;
    }
};

TEST_F(SideFilesTest, IsForThisUserOnly) {
    ASSERT_TRUE(open().holds("k", "a"));

    for (const char* suffix : {"", "-lock", "-wake", "-seq"}) {
        struct stat found {};
        ASSERT_EQ(::stat((path + suffix).c_str(), &found), 0) << suffix;
        EXPECT_EQ(found.st_mode & 0777, 0600u) << suffix;
    }
}

TEST_F(SideFilesTest, SetsAsideWhatIsNoDatabaseAndKeepsOneOfThese) {
    for (int i = 0; i < 3; ++i) {
        write_file("These are my notes, and not a database. " + std::string(2000, '.'));
        Client client = open();
        EXPECT_TRUE(client.holds("k", "a"));
        EXPECT_EQ(set_aside(), 1u);
    }

    EXPECT_TRUE(exists(".broken-3"));
    EXPECT_EQ(logged("sqlite.side_made_anew"), 3u);
}

TEST_F(SideFilesTest, SetsAsideTheDatabaseOfAnotherProgramAndAnotherVersion) {
    run_sql("CREATE TABLE photos (id INTEGER PRIMARY KEY)");
    EXPECT_TRUE(open().holds("k", "a"));
    EXPECT_EQ(logged("sqlite.side_made_anew"), 1u);

    run_sql("PRAGMA user_version = 99");
    EXPECT_TRUE(open().holds("k", "b"));
    EXPECT_EQ(logged("sqlite.side_made_anew"), 2u);
}

TEST_F(SideFilesTest, LeavesAloneTheFileOfAnotherVersionThatIsInUse) {
    Client other = open();
    ASSERT_TRUE(other.holds("k", "a"));
    run_sql("PRAGMA user_version = 99");

    Client client = open();

    const auto refused = client.acquire("k", "b");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), ErrorCode::unavailable);
    EXPECT_NE(refused.error().message().find(path), std::string::npos);
    EXPECT_EQ(set_aside(), 0u);
}

TEST_F(SideFilesTest, IsMadeAnewWhenItsPagesAreDamaged) {
    {
        Client client = open();
        for (int i = 0; i < 100; ++i)
            ASSERT_TRUE(client.set("key-" + std::to_string(i), std::string(1000, 'x')));
    }
    {
        std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
        file.seekp(4096);
        file << std::string(fs::file_size(path) - 4096, '\xA5');
    }

    Client client = open();

    EXPECT_EQ(client.value("key-1"), "(none)");
    EXPECT_TRUE(client.set("key-1", "x"));
    EXPECT_EQ(client.value("key-1"), "x");
    EXPECT_EQ(set_aside(), 1u);
}

TEST_F(SideFilesTest, BeginsAnotherLifeWhenTheFileIsDeletedUnderIt) {
    Client first = open();
    Client second = open();
    ASSERT_TRUE(first.set("a", "apple"));
    ASSERT_EQ(second.value("a"), "apple");
    const auto before = first.get_all({"a"})->generation;

    fs::remove(path);

    EXPECT_EQ(first.value("a"), "(none)");
    EXPECT_NE(first.get_all({"a"})->generation.incarnation, before.incarnation);
    ASSERT_TRUE(second.set("b", "bread"));
    EXPECT_EQ(first.value("b"), "bread");
}

TEST_F(SideFilesTest, ExcludesEachOtherAlsoAfterAllFilesWereDeleted) {
    Client first = open();
    ASSERT_TRUE(first.holds("k", "a"));

    for (const char* suffix : {"", "-wal", "-shm", "-lock", "-wake", "-seq"})
        fs::remove(path + suffix);

    Client second = open();
    EXPECT_TRUE(second.holds("k", "b"));
    EXPECT_FALSE(first.holds("k", "c"));
}

TEST_F(SideFilesTest, AnswersInTimeWhileAnotherProcessHasTheTurn) {
    Client client = open();
    ASSERT_TRUE(client.holds("k", "a"));
    sqlite::TurnLock stuck;
    ASSERT_TRUE(stuck.open(path + "-lock"));
    const std::atomic<bool> never{false};
    ASSERT_TRUE(stuck.take(1s, never));

    const auto refused =
        base::wait_for_answer<Result<contract::AcquireAnswer>>(20s, [&](auto done) {
            client.locks().acquire({.key = "k", .token = "b", .ttl = 1s, .timeout = 50ms},
                                   std::move(done));
        });

    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), ErrorCode::unavailable);
    EXPECT_TRUE(client.holder("k")) << "looking needs no turn";
    stuck.end();
    EXPECT_EQ(client.release("k", "a").value(), contract::ReleaseOutcome::released);
}

TEST_F(SideFilesTest, NamesTheFileWhenItsFolderCannotBeMade) {
    std::ofstream(folder / "file") << "x";
    SideOptions through_file = options();
    through_file.path = (folder / "file" / "jobs.db-side").string();
    Client client{open_side(through_file)};

    const auto refused = client.acquire("k", "a");

    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), ErrorCode::unavailable);
    EXPECT_NE(refused.error().message().find(through_file.path), std::string::npos);
}

TEST_F(SideFilesTest, WorksWithoutInotify) {
    SideOptions without = options();
    without.use_inotify = false;
    Client holder = open();
    Client waiter{open_side(without)};
    ASSERT_TRUE(holder.holds("k", "a"));
    base::OneShot<bool> woken;
    const auto watcher = waiter.locks().watch(contract::LockKind::lock, "k");
    watcher->wait(1h, [&](const Status&) { woken.set(true); });

    ASSERT_TRUE(holder.release("k", "a"));

    EXPECT_TRUE(woken.wait_for(20s));
    EXPECT_EQ(logged("sqlite.inotify_missing"), 1u);
}

TEST_F(SideFilesTest, MayGoOnItsOwnThread) {
    base::OneShot<bool> gone;
    {
        auto stores = std::make_shared<Stores>(open_side(options()));
        contract::LockStore& locks = *stores->locks;
        // The callback is the last to hold the stores.
        locks.status("k", answer_max, [&gone, stores = std::move(stores)](const auto&) mutable {
            stores.reset();
            gone.set(true);
        });
    }

    EXPECT_TRUE(gone.wait_for(20s));
}

}  // namespace
}  // namespace toril::sqlite_side
