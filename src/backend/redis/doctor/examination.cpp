#include "backend/redis/doctor/examination.hpp"

#include "backend/redis/doctor/queue_findings.hpp"
#include "backend/redis/key_scan.hpp"
#include "backend/redis/scripts.hpp"
#include "base/cron.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <utility>

namespace toril::redis_store {
namespace {

// Of each list of a queue: beyond it a look would hold the server for too long.
constexpr int looks_max = 5'000;
// Keys that one call looks at.
constexpr std::size_t suffixes_per_call = 200;
// A queue of its own, so that nothing of anybody is touched.
constexpr std::string_view scratch_queue = "toril-doctor";

Timestamp here() {
    return std::chrono::floor<Millis>(std::chrono::system_clock::now());
}

std::int64_t number(std::string_view text) {
    std::int64_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

// What a scheduler of a pattern runs next; nothing: it never does again, or cannot be read.
std::optional<Timestamp> next_by_pattern(const Repeat& repeat) {
    const auto cron = base::Cron::parse(repeat.pattern, repeat.tz);
    return cron ? cron->next(here()) : std::nullopt;
}

}  // namespace

Examination::Examination(ScriptRunner& runner,
                         contract::JobStore& store,
                         contract::ExamineParams params,
                         contract::Done<std::vector<Finding>> done)
    : runner_(runner), store_(store), params_(params), done_(std::move(done)) {
    facts_.block_timeout = params_.block_timeout;
}

// ---- the server -----------------------------------------------------------------------------

void Examination::ask(redis::Request request, void (Examination::*then)(const Result<Reply>&)) {
    runner_.send(std::move(request), [self = shared_from_this(), then](Result<Reply> reply) {
        ((*self).*then)(reply);
    });
}

void Examination::start() {
    redis::Request request;
    request.command("INFO");
    ask(std::move(request), &Examination::on_info);
}

// INFO, CONFIG and TIME may be refused: what they would say is then not known.
void Examination::on_info(const Result<Reply>& reply) {
    if (reply)
        facts_.info = reply->root().text();
    else if (reply.error().code() != ErrorCode::corrupt)
        return fail(reply.error());
    redis::Request request;
    request.command("CONFIG").arg("GET").arg("save");
    ask(std::move(request), &Examination::on_save);
}

void Examination::on_save(const Result<Reply>& reply) {
    if (reply && reply->root().size() == 2) facts_.save = std::string(reply->root()[1].text());
    redis::Request request;
    request.command("CONFIG").arg("GET").arg("timeout");
    ask(std::move(request), &Examination::on_timeout);
}

void Examination::on_timeout(const Result<Reply>& reply) {
    if (reply && reply->root().size() == 2) facts_.idle_timeout = number(reply->root()[1].text());
    redis::Request request;
    request.command("TIME");
    ask(std::move(request), &Examination::on_time);
}

void Examination::on_time(const Result<Reply>& reply) {
    if (reply && reply->root().size() == 2) {
        const Millis there(number(reply->root()[0].text()) * 1000 +
                           number(reply->root()[1].text()) / 1000);
        facts_.clock_ahead = there - here().time_since_epoch();
    }
    runner_.run(
        scripts().rights, scratch_queue, ScriptArgs{}, [self = shared_from_this()](auto answer) {
            self->on_rights(answer);
        });
}

void Examination::on_rights(const Result<Reply>& reply) {
    if (!reply && reply.error().code() != ErrorCode::corrupt) return fail(reply.error());
    if (reply)
        for (const redis::Value name : reply->root())
            facts_.forbidden.emplace_back(name.text());
    else
        facts_.forbidden.emplace_back("EVALSHA");
    findings_ = server_findings(facts_);
    store_.queues([self = shared_from_this()](Result<std::vector<std::string>> names) {
        if (!names) return self->fail(names.error());
        self->queues_ = std::move(*names);
        self->next_queue();
    });
}

// ---- queue by queue -------------------------------------------------------------------------

void Examination::next_queue() {
    if (at_ == queues_.size()) return finish();
    of_queue_ = {};
    ScriptArgs args;
    args.time(Timestamp{}).flag(params_.repair).number(looks_max);
    runner_.run(
        scripts().examine, queues_[at_], args, [self = shared_from_this()](Result<Reply> reply) {
            if (!reply) return self->fail(reply.error());
            self->on_queue(*reply);
        });
}

void Examination::on_queue(const Reply& reply) {
    for (const redis::Value row : reply.root()) {
        std::optional<Finding> finding = queue_finding(queues_[at_], row);
        if (!finding) continue;
        if (finding->code == "wrong_type") of_queue_.is_damaged = true;
        if (finding->code == "stalled_scheduler" && row.size() > 2)
            of_queue_.stalled.emplace_back(row[2].text(), findings_.size());
        findings_.push_back(std::move(*finding));
    }
    // Where a job is cannot be told when one of the lists is none.
    if (of_queue_.is_damaged) return finish_queue();
    if (params_.repair) return next_scheduler();
    scan_queue();
}

// Schedulers of which the pending run is gone get another one.
void Examination::next_scheduler() {
    if (of_queue_.stalled.empty()) return scan_queue();
    store_.scheduler(queues_[at_],
                     of_queue_.stalled.back().first,
                     [self = shared_from_this()](Result<contract::Scheduler> found) {
                         if (found) return self->restart_scheduler(std::move(*found));
                         self->of_queue_.stalled.pop_back();
                         self->next_scheduler();
                     });
}

void Examination::restart_scheduler(contract::Scheduler scheduler) {
    const std::size_t finding = of_queue_.stalled.back().second;
    of_queue_.stalled.pop_back();
    contract::UpsertSchedulerParams params{.queue = queues_[at_],
                                           .scheduler = std::move(scheduler)};
    if (params.scheduler.repeat.every <= Millis{0}) {
        const auto next = next_by_pattern(params.scheduler.repeat);
        if (!next) return next_scheduler();
        params.next = *next;
    }
    store_.upsert_scheduler(
        std::move(params),
        [self = shared_from_this(), finding](const Result<contract::ScheduledRun>& made) {
            self->findings_[finding].repaired = static_cast<bool>(made);
            self->next_scheduler();
        });
}

// Records that nothing lists are found among all keys of the queue.
void Examination::scan_queue() {
    const std::string base = runner_.base(queues_[at_]);
    KeyScan scan;
    scan.pattern = glob_escaped(base) + "*";
    scan.found = [self = shared_from_this(), skip = base.size()](std::string_view key) {
        const std::string_view suffix = key.substr(std::min(key.size(), skip));
        if (may_be_lost(suffix)) self->of_queue_.suffixes.emplace_back(suffix);
    };
    scan.done = [self = shared_from_this()](const Status& status) {
        if (!status) return self->fail(status.error());
        self->next_suffixes();
    };
    scan_keys(runner_, std::move(scan));
}

void Examination::next_suffixes() {
    std::vector<std::string>& suffixes = of_queue_.suffixes;
    if (suffixes.empty()) return finish_queue();
    ScriptArgs args;
    args.flag(params_.repair);
    const std::size_t count = std::min(suffixes.size(), suffixes_per_call);
    for (std::size_t i = 0; i < count; ++i) {
        args.owned(std::move(suffixes.back()));
        suffixes.pop_back();
    }
    runner_.run(scripts().examine_ids,
                queues_[at_],
                args,
                [self = shared_from_this()](Result<Reply> reply) {
                    if (!reply) return self->fail(reply.error());
                    self->on_suffixes(*reply);
                });
}

void Examination::on_suffixes(const Reply& reply) {
    const redis::Value root = reply.root();
    if (root.size() == 4) {
        of_queue_.orphans += root[0].integer();
        of_queue_.stale += root[1].integer();
        if (!root[2].text().empty()) of_queue_.orphan = root[2].text();
        if (!root[3].text().empty()) of_queue_.window = root[3].text();
    }
    next_suffixes();
}

void Examination::finish_queue() {
    const auto note = [this](Finding finding) {
        finding.repaired = params_.repair;
        findings_.push_back(std::move(finding));
    };
    const std::string& queue = queues_[at_];
    if (of_queue_.orphans > 0) note(orphan_finding(queue, of_queue_.orphans, of_queue_.orphan));
    if (of_queue_.stale > 0)
        note(stale_deduplication_finding(queue, of_queue_.stale, of_queue_.window));
    ++at_;
    next_queue();
}

void Examination::finish() {
    done_(std::move(findings_));
}

}  // namespace toril::redis_store
