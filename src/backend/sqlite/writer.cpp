#include "backend/sqlite/writer.hpp"

#include <unistd.h>

#include <algorithm>
#include <chrono>

namespace toril::sqlite {
namespace {

// Most jobs of one transaction: it holds up other processes for as long as it takes.
constexpr std::size_t transaction_jobs_max = 2000;
// Longest wait for the turn: below the command timeout of the layers above (15 s).
constexpr Millis turn_wait_max{10'000};
// Pages of 4 KiB in the write-ahead log that start a checkpoint; at the second figure readers
// have kept the log from beginning anew for so long that one is forced.
constexpr int checkpoint_pages = 4'000;
constexpr int checkpoint_pages_forced = 32'000;
// A commit that takes less than this is not worth waiting for company before it.
constexpr std::chrono::microseconds slow_commit{1'000};
constexpr std::chrono::microseconds gather_max{2'000};
// While the disk is full: how often somebody looks whether it still is.
constexpr std::int64_t space_check_ms = 1'000;

Error disk_is_full() {
    return {ErrorCode::limit_reached,
            "the store's disk is full: nothing is added until there is space; jobs can be "
            "finished and removed"};
}

// Callers that were answered together come back together, but one by one: the first of them
// would have a slow commit to itself while all others wait for the next. So the writer waits a
// small part of a commit's time for as many as last time. A lone caller waits for nobody.
Gather company_of(std::size_t pieces, std::chrono::microseconds took) {
    if (pieces < 2 || took < slow_commit) return {};
    return {.pieces = pieces, .at_most = std::min(took / 4, gather_max)};
}

}  // namespace

News news_of(const QueueRow& queue, std::int64_t next_due_ms, bool available) {
    return {.queue = queue.name,
            .changes = queue.changes,
            .next_due_ms = next_due_ms,
            .available = available,
            .cancellations = queue.cancellations,
            .events = queue.events.row > 0 ? job_key(queue.id, queue.events.row) : 0};
}

Writer::Writer(Session& session, StoreFiles& files, base::Logger log)
    : session_(session), files_(files), log_(std::move(log)) {}

void Writer::run() {
    using SteadyClock = std::chrono::steady_clock;
    Gather gather;
    for (;;) {
        WorkGroup group = queue_.pop(transaction_jobs_max, gather);
        if (group.empty()) break;
        const std::size_t pieces = group.size();
        const auto began = SteadyClock::now();
        run_group(group);
        gather = company_of(
            pieces,
            std::chrono::duration_cast<std::chrono::microseconds>(SteadyClock::now() - began));
    }
    close_session();
}

void Writer::run_group(WorkGroup& group) {
    if (Status turn = files_.turn.take(turn_wait_max, stopping_); !turn) {
        for (const auto& work : group)
            work->refuse(turn.error());
        return;
    }
    if (!refuse_adds(group)) {
        const Outcome outcome = attempt(group);
        if (outcome == Outcome::no_space)
            on_full_disk(group);
        else
            end_attempt(group, outcome);
    }
    files_.turn.end();
    // Now others may: telling and answering hold up nobody.
    if (!news_.empty() && tell_) tell_(news_);
    news_.clear();
    for (const auto& [work, error] : ended_)
        error ? work->refuse(*error) : work->answer();
    ended_.clear();
}

// REQUIRES: it is our turn.
void Writer::end_attempt(WorkGroup& group, Outcome outcome) {
    std::optional<Error> error;
    if (outcome == Outcome::committed) {
        for (const QueueRow* row : session_.queues.touched())
            if (row->prefix == session_.queues.prefix())
                news_.push_back(news_of(*row,
                                        session_.lines.next_due_ms(*row),
                                        row->touched.available && row->has_work()));
        session_.queues.settle();
        session_.replays.committed();
        checkpoint_if_large();
    } else {
        error = outcome == Outcome::unknown ? Error(ErrorCode::outcome_unknown, failure_.message())
                                            : failure_;
    }
    for (auto& work : group)
        ended_.emplace_back(std::move(work), error);
}

// REQUIRES: it is our turn.
Writer::Outcome Writer::attempt(WorkGroup& group) {
    Database& db = session_.db;
    if (Status begun = begin(); !begun) {
        failure_ = begun.error();
        roll_back();
        return Outcome::nothing_done;
    }
    const std::int64_t rows = db.rows_changed();
    for (const auto& work : group)
        work->run(session_);
    session_.events.save(session_.ms({}));
    session_.queues.save();
    if (!db.failed() && db.rows_changed() == rows) {
        // Nothing was written: an idle take costs no commit.
        db.execute("ROLLBACK");
        if (!db.failed()) return Outcome::committed;
    }
    session_.records.count_commit();
    if (db.failed()) {
        failure_ = db.failure();
        const bool full = db.trouble() == Trouble::full;
        roll_back();
        if (!full) db.close();
        return full ? Outcome::no_space : Outcome::nothing_done;
    }
    return commit();
}

Status Writer::begin() {
    Database& db = session_.db;
    if (!db.is_open()) {
        if (Status opened = db.reopen(); !opened) return opened;
        seen_.data_version = -1;
    }
    db.execute("BEGIN IMMEDIATE");
    const std::int64_t version = db.number("PRAGMA data_version");
    if (db.failed()) return db.failure();
    if (version == seen_.data_version) return {};
    seen_.data_version = version;
    session_.queues.forget();
    seen_.ledger = session_.records.ledger();
    seen_.others = !session_.records.other_processes(session_.process).empty();
    return db.failed() ? Status(db.failure()) : Status();
}

// After a failed commit it is looked up whether it happened: what SQLite wrote may be in the
// log although the sync failed. Then it counts for all who read, and a power cut may undo it.
Writer::Outcome Writer::commit() {
    Database& db = session_.db;
    db.execute("COMMIT");
    if (!db.failed()) {
        ++seen_.ledger.commits;
        after_commit();
        return Outcome::committed;
    }
    failure_ = db.failure();
    const bool full = db.trouble() == Trouble::full;
    const std::int64_t before = seen_.ledger.commits;
    roll_back();
    if (full) return Outcome::no_space;
    log_(LogLevel::error, "sqlite.commit_failed", failure_.message());
    db.close();
    if (Status opened = db.reopen(); !opened) return Outcome::unknown;
    seen_ = {.others = true, .disk_full = seen_.disk_full};
    return session_.records.ledger().commits > before ? Outcome::unknown : Outcome::nothing_done;
}

void Writer::after_commit() {
    figures_.commits.fetch_add(1, std::memory_order_relaxed);
    files_.mark.write({seen_.ledger.store_id, seen_.ledger.commits});
    if (!seen_.others) return;
    // What is written does not matter: inotify tells of the write.
    const char byte = 0;
    [[maybe_unused]] const auto written = ::pwrite(files_.wake.fd(), &byte, 1, 0);
}

void Writer::roll_back() {
    session_.db.roll_back();
    session_.queues.forget();
    session_.replays.rolled_back();
}

// The log may hold what the database has long had: emptied, it may be space enough, and emptying
// it needs the reserve. If it is not, one by one: what adds is refused, what finishes or removes
// gets the reserve.
void Writer::on_full_disk(WorkGroup& group) {
    files_.reserve.release();
    empty_log();
    const Outcome again = attempt(group);
    if (again == Outcome::committed && files_.reserve.fill()) return end_attempt(group, again);
    if (!seen_.disk_full)
        log_(LogLevel::error,
             "sqlite.disk_full",
             "the store's disk is full: adds are refused until there is space");
    seen_.disk_full = true;
    seen_.space_checked_ms = session_.ms({});
    if (again != Outcome::no_space) return end_attempt(group, again);
    for (auto& work : group) {
        WorkGroup one;
        one.push_back(std::move(work));
        if (refuse_adds(one)) continue;
        const Outcome outcome = attempt(one);
        empty_log();
        end_attempt(one, outcome);
    }
}

void Writer::empty_log() {
    session_.db.checkpoint(Database::Checkpoint::truncate);
    session_.db.reset_failure();
}

// Takes out of a group what the disk has no space for. True: that was all of it.
bool Writer::refuse_adds(WorkGroup& group) {
    if (has_space()) return false;
    for (const auto& work : group)
        if (work->needs_space) work->refuse(disk_is_full());
    std::erase_if(group, [](const auto& work) { return work->needs_space; });
    return group.empty();
}

bool Writer::has_space() {
    if (!seen_.disk_full) return true;
    const std::int64_t now_ms = session_.ms({});
    if (now_ms - seen_.space_checked_ms < space_check_ms && now_ms >= seen_.space_checked_ms)
        return false;
    seen_.space_checked_ms = now_ms;
    if (!files_.reserve.fill()) return false;
    seen_.disk_full = false;
    log_(LogLevel::info, "sqlite.disk_has_space", "the store's disk has space again");
    return true;
}

void Writer::checkpoint_if_large() {
    const int pages = session_.db.wal_pages();
    const bool wanted = std::exchange(session_.wants_checkpoint, false);
    if (pages < checkpoint_pages && !wanted) return;
    const bool force = wanted || pages >= checkpoint_pages_forced;
    session_.db.checkpoint(force ? Database::Checkpoint::truncate : Database::Checkpoint::passive);
    figures_.checkpoints.fetch_add(1, std::memory_order_relaxed);
    if (!session_.db.failed()) return;
    // The commit stands; the log only stays longer.
    log_(LogLevel::warning, "sqlite.checkpoint_failed", session_.db.failure().message());
    session_.db.close();
}

// The last store to close leaves one file that can be copied: the log goes into the database.
void Writer::close_session() {
    const std::atomic<bool> never{false};
    constexpr Millis wait_max{1'000};
    if (!files_.turn.take(wait_max, never)) return session_.db.close();
    if (begin()) {
        session_.workers.erase_of_process(session_.process);
        if (session_.lines.held_by(session_.process).empty())
            session_.records.erase_process(session_.process);
        if (!session_.db.failed()) session_.db.execute("COMMIT");
        if (!session_.db.failed()) after_commit();
    }
    session_.db.roll_back();
    if (!seen_.others) session_.db.checkpoint(Database::Checkpoint::truncate);
    session_.db.close();
    files_.turn.end();
}

}  // namespace toril::sqlite
