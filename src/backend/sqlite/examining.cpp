#include "backend/sqlite/examining.hpp"

#include "backend/sqlite/queue_flaws.hpp"
#include "backend/sqlite/schema.hpp"
#include "toril/sqlite/statements.hpp"

#include <sys/statvfs.h>

#include <filesystem>
#include <set>
#include <string>
#include <utility>

namespace toril::sqlite {
namespace {

using Findings = std::vector<Finding>;
using Severity = Finding::Severity;

// The log is forced into the database at this size, if nobody reads for long (Writer).
constexpr std::uintmax_t log_bytes_max = 256ULL * 1024 * 1024;
constexpr std::uintmax_t free_bytes_min = 256ULL * 1024 * 1024;
constexpr const char* repair_command = "toril doctor --repair";

std::string mebibytes(std::uintmax_t bytes) {
    return std::to_string(bytes >> 20) + " MiB";
}

void look_at_file(Session& session, Findings& found) {
    Statement check(session.db, sql::examine, "quick_check");
    std::string damage;
    {
        Cursor row = check.rows();
        while (row.next())
            if (row.text(0) != "ok") damage += (damage.empty() ? "" : "; ") + row.text(0);
    }
    if (!damage.empty())
        found.push_back({.severity = Severity::error,
                         .code = "damaged",
                         .cause = "SQLite's own check of the file found: " + damage,
                         .remedy = "put a backup in its place, or save what can be read with "
                                   "sqlite3 FILE .recover"});
    const std::int64_t version = session.db.number("PRAGMA user_version");
    if (!session.db.failed() && version != schema_version)
        found.push_back({.severity = Severity::error,
                         .code = "schema",
                         .cause = "the store has schema version " + std::to_string(version) +
                                  ", and this toril writes " + std::to_string(schema_version),
                         .remedy = "restart this program with the newer toril"});
}

void look_at_disk(const std::string& path, Findings& found) {
    namespace fs = std::filesystem;
    std::error_code none;
    const std::uintmax_t log = fs::file_size(path + "-wal", none);
    const std::uintmax_t log_bytes = none ? 0 : log;
    const std::uintmax_t file = fs::file_size(path, none);
    if (log_bytes > log_bytes_max && !none && log_bytes > 4 * file)
        found.push_back({.severity = Severity::warning,
                         .code = "large_log",
                         .cause = "the write-ahead log has " + mebibytes(log_bytes) +
                                  ", the database only " + mebibytes(file) +
                                  ": somebody reads it for very long",
                         .remedy = repair_command,
                         .repairable = true});
    struct statvfs disk {};
    if (::statvfs(path.c_str(), &disk) != 0) return;
    const std::uintmax_t space = static_cast<std::uintmax_t>(disk.f_bavail) * disk.f_frsize;
    if (space < free_bytes_min)
        found.push_back({.severity = Severity::warning,
                         .code = "disk_space",
                         .cause = "the store's disk has only " + mebibytes(space) + " left",
                         .remedy = "free some space: a full store adds no jobs"});
}

// The store looks for dead processes by itself; these are what it cannot see.
std::vector<std::int64_t> dead_holders(Session& session, const Engine& engine) {
    std::vector<std::int64_t> dead = session.lines.other_holders(session.process);
    std::erase_if(dead, [&](std::int64_t process) { return engine.is_alive(process); });
    return dead;
}

void look_at_leases(Session& session, const Engine& engine, Findings& found) {
    std::size_t jobs = 0;
    for (const std::int64_t process : dead_holders(session, engine))
        jobs += session.lines.held_by(process).size();
    if (jobs > 0)
        found.push_back(
            {.severity = Severity::error,
             .code = "abandoned_job",
             .cause = std::to_string(jobs) + " active jobs belong to processes that are dead",
             .remedy = repair_command,
             .repairable = true});
}

Findings look_over(Session& session, const Engine& engine) {
    Findings found;
    look_at_file(session, found);
    look_at_disk(engine.path(), found);
    look_at_leases(session, engine, found);
    for (const std::string& name : session.queues.names())
        if (QueueRow* queue = session.queues.find(name))
            for (Finding& each : examine_queue(session, *queue, /*repair=*/false))
                found.push_back(std::move(each));
    return found;
}

// Queues are looked at again: between the two looks others may have mended them.
Findings mend(Session& session, const Engine& engine, Findings found) {
    std::set<std::string> queues;
    for (Finding& each : found) {
        if (!each.repairable) continue;
        if (!each.queue.empty()) queues.insert(each.queue);
        each.repaired = each.queue.empty();
        if (each.code == "large_log") session.wants_checkpoint = true;
        if (each.code == "abandoned_job")
            for (const std::int64_t process : dead_holders(session, engine))
                recover_process(session, process);
    }
    std::erase_if(found, [&](const Finding& each) { return queues.contains(each.queue); });
    for (const std::string& name : queues)
        if (QueueRow* queue = session.queues.find(name))
            for (Finding& each : examine_queue(session, *queue, /*repair=*/true))
                found.push_back(std::move(each));
    return found;
}

}  // namespace

void examine(const std::shared_ptr<Engine>& engine,
             const contract::ExamineParams& params,
             contract::Done<Findings> done) {
    auto on_look =
        [engine, repair = params.repair, done = std::move(done)](Result<Findings> found) {
            const auto is_repairable = [](const Finding& each) { return each.repairable; };
            if (!found || !repair || std::none_of(found->begin(), found->end(), is_repairable))
                return done(std::move(found));
            engine->writer().push(std::make_unique<Request<Result<Findings>>>(
                [engine, first = std::move(*found)](Session& session) -> Result<Findings> {
                    return mend(session, *engine, first);
                },
                done));
        };
    engine->reader().push(std::make_unique<Request<Result<Findings>>>(
        [engine](Session& session) -> Result<Findings> { return look_over(session, *engine); },
        std::move(on_look)));
}

}  // namespace toril::sqlite
