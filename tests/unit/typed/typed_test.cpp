#include <toril/typed.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>

namespace toril {
namespace {

struct Size {
    std::string name{};
    std::uint16_t width = 0;

    static constexpr auto toril_fields =
        std::tuple{field("name", &Size::name), field("width", &Size::width)};
    friend bool operator==(const Size&, const Size&) = default;
};

struct Picture {
    std::string path{};
    std::vector<Size> sizes{};
    std::optional<double> quality{};
    std::map<std::string, bool> flags{};
    std::int64_t taken = 0;
    int attempts = 3;
    Json extra{};

    static constexpr auto toril_fields =
        std::tuple{field("path", &Picture::path),
                   field("sizes", &Picture::sizes),
                   field("quality", &Picture::quality),
                   field("flags", &Picture::flags),
                   field("taken", &Picture::taken),
                   field_with_default("attempts", &Picture::attempts),
                   field("extra", &Picture::extra)};
    friend bool operator==(const Picture&, const Picture&) = default;
};

struct Foreign {
    int number = 0;
};

}  // namespace

template <>
struct FieldsOf<Foreign> {
    static constexpr auto value = std::tuple{field("number", &Foreign::number)};
};

namespace {

std::string error_of(std::string text) {
    const Result<Picture> picture = from_json<Picture>(Json::unchecked(std::move(text)));
    return picture ? "none" : picture.error().message();
}

TEST(TypedTest, AStructComesBackAsItWent) {
    const Picture sent{.path = "a \"b\".jpg",
                       .sizes = {{"thumb", 160}, {"large", 65'535}},
                       .quality = 0.1,
                       .flags = {{"keep", true}, {"strip", false}},
                       .taken = std::numeric_limits<std::int64_t>::min(),
                       .attempts = 5,
                       .extra = Json::unchecked(R"({"any":[1,null]})")};

    const Json json = to_json(sent);
    const Result<Picture> received = from_json<Picture>(json);

    EXPECT_EQ(json.text(),
              R"({"path":"a \"b\".jpg","sizes":[{"name":"thumb","width":160},)"
              R"({"name":"large","width":65535}],"quality":0.1,"flags":{"keep":true,)"
              R"("strip":false},"taken":-9223372036854775808,"attempts":5,)"
              R"("extra":{"any":[1,null]}})");
    ASSERT_TRUE(received) << received.error().message();
    EXPECT_EQ(*received, sent);
}

TEST(TypedTest, AnEmptyOptionalIsLeftOutAndMayBeAbsentOrNull) {
    EXPECT_EQ(to_json(Picture{}).text().find("quality"), std::string::npos);
    for (const char* quality : {"", R"(,"quality":null)"}) {
        const std::string text =
            R"({"path":"p","sizes":[],"flags":{},"taken":1,"extra":0)" + std::string(quality) + "}";
        const Result<Picture> received = from_json<Picture>(Json::unchecked(text));
        ASSERT_TRUE(received) << received.error().message();
        EXPECT_FALSE(received->quality);
    }
}

TEST(TypedTest, AFieldWithDefaultKeepsItAndUnknownMembersArePassedOver) {
    const Result<Picture> received = from_json<Picture>(Json::unchecked(
        R"({"path":"p","sizes":[],"flags":{},"taken":1,"extra":0,"unknown":{"a":[1]}})"));

    ASSERT_TRUE(received) << received.error().message();
    EXPECT_EQ(received->attempts, 3);
}

TEST(TypedTest, AMismatchSaysWhereAndWhatWasExpectedAndFound) {
    EXPECT_EQ(error_of("[1]"), "expected an object, found an array");
    EXPECT_EQ(error_of(R"({"path":7})"), "path: expected a string, found 7");
    EXPECT_EQ(error_of("{}"), "path: is missing");
    EXPECT_EQ(error_of(R"({"path":"p","sizes":[{"name":"a","width":1},{"name":"b","width":-1}]})"),
              "sizes[1].width: expected a whole number from 0 to 65535, found -1");
    EXPECT_EQ(error_of(R"({"path":"p","sizes":[],"flags":{"keep":"yes"}})"),
              "flags.keep: expected true or false, found \"yes\"");
    EXPECT_EQ(error_of("{oops").substr(0, 9), "not JSON:");
}

TEST(TypedTest, ALongValueIsCutInTheMessage) {
    const std::string message = error_of("\"" + std::string(500, 'x') + "\"");

    EXPECT_LT(message.size(), 100u) << message;
}

TEST(TypedTest, WholeNumbersMayBeWrittenWithAPointButNotLoseAPart) {
    EXPECT_EQ(*from_json<int>(Json::unchecked("3.0")), 3);
    EXPECT_FALSE(from_json<int>(Json::unchecked("3.5")));
    EXPECT_FALSE(from_json<int>(Json::unchecked("2147483648")));
    EXPECT_EQ(*from_json<std::uint64_t>(Json::unchecked("18446744073709551615")),
              std::numeric_limits<std::uint64_t>::max());
}

TEST(TypedTest, NumbersThatJsonDoesNotHaveBecomeNull) {
    EXPECT_EQ(to_json(std::numeric_limits<double>::quiet_NaN()).text(), "null");
    EXPECT_EQ(to_json(std::vector<double>{HUGE_VAL, 1e20}).text(), "[null,1e+20]");
}

TEST(TypedTest, AStructOfOthersIsDescribedFromOutside) {
    EXPECT_EQ(to_json(Foreign{.number = 7}).text(), R"({"number":7})");
    EXPECT_EQ(from_json<Foreign>(Json::unchecked(R"({"number":8})"))->number, 8);
}

class FakeContext final : public JobContext {
public:
    explicit FakeContext(std::string data) { job_.data = Json::unchecked(std::move(data)); }
    const Job& job() const noexcept override { return job_; }
    std::stop_token stop_token() const noexcept override { return {}; }
    Status progress(const Json&) override { return {}; }
    Status log(std::string_view) override { return {}; }
    Status update_data(const Json&) override { return {}; }
    Status extend_lock() override { return {}; }
    Error move_to_delayed(Millis) override { return {ErrorCode::moved, "later"}; }
    Error move_to_waiting_children() override { return {ErrorCode::moved, "after the children"}; }
    Error rate_limit(Millis) override { return {ErrorCode::moved, "not so fast"}; }
    Result<std::map<std::string, Json>> children_values() override {
        return std::map<std::string, Json>{};
    }
    Result<std::map<std::string, std::string>> ignored_children_failures() override {
        return std::map<std::string, std::string>{};
    }
    Result<std::uint64_t> pending_children() override { return std::uint64_t{0}; }

private:
    Job job_{};
};

TEST(TypedHandlerTest, GivesTheStructAndReturnsTheAnswerAsJson) {
    const Handler handler = typed<Size>([](const Size& size, JobContext&) {
        return Result<Size>(Size{.name = size.name + "!", .width = size.width});
    });
    FakeContext context(R"({"name":"thumb","width":160})");

    const Result<Json> answer = handler(context);

    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->text(), R"({"name":"thumb!","width":160})");
}

TEST(TypedHandlerTest, PassesJsonStatusAndErrorsThrough) {
    FakeContext context("7");

    const Handler raw = typed<int>([](int, JobContext&) { return Result<Json>(Json{}); });
    const Handler done = typed<int>([](int, JobContext&) { return Status{}; });
    const Handler fails = typed<int>(
        [](int, JobContext&) { return Status(Error(ErrorCode::failed, "disk is full")); });

    EXPECT_EQ(raw(context)->text(), "null");
    EXPECT_EQ(done(context)->text(), "null");
    EXPECT_EQ(fails(context).error(), Error(ErrorCode::failed, "disk is full"));
}

TEST(TypedHandlerTest, FailsTheJobForGoodWhenTheDataDoesNotFit) {
    FakeContext context(R"({"name":"thumb"})");
    bool ran = false;

    const Handler handler = typed<Size>([&](const Size&, JobContext&) {
        ran = true;
        return Status{};
    });

    EXPECT_EQ(handler(context).error(), Error(ErrorCode::unrecoverable, "width: is missing"));
    EXPECT_FALSE(ran);
}

}  // namespace
}  // namespace toril
