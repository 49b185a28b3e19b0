#include "redis/pipeline.hpp"

#include "redis/resp_parser.hpp"

#include <toril/redis/request.hpp>

#include <gtest/gtest.h>

#include <cstring>
#include <map>
#include <random>

using namespace std::chrono_literals;

namespace toril::redis {
namespace {

class PipelineTest : public ::testing::Test {
protected:
    Command echo(const std::string& word) {
        Command command;
        command.payload = Request("ECHO").arg(word).take_payload();
        command.timeout = 1s;
        command.on_reply = [this, word](Result<Reply> answer) {
            answers[word].push_back(text_of(answer));
        };
        return command;
    }
    Command idempotent(const std::string& word) {
        Command command = echo(word);
        command.idempotent = true;
        return command;
    }
    Command both(const std::string& word, bool is_idempotent) {
        Command command = echo(word);
        command.payload += command.payload;
        command.on_reply = nullptr;
        command.replies_left = 2;
        command.idempotent = is_idempotent;
        command.batch = std::make_unique<Batch>();
        command.batch->on_replies = [this, word](Result<std::vector<Reply>> replies) {
            std::string text = replies ? "" : "!" + std::string(to_string(replies.error().code()));
            if (replies)
                for (const Reply& reply : *replies)
                    text += std::string(reply.root().text()) + ";";
            answers[word].push_back(text);
        };
        return command;
    }
    static std::string text_of(const Result<Reply>& answer) {
        if (!answer) return "!" + std::string(to_string(answer.error().code()));
        return std::string(answer->root().text());
    }

    void submit(Command command) { pipeline.submit(std::move(command), now); }
    std::size_t fill() {
        out.clear();
        pipeline.fill(out, 1 << 20, now);
        deliver();
        return out.size();
    }
    bool reply(const std::string& bytes) {
        RespParser parser(1 << 20);
        std::memcpy(parser.prepare(bytes.size()).data(), bytes.data(), bytes.size());
        parser.commit(bytes.size());
        Reply answer;
        EXPECT_EQ(parser.next(answer), RespParser::Outcome::reply);
        const bool taken = pipeline.on_reply(std::move(answer));
        deliver();
        return taken;
    }
    void lose(std::uint64_t written, bool poisoned = false) {
        pipeline.on_lost(written, poisoned, "cut");
        deliver();
    }
    void pass_time(Millis time) {
        now += time;
        pipeline.expire(now, "away");
        deliver();
    }
    void deliver() {
        for (Settled& settled : pipeline.settled())
            settled.deliver();
        pipeline.settled().clear();
    }
    std::string answer(const std::string& word) {
        const auto& list = answers[word];
        return list.empty() ? "" : list.size() == 1 ? list[0] : "answered twice";
    }

    SteadyTime now{};
    std::string out;
    std::map<std::string, std::vector<std::string>> answers;
    Pipeline pipeline{PipelineLimits{.waiting_max = 3, .waiting_bytes_max = 10'000}};
};

TEST_F(PipelineTest, GivesTheNthAnswerToTheNthCommand) {
    submit(echo("a"));
    submit(echo("b"));
    EXPECT_EQ(fill(), 2 * 21u);
    reply("+1\r\n");
    reply("+2\r\n");

    EXPECT_EQ(answer("a"), "1");
    EXPECT_EQ(answer("b"), "2");
    EXPECT_FALSE(reply("+3\r\n")) << "an answer without a question must be noticed";
}

TEST_F(PipelineTest, RefusesWhatDoesNotFitIntoTheQueue) {
    for (const std::string word : {"a", "b", "c", "d"})
        submit(echo(word));
    submit(echo(std::string(10'000, 'x')));
    deliver();

    EXPECT_EQ(answer("d"), "!limit_reached");
    EXPECT_EQ(answer("a"), "");
    EXPECT_EQ(pipeline.waiting(), 3u);
}

TEST_F(PipelineTest, SwallowsTheLateAnswerOfOneThatGaveUp) {
    submit(echo("a"));
    fill();
    pass_time(999ms);
    EXPECT_EQ(answer("a"), "");
    submit(echo("b"));
    fill();
    pass_time(9ms);
    EXPECT_EQ(answer("a"), "!timed_out");

    reply("+late a\r\n");
    reply("+b\r\n");

    EXPECT_EQ(answer("a"), "!timed_out");
    EXPECT_EQ(answer("b"), "b");
}

TEST_F(PipelineTest, SwallowsAllLateAnswersOfABatchThatGaveUp) {
    submit(both("a", false));
    fill();
    reply("+1\r\n");
    pass_time(2s);
    submit(echo("b"));
    fill();
    reply("+2\r\n");
    reply("+b\r\n");

    EXPECT_EQ(answer("a"), "!timed_out");
    EXPECT_EQ(answer("b"), "b");
}

TEST_F(PipelineTest, SaysUnavailableWhenTheTimePassedBeforeItWasSent) {
    submit(echo("a"));
    pass_time(1s);

    EXPECT_EQ(answer("a"), "!unavailable");
    EXPECT_EQ(pipeline.waiting(), 0u);
    EXPECT_EQ(pipeline.next_deadline(), SteadyTime::max());
}

TEST_F(PipelineTest, RequeuesWhatWasNotWrittenWholeAndInOrder) {
    submit(echo("a"));
    submit(echo("b"));
    submit(echo("c"));
    fill();
    submit(echo("d"));
    lose(21 + 20);  // a whole, b but for its last byte

    EXPECT_EQ(answer("a"), "!outcome_unknown");
    EXPECT_EQ(pipeline.waiting(), 3u);
    fill();
    for (const std::string word : {"b", "c", "d"})
        reply("+" + word + "\r\n");
    for (const std::string word : {"b", "c", "d"})
        EXPECT_EQ(answer(word), word);
}

TEST_F(PipelineTest, ResendsAnIdempotentCommandBeforeTheQueue) {
    submit(echo("a"));
    submit(idempotent("b"));
    fill();
    submit(echo("c"));
    lose(42);
    fill();
    reply("+b\r\n");
    reply("+c\r\n");

    EXPECT_EQ(answer("a"), "!outcome_unknown");
    EXPECT_EQ(answer("b"), "b");
    EXPECT_EQ(answer("c"), "c");
}

TEST_F(PipelineTest, SaysUnknownWhenAResendNeverCame) {
    submit(idempotent("a"));
    submit(echo("b"));
    fill();
    lose(21);  // a written, b not
    pipeline.fail_unsent({ErrorCode::unavailable, "away"});
    deliver();
    EXPECT_EQ(answer("b"), "!unavailable");
    EXPECT_EQ(answer("a"), "");
    pass_time(2s);

    EXPECT_EQ(answer("a"), "!outcome_unknown");
}

TEST_F(PipelineTest, DoesNotRepeatTheOneWhoseAnswerBrokeTheLink) {
    submit(idempotent("a"));
    submit(idempotent("b"));
    fill();
    lose(42, /*poisoned=*/true);

    EXPECT_EQ(answer("a"), "!outcome_unknown");
    EXPECT_EQ(answer("b"), "");
    EXPECT_EQ(pipeline.waiting(), 1u);
}

TEST_F(PipelineTest, TreatsABatchAsOne) {
    submit(both("a", true));
    submit(both("b", true));
    submit(both("c", false));
    fill();
    reply("+a1\r\n");
    lose(4 * 21 + 1);  // the first byte of c is out

    EXPECT_EQ(answer("a"), "!outcome_unknown") << "half of it is answered";
    EXPECT_EQ(answer("c"), "!outcome_unknown") << "half of it may have run";
    fill();
    reply("+b1\r\n");
    reply("+b2\r\n");
    EXPECT_EQ(answer("b"), "b1;b2;");
}

TEST_F(PipelineTest, TurnsRefusalsIntoErrorsAndLeavesOtherErrorRepliesAlone) {
    submit(echo("a"));
    submit(echo("b"));
    submit(echo("c"));
    fill();
    reply("-OOM command not allowed\r\n");
    reply("-NOPERM no\r\n");
    reply("-ERR syntax error\r\n");

    EXPECT_EQ(answer("a"), "!unavailable");
    EXPECT_EQ(answer("b"), "!unauthorized");
    EXPECT_EQ(answer("c"), "ERR syntax error");
}

TEST_F(PipelineTest, SendsAScriptWholeOnceForEachLink) {
    static const Script script("one", "return 1");
    const auto run = [&](const std::string& word) {
        Command command = echo(word);
        command.payload = "$1\r\n0\r\n";
        command.script = &script;
        command.script_arguments = 3;
        return command;
    };
    const std::string whole = "*3\r\n$4\r\nEVAL\r\n$8\r\nreturn 1\r\n$1\r\n0\r\n";
    const std::string short_form =
        "*3\r\n$7\r\nEVALSHA\r\n$40\r\n" + script.sha1() + "\r\n$1\r\n0\r\n";
    EXPECT_EQ(script.sha1(), "e0e1f9fabfc9d4800c877a703b823ac0578ff8db");

    submit(run("a"));
    submit(run("b"));
    fill();
    EXPECT_EQ(out, whole + short_form);
    reply("+a\r\n");
    reply("-NOSCRIPT No matching script.\r\n");
    EXPECT_EQ(answer("b"), "");
    fill();
    EXPECT_EQ(out, whole);
    reply("+b\r\n");
    EXPECT_EQ(answer("b"), "b");

    submit(run("c"));
    fill();
    EXPECT_EQ(out, short_form);
    lose(0);
    fill();
    EXPECT_EQ(out, whole);
}

TEST_F(PipelineTest, EndsEverythingWithWhatIsTrueOfIt) {
    submit(echo("a"));
    fill();
    submit(echo("b"));
    pipeline.fail_all("closed");
    deliver();

    EXPECT_EQ(answer("a"), "!outcome_unknown");
    EXPECT_EQ(answer("b"), "!cancelled");
}

// Random submits, answers, losses and passing time: each command is answered exactly once, and
// an answer is always the one to its own question.
TEST_F(PipelineTest, AnswersEachCommandOnceOverRandomEvents) {
    const unsigned seed = std::random_device{}();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    std::vector<std::string> wire;  // questions that the server has, in order
    int made = 0;
    for (int i = 0; i < 50'000; ++i) {
        switch (random() % 8) {
            case 0:
            case 1:
            case 2: {
                const std::string word = "w" + std::to_string(made++);
                submit(random() % 2 == 0 ? echo(word) : idempotent(word));
                break;
            }
            case 3: {
                fill();
                for (std::size_t at = out.find("w"); at != std::string::npos;
                     at = out.find("w", at + 1))
                    wire.push_back(out.substr(at, out.find("\r\n", at) - at));
                break;
            }
            case 4:
            case 5:
                if (wire.empty()) break;
                ASSERT_TRUE(reply("+" + wire.front() + "\r\n"));
                wire.erase(wire.begin());
                break;
            case 6: pass_time(Millis(random() % 300)); break;
            default:
                if (random() % 10 != 0) break;
                lose(random() % 200);
                wire.clear();
                break;
        }
    }
    pipeline.fail_all("closed");
    deliver();
    for (int i = 0; i < made; ++i) {
        const std::string word = "w" + std::to_string(i);
        const std::string text = answer(word);
        ASSERT_TRUE(text == word || text.starts_with('!')) << word << ": " << text;
    }
}

}  // namespace
}  // namespace toril::redis
