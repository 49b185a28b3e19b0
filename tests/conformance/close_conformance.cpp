// The end of a store, and what it says of itself.

#include "fixture.hpp"

namespace toril::conformance {

TORIL_CONFORMANCE_SUITE(Close);

TEST_P(Close, RefusesLaterCalls) {
    const JobId id = add();
    ASSERT_TRUE(done(client.store().close(5s)));

    EXPECT_EQ(code_of(add_batch({{.name = "x", .data = "1", .opts = "{}"}})), ErrorCode::cancelled);
    EXPECT_EQ(code_of(client.finish_and_take(next_call(1))), ErrorCode::cancelled);
    EXPECT_EQ(code_of(client.job(ref(id))), ErrorCode::cancelled);
    EXPECT_EQ(code_of(client.counts(queue)), ErrorCode::cancelled);
    EXPECT_EQ(code_of(client.pause(queue)), ErrorCode::cancelled);
}

TEST_P(Close, MayBeSaidTwice) {
    EXPECT_TRUE(done(client.store().close(5s)));
    EXPECT_TRUE(done(client.store().close(5s)));
}

TEST_P(Close, FinishesWhatIsUnderWay) {
    auto slot = std::make_shared<base::OneShot<Result<std::vector<Result<Added>>>>>();
    client.store().add({.queue = queue,
                        .jobs = {{.name = "x", .data = "1", .opts = "{}"}},
                        .repeat_token = "t",
                        .now = now()},
                       [slot](auto answer) { slot->set(std::move(answer)); });
    ASSERT_TRUE(done(client.store().close(20s)));

    // Done, refused or lost, but answered.
    EXPECT_TRUE(slot->wait_for(20s));
}

TEST_P(Close, NamesItsDurability) {
    EXPECT_NE(to_string(client.store().durability()), "");
}

}  // namespace toril::conformance
