// toril spool status FILE, toril spool flush FILE

#include "arguments.hpp"
#include "command.hpp"
#include "commands.hpp"
#include "json_object.hpp"
#include "session.hpp"
#include "terminal.hpp"

#include <toril/spool.hpp>

#include <algorithm>
#include <chrono>

namespace toril::cli {
namespace {

constexpr Millis flush_default{30'000};

std::string seconds(Millis age) {
    return std::to_string(age.count() / 1'000) + " s";
}

Json to_json(const SpoolLine& line) {
    return JsonObject()
        .put("prefix", line.prefix)
        .put("queue", line.queue)
        .put("jobs", line.jobs)
        .put("bytes", line.bytes)
        .put("oldestAge", line.oldest_age.count())
        .put("forwarded", line.forwarded)
        .put("rejected", line.rejected)
        .put("dropped", line.dropped)
        .put_or_null("latestReason", line.latest_reason)
        .json();
}

class SpoolStatus final : public Command {
public:
    void declare(Arguments& arguments) override {
        arguments.word("file", "the spool", path_);
        arguments.output(true);
    }

    Result<Exit> run(Session& session) override {
        const Result<std::vector<SpoolLine>> lines = read_spool(path_);
        if (!lines) return lines.error();
        Output& out = session.out();
        if (out.is_text()) {
            print(out, *lines);
        } else {
            JsonArray array;
            for (const SpoolLine& line : *lines) {
                if (out.format() == Format::jsonl)
                    out.json(to_json(line));
                else
                    array.add(to_json(line));
            }
            if (out.format() == Format::json) out.json(array.json());
        }
        return Exit::ok;
    }

private:
    static void print(Output& out, const std::vector<SpoolLine>& lines) {
        Table table({"QUEUE", "JOBS", "BYTES", "OLDEST", "FORWARDED", "REJECTED", "DROPPED"});
        for (const SpoolLine& line : lines)
            table.row({line.prefix + ":" + line.queue,
                       std::to_string(line.jobs),
                       std::to_string(line.bytes),
                       line.jobs > 0 ? seconds(line.oldest_age) : "-",
                       std::to_string(line.forwarded),
                       std::to_string(line.rejected),
                       std::to_string(line.dropped)});
        out.raw(table.text(0));
        for (const SpoolLine& line : lines)
            if (!line.latest_reason.empty())
                out.line("rejected of " + line.queue + ": " + line.latest_reason);
    }

    std::string path_{};
};

class SpoolFlush final : public Command {
public:
    void declare(Arguments& arguments) override {
        arguments.word("file", "the spool", path_);
        arguments.duration("--for", "longest wait [30s]", at_most_);
        arguments.output();
    }

    Result<Exit> run(Session& session) override {
        const Result<std::vector<SpoolLine>> lines = read_spool(path_);
        if (!lines) return lines.error();
        const auto deadline = std::chrono::steady_clock::now() + at_most_.value_or(flush_default);
        for (const SpoolLine& line : *lines) {
            if (line.jobs == 0) continue;
            if (line.prefix != session.settings().text("prefix")) {
                session.say("the jobs of " + line.prefix + ":" + line.queue +
                            " stay: choose them with --prefix " + line.prefix);
                left_ += line.jobs;
                continue;
            }
            if (Status flushed = flush(session, line, deadline); !flushed) return flushed.error();
        }
        if (!session.out().is_text())
            session.out().json(JsonObject().put("forwarded", forwarded_).put("left", left_).json());
        else
            session.out().line(std::to_string(forwarded_) + " forwarded, " + std::to_string(left_) +
                               " left");
        return left_ == 0 ? Exit::ok : Exit::partly;
    }

private:
    Status flush(Session& session,
                 const SpoolLine& line,
                 std::chrono::steady_clock::time_point deadline) {
        Result<Store> store = session.store();
        if (!store) return store.error();
        Result<Queue> queue =
            Queue::open(*store, line.queue, {.spool = SpoolOptions{.path = path_}});
        if (!queue) return queue.error();
        const auto left = std::chrono::ceil<Millis>(deadline - std::chrono::steady_clock::now());
        const Status flushed = queue->flush_spool(std::max(left, Millis{0}));
        const SpoolStats stats = queue->spool_stats();
        forwarded_ += stats.forwarded;
        left_ += stats.jobs;
        if (!flushed) session.say(line.queue + ": " + flushed.error().message());
        return {};
    }

    std::string path_{};
    std::optional<Millis> at_most_{};
    std::uint64_t forwarded_ = 0;
    std::uint64_t left_ = 0;
};

}  // namespace

std::unique_ptr<Command> make_spool_status() {
    return std::make_unique<SpoolStatus>();
}

std::unique_ptr<Command> make_spool_flush() {
    return std::make_unique<SpoolFlush>();
}

}  // namespace toril::cli
