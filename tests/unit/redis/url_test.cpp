#include <toril/redis/config.hpp>

#include <gtest/gtest.h>

namespace toril::redis {
namespace {

Config from(std::string_view url) {
    const Result<Config> config = Config::from_url(url);
    EXPECT_TRUE(config) << url << ": " << config.error().message();
    return config ? *config : Config{};
}

TEST(UrlTest, ReadsHostPortAndDatabase) {
    EXPECT_EQ(from("redis://cache.example").host, "cache.example");
    EXPECT_EQ(from("redis://cache.example").port, 6379);
    EXPECT_EQ(from("redis://h:1234/7").port, 1234);
    EXPECT_EQ(from("redis://h:1234/7").database, 7);
    EXPECT_EQ(from("redis://h/").database, 0);
    EXPECT_EQ(from("redis://[::1]:6380/2").host, "::1");
    EXPECT_EQ(from("redis://127.0.0.1?db=3").database, 3);
    EXPECT_EQ(from("valkey://h").host, "h");
}

TEST(UrlTest, DecodesUserAndPassword) {
    const Config config = from("redis://us%40er:p%2Fa%3As%25s@h");

    EXPECT_EQ(config.username, "us@er");
    EXPECT_EQ(config.password, "p/a:s%s");
    EXPECT_EQ(from("redis://:secret@h").password, "secret");
    EXPECT_EQ(from("redis://:secret@h").username, "");
}

TEST(UrlTest, ReadsTls) {
    EXPECT_TRUE(from("rediss://h").tls);
    EXPECT_TRUE(from("valkeys://h").tls);
    EXPECT_FALSE(from("redis://h").tls);
}

TEST(UrlTest, ReadsAUnixSocket) {
    const Config config = from("redis+unix:///run/my%20redis.sock?db=4");

    EXPECT_EQ(config.unix_path, "/run/my redis.sock");
    EXPECT_EQ(config.database, 4);
    EXPECT_EQ(from("unix:///x").unix_path, "/x");
    EXPECT_EQ(from("redis+unix://:pw@/x").password, "pw");
}

TEST(UrlTest, ReadsOptions) {
    const Config config = from(
        "redis://h?name=api&protocol=2&connect_timeout=100&command_timeout=200"
        "&block_timeout=300&keep_alive=400");

    EXPECT_EQ(config.application, "api");
    EXPECT_EQ(config.protocol, 2);
    EXPECT_EQ(config.connect_timeout, Millis{100});
    EXPECT_EQ(config.command_timeout, Millis{200});
    EXPECT_EQ(config.block_timeout, Millis{300});
    EXPECT_EQ(config.keep_alive, Millis{400});
}

struct Refused {
    std::string url;
    std::string names;  // must be in the message
};

TEST(UrlTest, RefusesWhatItDoesNotUnderstandAndNamesIt) {
    const std::vector<Refused> cases{
        {"", "not a URL"},
        {"localhost", "not a URL"},
        {"http://h", "\"http\""},
        {"redis://", "no host"},
        {"redis://:6379", "no host"},
        {"redis://h:0", "port"},
        {"redis://h:65536", "port"},
        {"redis://h/one", "database"},
        {"redis://h/-1", "database"},
        {"redis://h/1/2", "database"},
        {"redis://h?databse=1", "\"databse\""},
        {"redis://h?protocol=4", "protocol"},
        {"redis://h?command_timeout=0", "command_timeout"},
        {"redis://h?command_timeout=1s", "command_timeout"},
        {"redis://h?name=", "name"},
        {"redis://h?name=a%0ab", "control"},
        {"redis://h#1", "fragment"},
        {"redis://user@h", "no password"},
        {"redis://:a%00b@h", "control"},
        {"redis+unix://host/x", "no host"},
        {"redis+unix:///", "no path"},
        {"redis+unix:///" + std::string(200, 'x'), "too long"},
    };
    for (const Refused& refused : cases) {
        const Result<Config> config = Config::from_url(refused.url);
        ASSERT_FALSE(config) << refused.url;
        EXPECT_EQ(config.error().code(), ErrorCode::invalid_argument);
        EXPECT_NE(config.error().message().find(refused.names), std::string::npos)
            << refused.url << ": " << config.error().message();
    }
}

TEST(UrlTest, NeverShowsThePassword) {
    const std::vector<std::string> broken{"redis://u:hunter2@h:99999",
                                          "redis://u:hunter2@h/x",
                                          "redis://u:hunter2@h?a=1",
                                          "redis://u:hunter2@",
                                          "redis:u:hunter2@h",
                                          "redis://u:hunter2@h o",
                                          "redis://u:hunter2%0a@h"};
    for (const std::string& url : broken) {
        const Result<Config> config = Config::from_url(url);
        ASSERT_FALSE(config) << url;
        EXPECT_EQ(config.error().message().find("hunter2"), std::string::npos)
            << config.error().message();
    }
}

TEST(UrlTest, WritesItAgainWithoutThePassword) {
    EXPECT_EQ(from("redis://h").redacted_url(), "redis://h:6379");
    EXPECT_EQ(from("rediss://us%40er:pw@[::1]:1/2").redacted_url(),
              "rediss://us%40er:***@[::1]:1/2");
    EXPECT_EQ(from("redis+unix:///a%20b?db=1").redacted_url(), "redis+unix:///a%20b?db=1");
}

}  // namespace
}  // namespace toril::redis
