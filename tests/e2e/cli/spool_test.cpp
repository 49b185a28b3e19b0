// toril add --spool, toril spool: jobs that are kept while the store is away.

#include "cli_fixture.hpp"

namespace toril::e2e {
namespace {

// Nobody listens there.
const std::string away = "redis://127.0.0.1:1";

class SpoolTest : public CliTest {
protected:
    SpoolTest() { environment["TORIL_SPOOL"] = spool_; }

    Finished run_on(const std::string& store, Words words) {
        words.insert(words.end(), {"--store", store});
        return run(words);
    }

    const std::string spool_ = folder.path() + "/spool.db";
    const std::string there_ = "sqlite:" + folder.path() + "/jobs.db";
};

TEST_F(SpoolTest, AddKeepsAJobThatTheStoreDoesNotTakeAndSaysSo) {
    const Finished added = run_on(away, {"add", "q", "send", "--id", "mine"});

    EXPECT_EQ(added.exit_code, 0) << added.err;
    EXPECT_EQ(added.out, "mine\n");
    EXPECT_NE(added.err.find("in the spool"), std::string::npos) << added.err;
    const auto line = json({"spool", "status", spool_}).as_array().at(0).as_object();
    EXPECT_EQ(line.at("queue"), "q");
    EXPECT_EQ(line.at("jobs"), 1);
}

TEST_F(SpoolTest, AddSaysAsJsonThatItIsSpooled) {
    const auto added = json({"add", "q", "send", "--store", away}).as_object();

    EXPECT_EQ(added.at("spooled"), true);
    EXPECT_EQ(added.at("state"), "spooled");
    EXPECT_TRUE(added.at("id").as_string().starts_with("s-"));
}

TEST_F(SpoolTest, TheNextAddTakesWhatIsInTheSpoolAlong) {
    run_on(away, {"add", "q", "send", "--id", "first"});

    const Finished second = run_on(there_, {"add", "q", "send", "--id", "second"});

    EXPECT_EQ(second.exit_code, 0) << second.err;
    const Finished listed = run_on(there_, {"jobs", "q", "--state", "waiting", "--jsonl"});
    const auto first_at = listed.out.find("\"first\"");
    const auto second_at = listed.out.find("\"second\"");
    ASSERT_NE(first_at, std::string::npos) << listed.out;
    ASSERT_NE(second_at, std::string::npos) << listed.out;
}

TEST_F(SpoolTest, FlushSendsTheJobsToTheStore) {
    run_on(away, {"add", "q", "send", "--id", "mine"});

    const Finished flushed = run_on(there_, {"spool", "flush", spool_});

    EXPECT_EQ(flushed.exit_code, 0) << flushed.err;
    EXPECT_EQ(flushed.out, "1 forwarded, 0 left\n");
    EXPECT_EQ(run_on(there_, {"job", "q", "mine"}).exit_code, 0);
    EXPECT_EQ(run_on(there_, {"spool", "flush", spool_}).out, "0 forwarded, 0 left\n");
}

TEST_F(SpoolTest, FlushSaysWhatIsLeftWhileTheStoreIsAway) {
    run_on(away, {"add", "q", "send"});

    const Finished flushed = run_on(away, {"spool", "flush", spool_, "--for", "100ms"});

    EXPECT_EQ(flushed.exit_code, 8) << flushed.err;
    EXPECT_EQ(flushed.out, "0 forwarded, 1 left\n");
}

TEST_F(SpoolTest, LinesOfAFileAreKeptToo) {
    const std::string lines =
        folder.write("jobs.jsonl", "{\"name\":\"a\"}\n{\"name\":\"b\"}\n{\"name\":\"c\"}\n");

    const auto added = json({"add", "q", "--jsonl", lines, "--store", away}).as_object();

    EXPECT_EQ(added.at("added"), 3);
    EXPECT_EQ(added.at("spooled"), 3);
    EXPECT_EQ(run_on(there_, {"spool", "flush", spool_}).out, "3 forwarded, 0 left\n");
}

TEST_F(SpoolTest, StatusOfAFileThatIsNotThereIsNotFound) {
    EXPECT_EQ(run({"spool", "status", folder.path() + "/other.db"}).exit_code, 3);
}

}  // namespace
}  // namespace toril::e2e
