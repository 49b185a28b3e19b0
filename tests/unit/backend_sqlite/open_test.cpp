// Opening: what is made, what is refused, what is noticed.

#include "store_fixture.hpp"

#include <sqlite3.h>
#include <sys/stat.h>

#include <fstream>

namespace toril::sqlite {
namespace {

namespace fs = std::filesystem;

class OpenTest : public SqliteTest {
protected:
    void run_sql(const std::string& sql) const {
        sqlite3* db = nullptr;
        ASSERT_EQ(sqlite3_open(path.c_str(), &db), SQLITE_OK);
        EXPECT_EQ(sqlite3_exec(db, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK)
            << sqlite3_errmsg(db);
        sqlite3_close(db);
    }
    void write_file(const std::string& bytes) const { std::ofstream(path) << bytes; }
    std::string read_file() const {
        std::ifstream file(path, std::ios::binary);
        return {std::istreambuf_iterator<char>(file), {}};
    }
    static mode_t mode_of(const fs::path& of) {
        struct stat found {};
        EXPECT_EQ(::stat(of.c_str(), &found), 0) << of;
        return found.st_mode & 0777;
    }
};

TEST_F(OpenTest, MakesTheFileAndItsFoldersForThisUserOnly) {
    SqliteOptions deep = options();
    deep.path = (folder / "a" / "b" / "jobs.db").string();

    ASSERT_TRUE(open(deep));

    EXPECT_EQ(mode_of(folder / "a"), 0700u);
    EXPECT_EQ(mode_of(folder / "a" / "b"), 0700u);
    EXPECT_EQ(mode_of(deep.path), 0600u);
}

TEST_F(OpenTest, FindsTheJobsOfEarlierTimes) {
    JobId id;
    {
        conformance::Client client(open());
        id = add(client);
    }
    conformance::Client client(open());

    EXPECT_EQ(client.job({"mail", id}).value().name, "send");
    EXPECT_NE(add(client), id);
}

TEST_F(OpenTest, LeavesOneFileThatCanBeCopiedWhenTheLastStoreCloses) {
    {
        conformance::Client client(open());
        add(client);
    }

    EXPECT_EQ(fs::file_size(path + "-wal"), 0u);
}

TEST_F(OpenTest, KeepsTheQueuesOfPrefixesApart) {
    SqliteOptions other = options();
    other.prefix = "blue";
    conformance::Client bull(open());
    conformance::Client blue(open(other));
    add(bull);

    EXPECT_EQ(bull.counts("mail").value().waiting, 1u);
    EXPECT_EQ(blue.counts("mail").value().waiting, 0u);
    EXPECT_TRUE(blue.queues().value().empty());
}

TEST_F(OpenTest, ServesTwoStoresOnOneFileInOneProcess) {
    conformance::Client first(open());
    conformance::Client second(open());
    const JobId id = add(first);

    ASSERT_EQ(take(second).size(), 1u);
    EXPECT_EQ(first.job({"mail", id}).value().state, JobState::active);
}

TEST_F(OpenTest, RefusesANewerSchemaAndNamesTheFile) {
    open();
    run_sql("PRAGMA user_version = 99");

    const auto refused = open_sqlite(options());

    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), ErrorCode::corrupt);
    EXPECT_NE(refused.error().message().find(path), std::string::npos);
    EXPECT_NE(refused.error().message().find("version 99"), std::string::npos);
}

TEST_F(OpenTest, RefusesTheDatabaseOfAnotherProgramAndLeavesItAsItIs) {
    run_sql("CREATE TABLE photos (id INTEGER PRIMARY KEY)");
    const std::string before = read_file();

    const auto refused = open_sqlite(options());

    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), ErrorCode::corrupt);
    EXPECT_EQ(read_file(), before);
}

TEST_F(OpenTest, RefusesAFileThatIsNoDatabase) {
    write_file("These are my notes, and not a database at all. " + std::string(2000, '.'));

    const auto refused = open_sqlite(options());

    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), ErrorCode::corrupt);
    EXPECT_NE(refused.error().message().find(path), std::string::npos);
}

TEST_F(OpenTest, RefusesADatabaseWhosePagesAreDamaged) {
    {
        conformance::Client client(open());
        for (int i = 0; i < 100; ++i)
            add(client);
    }
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(4096);
    file << std::string(4096 * 8, '\xA5');
    file.close();

    const auto refused = open_sqlite(options());

    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), ErrorCode::corrupt) << refused.error().message();
}

TEST_F(OpenTest, RefusesAFolderAndAPathThroughAFile) {
    SqliteOptions is_folder = options();
    is_folder.path = folder.string();
    EXPECT_EQ(open_sqlite(is_folder).error().code(), ErrorCode::unavailable);

    write_file("x");
    SqliteOptions through_file = options();
    through_file.path = path + "/jobs.db";
    const auto refused = open_sqlite(through_file);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), ErrorCode::unavailable);
    EXPECT_NE(refused.error().message().find(path), std::string::npos);
}

TEST_F(OpenTest, RefusesAnEmptyPath) {
    EXPECT_EQ(open_sqlite({}).error().code(), ErrorCode::invalid_argument);
}

TEST_F(OpenTest, ReportsCommitsThatTheLogHasLost) {
    const fs::path copy = folder / "copy";
    fs::create_directories(copy);
    {
        conformance::Client client(open());
        for (int i = 0; i < 10; ++i)
            add(client);
        // As a crash leaves the files, and then a damaged header of the log.
        for (const char* suffix : {"", "-wal", "-mark"})
            fs::copy_file(path + suffix, (copy / "jobs.db").string() + suffix);
    }
    std::fstream log((copy / "jobs.db-wal").string(),
                     std::ios::in | std::ios::out | std::ios::binary);
    log.seekp(8);
    log << std::string(8, '\xFF');
    log.close();
    SqliteOptions damaged = options();
    damaged.path = (copy / "jobs.db").string();

    conformance::Client client(open(damaged));

    EXPECT_EQ(client.counts("mail").value().waiting, 0u);
    EXPECT_TRUE(was_logged("sqlite.commits_lost"));
}

TEST_F(OpenTest, SaysNothingOfLostCommitsAfterACrashThatLostNone) {
    const fs::path copy = folder / "copy";
    fs::create_directories(copy);
    {
        conformance::Client client(open());
        for (int i = 0; i < 10; ++i)
            add(client);
        for (const char* suffix : {"", "-wal", "-mark"})
            fs::copy_file(path + suffix, (copy / "jobs.db").string() + suffix);
    }
    SqliteOptions crashed = options();
    crashed.path = (copy / "jobs.db").string();

    conformance::Client client(open(crashed));

    EXPECT_FALSE(was_logged("sqlite.commits_lost"));
    EXPECT_EQ(client.counts("mail").value().waiting, 10u);
}

TEST_F(OpenTest, AnswersCancelledOnceItIsClosed) {
    conformance::Client client(open());
    ASSERT_TRUE(client.store().close(5s));

    EXPECT_EQ(client.counts("mail").error().code(), ErrorCode::cancelled);
    EXPECT_TRUE(client.store().close(5s));
}

}  // namespace
}  // namespace toril::sqlite
