#include "http/url.hpp"

#include <gtest/gtest.h>

namespace toril::http {
namespace {

TEST(HttpUrlTest, TakesItsPartsAndFillsInTheRest) {
    const Url url = parse_url("http://example.org").value();

    EXPECT_FALSE(url.tls);
    EXPECT_EQ(url.host, "example.org");
    EXPECT_EQ(url.port, "80");
    EXPECT_EQ(url.authority, "example.org");
    EXPECT_EQ(url.target, "/");
}

TEST(HttpUrlTest, KeepsPortPathAndQuery) {
    const Url url = parse_url("https://[::1]:8443/a/b?c=%20d#e").value();

    EXPECT_TRUE(url.tls);
    EXPECT_EQ(url.host, "::1");
    EXPECT_EQ(url.port, "8443");
    EXPECT_EQ(url.authority, "[::1]:8443");
    EXPECT_EQ(url.target, "/a/b?c=%20d");
}

TEST(HttpUrlTest, RefusesWhatItCannotPostTo) {
    for (const char* text : {"",
                             "example.org",
                             "/path",
                             "ftp://h/",
                             "http://",
                             "http://h:0/",
                             "http://u:p@h/",
                             "http://h:99999/",
                             "http://h/a b"})
        EXPECT_FALSE(parse_url(text)) << text;
}

}  // namespace
}  // namespace toril::http
