#include "redis/resp_parser.hpp"

#include "resp_text.hpp"

#include <gtest/gtest.h>

#include <utility>

namespace toril::redis::testing {
namespace {

using Texts = std::vector<std::string>;

struct Sample {
    std::string bytes;
    std::string expected;
};

const std::vector<Sample> samples{
    {"+OK\r\n", "+OK"},
    {"+\r\n", "+"},
    {"+a\rb\nc\r\n", "+a\rb\nc"},
    {"-ERR no\r\n", "-ERR no"},
    {":0\r\n", ":0"},
    {":-9223372036854775808\r\n", ":-9223372036854775808"},
    {":+7\r\n", ":7"},
    {"$0\r\n\r\n", "\"\""},
    {"$5\r\na\r\nbc\r\n", "\"a\r\nbc\""},
    {"$-1\r\n", "_"},
    {"*-1\r\n", "_"},
    {"*0\r\n", "[]"},
    {"*3\r\n:1\r\n$1\r\nx\r\n*2\r\n+a\r\n*0\r\n", "[:1 \"x\" [+a []]]"},
    {"*2\r\n*1\r\n*1\r\n:1\r\n:2\r\n", "[[[:1]] :2]"},
    {"_\r\n", "_"},
    {"#t\r\n", ":1"},
    {"#f\r\n", ":0"},
    {",3.25\r\n", ",3.25"},
    {",inf\r\n", ",inf"},
    {"(3492890328409238509324850943850943825024385\r\n",
     ",3492890328409238509324850943850943825024385"},
    {"!8\r\nERR a\r\nb\r\n", "-ERR a\r\nb"},
    {"=7\r\ntxt:abc\r\n", "\"abc\""},
    {"~2\r\n:1\r\n:2\r\n", "[:1 :2]"},
    {"%2\r\n+a\r\n:1\r\n+b\r\n*1\r\n_\r\n", "{+a :1 +b [_]}"},
    {"%0\r\n", "{}"},
    {">2\r\n+message\r\n$2\r\nhi\r\n", ">[+message \"hi\"]"},
    {"|1\r\n+ttl\r\n:3600\r\n$1\r\nv\r\n", "\"v\""},
    {"*2\r\n|1\r\n+a\r\n*1\r\n:9\r\n:1\r\n:2\r\n", "[:1 :2]"},
    {"|0\r\n:5\r\n", ":5"},
};

TEST(RespParserTest, ReadsEveryType) {
    for (const Sample& sample : samples)
        EXPECT_EQ(parsed(sample.bytes), Texts{sample.expected});
}

TEST(RespParserTest, ReadsTheSameWhereverItIsCut) {
    for (const Sample& sample : samples)
        for (std::size_t cut = 0; cut <= sample.bytes.size(); ++cut)
            EXPECT_EQ(parsed(sample.bytes, {cut}), Texts{sample.expected}) << "cut at " << cut;
}

TEST(RespParserTest, ReadsTheSameInTwoCutsAndByteByByte) {
    std::string bytes;
    Texts expected;
    for (const Sample& sample : samples) {
        bytes += sample.bytes;
        expected.push_back(sample.expected);
    }
    std::vector<std::size_t> every;
    for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
        every.push_back(cut);
        EXPECT_EQ(parsed(bytes, {cut, std::min(bytes.size(), cut + 3)}), expected);
    }
    EXPECT_EQ(parsed(bytes, every), expected);
}

TEST(RespParserTest, RefusesWhatIsNotResp) {
    const std::vector<std::string> broken{"hello\r\n",       "\r\n",
                                          ":\r\n",           ":1a\r\n",
                                          ":+-1\r\n",        ":99999999999999999999\r\n",
                                          "$-2\r\n",         "$a\r\n",
                                          "$3\r\nabcd\r\n",  "$?\r\n",
                                          "*?\r\n",          "*-2\r\n",
                                          "*x\r\n",          "%-1\r\n",
                                          "#x\r\n",          "_x\r\n",
                                          ",\r\n",           "=2\r\nab\r\n",
                                          "=5\r\ntextx\r\n", "*1\r\n>1\r\n:1\r\n",
                                          "$-1a\r\n",        "=-1\r\n",
                                          "~-1\r\n"};
    for (const std::string& bytes : broken) {
        const Texts texts = parsed(bytes);
        ASSERT_EQ(texts.size(), 1u) << bytes;
        EXPECT_EQ(texts[0].front(), '!') << bytes << texts[0];
    }
}

TEST(RespParserTest, KeepsTheRepliesBeforeTheOneThatIsBroken) {
    const Texts texts = parsed("+OK\r\n:1\r\n?\r\n+never\r\n");

    ASSERT_EQ(texts.size(), 3u);
    EXPECT_EQ(texts[1], ":1");
    EXPECT_EQ(texts[2], "!not a reply: it begins with byte 63");
}

TEST(RespParserTest, NestsTo128AndNoDeeper) {
    const auto nested = [](std::size_t depth) {
        std::string bytes;
        for (std::size_t i = 0; i < depth; ++i)
            bytes += "*1\r\n";
        return bytes + ":1\r\n";
    };

    EXPECT_EQ(parsed(nested(128))[0].front(), '[');
    EXPECT_EQ(parsed(nested(129)), Texts{"!a reply is nested too deep"});
}

TEST(RespParserTest, RefusesALineWithoutEnd) {
    const std::string line(RespParser::line_bytes_max + 2, 'x');

    EXPECT_EQ(parsed("+" + line), Texts{"!a line of the server is too long"});
    EXPECT_EQ(parsed("+" + line + "\r\n"), Texts{"!a line of the server is too long"});
}

TEST(RespParserTest, RefusesAnnouncedSizesOverTheLimitBeforeTheyCome) {
    EXPECT_EQ(parsed("$1048577\r\n"), Texts{"!a reply is larger than the limit"});
    EXPECT_EQ(parsed("*4294967296\r\n"), Texts{"!a reply is larger than the limit"});
    EXPECT_EQ(parsed("*9223372036854775807\r\n"), Texts{"!a reply is larger than the limit"});
    EXPECT_EQ(parsed("%9223372036854775807\r\n"), Texts{"!a reply is larger than the limit"});
}

TEST(RespParserTest, CountsTheMemoryOfSmallElementsTowardTheLimit) {
    std::string bytes = "*100000\r\n";
    for (int i = 0; i < 100'000; ++i)
        bytes += "_\r\n";

    EXPECT_EQ(parsed(bytes, {}, 1'000'000), Texts{"!a reply is larger than the limit"});
    EXPECT_EQ(parsed(bytes, {}, 4'000'000)[0].front(), '[');
}

TEST(RespParserTest, KeepsAReplyWhenTheNextOnesOverwriteItsPlace) {
    RespParser parser(1 << 24);
    const std::string large(300'000, 'L');
    std::vector<Reply> kept;
    for (int round = 0; round < 20; ++round) {
        const std::string bytes =
            "$300000\r\n" + large + "\r\n*2\r\n+a\r\n$2\r\n" + std::to_string(10 + round) + "\r\n";
        std::memcpy(parser.prepare(bytes.size()).data(), bytes.data(), bytes.size());
        parser.commit(bytes.size());
        Reply reply;
        while (parser.next(reply) == RespParser::Outcome::reply)
            kept.push_back(std::move(reply));
    }

    ASSERT_EQ(kept.size(), 40u);
    for (std::size_t i = 0; i < kept.size(); i += 2) {
        EXPECT_EQ(kept[i].root().text(), large);
        EXPECT_EQ(kept[i + 1].root()[1].integer(), static_cast<std::int64_t>(10 + i / 2));
    }
}

TEST(RespParserTest, FindsElementsBehindNestedOnes) {
    RespParser parser(1 << 20);
    const std::string bytes = "*3\r\n*2\r\n:1\r\n*1\r\n:2\r\n%1\r\n+k\r\n+v\r\n:9\r\n";
    std::memcpy(parser.prepare(bytes.size()).data(), bytes.data(), bytes.size());
    parser.commit(bytes.size());
    Reply reply;
    ASSERT_EQ(parser.next(reply), RespParser::Outcome::reply);

    const Value root = reply.root();
    EXPECT_EQ(root[2].integer(), 9);
    EXPECT_EQ(root[1][1].text(), "v");
    EXPECT_EQ(root[0][1][0].integer(), 2);
}

TEST(RespParserTest, ReadsLeadingDigitsOfText) {
    RespParser parser(1 << 20);
    const std::string bytes = "$4\r\n12ab\r\n";
    std::memcpy(parser.prepare(bytes.size()).data(), bytes.data(), bytes.size());
    parser.commit(bytes.size());
    Reply reply;
    ASSERT_EQ(parser.next(reply), RespParser::Outcome::reply);

    EXPECT_EQ(reply.root().integer(), 12);
    EXPECT_EQ(Reply().root().integer(), 0);
    EXPECT_TRUE(Reply().root().is_null());
}

}  // namespace
}  // namespace toril::redis::testing
