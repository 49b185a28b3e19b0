// Settings: where they come from, and toril config explain.

#include "cli_fixture.hpp"

namespace toril::e2e {
namespace {

namespace json = boost::json;

class ConfigTest : public CliTest {
protected:
    json::object setting(const std::string& name, Words words = {}) {
        words.insert(words.begin(), {"config", "explain"});
        const json::value all = json(words);
        for (const json::value& each : all.as_array())
            if (each.at("name") == json::value(name)) return each.as_object();
        ADD_FAILURE() << "no setting " << name;
        return {};
    }
};

TEST_F(ConfigTest, ExplainsTheDefaultStore) {
    const json::object store = setting("store");

    EXPECT_EQ(store.at("value"),
              json::value("sqlite:" + folder.path() + "/.local/state/toril/jobs.db"));
    EXPECT_EQ(store.at("origin"), "default");
}

TEST_F(ConfigTest, PutsFlagsBeforeEnvironmentBeforeFileBeforeDefault) {
    const std::string file = folder.write("my.toml", "prefix = \"from-file\"\n");

    EXPECT_EQ(setting("prefix").at("value"), "bull");
    EXPECT_EQ(setting("prefix", {"--config", file}).at("value"), "from-file");
    environment["TORIL_PREFIX"] = "from-env";
    EXPECT_EQ(setting("prefix", {"--config", file}).at("value"), "from-env");
    EXPECT_EQ(setting("prefix", {"--config", file, "--prefix", "from-flag"}).at("value"),
              "from-flag");
}

TEST_F(ConfigTest, FindsTheFileOfTheUser) {
    folder.write(".config/toril/toril.toml",
                 "# mine\ncommand-timeout = \"7s\"\n\n[redis]\nhost = \"h\"\nport = 7000\n"
                 "\n[work]\nconcurrency = 9\n");

    EXPECT_EQ(setting("command-timeout").at("value"), "7s");
    EXPECT_EQ(setting("store").at("value"), "redis://h:7000/0");
    EXPECT_EQ(setting("work.concurrency").at("value"), "9");
}

TEST_F(ConfigTest, RefusesAFileWithAnUnknownKeyOrNoSense) {
    const Finished unknown =
        run({"config", "explain", "--config", folder.write("a.toml", "prefx = \"x\"\n")});
    EXPECT_EQ(unknown.exit_code, 2);
    EXPECT_NE(unknown.err.find("did you mean \"prefix\""), std::string::npos) << unknown.err;
    for (const char* text : {"prefix\n", "prefix = [1, 2]\n", "prefix = \n", "\xff\xfe\x01"})
        EXPECT_EQ(run({"config", "explain", "--config", folder.write("b.toml", text)}).exit_code, 2)
            << text;
    EXPECT_EQ(run({"config", "explain", "--config", "/no/such/file"}).exit_code, 2);
    EXPECT_EQ(run({"config", "explain", "--config", folder.path()}).exit_code, 2);
}

TEST_F(ConfigTest, NeverShowsASecret) {
    environment["REDIS_URL"] = "redis://user:s3cret@127.0.0.1:1";
    environment["REDIS_PASSWORD"] = "s3cret";
    for (const Words& words : {Words{"config", "explain"},
                               Words{"config", "explain", "--json"},
                               Words{"health", "--command-timeout", "200ms"}}) {
        const Finished finished = run(words);
        EXPECT_EQ((finished.out + finished.err).find("s3cret"), std::string::npos);
    }
}

TEST_F(ConfigTest, WarnsOfAPasswordOnTheCommandLine) {
    const Finished finished =
        run({"config", "explain", "--store", "redis://h", "--password", "s3cret"});

    EXPECT_EQ(finished.exit_code, 0);
    EXPECT_NE(finished.err.find("command line"), std::string::npos);
    EXPECT_EQ((finished.out + finished.err).find("s3cret"), std::string::npos);
}

TEST_F(ConfigTest, ReadsAPasswordFromAFile) {
    const std::string file = folder.write("password", "s3cret\n");
    environment["REDIS_HOST"] = "h";
    environment["REDIS_PASSWORD_FILE"] = file;

    EXPECT_EQ(setting("store").at("value"), "redis://:***@h:6379/0");
}

TEST_F(ConfigTest, TakesGlobalOptionsBeforeAndBehindTheCommand) {
    EXPECT_EQ(run({"--store", "memory:", "counts", "q"}).exit_code, 0);
    EXPECT_EQ(run({"counts", "--store", "memory:", "q"}).exit_code, 0);
    EXPECT_EQ(run({"counts", "q", "--store=memory:"}).exit_code, 0);
}

}  // namespace
}  // namespace toril::e2e
