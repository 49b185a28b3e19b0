// The spool in a file: other processes, kills, damage.

#include "spool_fixture.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <fstream>

using namespace std::chrono_literals;

namespace toril::spool {
namespace {

constexpr contract::SpoolBounds wide{.jobs_max = 100'000, .bytes_max = 1'000'000'000};

// A spool_peer: see spool_peer.cpp for what it does.
class Peer {
public:
    Peer(const std::string& file, const std::string& what, const std::string& count = "") {
        int out[2];
        EXPECT_EQ(::pipe2(out, O_CLOEXEC), 0);
        pid_ = ::fork();
        if (pid_ == 0) {
            ::dup2(out[1], STDOUT_FILENO);
            ::execl(TORIL_SPOOL_PEER,
                    "spool_peer",
                    file.c_str(),
                    what.c_str(),
                    count.empty() ? nullptr : count.c_str(),
                    nullptr);
            ::_exit(127);
        }
        ::close(out[1]);
        said_ = ::fdopen(out[0], "r");
    }
    ~Peer() {
        kill();
        std::fclose(said_);
    }
    Peer(const Peer&) = delete;
    Peer& operator=(const Peer&) = delete;

    // Empty: it has ended.
    std::string line() {
        char text[128];
        if (std::fgets(text, sizeof text, said_) == nullptr) return {};
        std::string said = text;
        if (said.ends_with('\n')) said.pop_back();
        return said;
    }
    void kill() {
        if (pid_ <= 0) return;
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
        pid_ = 0;
    }

private:
    pid_t pid_ = 0;
    std::FILE* said_ = nullptr;
};

class SqliteSpoolTest : public testing::Test {
protected:
    static void append(contract::SpoolLog& log, const std::vector<std::string>& ids) {
        const auto appended = log.append(jobs_of(ids), Timestamp{1'700'000'000'000ms}, wide);
        ASSERT_TRUE(appended) << appended.error().message();
        ASSERT_EQ(appended->jobs, ids.size());
    }
    // The ids of all jobs, taken out one batch after the other.
    static std::vector<std::string> drain(contract::SpoolLog& log) {
        std::vector<std::string> ids;
        EXPECT_TRUE(log.take_turn());
        for (std::uint64_t sequence = 1;; ++sequence) {
            const auto batch = log.next({"t", sequence}, 500, 1u << 20);
            EXPECT_TRUE(batch) << batch.error().message();
            if (!batch || !*batch) return ids;
            for (const contract::AddJob& job : (*batch)->jobs)
                ids.push_back(job.id);
            EXPECT_TRUE(log.settle(**batch, Timestamp{1ms}, {}));
        }
    }
    Result<std::unique_ptr<contract::SpoolLog>> open() {
        return sqlite_spool::open_spool({.path = file_, .prefix = "bull", .queue = "q"});
    }
    void run_sql(const std::string& sql) {
        sqlite3* db = nullptr;
        ASSERT_EQ(sqlite3_open(file_.c_str(), &db), SQLITE_OK);
        EXPECT_EQ(sqlite3_exec(db, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK)
            << sqlite3_errmsg(db);
        sqlite3_close(db);
    }

    TempFolder folder_{};
    std::string file_ = folder_.file();
};

TEST_F(SqliteSpoolTest, IsReadableByThisUserOnly) {
    auto log = open_log(file_);
    append(*log, {"a"});

    for (const char* part : {"", "-wal", "-lock"}) {
        struct stat found {};
        ASSERT_EQ(::stat((file_ + part).c_str(), &found), 0) << part;
        EXPECT_EQ(found.st_mode & 0777u, 0600u) << part;
    }
}

TEST_F(SqliteSpoolTest, HoldsWhatItTookForTheNextThatOpensIt) {
    append(*open_log(file_), {"a", "b"});

    EXPECT_EQ(drain(*open_log(file_)), (std::vector<std::string>{"a", "b"}));
}

TEST_F(SqliteSpoolTest, KeepsTheQueuesOfOneFileApart) {
    auto mail = open_log(file_, "mail");
    auto scans = open_log(file_, "scans");
    append(*mail, {"m"});
    append(*scans, {"s"});

    EXPECT_TRUE(mail->take_turn());
    EXPECT_EQ(drain(*scans), std::vector<std::string>{"s"});
    EXPECT_EQ(drain(*mail), std::vector<std::string>{"m"});
}

TEST_F(SqliteSpoolTest, LetsOneForwardAtATime) {
    auto first = open_log(file_);
    auto second = open_log(file_);

    EXPECT_TRUE(first->take_turn());
    EXPECT_FALSE(second->take_turn());
    append(*second, {"a"});
    first->end_turn();
    EXPECT_TRUE(second->take_turn());
    second.reset();
    EXPECT_TRUE(first->take_turn()) << "a turn ends with its log";
}

TEST_F(SqliteSpoolTest, TakesAppendsOfSeveralProcessesAtTheSameTime) {
    constexpr int each = 200;
    Peer one(file_, "append", std::to_string(each));
    auto log = open_log(file_);
    for (int i = 0; i < each; ++i)
        append(*log, {"m" + std::to_string(i)});
    for (int i = 1; i <= each; ++i)
        ASSERT_EQ(one.line(), std::to_string(i));

    int ours = 0;
    int theirs = 1;
    for (const std::string& id : drain(*log)) {
        if (id[0] == 'm')
            EXPECT_EQ(id, "m" + std::to_string(ours++));
        else
            EXPECT_EQ(id, "p" + std::to_string(theirs++));
    }
    EXPECT_EQ(ours, each);
    EXPECT_EQ(theirs, each + 1);
}

TEST_F(SqliteSpoolTest, HasEveryAcknowledgedJobAfterAKill) {
    for (const int kill_after : {1, 7, 50}) {
        Peer peer(file_, "append", "100000");
        int acknowledged = 0;
        while (acknowledged < kill_after && !peer.line().empty())
            ++acknowledged;
        peer.kill();
        while (!peer.line().empty())  // said before it died
            ++acknowledged;

        const std::vector<std::string> ids = drain(*open_log(file_));

        ASSERT_GE(ids.size(), static_cast<std::size_t>(acknowledged));
        ASSERT_LE(ids.size(), static_cast<std::size_t>(acknowledged) + 1) << "one was under way";
        for (std::size_t i = 0; i < ids.size(); ++i)
            EXPECT_EQ(ids[i], "p" + std::to_string(i + 1));
    }
}

TEST_F(SqliteSpoolTest, RepeatsWhatAKilledProcessHadSent) {
    append(*open_log(file_), {"a", "b"});
    Peer peer(file_, "send");
    ASSERT_EQ(peer.line(), "peer/1");
    auto log = open_log(file_);
    EXPECT_FALSE(log->take_turn()) << "it lives";

    peer.kill();
    append(*log, {"c"});

    ASSERT_TRUE(log->take_turn());
    const auto batch = log->next({"ours", 1}, 500, 1u << 20).value();
    ASSERT_TRUE(batch);
    EXPECT_EQ(batch->attempt, (contract::SpoolAttempt{"peer", 1}));
    EXPECT_EQ(batch->jobs.size(), 2u);
}

TEST_F(SqliteSpoolTest, SetsADamagedFileAsideAndSaysSo) {
    append(*open_log(file_), {"a"});
    std::filesystem::remove(file_ + "-wal");
    std::filesystem::remove(file_ + "-shm");
    std::ofstream(file_, std::ios::trunc) << std::string(8'192, 'x');

    const auto opened = open();

    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code(), ErrorCode::corrupt);
    EXPECT_NE(opened.error().message().find(file_ + ".damaged-1"), std::string::npos)
        << opened.error().message();
    EXPECT_EQ(std::filesystem::file_size(file_ + ".damaged-1"), 8'192u);
    append(*open_log(file_), {"b"});
    EXPECT_EQ(drain(*open_log(file_)), std::vector<std::string>{"b"});
}

TEST_F(SqliteSpoolTest, NoticesADamagedPageWhenItOpensTheFile) {
    {
        auto log = open_log(file_);
        for (int i = 0; i < 300; ++i)
            append(*log, {"job-" + std::to_string(i)});
    }
    run_sql("PRAGMA wal_checkpoint(TRUNCATE)");
    std::fstream file(file_, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(4096 * 8 + 100);
    file << std::string(3'000, '\x5a');
    file.close();

    const auto opened = open();

    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code(), ErrorCode::corrupt);
    EXPECT_TRUE(std::filesystem::exists(file_ + ".damaged-1"));
}

TEST_F(SqliteSpoolTest, LeavesADatabaseOfAnotherProgramAlone) {
    run_sql("CREATE TABLE theirs (id INTEGER)");

    const auto opened = open();

    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code(), ErrorCode::corrupt);
    EXPECT_FALSE(std::filesystem::exists(file_ + ".damaged-1"));
    run_sql("INSERT INTO theirs VALUES (1)");
}

TEST_F(SqliteSpoolTest, LeavesAFileOfANewerVersionAlone) {
    open_log(file_);
    run_sql("PRAGMA user_version = 99");

    const auto opened = open();

    ASSERT_FALSE(opened);
    EXPECT_NE(opened.error().message().find("version 99"), std::string::npos);
    EXPECT_TRUE(std::filesystem::exists(file_));
}

TEST_F(SqliteSpoolTest, GivesTheDiskBackWhatAnOutageTook) {
    auto log = open_log(file_);
    for (int i = 0; i < 20; ++i) {
        std::vector<contract::AddJob> jobs = jobs_of({"a", "b", "c", "d"});
        for (contract::AddJob& job : jobs)
            job.data = std::string(100'000, 'x');
        ASSERT_TRUE(log->append(jobs, Timestamp{1ms}, wide));
    }
    drain(*log);

    EXPECT_LT(std::filesystem::file_size(file_) + std::filesystem::file_size(file_ + "-wal"),
              1'000'000u);
}

TEST_F(SqliteSpoolTest, SaysWhatIsInAFile) {
    auto log = open_log(file_, "mail");
    append(*log, {"a", "b", "c"});
    ASSERT_TRUE(log->take_turn());
    const auto batch = log->next({"t", 1}, 2, 1u << 20).value();
    const contract::SpoolRefusal refusal{0, Error(ErrorCode::not_found, "its parent is gone")};
    ASSERT_TRUE(log->settle(*batch, Timestamp{1ms}, {&refusal, 1}));

    const auto lines = sqlite_spool::read_lines(file_);

    ASSERT_TRUE(lines) << lines.error().message();
    ASSERT_EQ(lines->size(), 1u);
    const SpoolLine& line = lines->front();
    EXPECT_EQ(line.prefix + ":" + line.queue, "bull:mail");
    EXPECT_EQ(line.jobs, 1u);
    EXPECT_EQ(line.forwarded, 1u);
    EXPECT_EQ(line.rejected, 1u);
    EXPECT_EQ(line.latest_reason, "its parent is gone");
    EXPECT_EQ(sqlite_spool::read_lines(file_ + "-other").error().code(), ErrorCode::not_found);
}

// Files of this process may grow to so many bytes: SQLite meets a write that fails.
class FileSizeLimit {
public:
    explicit FileSizeLimit(rlim_t bytes) {
        ::getrlimit(RLIMIT_FSIZE, &before_);
        handler_ = std::signal(SIGXFSZ, SIG_IGN);
        const rlimit limit{bytes, before_.rlim_max};
        ::setrlimit(RLIMIT_FSIZE, &limit);
    }
    ~FileSizeLimit() {
        ::setrlimit(RLIMIT_FSIZE, &before_);
        std::signal(SIGXFSZ, handler_);
    }

private:
    rlimit before_{};
    void (*handler_)(int) = SIG_DFL;
};

TEST_F(SqliteSpoolTest, GoesOnWhenTheDiskTakesWritesAgain) {
    auto log = open_log(file_);
    append(*log, {"a"});
    std::vector<contract::AddJob> large = jobs_of({"large"});
    large[0].data = std::string(4'000'000, 'x');
    {
        const FileSizeLimit full(1'000'000);
        EXPECT_FALSE(log->append(large, Timestamp{1ms}, wide));
    }

    append(*log, {"b"});

    EXPECT_EQ(drain(*log), (std::vector<std::string>{"a", "b"}));
}

}  // namespace
}  // namespace toril::spool
