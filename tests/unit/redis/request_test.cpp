#include <toril/redis/request.hpp>

#include <gtest/gtest.h>

#include <limits>

namespace toril::redis {
namespace {

TEST(RequestTest, EncodesTextAndNumbers) {
    Request request;
    request.command("SET").arg("k").arg(std::string_view("a\r\n\0b", 5)).arg("PX").arg(-5000);

    EXPECT_EQ(request.commands(), 1u);
    EXPECT_EQ(request.name(), "SET");
    using namespace std::string_literals;
    EXPECT_EQ(request.take_payload(),
              "*5\r\n$3\r\nSET\r\n$1\r\nk\r\n$5\r\na\r\n\0b\r\n$2\r\nPX\r\n$5\r\n-5000\r\n"s);
}

TEST(RequestTest, EncodesTheLargestAndTheSmallestNumber) {
    Request request("X");
    request.arg(std::numeric_limits<std::uint64_t>::max())
        .arg(std::numeric_limits<std::int64_t>::min());

    EXPECT_EQ(request.take_payload(),
              "*3\r\n$1\r\nX\r\n$20\r\n18446744073709551615\r\n$20\r\n-9223372036854775808\r\n");
}

TEST(RequestTest, CountsTenAndMoreArgumentsInEachOfSeveralCommands) {
    Request request;
    for (int command = 0; command < 2; ++command) {
        request.command("RPUSH");
        for (int i = 0; i < 120; ++i)
            request.arg("");
    }
    std::string one = "*121\r\n$5\r\nRPUSH\r\n";
    for (int i = 0; i < 120; ++i)
        one += "$0\r\n\r\n";

    EXPECT_EQ(request.commands(), 2u);
    EXPECT_EQ(request.take_payload(), one + one);
}

TEST(RequestTest, IsEmptyAfterItsPayloadWasTakenAndCanBeUsedAgain) {
    Request request("GET");
    EXPECT_EQ(request.take_payload(), "*1\r\n$3\r\nGET\r\n");

    EXPECT_TRUE(request.empty());
    EXPECT_EQ(request.take_payload(), "");
    EXPECT_EQ(request.command("PING").take_payload(), "*1\r\n$4\r\nPING\r\n");
}

}  // namespace
}  // namespace toril::redis
