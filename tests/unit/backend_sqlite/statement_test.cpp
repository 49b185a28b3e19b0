#include "backend/sqlite/database.hpp"
#include "store_fixture.hpp"

namespace toril::sqlite {
namespace {

constexpr std::string_view file =
    "-- A file of statements.\n"
    "\n"
    "-- :first\n"
    "SELECT 1\n"
    "\n"
    "-- :second\n"
    "SELECT ?1\n";

class StatementTest : public SqliteTest {
protected:
    StatementTest() { EXPECT_TRUE(db_.open({.path = path})); }

    Database db_{};
};

TEST_F(StatementTest, IsTheTextUpToTheNextSection) {
    EXPECT_EQ(Statement::find(file, "first"), "SELECT 1\n\n");
    EXPECT_EQ(Statement::find(file, "second"), "SELECT ?1\n");
    EXPECT_EQ(Statement::find(file, "third"), "");
}

TEST_F(StatementTest, KeepsTextWithZerosAndEmptyTextAsTheyAre) {
    Statement echo(db_, file, "second");
    const std::string zeros("a\0b", 3);
    {
        Cursor row = echo.rows(zeros);
        ASSERT_TRUE(row.next());
        EXPECT_EQ(row.text(0), zeros);
    }
    Cursor row = echo.rows(std::string_view());
    ASSERT_TRUE(row.next());
    EXPECT_FALSE(row.is_null(0));
}

TEST_F(StatementTest, GivesNoRowsAfterAFailureUntilThatIsForgotten) {
    Statement first(db_, file, "first");
    db_.execute("this is not SQL");
    ASSERT_TRUE(db_.failed());

    EXPECT_FALSE(first.rows().next());
    db_.reset_failure();
    EXPECT_TRUE(first.rows().next());
}

TEST_F(StatementTest, IsPreparedAnewAfterTheConnectionWasReopened) {
    Statement first(db_, file, "first");
    ASSERT_TRUE(first.rows().next());

    ASSERT_TRUE(db_.reopen());

    EXPECT_TRUE(first.rows().next());
}

}  // namespace
}  // namespace toril::sqlite
