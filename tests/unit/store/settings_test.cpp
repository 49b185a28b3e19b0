#include <toril/config.hpp>

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>

using namespace std::chrono_literals;

namespace toril {
namespace {

using Variables = std::map<std::string, std::string, std::less<>>;

SettingSources with(Variables variables) {
    return {.environment = [variables = std::move(variables)](
                               std::string_view name) -> std::optional<std::string> {
        const auto at = variables.find(name);
        return at == variables.end() ? std::nullopt : std::optional(at->second);
    }};
}

Settings load(const SettingSources& sources) {
    return Settings::load(sources).value();
}

std::string refusal(const SettingSources& sources) {
    const Result<Settings> settings = Settings::load(sources);
    if (settings) return {};
    EXPECT_EQ(settings.error().code(), ErrorCode::invalid_argument);
    return settings.error().message();
}

std::string origin(const Settings& settings, std::string_view name) {
    for (const Setting& each : settings.all())
        if (each.name == name) return each.origin;
    return "none";
}

bool warns_of(const Settings& settings, std::string_view text) {
    for (const std::string& warning : settings.warnings())
        if (warning.find(text) != std::string::npos) return true;
    return false;
}

// A file with some text, gone with the test.
class TextFile {
public:
    explicit TextFile(const std::string& text) {
        const int file = ::mkstemp(path_.data());
        ::close(file);
        std::ofstream(path_) << text;
    }
    ~TextFile() { std::remove(path_.c_str()); }
    TextFile(const TextFile&) = delete;
    TextFile& operator=(const TextFile&) = delete;

    const std::string& path() const { return path_; }

private:
    std::string path_ = testing::TempDir() + "toril-setting-XXXXXX";
};

TEST(SettingsTest, TakesTheStrongestOfFlagEnvironmentFileAndDefault) {
    SettingSources sources = with({{"HOME", "/home/a"}, {"TORIL_PREFIX", "env"}});
    sources.file = {{"prefix", "file"}, {"command-timeout", "3s"}};
    sources.file_path = "toril.toml";

    EXPECT_EQ(load(sources).text("prefix"), "env");
    EXPECT_EQ(load(sources).duration("command-timeout"), 3s);
    EXPECT_EQ(load(sources).duration("block-timeout"), 30s);
    sources.flags = {{"prefix", "flag"}};
    EXPECT_EQ(load(sources).text("prefix"), "flag");
}

TEST(SettingsTest, SaysWhereEachValueComesFrom) {
    SettingSources sources = with({{"REDIS_URL", "redis://r"}, {"TORIL_LOG_LEVEL", "debug"}});
    sources.flags = {{"prefix", "p"}};
    sources.file = {{"command-timeout", "3s"}};
    sources.file_path = "/etc/toril/toril.toml";
    const Settings settings = load(sources);

    EXPECT_EQ(origin(settings, "prefix"), "flag --prefix");
    EXPECT_EQ(origin(settings, "log-level"), "environment TORIL_LOG_LEVEL");
    EXPECT_EQ(origin(settings, "command-timeout"), "file /etc/toril/toril.toml, command-timeout");
    EXPECT_EQ(origin(settings, "block-timeout"), "default");
    EXPECT_EQ(origin(settings, "store"), "environment REDIS_URL");
}

TEST(SettingsTest, ReadsTheBlockTimeoutInSeconds) {
    EXPECT_EQ(load(with({{"HOME", "/h"}, {"BULLMQ_BLOCK_TIMEOUT", "7"}})).duration("block-timeout"),
              7s);
    EXPECT_EQ(
        load(with({{"HOME", "/h"}, {"BULLMQ_BLOCK_TIMEOUT", "70ms"}})).duration("block-timeout"),
        70ms);
}

TEST(SettingsTest, RefusesValuesOutOfRangeAndNamesTheirOrigin) {
    EXPECT_NE(refusal(with({{"HOME", "/h"}, {"TORIL_COMMAND_TIMEOUT", "soon"}}))
                  .find("TORIL_COMMAND_TIMEOUT"),
              std::string::npos);
    EXPECT_NE(refusal(with({{"HOME", "/h"}, {"TORIL_CONCURRENCY", "0"}})).find("1 to 10000"),
              std::string::npos);
    EXPECT_NE(refusal(with({{"HOME", "/h"}, {"REDIS_DISABLED", "maybe"}})).find("REDIS_DISABLED"),
              std::string::npos);
    EXPECT_NE(refusal(with({{"HOME", "/h"}, {"TORIL_LOG_LEVEL", "loud"}})).find("debug info"),
              std::string::npos);
}

TEST(SettingsTest, RefusesAnUnknownKeyOfAFileAndSaysWhatWasMeant) {
    SettingSources sources = with({{"HOME", "/h"}});
    sources.file = {{"prefx", "x"}};
    sources.file_path = "toril.toml";

    EXPECT_EQ(refusal(sources),
              "toril.toml: there is no setting \"prefx\"; did you mean \"prefix\"?");
}

TEST(SettingsTest, TakesAnEmptyVariableForNone) {
    EXPECT_TRUE(
        load(with({{"HOME", "/h"}, {"REDIS_URL", ""}, {"TORIL_STORE", ""}})).is_default_store());
}

TEST(DefaultStoreTest, IsAFileInTheUsersStateFolder) {
    EXPECT_EQ(load(with({{"HOME", "/home/a"}})).store_url(),
              "sqlite:/home/a/.local/state/toril/jobs.db");
    EXPECT_EQ(load(with({{"HOME", "/h"}, {"XDG_STATE_HOME", "/state"}})).store_url(),
              "sqlite:/state/toril/jobs.db");
    EXPECT_EQ(load(with({{"HOME", "/h"}, {"XDG_STATE_HOME", "relative"}})).store_url(),
              "sqlite:/h/.local/state/toril/jobs.db");
    EXPECT_EQ(load(with({{"HOME", "/h"}, {"STATE_DIRECTORY", "/var/lib/toril"}})).store_url(),
              "sqlite:/var/lib/toril/jobs.db");
}

TEST(DefaultStoreTest, IsRefusedWhenThereIsNoFolderForIt) {
    EXPECT_NE(refusal(with({})).find("--store"), std::string::npos);
}

TEST(StoreChoiceTest, TakesTheFirstThatIsSet) {
    Variables variables{{"HOME", "/h"}, {"REDIS_HOST", "parts"}};
    EXPECT_EQ(load(with(variables)).store_url(), "redis://parts:6379/0");
    variables["REDIS_URL"] = "redis://url";
    EXPECT_EQ(load(with(variables)).store_url(), "redis://url");
    variables["TORIL_STORE"] = "memory:";
    SettingSources sources = with(variables);
    EXPECT_EQ(load(sources).store_url(), "memory:");
    sources.flags = {{"store", "sqlite:x"}};
    EXPECT_EQ(load(sources).store_url(), "sqlite:x");
}

TEST(StoreChoiceTest, PutsTheEnvironmentsRedisBeforeTheFilesStore) {
    SettingSources sources = with({{"HOME", "/h"}, {"REDIS_HOST", "parts"}});
    sources.file = {{"store", "memory:"}};

    EXPECT_EQ(load(sources).store_url(), "redis://parts:6379/0");
}

TEST(StoreChoiceTest, BuildsAUrlFromPartsAndEncodesThem) {
    EXPECT_EQ(load(with({{"REDIS_HOST", "h"},
                         {"REDIS_PORT", "7000"},
                         {"REDIS_USERNAME", "us:er"},
                         {"REDIS_PASSWORD", "p@ss/word"},
                         {"REDIS_DB", "3"}}))
                  .store_url(),
              "redis://us%3Aer:p%40ss%2Fword@h:7000/3");
    EXPECT_EQ(load(with({{"REDIS_HOST", "::1"}, {"REDIS_PASSWORD", "p"}})).store_url(),
              "redis://:p@[::1]:6379/0");
}

TEST(StoreChoiceTest, TakesNoNoticeOfAPortWithoutAHost) {
    EXPECT_TRUE(
        load(with({{"HOME", "/h"}, {"REDIS_PORT", "tcp://10.0.0.1:6379"}})).is_default_store());
}

TEST(StoreChoiceTest, ExplainsThePortThatKubernetesSets) {
    EXPECT_NE(refusal(with({{"REDIS_HOST", "h"}, {"REDIS_PORT", "tcp://10.0.0.1:6379"}}))
                  .find("Kubernetes"),
              std::string::npos);
}

TEST(StoreChoiceTest, WarnsWhenUrlAndPartsNameDifferentServers) {
    const Settings settings = load(with({{"REDIS_URL", "redis://a"}, {"REDIS_HOST", "b"}}));

    EXPECT_EQ(settings.store_url(), "redis://a");
    EXPECT_TRUE(warns_of(settings, "environment REDIS_URL is used"));
}

TEST(StoreChoiceTest, IsSilentWhenUrlAndPartsNameTheSameServer) {
    EXPECT_TRUE(load(with({{"REDIS_URL", "redis://:pw@a:6379/0"}, {"REDIS_HOST", "a"}}))
                    .warnings()
                    .empty());
}

TEST(RedisDisabledTest, PassesOverEveryRedisButAFlag) {
    const Variables variables{{"HOME", "/h"},
                              {"REDIS_DISABLED", "1"},
                              {"REDIS_URL", "redis://:pw@a"},
                              {"REDIS_HOST", "b"},
                              {"TORIL_STORE", "rediss://c"}};
    SettingSources sources = with(variables);

    EXPECT_TRUE(load(sources).is_default_store());
    EXPECT_EQ(load(sources).disabled_redis(), "rediss://c");
    sources.flags = {{"store", "redis://flag"}};
    EXPECT_EQ(load(sources).store_url(), "redis://flag");
    EXPECT_TRUE(warns_of(load(sources), "REDIS_DISABLED"));
}

TEST(RedisDisabledTest, KeepsAnEmbeddedStoreThatWasChosen) {
    EXPECT_EQ(load(with({{"REDIS_DISABLED", "true"}, {"TORIL_STORE", "sqlite:x"}})).store_url(),
              "sqlite:x");
    EXPECT_EQ(load(with({{"REDIS_DISABLED", "0"}, {"REDIS_URL", "redis://a"}})).store_url(),
              "redis://a");
}

TEST(SecretsTest, AreReadFromFilesWithoutTheirLastNewline) {
    const TextFile file("pass word\n");
    const Settings settings =
        load(with({{"REDIS_HOST", "h"}, {"REDIS_PASSWORD_FILE", file.path()}}));

    EXPECT_EQ(settings.store_url(), "redis://:pass%20word@h:6379/0");
    EXPECT_EQ(origin(settings, "redis.password"), "environment REDIS_PASSWORD_FILE");
}

TEST(SecretsTest, AreReadFromAFileThatAConfigurationFileNames) {
    const TextFile file("redis://:pw@h");
    SettingSources sources = with({{"HOME", "/h"}});
    sources.file = {{"store-file", file.path()}};

    EXPECT_EQ(load(sources).store_url(), "redis://:pw@h");
}

TEST(SecretsTest, AreRefusedWhenGivenTwiceOrWhenTheFileIsMissing) {
    EXPECT_NE(
        refusal(with({{"REDIS_PASSWORD", "a"}, {"REDIS_PASSWORD_FILE", "/x"}})).find("both set"),
        std::string::npos);
    EXPECT_NE(refusal(with({{"REDIS_URL_FILE", "/no/such/file"}})).find("/no/such/file"),
              std::string::npos);
}

TEST(SecretsTest, AreNowhereInWhatIsShown) {
    SettingSources sources = with(
        {{"REDIS_URL", "redis://u:s3cret@a"}, {"REDIS_HOST", "b"}, {"REDIS_PASSWORD", "s3cret"}});
    const Settings settings = load(sources);

    for (const Setting& each : settings.all())
        EXPECT_EQ(each.value.find("s3cret"), std::string::npos) << each.name;
    for (const std::string& warning : settings.warnings())
        EXPECT_EQ(warning.find("s3cret"), std::string::npos) << warning;
}

TEST(SecretsTest, AreWarnedAboutOnTheCommandLine) {
    SettingSources sources = with({{"HOME", "/h"}});
    sources.flags = {{"store", "redis://h"}, {"redis.password", "p w"}};
    EXPECT_EQ(load(sources).store_url(), "redis://:p%20w@h");
    EXPECT_TRUE(warns_of(load(sources), "command line"));
    sources.flags = {{"store", "redis://:pw@h"}};
    EXPECT_TRUE(warns_of(load(sources), "command line"));
}

TEST(SecretsTest, AreNotShownToAnotherServer) {
    const Settings settings = load(with({{"REDIS_URL", "redis://a"}, {"REDIS_PASSWORD", "pw"}}));

    EXPECT_EQ(settings.store_url(), "redis://a");
    EXPECT_TRUE(warns_of(settings, "REDIS_PASSWORD is not used"));
}

TEST(MaskedUrlTest, HidesThePasswordWhateverIsInIt) {
    EXPECT_EQ(masked_url("redis://u:pw@h:1/2"), "redis://u:***@h:1/2");
    EXPECT_EQ(masked_url("redis://:p/w@h"), "redis://:***@h");
    EXPECT_EQ(masked_url("redis://:p@w@h"), "redis://:***@h");
    EXPECT_EQ(masked_url("redis://h:1"), "redis://h:1");
    EXPECT_EQ(masked_url("sqlite:a@b:c"), "sqlite:a@b:c");
}

}  // namespace
}  // namespace toril
