// toril cache get, set, rm, invalidate, stats.

#include "cli_fixture.hpp"

namespace toril::e2e {
namespace {

class CacheTest : public StoreCliTest {
protected:
    // Names are shared by all who use a Redis.
    void set(const std::string& key, const std::string& value, const Words& more = {}) {
        Words words{"cache", "set", key, value};
        words.insert(words.end(), more.begin(), more.end());
        const Finished finished = run(words);
        ASSERT_EQ(finished.exit_code, 0) << finished.err;
    }
    int exit_of_get(const std::string& key) { return run({"cache", "get", key}).exit_code; }
};
TORIL_ON_EACH_STORE(CacheTest);

TEST_P(CacheTest, GivesBackWhatWasSet) {
    set("task:1", R"({"state":"done"})");

    EXPECT_EQ(run({"cache", "get", "task:1"}).out, "{\"state\":\"done\"}\n");
    EXPECT_EQ(json({"cache", "get", "task:1"}).at("value").at("state"), "done");
}

TEST_P(CacheTest, HitsValuesThatLookLikeNothing) {
    for (const std::string value : {"0", "\"\"", "false", "null", "[]"}) {
        set("empty", value);
        const Finished got = run({"cache", "get", "empty"});
        EXPECT_EQ(got.exit_code, 0) << value;
        EXPECT_EQ(got.out, value + "\n");
    }
}

TEST_P(CacheTest, SaysThatThereIsNothingWithExitThree) {
    const Finished got = run({"cache", "get", "nothing"});

    EXPECT_EQ(got.exit_code, 3);
    EXPECT_EQ(got.out, "");
}

TEST_P(CacheTest, ForgetsAnEntryAfterItsTtl) {
    set("short", "1", {"--ttl", "1ms"});

    // Another process was started meanwhile, which takes longer than that.
    EXPECT_EQ(exit_of_get("short"), 3);
}

TEST_P(CacheTest, RemovesKeysAndSaysHowMany) {
    set("a", "1");
    set("b", "2");

    EXPECT_EQ(run({"cache", "rm", "a", "b", "c"}).out, "2\n");
    EXPECT_EQ(exit_of_get("a"), 3);
}

TEST_P(CacheTest, InvalidatesByTag) {
    set("task:1", "1", {"--tag", "tasks", "--tag", "user:7"});
    set("task:2", "2", {"--tag", "tasks"});
    set("other", "3");

    EXPECT_EQ(run({"cache", "invalidate", "--tag", "user:7"}).exit_code, 0);
    EXPECT_EQ(exit_of_get("task:1"), 3);
    EXPECT_EQ(exit_of_get("task:2"), 0);
    EXPECT_EQ(run({"cache", "invalidate", "--tag", "tasks"}).exit_code, 0);
    EXPECT_EQ(exit_of_get("task:2"), 3);
    EXPECT_EQ(exit_of_get("other"), 0);
}

TEST_P(CacheTest, InvalidatesByPattern) {
    set("tasks:list:1", "1");
    set("tasks:count:1", "2");

    EXPECT_EQ(run({"cache", "invalidate", "--pattern", "tasks:list:*"}).exit_code, 0);
    EXPECT_EQ(exit_of_get("tasks:list:1"), 3);
    EXPECT_EQ(exit_of_get("tasks:count:1"), 0);
    set("tasks:list:1", "3");
    EXPECT_EQ(exit_of_get("tasks:list:1"), 0) << "what is set afterwards is there";
}

TEST_P(CacheTest, ClearsAllOfOneCache) {
    set("a", "1");
    set("a", "2", {"--cache", "other"});

    EXPECT_EQ(run({"cache", "invalidate", "--all"}).exit_code, 0);
    EXPECT_EQ(exit_of_get("a"), 3);
    EXPECT_EQ(run({"cache", "get", "a", "--cache", "other"}).out, "2\n");
}

TEST_P(CacheTest, CountsForAllProcesses) {
    set("a", "1");
    run({"cache", "get", "a"});
    run({"cache", "get", "b"});

    const boost::json::value stats = json({"cache", "stats"});
    EXPECT_EQ(stats.at("hits"), 1);
    EXPECT_EQ(stats.at("misses"), 1);
    EXPECT_EQ(stats.at("hitRate").to_number<double>(), 0.5);
    EXPECT_EQ(stats.at("entries"), 1);
    EXPECT_GT(stats.at("bytes").to_number<int>(), 0);
}

TEST_P(CacheTest, RefusesWhatIsNoValue) {
    for (const Words& words : {Words{"cache", "set", "a", "{"},
                               Words{"cache", "set", "", "1"},
                               Words{"cache", "set", "a", "1", "--ttl", "-1s"},
                               Words{"cache", "set", "a", "1", "--cache", "no spaces"},
                               Words{"cache", "invalidate"}}) {
        const Finished finished = run(words);
        EXPECT_EQ(finished.exit_code, 2) << words.at(1) << ": " << finished.err;
    }
}

class CacheWithoutStoreTest : public CliTest {};

TEST_F(CacheWithoutStoreTest, SaysThatTheStoreIsAway) {
    environment["TORIL_STORE"] = "redis://127.0.0.1:1";

    EXPECT_EQ(run({"cache", "get", "a"}).exit_code, 5);
    EXPECT_EQ(run({"cache", "set", "a", "1"}).exit_code, 5);
    EXPECT_EQ(run({"cache", "invalidate", "--tag", "t"}).exit_code, 5);
}

}  // namespace
}  // namespace toril::e2e
