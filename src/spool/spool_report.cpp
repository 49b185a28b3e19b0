#include "spool/spool_report.hpp"

#include <utility>

namespace toril::spool {

SpoolReport::SpoolReport(std::string queue,
                         base::Logger log,
                         std::shared_ptr<base::FallbackBoard> board)
    : queue_(std::move(queue)),
      subsystem_("spool:" + queue_),
      log_(std::move(log)),
      board_(std::move(board)) {}

void SpoolReport::began(const std::string& reason, SteadyTime now) {
    if (active_) return;
    active_ = true;
    began_at_ = now;
    forwarded_ = 0;
    told_failed_ = false;
    if (board_) board_->begin(subsystem_, "spool", reason);
    log_(LogLevel::warning,
         "spool.began",
         "adds to queue \"" + queue_ + "\" go to the spool: " + reason,
         {{"queue", queue_}});
}

void SpoolReport::spooled(std::uint64_t jobs) {
    told_full_ = false;
    if (board_ && jobs > 0) board_->count(subsystem_, jobs);
}

void SpoolReport::drained(SteadyTime now) {
    if (!active_) return;
    active_ = false;
    if (board_) board_->end(subsystem_);
    const auto lasted = std::chrono::floor<Millis>(now - began_at_);
    log_(LogLevel::info,
         "spool.drained",
         "the spool of queue \"" + queue_ + "\" is empty: adds go to the store again",
         {{"queue", queue_},
          {"forwarded", std::to_string(forwarded_)},
          {"outage_ms", std::to_string(lasted.count())}});
}

void SpoolReport::full(const std::string& why) {
    if (told_full_) return;
    told_full_ = true;
    log_(LogLevel::error, "spool.full", why, {{"queue", queue_}});
}

void SpoolReport::dropped(std::uint64_t jobs) {
    if (jobs == 0 || told_full_) return;
    told_full_ = true;
    log_(LogLevel::error,
         "spool.full",
         "the spool of queue \"" + queue_ + "\" is full: its oldest jobs are dropped",
         {{"queue", queue_}, {"dropped", std::to_string(jobs)}});
}

void SpoolReport::rejected(const std::string& id, const Error& reason) {
    log_(LogLevel::error,
         "spool.rejected",
         "the store will not take job \"" + id + "\" of queue \"" + queue_ +
             "\", which stays in the spool's table of rejected jobs: " + reason.message(),
         {{"queue", queue_}, {"job", id}, {"code", std::string(to_string(reason.code()))}});
}

void SpoolReport::failed(const Error& error) {
    if (told_failed_) return;
    told_failed_ = true;
    log_(LogLevel::error,
         "spool.failed",
         "the spool of queue \"" + queue_ + "\" cannot go on: " + error.message(),
         {{"queue", queue_}, {"code", std::string(to_string(error.code()))}});
}

void SpoolReport::lost(std::uint64_t jobs) {
    if (jobs == 0) return;
    log_(LogLevel::error,
         "spool.lost",
         "the queue \"" + queue_ +
             "\" ended before the store was back: the jobs of its spool in memory are lost",
         {{"queue", queue_}, {"jobs", std::to_string(jobs)}});
}

}  // namespace toril::spool
