#include "store/sqlite_url.hpp"

#include <gtest/gtest.h>

namespace toril::store {
namespace {

TEST(SqliteUrlTest, TakesRelativeAndAbsolutePaths) {
    EXPECT_EQ(parse_sqlite_url("sqlite:jobs.db").value().path, "jobs.db");
    EXPECT_EQ(parse_sqlite_url("sqlite:/var/lib/jobs.db").value().path, "/var/lib/jobs.db");
    EXPECT_EQ(parse_sqlite_url("sqlite:///var/lib/jobs.db").value().path, "/var/lib/jobs.db");
}

TEST(SqliteUrlTest, IsDurableUnlessToldOtherwise) {
    EXPECT_EQ(parse_sqlite_url("sqlite:a").value().durability, contract::Durability::fsync);
    EXPECT_EQ(parse_sqlite_url("sqlite:a?durability=fsync").value().durability,
              contract::Durability::fsync);
    EXPECT_EQ(parse_sqlite_url("sqlite:a?durability=buffered").value().durability,
              contract::Durability::buffered);
}

TEST(SqliteUrlTest, DecodesWhatAUrlMustEncode) {
    EXPECT_EQ(parse_sqlite_url("sqlite:a%3Fb%25c d").value().path, "a?b%c d");
}

TEST(SqliteUrlTest, RefusesWhatItCannotMean) {
    for (const char* url : {"sqlite:",
                            "sqlite:///",
                            "sqlite:?durability=fsync",
                            "sqlite://host/path",
                            "sqlite:dir/",
                            "sqlite::memory:",
                            "sqlite:a?durability=never",
                            "sqlite:a?durability",
                            "sqlite:a?mode=ro",
                            "sqlite:a?durability=fsync&x=1",
                            "sqlite:100%.db",
                            "sqlite:a%0",
                            "sqlite:a%00b"}) {
        const Result<SqliteUrl> parsed = parse_sqlite_url(url);
        ASSERT_FALSE(parsed) << url;
        EXPECT_EQ(parsed.error().code(), ErrorCode::invalid_argument) << url;
    }
}

}  // namespace
}  // namespace toril::store
