// toril doctor.

#include "cli_fixture.hpp"

namespace toril::e2e {
namespace {

namespace json = boost::json;

class DoctorTest : public StoreCliTest {
protected:
    json::array findings(const Words& more = {}) {
        Words all{"doctor", "--json"};
        all.insert(all.end(), more.begin(), more.end());
        const Finished finished = run(all);
        EXPECT_TRUE(finished.exit_code == 0 || finished.exit_code == 9) << finished.err;
        return json::parse(finished.out).at("findings").as_array();
    }

    const json::object* find(const json::array& all, const char* code) {
        for (const json::value& each : all)
            if (each.at("code") == code) return &each.as_object();
        return nullptr;
    }
};
TORIL_ON_EACH_STORE(DoctorTest);

TEST_P(DoctorTest, NamesAParentThatNoChildWillRelease) {
    run({"flow", "add", "-"}, R"({"name":"a","queueName":"q","opts":{"jobId":"parent"},
        "children":[{"name":"b","queueName":"q","opts":{"jobId":"child"}}]})");
    EXPECT_EQ(find(findings(), "stuck_parent"), nullptr);
    run({"work", "q", "--exec", "exit 1", "--until-empty"});

    EXPECT_EQ(run({"doctor"}).exit_code, 9);
    const json::array all = findings();
    const json::object* stuck = find(all, "stuck_parent");
    ASSERT_NE(stuck, nullptr);
    EXPECT_EQ(stuck->at("queue"), "q");
    EXPECT_NE(stuck->at("cause").as_string().find("parent"), json::string::npos);
    EXPECT_NE(stuck->at("remedy").as_string().find("toril flow tree q parent"), json::string::npos);
}

TEST_P(DoctorTest, RepairsNothingWithoutConsent) {
    add({"n"});
    const Finished asked = run({"doctor", "--repair"});
    EXPECT_TRUE(asked.exit_code == 0 || asked.exit_code == 9 || asked.exit_code == 4) << asked.err;
    EXPECT_EQ(counts()["waiting"], 1);
}

class DoctorOnlyTest : public CliTest {};

TEST_F(DoctorOnlyTest, AStoreThatIsAwayIsExitFive) {
    environment["TORIL_STORE"] = "redis://127.0.0.1:1";
    EXPECT_EQ(run({"doctor", "--command-timeout", "1s"}).exit_code, 5);
}

TEST_F(DoctorOnlyTest, AHealthyEmbeddedStoreHasNoFindings) {
    environment["TORIL_STORE"] = "sqlite:" + folder.path() + "/jobs.db";
    run({"add", "q", "n"});
    const Finished finished = run({"doctor"});
    EXPECT_EQ(finished.exit_code, 0) << finished.out << finished.err;
    EXPECT_EQ(finished.out, "nothing found\n");
}

}  // namespace
}  // namespace toril::e2e
