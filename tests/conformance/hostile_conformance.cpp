// Text that breaks what is put together carelessly: it comes back as it went in.

#include "fixture.hpp"

namespace toril::conformance {

TORIL_CONFORMANCE_SUITE(Hostile);

namespace {

std::vector<std::string> hostile_texts() {
    return {"",
            " ",
            "'; DROP TABLE job; --",
            "\" \\ / %s %d $1 {}[]()*?",
            "line\r\nbreak\r\n$5\r\nhello\r\n",
            "tab\tand bell\a",
            "caf\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x90\x82",
            std::string("nul\0inside", 10),
            "\xFF\xFE not UTF-8 \x80",
            "-1",
            "nil",
            "0:0"};
}

}  // namespace

TEST_P(Hostile, TextComesBackFromEveryField) {
    int n = 0;
    for (const std::string& text : hostile_texts()) {
        const JobId id = "job" + std::to_string(++n);
        auto added = add_batch({{.id = id, .name = text, .data = text, .opts = "{}"}});
        ASSERT_TRUE(added && added->front());
        ASSERT_TRUE(done(client.update_progress(ref(id), "\"" + text + "\"")));
        ASSERT_TRUE(client.add_log({.job = ref(id), .row = text}));
        taker.name = text;
        const auto run = take();
        ASSERT_TRUE(run) << text;
        EXPECT_EQ(run->job.name, text);
        EXPECT_EQ(run->job.data, text);
        ASSERT_TRUE(done(finish({.id = id,
                                 .token = run->token,
                                 .kind = Outcome::Kind::fail,
                                 .value = text,
                                 .stacktrace = "[]"})));

        const Job kept = job(id);
        EXPECT_EQ(kept.name, text);
        EXPECT_EQ(kept.data.text(), text);
        EXPECT_EQ(kept.progress.text(), "\"" + text + "\"");
        EXPECT_EQ(kept.failed_reason, text);
        EXPECT_EQ(client.logs({.job = ref(id)})->rows, std::vector<std::string>{text});
    }
}

TEST_P(Hostile, IdsAndQueueNamesAreOnlyNames) {
    for (const std::string& text : {std::string("a b"),
                                    std::string("'\"\\%*?[]"),
                                    std::string("caf\xC3\xA9"),
                                    std::string("{tag}"),
                                    std::string(job_id_bytes_max, 'x')}) {
        ASSERT_TRUE(client.add({.queue = text,
                                .jobs = {{.id = text, .name = "x", .data = "1", .opts = "{}"}},
                                .repeat_token = text,
                                .now = now()}))
            << text;
        const auto kept = client.job({text, text});
        ASSERT_TRUE(kept) << text;
        EXPECT_EQ(kept->id, text);
        EXPECT_EQ(client.counts(text)->waiting, 1u);
        EXPECT_TRUE(done(client.remove({text, text}))) << text;
    }
}

TEST_P(Hostile, ReturnValuesComeBackAsTheyAre) {
    for (const char* value : {"null", "0", "\"\"", "{}", "[]", "1e400", "\"\\u0000\""}) {
        const JobId id = add();
        const auto run = take();
        ASSERT_TRUE(done(finish({.id = id, .token = run->token, .value = value})));
        ASSERT_TRUE(job(id).return_value) << value;
        EXPECT_EQ(job(id).return_value->text(), value);
    }
}

TEST_P(Hostile, AMegabyteIsKeptWhole) {
    std::string big(1 << 20, 'a');
    for (std::size_t i = 0; i < big.size(); i += 1021)
        big[i] = static_cast<char>(i % 251);
    const JobId id = add({.data = big});
    ASSERT_TRUE(client.add_log({.job = ref(id), .row = big}));

    const auto run = take();

    ASSERT_TRUE(run);
    EXPECT_TRUE(run->job.data == big);
    ASSERT_TRUE(done(finish({.id = id, .token = run->token, .value = big})));
    EXPECT_TRUE(job(id).data.text() == big);
    EXPECT_TRUE(job(id).return_value->text() == big);
    EXPECT_TRUE(client.logs({.job = ref(id)})->rows.at(0) == big);
    ASSERT_TRUE(done(client.update_data(ref(id), "1")));
    EXPECT_EQ(job(id).data.text(), "1");
}

TEST_P(Hostile, ABatchOfLargeJobsIsTakenWhole) {
    const std::string data(20'000, 'x');
    ASSERT_TRUE(add_batch(std::vector<AddJob>(100, {.name = "x", .data = data, .opts = "{}"})));

    const auto runs = take_several(100);

    ASSERT_EQ(runs.size(), 100u);
    for (const Taken& run : runs)
        EXPECT_TRUE(run.job.data == data);
}

TEST_P(Hostile, StackTracesThatAreNoArrayAreShownAsNone) {
    const JobId id = add();
    const auto run = take();
    ASSERT_TRUE(done(finish({.id = id,
                             .token = run->token,
                             .kind = Outcome::Kind::fail,
                             .value = "no",
                             .stacktrace = "not JSON"})));

    EXPECT_TRUE(job(id).stacktrace.empty());
}

}  // namespace toril::conformance
