// What the keeper's thread does besides renewing locks, and how locks are named.

#include "support/intercepted_store.hpp"
#include "worker_fixture.hpp"

#include <algorithm>
#include <utility>

using namespace std::chrono_literals;

namespace toril::worker {
namespace {

// A store that can tell a dead process by its tag.
class TaggedStore final : public support::InterceptedStore {
public:
    using InterceptedStore::InterceptedStore;

    std::string process_tag() const override { return "123456789012345678901234"; }
    void recover_dead(std::string queue, int stalled_max, Done<std::vector<JobId>> done) override {
        asked.add(queue + " " + std::to_string(stalled_max));
        done(std::vector<JobId>{"7"});
    }

    Notes asked;
};

// Collects the tokens of takes.
class TokenStore : public support::InterceptedStore {
public:
    TokenStore(std::shared_ptr<contract::JobStore> store, std::string tag)
        : InterceptedStore(std::move(store)), tag_(std::move(tag)) {
        on_finish_and_take = [this](const contract::FinishAndTakeParams& params, auto&) {
            if (!params.token.empty()) tokens.add(params.token);
            return false;
        };
    }
    std::string process_tag() const override { return tag_; }
    void recover_dead(std::string, int, Done<std::vector<JobId>> done) override {
        done(std::vector<JobId>{});
    }

    Notes tokens;

private:
    const std::string tag_;
};

using KeeperTest = WorkerTest;

TEST_F(KeeperTest, LooksForJobsOfDeadProcessesAndTellsOfThoseItBrings) {
    auto store = std::make_shared<TaggedStore>(store_);
    Notes stalled;
    WorkerOptions options{.max_stalled_count = 3};
    options.hooks.stalled = [&](const JobId& id) { stalled.add(id); };
    const auto engine = start_on(store, nothing, options);

    ASSERT_TRUE(store->asked.wait(1));
    EXPECT_EQ(store->asked.all().front(), "q 3");
    ASSERT_TRUE(stalled.wait(1));
    EXPECT_EQ(stalled.all().front(), "7");
    EXPECT_GE(engine->stats().stalled, 1u);
}

TEST_F(KeeperTest, BeginsItsTokensWithTheTagOfTheProcess) {
    const std::string tag = "abcdefghijklmnopqrstuvwx";
    auto store = std::make_shared<TokenStore>(store_, tag);
    const auto one = start_on(store, nothing);
    const auto other = start_on(store, nothing);
    for (int i = 0; i < 10; ++i)
        add();
    ASSERT_TRUE(store->tokens.wait(2));
    wait_until_idle(*one);

    for (const std::string& token : store->tokens.all()) {
        EXPECT_TRUE(token.starts_with(tag)) << token;
        EXPECT_LT(token.size(), 45u) << token;
    }
}

TEST_F(KeeperTest, NamesItsLocksLikeNoOtherWorkerWithoutATag) {
    auto store = std::make_shared<TokenStore>(store_, "");
    const auto one = start_on(store, nothing);
    ASSERT_TRUE(store->tokens.wait(1));
    const auto other = start_on(store, nothing);
    ASSERT_TRUE(store->tokens.wait(2));

    const auto tokens = store->tokens.all();
    EXPECT_NE(tokens.front().substr(0, 23), tokens.back().substr(0, 23));
}

}  // namespace
}  // namespace toril::worker
