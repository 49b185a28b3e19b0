#include "backend/sqlite/store_files.hpp"

#include "store_fixture.hpp"

namespace toril::sqlite {
namespace {

class StoreFilesTest : public SqliteTest {
protected:
    const std::atomic<bool> never_{false};
};

TEST_F(StoreFilesTest, GiveTheTurnToOneAtATime) {
    TurnLock first;
    TurnLock second;
    ASSERT_TRUE(first.open(path + "-lock"));
    ASSERT_TRUE(second.open(path + "-lock"));
    ASSERT_TRUE(first.take(1s, never_));

    EXPECT_EQ(second.take(10ms, never_).error().code(), ErrorCode::unavailable);
    first.end();
    EXPECT_TRUE(second.take(1s, never_));
}

TEST_F(StoreFilesTest, EndAWaitForTheTurnWhenAskedTo) {
    TurnLock first;
    TurnLock second;
    ASSERT_TRUE(first.open(path + "-lock"));
    ASSERT_TRUE(second.open(path + "-lock"));
    ASSERT_TRUE(first.take(1s, never_));
    const std::atomic<bool> stop{true};

    EXPECT_EQ(second.take(60s, stop).error().code(), ErrorCode::cancelled);
}

TEST_F(StoreFilesTest, KnowWhoLivesByTheByteItHolds) {
    LiveFile here;
    ASSERT_TRUE(here.open(path + "-live"));
    {
        LiveFile there;
        ASSERT_TRUE(there.open(path + "-live"));
        ASSERT_TRUE(there.begin(7));

        EXPECT_TRUE(here.is_alive(7));
        EXPECT_FALSE(here.is_alive(8));
    }
    EXPECT_FALSE(here.is_alive(7));
}

TEST_F(StoreFilesTest, ReadTheMarkThatWasWritten) {
    const std::string id(32, 'a');
    MarkFile mark;
    ASSERT_TRUE(mark.open(path + "-mark"));
    EXPECT_FALSE(mark.read());

    mark.write({id, 12345});

    ASSERT_TRUE(mark.read());
    EXPECT_EQ(mark.read()->store_id, id);
    EXPECT_EQ(mark.read()->commits, 12345);
}

TEST_F(StoreFilesTest, HoldAReserveUntilItIsReleased) {
    const Reserve reserve(path + "-reserve");
    EXPECT_FALSE(reserve.is_full());

    ASSERT_TRUE(reserve.fill());
    EXPECT_TRUE(reserve.is_full());
    reserve.release();
    EXPECT_FALSE(reserve.is_full());
}

}  // namespace
}  // namespace toril::sqlite
