#include "backend/sqlite/side/worker.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace toril::sqlite_side {
namespace {

using sqlite::Trouble;
using SteadyClock = std::chrono::steady_clock;

// How often the deadlines of those who wait are looked at while another process has the turn.
constexpr Millis turn_wait{20};
// Pages of 4 KiB in the write-ahead log that start a checkpoint, and force one.
constexpr int checkpoint_pages = 4'000;
constexpr int checkpoint_pages_forced = 16'000;

}  // namespace

Worker::Worker(const Options& options, Session& session, WakeFile& wake)
    : session_(session),
      wake_(wake),
      log_(options.log),
      link_("side", "side file"),
      file_(options.path, session, options.log),
      turn_(options.path),
      upkeep_(session, options.bytes_max) {}

void Worker::run() {
    for (;;) {
        TaskGroup group = queue_.pop();
        if (group.empty()) break;
        serve(group);
    }
    close_file();
}

void Worker::serve(TaskGroup& group) {
    refuse_late(group);
    if (!group.empty()) look(group);
    if (!group.empty()) change(group);
}

// A call whose time has passed has been given up: begun now, it would take a lock for nobody.
void Worker::refuse_late(TaskGroup& group) {
    const auto now = SteadyClock::now();
    const auto late = std::stable_partition(
        group.begin(), group.end(), [&](const auto& task) { return task->deadline >= now; });
    if (late == group.end()) return;
    TaskGroup refused(std::make_move_iterator(late), std::make_move_iterator(group.end()));
    group.erase(late, group.end());
    link_.failed(HealthReason::timed_out, "the side file did not answer in time");
    settle(refused,
           Error(ErrorCode::unavailable,
                 "the file \"" + file_.path() +
                     "\" was not to be had in time: another process holds it, or the disk is "
                     "slow; nothing was changed"));
}

// The tasks at the front that only look, up to the first that changes something.
void Worker::look(TaskGroup& group) {
    if (!file_.is_current()) return;
    const auto began = SteadyClock::now();
    session_.side.transactions().begin_look();
    auto first_change = group.begin();
    while (first_change != group.end() && !session_.db.failed() && (*first_change)->look(session_))
        ++first_change;
    session_.side.transactions().commit();
    if (session_.db.failed()) {
        // Whatever it is, it is found again, and healed, where it is our turn.
        session_.db.roll_back();
        return;
    }
    if (first_change == group.begin()) return;
    TaskGroup looked(std::make_move_iterator(group.begin()), std::make_move_iterator(first_change));
    group.erase(group.begin(), first_change);
    link_.succeeded(
        std::chrono::duration_cast<std::chrono::microseconds>(SteadyClock::now() - began));
    settle(looked, {});
}

void Worker::change(TaskGroup& group) {
    const auto began = SteadyClock::now();
    if (!take_turn(group)) return;
    const Attempt done = attempt_and_heal(group);
    if (done.status) checkpoint_if_large();
    turn_.end();
    if (done.status) {
        if (session_.news.added() > 0 || !session_.freed.empty()) wake_.touch();
        if (!session_.freed.empty()) on_freed_(session_.freed);
        link_.succeeded(
            std::chrono::duration_cast<std::chrono::microseconds>(SteadyClock::now() - began));
    } else {
        link_.failed(done.trouble == Trouble::damaged ? HealthReason::corrupt : HealthReason::disk,
                     done.status.error().message());
    }
    session_.freed.clear();
    settle(group, done.status);
}

// While another process has the turn what came meanwhile joins, and what is late is refused.
bool Worker::take_turn(TaskGroup& group) {
    for (;;) {
        const Status taken = turn_.take(turn_wait, stopping_);
        if (taken) return true;
        // No lock file to be had, or the end: not another's turn.
        const bool closing = taken.error().code() == ErrorCode::cancelled;
        if (closing || !turn_.is_open()) {
            if (!closing) link_.failed(HealthReason::disk, taken.error().message());
            settle(group, taken);
            return false;
        }
        queue_.pop_more(group);
        refuse_late(group);
        if (group.empty()) return false;
    }
}

// REQUIRES: it is our turn. What can be healed is tried once more.
Worker::Attempt Worker::attempt_and_heal(TaskGroup& group) {
    Attempt done = attempt(group);
    if (done.status) return done;
    switch (done.trouble) {
        case Trouble::damaged: file_.set_aside("is damaged"); break;
        case Trouble::full:
            // The log may hold what the file has long had.
            session_.db.checkpoint(sqlite::Database::Checkpoint::truncate);
            session_.db.reset_failure();
            break;
        default: file_.close(); return done;
    }
    done = attempt(group);
    if (!done.status) file_.close();
    return done;
}

// REQUIRES: it is our turn.
Worker::Attempt Worker::attempt(TaskGroup& group) {
    session_.freed.clear();
    session_.stored_bytes = 0;
    session_.news.settle();
    if (Status opened = open(); !opened) return {opened, Trouble::refused};
    session_.side.transactions().begin_change();
    for (const auto& task : group)
        if (!session_.db.failed()) task->change(session_);
    upkeep_.run();
    // The number of the news goes out before the commit: who finds the number that it was told of
    // has then missed nothing, even if we die on the next line.
    if (!session_.db.failed() && session_.news.added() > 0) wake_.write_seq(session_.news.added());
    const bool committing = !session_.db.failed();
    session_.side.transactions().commit();
    if (!session_.db.failed()) return {};
    return roll_back(committing);
}

// Of a commit that could not be written it is not known what the file has.
Worker::Attempt Worker::roll_back(bool committing) {
    const Trouble trouble = session_.db.trouble();
    const bool unknown = committing && trouble == Trouble::input;
    const Error error(unknown ? ErrorCode::outcome_unknown : ErrorCode::unavailable,
                      session_.db.failure().message());
    session_.db.roll_back();
    session_.caches.marks.forget();
    return {error, trouble};
}

Status Worker::open() {
    if (file_.is_current()) return {};
    if (Status opened = wake_.open(); !opened) return opened;
    Status opened = file_.open([this] { return turn_.is_shared(); });
    // Nobody commits meanwhile: so the number is that of the file.
    if (opened) wake_.write_seq(session_.news.latest());
    return opened;
}

// REQUIRES: it is our turn.
void Worker::checkpoint_if_large() {
    const int pages = session_.db.wal_pages();
    if (pages < checkpoint_pages) return;
    using Checkpoint = sqlite::Database::Checkpoint;
    session_.db.checkpoint(pages < checkpoint_pages_forced ? Checkpoint::passive
                                                           : Checkpoint::truncate);
    if (!session_.db.failed()) return;
    log_(LogLevel::warning, "sqlite.side_checkpoint_failed", session_.db.failure().message());
    file_.close();
}

// The last one to close leaves one file.
void Worker::close_file() {
    const std::atomic<bool> never{false};
    constexpr Millis wait_max{500};
    if (file_.is_current() && turn_.take(wait_max, never)) {
        if (!turn_.is_shared()) session_.db.checkpoint(sqlite::Database::Checkpoint::truncate);
        turn_.end();
    }
    file_.close();
}

void Worker::settle(TaskGroup& group, const Status& status) {
    std::array<std::size_t, parts> count{};
    for (const auto& task : group) {
        ++count[static_cast<std::size_t>(task->part)];
        status ? task->answer() : task->refuse(status.error());
    }
    group.clear();
    queue_.done(count);
}

}  // namespace toril::sqlite_side
