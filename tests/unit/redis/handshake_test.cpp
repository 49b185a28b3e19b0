#include "redis/handshake.hpp"

#include "redis/resp_parser.hpp"

#include <gtest/gtest.h>

#include <cstring>

using namespace std::chrono_literals;

namespace toril::redis {
namespace {

using Do = Handshake::Step::Do;

constexpr std::string_view hello_reply =
    "%4\r\n$7\r\nversion\r\n$6\r\n7.0.15\r\n$5\r\nproto\r\n:3\r\n$2\r\nid\r\n:42\r\n"
    "$7\r\nmodules\r\n*0\r\n";
constexpr std::string_view unknown_hello =
    "-ERR unknown command 'HELLO', with args beginning with: '3' 'AUTH' 'default' 'hunter2'\r\n";

class HandshakeTest : public ::testing::Test {
protected:
    void begin() {
        handshake.emplace(config, "app:test:1");
        step = handshake->start();
    }
    // The bytes that the last step sends, on one line.
    std::string sent() const {
        std::string text;
        for (const char c : step.bytes)
            text += c == '\r' ? ' ' : c;
        std::erase(text, '\n');
        return text;
    }
    void answer(std::string_view bytes) {
        RespParser parser(1 << 20);
        std::memcpy(parser.prepare(bytes.size()).data(), bytes.data(), bytes.size());
        parser.commit(bytes.size());
        Reply reply;
        ASSERT_EQ(parser.next(reply), RespParser::Outcome::reply);
        step = handshake->on_reply(reply.root());
    }
    void answer_info(std::string_view info) {
        answer("$" + std::to_string(info.size()) + "\r\n" + std::string(info) + "\r\n");
    }

    Config config;
    std::optional<Handshake> handshake;
    Handshake::Step step{Do::fail};
};

TEST_F(HandshakeTest, SaysHelloAloneThenSelectsThenChecks) {
    config.database = 5;
    config.username = "me";
    config.password = "hunter2";
    begin();
    EXPECT_EQ(sent(), "*7 $5 HELLO $1 3 $4 AUTH $2 me $7 hunter2 $7 SETNAME $10 app:test:1 ");
    answer(hello_reply);
    EXPECT_EQ(sent(), "*2 $6 SELECT $1 5 ");
    answer("+OK\r\n");
    EXPECT_EQ(sent(), "*2 $4 INFO $11 persistence ");
    answer_info("# Persistence\r\nloading:0\r\nasync_loading:0\r\n");

    EXPECT_EQ(step.what, Do::ready);
    EXPECT_EQ(handshake->greeting().protocol, 3);
    EXPECT_EQ(handshake->greeting().client_id, 42);
    EXPECT_EQ(handshake->greeting().version, "7.0.15");
}

TEST_F(HandshakeTest, FallsBackToTheOldWayWhenHelloIsUnknown) {
    for (const std::string_view refusal :
         {unknown_hello, std::string_view("-NOPROTO unsupported protocol version\r\n")}) {
        config.password = "hunter2";
        begin();
        answer(refusal);
        EXPECT_EQ(sent(), "*2 $4 AUTH $7 hunter2 ");
        answer("+OK\r\n");
        EXPECT_EQ(sent(), "*3 $6 CLIENT $7 SETNAME $10 app:test:1 ");
        answer("+OK\r\n");
        EXPECT_EQ(sent(), "*2 $6 CLIENT $2 ID ");
        answer(":7\r\n");
        answer_info("loading:0\r\n");

        EXPECT_EQ(step.what, Do::ready);
        EXPECT_EQ(handshake->greeting().protocol, 2);
        EXPECT_EQ(handshake->greeting().client_id, 7);
    }
}

TEST_F(HandshakeTest, ToleratesAServerThatKnowsNoNamesOrIds) {
    config.protocol = 2;
    begin();
    answer("-ERR unknown subcommand\r\n");
    answer("-NOPERM no\r\n");
    answer("-NOPERM this user has no permissions to run the 'info' command\r\n");

    EXPECT_EQ(step.what, Do::ready);
}

TEST_F(HandshakeTest, IsRefusedWithWrongOrMissingCredentials) {
    for (const std::string_view text :
         {"-WRONGPASS invalid username-password pair or user is disabled.\r\n",
          "-NOAUTH HELLO must be called with the client already authenticated\r\n"}) {
        begin();
        answer(text);
        EXPECT_EQ(step.what, Do::refuse);
    }
}

TEST_F(HandshakeTest, NeverRepeatsTheSecretThatAServerEchoes) {
    config.password = "hunter2";
    begin();
    answer(unknown_hello);
    answer("-ERR unknown command 'AUTH', with args beginning with: 'hunter2' \r\n");
    EXPECT_EQ(step.what, Do::refuse);
    EXPECT_EQ(step.problem.find("hunter2"), std::string::npos) << step.problem;

    begin();
    answer("-ERR odd hunter2 text\r\n");
    EXPECT_EQ(step.problem, "ERR odd *** text");
}

TEST_F(HandshakeTest, GoesOnWithoutPasswordWhereNoneIsNeeded) {
    config.protocol = 2;
    config.password = "hunter2";
    begin();
    answer("-ERR AUTH <password> called without any password configured for the default user\r\n");

    EXPECT_EQ(sent(), "*3 $6 CLIENT $7 SETNAME $10 app:test:1 ");
}

TEST_F(HandshakeTest, WaitsLongerAndLongerWhileTheDataIsLoaded) {
    begin();
    answer(hello_reply);
    answer_info("loading:1\r\nloading_start_time:1\r\n");
    EXPECT_EQ(step.what, Do::wait);
    EXPECT_EQ(step.wait, 50ms);
    step = handshake->again();
    EXPECT_EQ(sent(), "*2 $4 INFO $11 persistence ");
    answer_info("loading:1\r\nloading_eta_seconds:30\r\n");
    EXPECT_EQ(step.wait, 1s);
    step = handshake->again();
    answer_info("loading:0\r\n");
    EXPECT_EQ(step.what, Do::ready);
}

TEST_F(HandshakeTest, NeverEntersAnotherDatabaseThanAskedFor) {
    config.database = 99;
    begin();
    answer(hello_reply);
    answer("-BUSY Redis is busy running a script\r\n");
    EXPECT_EQ(step.what, Do::wait);
    step = handshake->again();
    EXPECT_EQ(sent(), "*2 $6 SELECT $2 99 ");
    answer("-ERR DB index is out of range\r\n");

    EXPECT_EQ(step.what, Do::fail);
    EXPECT_EQ(step.problem, "ERR DB index is out of range");
}

TEST_F(HandshakeTest, FailsWhenTheServerIsFull) {
    begin();
    answer("-ERR max number of clients reached\r\n");

    EXPECT_EQ(step.what, Do::fail);
}

TEST_F(HandshakeTest, SkipsTheCheckWhenItIsOff) {
    config.ready_check = false;
    begin();
    answer(hello_reply);

    EXPECT_EQ(step.what, Do::ready);
}

}  // namespace
}  // namespace toril::redis
