#include "worker/isolation/frames.hpp"

#include "worker/isolation/zygote.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>
#include <cstring>

namespace toril::worker {
namespace {

class FramesTest : public testing::Test {
protected:
    FramesTest() {
        std::array<int, 2> ends{};
        EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
        ours_ = Fd(ends[0]);
        theirs_ = Fd(ends[1]);
    }

    Fd ours_;
    Fd theirs_;
    FrameReader reader_;
};

TEST_F(FramesTest, CarryAJobWithAllThatAHandlerMayLookAt) {
    Job job;
    job.id = "7";
    job.queue = "q";
    job.name = std::string("n\0n", 3);
    job.data = Json::unchecked("{\"a\":1}");
    job.opts = Json::unchecked("{\"attempts\":3}");
    job.attempts_made = 2;
    job.timestamp = Timestamp(Millis{1'700'000'000'000});
    job.delay = Millis{-5};
    job.stacktrace = {"Error: a", ""};
    job.parent_key = "bull:p:1";
    job.parent = Json::unchecked(R"({"id":"1"})");
    job.deduplication_id = "once";

    const auto read = decode_job(encode_job(job));

    ASSERT_TRUE(read);
    EXPECT_EQ(read->name, job.name);
    EXPECT_EQ(read->data, job.data);
    EXPECT_EQ(read->opts, job.opts);
    EXPECT_EQ(read->attempts_made, 2);
    EXPECT_EQ(read->timestamp, job.timestamp);
    EXPECT_EQ(read->delay, job.delay);
    EXPECT_EQ(read->stacktrace, job.stacktrace);
    EXPECT_EQ(read->parent_key, job.parent_key);
    EXPECT_EQ(read->parent, job.parent);
    EXPECT_EQ(read->deduplication_id, job.deduplication_id);
    EXPECT_EQ(read->state, JobState::active);
}

TEST_F(FramesTest, CarryAnAttemptEitherWay) {
    const auto good = decode_attempt(encode_attempt({Json::unchecked("[]"), {}}));
    ASSERT_TRUE(good && good->result);
    EXPECT_EQ(good->result->text(), "[]");

    const auto bad =
        decode_attempt(encode_attempt({Error(ErrorCode::unrecoverable, "no"), {"a", "b"}}));
    ASSERT_TRUE(bad && !bad->result);
    EXPECT_EQ(bad->result.error(), Error(ErrorCode::unrecoverable, "no"));
    EXPECT_EQ(bad->causes, (std::vector<std::string>{"a", "b"}));
}

TEST_F(FramesTest, CarryTheMoveThatAHandlerAnswered) {
    const Attempt moved{.result = Error(ErrorCode::moved, "later"),
                        .move = Move{Move::Kind::rate_limit, Millis{1'500}}};
    const auto read = decode_attempt(encode_attempt(moved));

    ASSERT_TRUE(read);
    EXPECT_EQ(read->move, moved.move);
    EXPECT_FALSE(decode_attempt(encode_attempt({}))->move);
}

TEST_F(FramesTest, CarryAnAnswerEitherWay) {
    const std::vector<std::string> texts{"q:1", "{\"a\":1}", ""};
    EXPECT_EQ(**decode_answer(encode_answer(texts)), texts);
    const auto error = decode_answer(encode_answer(Error(ErrorCode::not_owner, "lost")));
    EXPECT_EQ(error->error(), Error(ErrorCode::not_owner, "lost"));
}

TEST_F(FramesTest, AreRefusedWhenTheyAreCutAnywhere) {
    const std::string job = encode_job(Job{});
    const std::string attempt = encode_attempt({Error(ErrorCode::failed, "x"), {"y"}});
    for (std::size_t length = 0; length < job.size(); ++length)
        EXPECT_FALSE(decode_job(std::string_view(job).substr(0, length)));
    for (std::size_t length = 0; length < attempt.size(); ++length)
        EXPECT_FALSE(decode_attempt(std::string_view(attempt).substr(0, length)));
    EXPECT_FALSE(decode_job(job + "x"));
}

TEST_F(FramesTest, ArriveInOrderHoweverTheyAreCutUpOnTheWay) {
    ASSERT_TRUE(send_frame(theirs_.get(), FrameKind::log, "one"));
    ASSERT_TRUE(send_frame(theirs_.get(), FrameKind::stop, ""));
    std::array<char, 64> bytes{};
    const ssize_t size = ::recv(ours_.get(), bytes.data(), bytes.size(), 0);
    std::vector<Frame> frames;
    for (ssize_t i = 0; i < size; ++i) {
        ASSERT_EQ(::send(theirs_.get(), bytes.data() + i, 1, 0), 1);
        ASSERT_EQ(reader_.read(ours_.get(), true), FrameReader::Read::some);
        while (auto frame = reader_.next())
            frames.push_back(std::move(*frame));
    }
    ASSERT_EQ(frames.size(), 2u);
    EXPECT_EQ(frames[0].kind, FrameKind::log);
    EXPECT_EQ(frames[0].body, "one");
    EXPECT_EQ(frames[1].kind, FrameKind::stop);
    EXPECT_EQ(reader_.read(ours_.get(), false), FrameReader::Read::nothing_yet);
    theirs_.reset();
    EXPECT_EQ(reader_.read(ours_.get(), false), FrameReader::Read::end);
    EXPECT_FALSE(send_frame(ours_.get(), FrameKind::stop, ""));
}

TEST_F(FramesTest, WithALengthThatCannotBeAreNotBelieved) {
    const std::uint32_t length = frame_bytes_max + 1;
    std::array<char, sizeof length> bytes{};
    std::memcpy(bytes.data(), &length, sizeof length);
    ASSERT_EQ(::send(theirs_.get(), bytes.data(), bytes.size(), 0), 4);

    reader_.read(ours_.get(), true);

    EXPECT_FALSE(reader_.next());
    EXPECT_TRUE(reader_.is_broken());
}

}  // namespace
}  // namespace toril::worker
