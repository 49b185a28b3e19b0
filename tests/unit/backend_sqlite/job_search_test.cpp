// What SQLite rules out of a search must be what the matcher would: it reads JSON in its own way.

#include "store_fixture.hpp"

#include <set>

namespace toril::sqlite {
namespace {

class JobSearchTest : public SqliteTest {
protected:
    JobSearchTest() : client(open()) {}

    void add_data(const JobId& id, const std::string& data) {
        ASSERT_TRUE(client.add(
            {.queue = "mail", .jobs = {{.id = id, .name = "send", .data = data, .opts = "{}"}}}));
    }
    std::set<JobId> find(const std::string& path, const std::string& value) {
        const contract::Found found =
            client.find({.queue = "mail", .filter = {.data = {{path, Json::unchecked(value)}}}})
                .value();
        std::set<JobId> ids;
        for (const Job& job : found.jobs)
            ids.insert(job.id);
        return ids;
    }

    conformance::Client client;
};

TEST_F(JobSearchTest, NumbersAreEqualHoweverTheyAreWritten) {
    add_data("whole", R"({"n":100})");
    add_data("decimal", R"({"n":100.0})");
    add_data("power", R"({"n":1e2})");
    add_data("text", R"({"n":"100"})");
    add_data("large", R"({"n":9007199254740993})");

    EXPECT_EQ(find("n", "100"), (std::set<JobId>{"whole", "decimal", "power"}));
    EXPECT_EQ(find("n", "1e2"), (std::set<JobId>{"whole", "decimal", "power"}));
    EXPECT_EQ(find("n", "9007199254740993"), std::set<JobId>{"large"});
    EXPECT_EQ(find("n", "9007199254740992"), std::set<JobId>{});
}

TEST_F(JobSearchTest, NamesAndTextsMayBeEscaped) {
    add_data("name", R"({"\u006e":"x"})");
    add_data("value", R"({"n":"\u0078"})");
    add_data("plain", R"({"n":"x"})");

    EXPECT_EQ(find("n", R"("x")"), (std::set<JobId>{"name", "value", "plain"}));
    EXPECT_EQ(find("n", R"("\u0078")"), (std::set<JobId>{"name", "value", "plain"}));
}

TEST_F(JobSearchTest, ANumberInAPathIsANameOrAPosition) {
    add_data("array", R"({"a":[5,6]})");
    add_data("object", R"({"a":{"1":6}})");
    add_data("flat", R"({"a":6})");

    EXPECT_EQ(find("a.1", "6"), (std::set<JobId>{"array", "object"}));
}

TEST_F(JobSearchTest, TrueNullAndObjectsAreNoNumbers) {
    add_data("true", R"({"n":true})");
    add_data("one", R"({"n":1})");
    add_data("null", R"({"n":null})");
    add_data("none", R"({})");
    add_data("object", R"({"n":{"a":1}})");

    EXPECT_EQ(find("n", "true"), std::set<JobId>{"true"});
    EXPECT_EQ(find("n", "1"), std::set<JobId>{"one"});
    EXPECT_EQ(find("n", "null"), std::set<JobId>{"null"});
    EXPECT_EQ(find("n", R"({"a":1})"), std::set<JobId>{"object"});
}

TEST_F(JobSearchTest, LargePayloadsAreFoundToo) {
    add_data("large", R"({"n":7,"text":")" + std::string(10'000, 'x') + R"("})");
    add_data("other", R"({"n":8,"text":")" + std::string(10'000, 'x') + R"("})");

    EXPECT_EQ(find("n", "7"), std::set<JobId>{"large"});
}

TEST_F(JobSearchTest, ACursorOfAnotherKindIsRefused) {
    add_data("job", "1");

    for (const char* cursor : {"x", "0 1", "0 1 2", "0 1 x y", "-"})
        EXPECT_EQ(client.find({.queue = "mail", .cursor = cursor}).error().code(),
                  ErrorCode::invalid_argument)
            << cursor;
}

}  // namespace
}  // namespace toril::sqlite
