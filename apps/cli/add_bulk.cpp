#include "add_bulk.hpp"

#include "json_object.hpp"
#include "line_reader.hpp"
#include "progress.hpp"

#include <toril/job_json.hpp>

namespace toril::cli {
namespace {

// Enough for the store to make full batches of, and little enough for the progress to move.
constexpr std::size_t chunk_jobs = 2'000;
constexpr std::size_t chunk_bytes = 16u * 1024 * 1024;
// The data's own limit, and room for a name and options.
constexpr std::size_t line_bytes_max = payload_bytes_default_max + 1u * 1024 * 1024;
// How long the jobs of a spool are waited for when the store answers.
constexpr Millis forward_longest{10'000};
constexpr std::size_t told_errors_max = 20;

bool is_refused_value(ErrorCode code) {
    return code == ErrorCode::invalid_argument || code == ErrorCode::limit_reached;
}

struct Chunk {
    std::vector<NewJob> jobs{};
    std::vector<std::uint64_t> lines{};  // where each job comes from
    std::size_t bytes = 0;

    bool is_full() const { return jobs.size() >= chunk_jobs || bytes >= chunk_bytes; }
};

class BulkAdder {
public:
    BulkAdder(Session& session, Queue& queue) : session_(session), queue_(queue) {}

    Result<Exit> run(const std::string& path) {
        Result<LineReader> reader = LineReader::open(path, line_bytes_max);
        if (!reader) return reader.error();
        while (!store_error_) {
            // What a slow producer has sent is added before we wait for more.
            if (chunk_.is_full() || (!chunk_.jobs.empty() && reader->would_block())) flush();
            if (store_error_) break;
            Result<std::optional<std::string>> line = reader->next();
            if (!line) {
                flush();
                return finish(line.error());
            }
            if (!*line) break;
            take_line(std::move(**line));
        }
        if (!store_error_) flush();
        return finish(store_error_);
    }

private:
    void take_line(std::string text) {
        ++line_;
        if (text.find_first_not_of(" \t\r") == std::string::npos) return;
        const std::size_t bytes = text.size();
        Result<Json> json = Json::parse(std::move(text));
        Result<NewJob> job = json ? new_job_from_json(*json) : Result<NewJob>(json.error());
        if (!job) return leave_out(line_, job.error().message());
        chunk_.jobs.push_back(std::move(*job));
        chunk_.lines.push_back(line_);
        chunk_.bytes += bytes;
    }

    void flush() {
        const std::vector<Result<AddedJob>> answers = queue_.add_bulk(chunk_.jobs);
        for (std::size_t i = 0; i < answers.size(); ++i) {
            if (answers[i])
                count(*answers[i]);
            else if (is_refused_value(answers[i].error().code()))
                leave_out(chunk_.lines[i], answers[i].error().message());
            else
                lose(answers[i].error());
        }
        chunk_ = {};
        progress_.show(added_ + existed_);
    }

    void count(const AddedJob& job) {
        ++(job.existed ? existed_ : added_);
        if (job.spooled) ++spooled_;
        if (session_.out().is_text()) session_.out().line(job.id);
    }

    void leave_out(std::uint64_t line, const std::string& why) {
        ++refused_;
        if (refused_ > told_errors_max) return;
        session_.say("line " + std::to_string(line) + ": " + why);
        errors_.add(JsonObject().put("line", line).put("error", why).json());
    }

    void lose(const Error& error) {
        if (!store_error_) store_error_ = error;
    }

    Result<Exit> finish(const std::optional<Error>& failure) {
        if (refused_ > told_errors_max)
            session_.say("and " + std::to_string(refused_ - told_errors_max) +
                         " more lines were left out");
        if (spooled_ > 0 && queue_.spool_stats().state != SpoolState::spooling &&
            queue_.flush_spool(forward_longest))
            spooled_ = 0;
        if (spooled_ > 0)
            session_.say(std::to_string(spooled_) + " of them are in the spool: the store is away");
        if (!session_.out().is_text())
            session_.out().json(JsonObject()
                                    .put("queue", queue_.name())
                                    .put("added", added_)
                                    .put("spooled", spooled_)
                                    .put("existed", existed_)
                                    .put("refused", refused_)
                                    .put("errors", errors_.json())
                                    .json());
        const std::uint64_t good = added_ + existed_;
        if (failure) {
            const Error told(failure->code(),
                             std::to_string(good) + " jobs were added up to line " +
                                 std::to_string(line_) + "; then: " + failure->message());
            if (good == 0) return told;
            session_.report(told);
            return Exit::partly;
        }
        if (refused_ == 0) return Exit::ok;
        if (good > 0) return Exit::partly;
        return Error(ErrorCode::invalid_argument, "no line could be accepted");
    }

    Session& session_;
    Queue& queue_;
    Progress progress_{"jobs added"};
    Chunk chunk_{};
    std::uint64_t line_ = 0;
    std::uint64_t added_ = 0;
    std::uint64_t existed_ = 0;
    std::uint64_t spooled_ = 0;
    std::uint64_t refused_ = 0;
    std::optional<Error> store_error_{};
    JsonArray errors_{};
};

}  // namespace

Result<Exit> add_bulk(Session& session, Queue& queue, const std::string& path) {
    return BulkAdder(session, queue).run(path);
}

}  // namespace toril::cli
