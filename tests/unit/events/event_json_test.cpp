#include <toril/queue_events.hpp>

#include <gtest/gtest.h>

namespace toril {
namespace {

std::string shown(std::string name, std::vector<std::pair<std::string, std::string>> fields) {
    return to_json(QueueEvent{.id = "5-0", .name = std::move(name), .fields = std::move(fields)})
        .text();
}

TEST(EventJsonTest, ShowsFieldsInTheirOrder) {
    EXPECT_EQ(shown("waiting", {{"jobId", "7"}, {"prev", "active"}}),
              R"({"id":"5-0","event":"waiting","jobId":"7","prev":"active"})");
    EXPECT_EQ(shown("drained", {}), R"({"id":"5-0","event":"drained"})");
}

TEST(EventJsonTest, ShowsValuesThatAreJsonAsSuch) {
    EXPECT_EQ(shown("completed", {{"jobId", "7"}, {"returnvalue", R"({"a":1})"}}),
              R"({"id":"5-0","event":"completed","jobId":"7","returnvalue":{"a":1}})");
    EXPECT_EQ(shown("progress", {{"data", "42"}}), R"({"id":"5-0","event":"progress","data":42})");
    EXPECT_EQ(shown("delayed", {{"delay", "1795186657720.5"}}),
              R"({"id":"5-0","event":"delayed","delay":1795186657720.5})");
}

TEST(EventJsonTest, ShowsWhatIsNoJsonAsText) {
    EXPECT_EQ(shown("completed", {{"returnvalue", "oops"}}),
              R"({"id":"5-0","event":"completed","returnvalue":"oops"})");
    EXPECT_EQ(shown("delayed", {{"delay", "1x"}}),
              R"({"id":"5-0","event":"delayed","delay":"1x"})");
    EXPECT_EQ(shown("delayed", {{"delay", ""}}), R"({"id":"5-0","event":"delayed","delay":""})");
    EXPECT_EQ(shown("mine", {{"a\"b", "c\n"}, {"id", "x"}}),
              R"({"id":"5-0","event":"mine","a\"b":"c\n"})");
}

TEST(EventJsonTest, FindsAFieldByItsName) {
    const QueueEvent event{.name = "waiting", .fields = {{"jobId", "7"}, {"prev", "active"}}};

    EXPECT_EQ(event.job_id(), "7");
    EXPECT_EQ(event.field("prev"), "active");
    EXPECT_EQ(event.field("delay"), "");
}

}  // namespace
}  // namespace toril
