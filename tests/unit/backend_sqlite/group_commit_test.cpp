// Callers that wait together share a transaction.

#include "store_fixture.hpp"
#include "support/signal.hpp"

namespace toril::sqlite {
namespace {

class GroupCommitTest : public SqliteTest {
protected:
    static contract::AddParams one_job() {
        return {.queue = "mail", .jobs = {{.name = "send", .data = "{}", .opts = "{}"}}};
    }
};

TEST_F(GroupCommitTest, PutsAllThatWaitIntoOneTransaction) {
    const auto store = open();
    support::Signal added_one;
    std::uint64_t before = 0;

    // From a Done, on the writer's thread: until it returns the hundred can only wait.
    store->add(one_job(), [&](const auto& first) {
        EXPECT_TRUE(first);
        before = commits_of(*store);
        for (int i = 0; i < 100; ++i)
            store->add(one_job(), [&](const auto& added) {
                EXPECT_TRUE(added);
                added_one.raise();
            });
    });

    ASSERT_TRUE(added_one.wait(100));
    EXPECT_EQ(commits_of(*store) - before, 1u);
}

TEST_F(GroupCommitTest, AnswersEachForItselfWhenOneIsRefused) {
    const auto store = open();
    support::Signal answered;
    Status refused;
    bool added = false;

    store->add(one_job(), [&](const auto&) {
        store->promote({"mail", "no such job"}, {}, [&](Status status) {
            refused = std::move(status);
            answered.raise();
        });
        store->add(one_job(), [&](const auto& answer) {
            added = static_cast<bool>(answer);
            answered.raise();
        });
    });

    ASSERT_TRUE(answered.wait(2));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), ErrorCode::not_found);
    EXPECT_TRUE(added);
    conformance::Client client(store);
    EXPECT_EQ(client.counts("mail").value().waiting, 2u);
}

TEST_F(GroupCommitTest, CommitsNothingForATakeThatFindsNothing) {
    conformance::Client client(open());
    const auto before = commits_of(client.store());

    EXPECT_TRUE(take(client).empty());

    EXPECT_EQ(commits_of(client.store()), before);
}

TEST_F(GroupCommitTest, KeepsTheLogBoundedUnderManyCommits) {
    conformance::Client client(open());
    const std::string data = "\"" + std::string(3000, 'x') + "\"";
    for (int i = 0; i < 60; ++i) {
        contract::AddParams batch{.queue = "mail"};
        for (int job = 0; job < 500; ++job)
            batch.jobs.push_back({.name = "send", .data = data, .opts = "{}"});
        ASSERT_TRUE(client.add(batch));
    }

    // 90 MB were written; the log is emptied at 16 MB and grows by one transaction at most.
    EXPECT_LT(std::filesystem::file_size(path + "-wal"), 24u * 1024 * 1024);
}

TEST_F(GroupCommitTest, SeesItsOwnWritesInQuestionsAskedAfterThem) {
    conformance::Client client(open());
    for (std::uint64_t i = 1; i <= 200; ++i) {
        add(client);
        ASSERT_EQ(client.counts("mail").value().waiting, i);
    }
}

TEST_F(GroupCommitTest, LetsADoneDropTheLastHandle) {
    auto store = open();
    auto* raw = store.get();
    support::Signal dropped;

    raw->add(one_job(), [&dropped, held = std::move(store)](const auto&) mutable {
        held.reset();
        dropped.raise();
    });

    EXPECT_TRUE(dropped.wait());
}

}  // namespace
}  // namespace toril::sqlite
