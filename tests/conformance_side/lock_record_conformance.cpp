// Records of what was done: once, by whom, and with which answer.

#include "conformance_side/lock_fixture.hpp"

namespace toril::conformance {
namespace {

TORIL_LOCK_SUITE(Begin);

TEST_P(Begin, LetsTheFirstRunAndTellsOthersThatItDoes) {
    const auto first = begin("t1");
    const auto second = begin("t2");

    EXPECT_EQ(first.kind, Begun::run);
    EXPECT_GT(first.fence, 0u);
    EXPECT_EQ(second.kind, Begun::running);
    EXPECT_GT(second.remaining, Millis{0});
    EXPECT_LE(second.remaining, ttl);
}

TEST_P(Begin, AskedAgainByTheSameTokenRunsWithTheSameFence) {
    const auto first = begin("t1");
    const auto again = begin("t1");

    EXPECT_EQ(again.kind, Begun::run);
    EXPECT_EQ(again.fence, first.fence);
}

TEST_P(Begin, ReplaysTheAnswer) {
    begin("t1");
    ASSERT_TRUE(finish("t1", "42"));
    const auto answer = begin("t2");

    EXPECT_EQ(answer.kind, Begun::replay);
    EXPECT_EQ(answer.value, "42");
    EXPECT_FALSE(answer.failed);
}

TEST_P(Begin, ReplaysAFailureThatIsKept) {
    begin("t1");
    ASSERT_TRUE(finish("t1", "card refused", true));
    const auto answer = begin("t2");

    EXPECT_EQ(answer.kind, Begun::replay);
    EXPECT_EQ(answer.value, "card refused");
    EXPECT_TRUE(answer.failed);
}

TEST_P(Begin, ReplaysAnyBytesUpToAMebibyte) {
    std::string value(1'048'576, '\0');
    for (std::size_t i = 0; i < value.size(); ++i)
        value[i] = static_cast<char>(i * 7);
    begin("t1");
    ASSERT_TRUE(finish("t1", value));

    EXPECT_EQ(begin("t2").value, value);
}

TEST_P(Begin, ReplaysAnEmptyAnswer) {
    begin("t1", "");
    ASSERT_TRUE(finish("t1", ""));

    EXPECT_EQ(begin("t2", "").kind, Begun::replay);
}

TEST_P(Begin, RefusesAnotherRequestUnderTheSameKey) {
    begin("t1", "one");
    EXPECT_EQ(begin("t2", "other").kind, Begun::mismatch) << "while it runs";
    ASSERT_TRUE(finish("t1", "42"));
    EXPECT_EQ(begin("t2", "other").kind, Begun::mismatch) << "when it is done";
    EXPECT_EQ(begin("t2", "").kind, Begun::mismatch) << "an empty one is another one";
}

// L12: the process that ran died.
TEST_P(Begin, LetsTheNextRunWithALargerFenceWhenTheLeaseIsOver) {
    const auto first = begin("t1");
    pass_ttl();
    const auto second = begin("t2");

    EXPECT_EQ(second.kind, Begun::run);
    EXPECT_GT(second.fence, first.fence);
}

TEST_P(Begin, RunsAgainWhenTheAnswerIsNotKeptAnyMore) {
    begin("t1");
    ASSERT_TRUE(finish("t1", "42"));
    pass_ttl();

    EXPECT_EQ(begin("t2").kind, Begun::run);
}

TEST_P(Begin, TakesEveryKeyForItself) {
    for (const char* key : {"a", "{a}", "a:lease", "tenant 1: order|7", "\xC3\xBC"}) {
        EXPECT_EQ(begin("t1", "f", key).kind, Begun::run) << key;
        EXPECT_EQ(begin("t2", "f", key).kind, Begun::running) << key;
    }
}

TEST_P(Begin, AndLocksOfTheSameNameHaveNothingToDoWithEachOther) {
    acquire("t1", "r");

    EXPECT_EQ(begin("t2").kind, Begun::run);
    EXPECT_EQ(release("t1", "r"), ReleaseOutcome::released);
    EXPECT_EQ(begin("t3").kind, Begun::running);
}

TORIL_LOCK_SUITE(RecordLease);

TEST_P(RecordLease, IsProlonged) {
    begin("t1");
    pass_half_of_ttl();
    EXPECT_TRUE(renew_record("t1"));
    pass_half_of_ttl();

    EXPECT_EQ(begin("t2").kind, Begun::running);
}

TEST_P(RecordLease, IsNotBroughtBack) {
    begin("t1");
    pass_ttl();

    EXPECT_EQ(refusal(renew_record("t1")), ErrorCode::not_owner);
    EXPECT_EQ(begin("t2").kind, Begun::run);
}

TEST_P(RecordLease, OfAnotherIsLeftAlone) {
    begin("t1");

    EXPECT_EQ(refusal(renew_record("t2")), ErrorCode::not_owner);
}

TEST_P(RecordLease, OfWhatIsDoneIsNotProlonged) {
    begin("t1");
    finish("t1", "42").value();

    EXPECT_EQ(refusal(renew_record("t1")), ErrorCode::not_owner);
}

TORIL_LOCK_SUITE(FinishRecord);

TEST_P(FinishRecord, IsRefusedWhenAnotherRuns) {
    begin("t1");
    pass_ttl();
    begin("t2");

    EXPECT_EQ(refusal(finish("t1", "late")), ErrorCode::not_owner);
    EXPECT_EQ(begin("t3").kind, Begun::running) << "the other's run goes on";
}

TEST_P(FinishRecord, IsRefusedWhenAnotherRan) {
    begin("t1");
    pass_ttl();
    begin("t2");
    ASSERT_TRUE(finish("t2", "other's"));

    EXPECT_EQ(refusal(finish("t1", "late")), ErrorCode::not_owner);
    EXPECT_EQ(begin("t3").value, "other's");
}

TEST_P(FinishRecord, CountsAfterTheLeaseWhenNobodyElseBegan) {
    begin("t1");
    pass_ttl();

    EXPECT_TRUE(finish("t1", "late"));
    EXPECT_EQ(begin("t2").value, "late");
}

// The first answer to it got lost.
TEST_P(FinishRecord, AskedAgainKeepsTheFirstAnswer) {
    begin("t1");
    ASSERT_TRUE(finish("t1", "first"));

    EXPECT_TRUE(finish("t1", "second"));
    EXPECT_EQ(begin("t2").value, "first");
}

TEST_P(FinishRecord, IsRefusedWithoutABegin) {
    EXPECT_EQ(refusal(finish("t1", "42")), ErrorCode::not_owner);
    EXPECT_EQ(begin("t2").kind, Begun::run);
}

TORIL_LOCK_SUITE(Forget);

TEST_P(Forget, LetsTheNextRunAtOnceWithALargerFence) {
    const auto first = begin("t1", "one");
    EXPECT_TRUE(forget("t1"));
    const auto second = begin("t2", "other");

    EXPECT_EQ(second.kind, Begun::run);
    EXPECT_GT(second.fence, first.fence);
}

TEST_P(Forget, IsRefusedToAnother) {
    begin("t1");

    EXPECT_EQ(refusal(forget("t2")), ErrorCode::not_owner);
    EXPECT_EQ(begin("t3").kind, Begun::running);
}

TEST_P(Forget, LeavesNothingToFinish) {
    begin("t1");
    ASSERT_TRUE(forget("t1"));

    EXPECT_EQ(refusal(finish("t1", "42")), ErrorCode::not_owner);
}

}  // namespace
}  // namespace toril::conformance
