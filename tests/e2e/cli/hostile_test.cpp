// What users and scripts get wrong, and names that mean harm.

#include "cli_fixture.hpp"

#include <algorithm>

namespace toril::e2e {
namespace {

namespace json = boost::json;

class UsageTest : public CliTest {
protected:
    UsageTest() { environment["TORIL_STORE"] = "memory:"; }
};

TEST_F(UsageTest, EveryMistakeIsOneErrorAndExitCodeTwo) {
    const std::vector<Words> mistakes{
        {"cuonts", "q"},
        {"queue"},
        {"queue", "cls"},
        {"redis", "flush"},
        {"counts"},
        {"counts", "q", "more"},
        {"counts", "q", "--jsn"},
        {"counts", "q", "--store"},
        {"counts", "q", "--store", "postgres://h"},
        {"counts", "q", "--store", "jobs.db"},
        {"counts", "q", "--color", "pink"},
        {"counts", "q", "--log-level", "loud"},
        {"counts", "q", "--command-timeout", "5"},
        {"counts", ""},
        {"counts", "a:b"},
        {"counts", "a\nb"},
        {"counts", std::string(513, 'q')},
        {"jobs", "q", "--state", "done"},
        {"jobs", "q", "--start", "x"},
        {"job", "q", ""},
        {"job", "q", "wait"},
        {"job", "q", std::string(513, '1')},
        {"add", "q"},
        {"add", "q", "n", "{bad"},
        {"add", "q", "n", "{}{}"},
        {"add", "q", "n", "\xff"},
        {"add", "q", "n", "@/no/such/file"},
        {"add", "q", "n\x1b[2J"},
        {"add", "q", "n", "{}", "--id", "12"},
        {"add", "q", "n", "{}", "--id", "0"},
        {"add", "q", "n", "{}", "--id", "a:b"},
        {"add", "q", "n", "{}", "--id", "meta"},
        {"add", "q", "n", "{}", "--id", "a\tb"},
        {"add", "q", "n", "{}", "--id", ""},
        {"add", "q", "n", "{}", "--id", std::string(513, 'x')},
        {"add", "q", "n", "{}", "--delay", "5"},
        {"add", "q", "n", "{}", "--delay", "-5s"},
        {"add", "q", "n", "{}", "--delay", "99999d"},
        {"add", "q", "n", "{}", "--priority", "-1"},
        {"add", "q", "n", "{}", "--priority", "2097152"},
        {"add", "q", "n", "{}", "--attempts", "0"},
        {"add", "q", "n", "{}", "--attempts", "1e3"},
        {"add", "q", "n", "{}", "--backoff", "linear:1s"},
        {"add", "q", "n", "{}", "--backoff", "fixed"},
        {"add", "q", "n", "{}", "--backoff", "fixed:1s:2"},
        {"add", "q", "n", "{}", "--remove-on-fail=never"},
        {"wait", "q", "1", "--timeout", "soon"},
        {"queue", "clean", "q", "--yes"},
        {"queue", "clean", "q", "--state", "failed", "--older-than", "1 day", "--yes"}};
    for (const Words& words : mistakes) {
        const Finished finished = run(words);
        const std::string shown = json::serialize(json::value_from(words));
        EXPECT_EQ(finished.exit_code, 2) << shown << finished.err;
        EXPECT_EQ(finished.out, "") << shown;
        EXPECT_TRUE(finished.err.starts_with("toril: error: ")) << shown << finished.err;
        EXPECT_EQ(finished.err.find('\x1b'), std::string::npos) << shown;
    }
}

TEST_F(UsageTest, SaysWhatWasMeant) {
    EXPECT_NE(run({"cuonts"}).err.find("did you mean \"toril counts\""), std::string::npos);
    EXPECT_NE(run({"queue", "puase", "q"}).err.find("did you mean \"toril queue pause\""),
              std::string::npos);
    EXPECT_NE(run({"counts", "q", "--jsn"}).err.find("did you mean --json"), std::string::npos);
}

TEST_F(UsageTest, HelpIsForEveryCommandOnStdout) {
    const Finished all = run({"--help"});
    EXPECT_EQ(all.exit_code, 0);
    EXPECT_NE(all.out.find("queue obliterate"), std::string::npos);
    for (const Words& words : {Words{"add", "--help"}, Words{"help", "add"}, Words{"add", "-h"}}) {
        const Finished finished = run(words);
        EXPECT_EQ(finished.exit_code, 0) << finished.err;
        EXPECT_NE(finished.out.find("--backoff"), std::string::npos) << finished.out;
        EXPECT_EQ(finished.err, "");
    }
    EXPECT_NE(run({"help", "queue", "clean"}).out.find("--older-than"), std::string::npos);
    EXPECT_EQ(run({}).exit_code, 2);
}

TEST_F(UsageTest, TakesQueuesThatAreNamedLikeCommands) {
    for (const char* name :
         {"counts", "queue", "add", "help", "[a]", "{b}", "a b", "--", "\xC3\xA9"})
        EXPECT_EQ(run({"counts", "--", name}).exit_code, 0) << name;
    EXPECT_EQ(run({"counts", "counts"}).exit_code, 0);
    EXPECT_EQ(run({"queue", "show", "pause"}).exit_code, 0);
}

class HostileTest : public StoreCliTest {};
TORIL_ON_EACH_STORE(HostileTest);

TEST_P(HostileTest, KeepsEscapeSequencesOfDataAwayFromTheTerminal) {
    const std::string path = folder.write("data.json",
                                          "\"\\u001b[2J \xC2\x9B"
                                          "31m \xE2\x80\xAE evil \\u0007\"");
    const std::string id = add({"n", "@" + path});
    for (const Words& words : {Words{"jobs", "q"}, Words{"job", "q", id}}) {
        const Finished finished = run(words);
        EXPECT_EQ(finished.exit_code, 0);
        EXPECT_EQ(finished.out.find('\x1b'), std::string::npos);
        EXPECT_EQ(finished.out.find('\x07'), std::string::npos);
        EXPECT_EQ(finished.out.find("\xC2\x9B"), std::string::npos);
        EXPECT_EQ(finished.out.find("\xE2\x80\xAE"), std::string::npos);
    }
    EXPECT_EQ(run({"work", "q", "--exec", "cat", "--until-empty"}).exit_code, 0);
    EXPECT_EQ(run({"wait", "q", id}).out.find("\xC2\x9B"), std::string::npos);
}

TEST_P(HostileTest, KeepsEveryByteOfTheDataInJson) {
    const std::string data = R"({"z":1.0,"a":"\u00e9","n":1e400,"big":9007199254740993})";
    const std::string id = add({"n", data});

    EXPECT_NE(run({"job", "q", id, "--json"}).out.find("\"data\":" + data + ","),
              std::string::npos);
}

TEST_P(HostileTest, DoesNotLetAJobsNameOutOfTheEnvironment) {
    const std::string id = add({"$(touch " + folder.path() + "/pwned)`id`;'\""});

    EXPECT_EQ(
        run({"work", "q", "--exec", "printf %s \"$TORIL_JOB_NAME\"", "--until-empty"}).exit_code,
        0);
    EXPECT_EQ(folder.read("pwned"), "");
    EXPECT_EQ(job(id)["returnvalue"], job(id)["name"]);
}

TEST_P(HostileTest, EndsQuietlyWhenItsReaderGoesAway) {
    std::string lines;
    for (int i = 0; i < 3'000; ++i)
        lines += "{\"name\":\"n\"}\n";
    run({"add", "q", "--jsonl", "-"}, lines);
    // The shell's reader takes one line and leaves.
    const std::string path = folder.write("lines.sh",
                                          std::string("'") + TORIL_BINARY + "' jobs q --end -1 2>" +
                                              folder.path() + "/err | head -n 1");
    environment["ENV"] = "";
    add({"n", "--id", "last"});
    std::string command = "cd / && ";
    for (const auto& [name, value] : environment)
        command += name + "='" + value + "' ";
    EXPECT_EQ(std::system((command + "sh " + path + " > " + folder.path() + "/out").c_str()), 0);
    EXPECT_EQ(folder.read("err"), "");
    EXPECT_NE(folder.read("out"), "");
}

TEST_P(HostileTest, SaysThatTheOutputCouldNotBeWritten) {
    std::string command;
    for (const auto& [name, value] : environment)
        command += name + "='" + value + "' ";
    const int status = std::system(
        (command + "'" + TORIL_BINARY + "' counts q > /dev/full 2> " + folder.path() + "/err")
            .c_str());

    EXPECT_EQ(WEXITSTATUS(status), 1);
    EXPECT_NE(folder.read("err").find("could not be written"), std::string::npos);
}

}  // namespace
}  // namespace toril::e2e
