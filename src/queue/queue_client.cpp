#include "queue/queue_client.hpp"

#include "base/names.hpp"
#include "base/options_codec.hpp"
#include "queue/add_sinks.hpp"
#include "queue/new_job.hpp"

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

namespace toril::queue {
namespace {

using SteadyClock = std::chrono::steady_clock;

// Should a notice of a change get lost, a waiting caller looks again this much later.
constexpr Millis look_again_after{10'000};
constexpr std::size_t reason_bytes_max = 64u * 1024;
constexpr std::size_t jobs_per_step = 1'000;

bool is_finished(const Job& job) {
    return job.state == JobState::completed || job.state == JobState::failed;
}

Error refused(std::string message) {
    return {ErrorCode::invalid_argument, std::move(message)};
}

contract::PauseStyle to_contract(PauseStyle style) {
    switch (style) {
        case PauseStyle::v5: return contract::PauseStyle::v5;
        case PauseStyle::v6: return contract::PauseStyle::v6;
        default: return contract::PauseStyle::automatic;
    }
}

Status as_status(Result<bool> answer) {
    if (!answer) return answer.error();
    return {};
}

}  // namespace

QueueClient::QueueClient(StoreAccess access, std::string name)
    : asker_(access),
      name_(std::move(name)),
      batcher_(std::move(access.jobs), name_, access.timeout) {}

// ---- adding -------------------------------------------------------------------------------

void QueueClient::keep_adds_in(std::unique_ptr<spool::SpooledAdds> adds, Millis patience) {
    spool_ = std::move(adds);
    patience_ = patience;
}

Status QueueClient::submit(std::span<PendingAdd> adds) {
    return spool_ ? spool_->submit(adds) : batcher_.submit(adds);
}

SpoolStats QueueClient::spool_stats() const {
    return spool_ ? spool_->stats() : SpoolStats{};
}

Status QueueClient::flush_spool(Millis deadline) {
    return spool_ ? spool_->flush(deadline) : Status();
}

Result<AddedJob> QueueClient::add(std::string_view name,
                                  const Json& data,
                                  const JobOptions& options) {
    Result<contract::AddJob> job = check_new_job(name, data, options, asker_.access().prefix);
    if (!job) return job.error();
    auto sink = std::make_shared<OneAdd>();
    PendingAdd add{std::move(*job), sink, 0};
    if (Status s = submit({&add, 1}); !s) return s.error();
    return sink->wait(add_timeout());
}

std::vector<Result<AddedJob>> QueueClient::add_bulk(std::span<const NewJob> jobs) {
    auto sink = std::make_shared<BulkAdd>(jobs.size());
    std::vector<PendingAdd> step;
    for (std::size_t first = 0; first < jobs.size(); first += contract::batch_jobs_max) {
        const std::size_t end = std::min(first + contract::batch_jobs_max, jobs.size());
        step.clear();
        for (std::size_t i = first; i < end; ++i) {
            Result<contract::AddJob> job =
                check_new_job(jobs[i].name, jobs[i].data, jobs[i].options, asker_.access().prefix);
            if (job)
                step.push_back({std::move(*job), sink, i});
            else
                sink->refuse(i, job.error());
        }
        // A few steps in flight keep the store busy; more would only take memory.
        if (!sink->wait_for_room(bulk_in_flight_max, add_timeout())) break;
        sink->expect(step.size());
        if (Status s = submit(step); !s) {
            for (const PendingAdd& add : step)
                sink->added(add.index, s.error());
        }
    }
    return sink->wait(add_timeout());
}

void QueueClient::add_async(NewJob job, std::function<void(Result<AddedJob>)> done) {
    Result<contract::AddJob> checked =
        check_new_job(job.name, job.data, job.options, asker_.access().prefix);
    if (!checked) return done(checked.error());
    auto sink = std::make_shared<CallbackAdd>(std::move(done));
    PendingAdd add{std::move(*checked), sink, 0};
    if (Status s = submit({&add, 1}); !s) sink->added(0, s.error());
}

// ---- looking --------------------------------------------------------------------------------

Result<Job> QueueClient::job(std::string_view id) const {
    if (Status s = base::check_job_id(id); !s) return s.error();
    return ask<Result<Job>>(Repeat::always, [&](contract::JobStore& store, auto done) {
        store.job(ref(id), std::move(done));
    });
}

Result<JobCounts> QueueClient::counts() const {
    return ask<Result<JobCounts>>(Repeat::always, [&](contract::JobStore& store, auto done) {
        store.counts(name_, std::move(done));
    });
}

Result<std::vector<Job>> QueueClient::jobs(JobState state, const PageOptions& page) const {
    if (state == JobState::unknown) return refused("no list holds jobs of state \"unknown\"");
    const contract::PageParams params{.queue = name_,
                                      .state = state,
                                      .start = page.start,
                                      .end = page.end,
                                      .ascending = page.ascending};
    return ask<Result<std::vector<Job>>>(Repeat::always, [&](contract::JobStore& store, auto done) {
        store.page(params, std::move(done));
    });
}

Result<JobLogs> QueueClient::logs(std::string_view id, const PageOptions& page) const {
    if (Status s = base::check_job_id(id); !s) return s.error();
    const contract::LogPageParams params{
        .job = ref(id), .start = page.start, .end = page.end, .ascending = page.ascending};
    auto logs = ask<Result<contract::LogPage>>(
        Repeat::always,
        [&](contract::JobStore& store, auto done) { store.logs(params, std::move(done)); });
    if (!logs) return logs.error();
    return JobLogs{.rows = std::move(logs->rows), .total = logs->total};
}

Status QueueClient::add_log(std::string_view id, std::string_view row) {
    Result<Job> about = job(id);  // for how many rows it keeps
    if (!about) return about.error();
    const contract::LogParams params{.job = ref(id),
                                     .row = std::string(row),
                                     .keep = base::decode_options(about->opts.text()).keep_logs};
    auto rows = ask<Result<std::uint64_t>>(
        Repeat::when_unchanged,
        [&](contract::JobStore& store, auto done) { store.add_log(params, std::move(done)); });
    if (!rows) return rows.error();
    return {};
}

Result<Job> QueueClient::wait_until_finished(std::string_view id, Millis timeout) const {
    if (Status s = base::check_job_id(id); !s) return s.error();
    const auto deadline = SteadyClock::now() + timeout;
    // Before the first look: what changes after the look is then noticed.
    const std::unique_ptr<contract::Watcher> watcher =
        asker_.store().watch({.queue = name_, .what = contract::WatchFor::changes});
    for (;;) {
        Result<Job> found = job(id);
        if (found && is_finished(*found)) return found;
        const bool away = !found && (found.error().code() == ErrorCode::unavailable ||
                                     found.error().code() == ErrorCode::outcome_unknown ||
                                     found.error().code() == ErrorCode::timed_out);
        if (!found && !away) return found;
        const Millis left = time_left(deadline);
        if (left == Millis{0})
            return Error(ErrorCode::timed_out,
                         "job " + std::string(id) + " did not finish within " +
                             std::to_string(timeout.count()) + " ms");
        const Millis at_most = std::min(left, look_again_after);
        auto told = base::wait_for_answer<Result<Timestamp>>(
            at_most + answer_margin, [&](auto done) { watcher->wait(at_most, std::move(done)); });
        if (!told && told.error().code() == ErrorCode::cancelled) return told.error();
    }
}

// ---- changing one job -----------------------------------------------------------------------

Status QueueClient::retry(std::string_view id, JobState from, bool reset_attempts) {
    if (from != JobState::failed && from != JobState::completed)
        return refused("only failed and completed jobs can be retried");
    return ask_about<Status>(id, Repeat::when_unchanged, [&](contract::JobStore& store, auto done) {
        store.retry({.job = ref(id), .from = from, .reset_attempts = reset_attempts},
                    std::move(done));
    });
}

Status QueueClient::promote(std::string_view id) {
    return ask_about<Status>(id, Repeat::when_unchanged, [&](contract::JobStore& store, auto done) {
        store.promote(ref(id), {}, std::move(done));
    });
}

Status QueueClient::remove(std::string_view id, bool children_too) {
    return ask_about<Status>(id, Repeat::when_unchanged, [&](contract::JobStore& store, auto done) {
        store.remove(ref(id), children_too, std::move(done));
    });
}

Status QueueClient::update_data(std::string_view id, const Json& data) {
    if (Status s = check_payload(data, 0); !s) return s;
    return ask_about<Status>(id, Repeat::always, [&](contract::JobStore& store, auto done) {
        store.update_data(ref(id), data.text(), std::move(done));
    });
}

Status QueueClient::update_progress(std::string_view id, const Json& progress) {
    if (Status s = check_payload(progress, 0); !s) return s;
    return ask_about<Status>(id, Repeat::always, [&](contract::JobStore& store, auto done) {
        store.update_progress(ref(id), progress.text(), std::move(done));
    });
}

Result<JobState> QueueClient::cancel(std::string_view id, std::string_view reason) {
    const std::string why(reason.empty() ? "cancelled" : reason.substr(0, reason_bytes_max));
    return ask_about<Result<JobState>>(
        id, Repeat::when_unchanged, [&](contract::JobStore& store, auto done) {
            store.cancel(ref(id), why, {}, std::move(done));
        });
}

Status QueueClient::change_delay(std::string_view id, Millis delay) {
    if (Status s = base::check_options({.delay = delay}); !s) return s;
    return ask_about<Status>(id, Repeat::always, [&](contract::JobStore& store, auto done) {
        store.change_delay(ref(id), delay, {}, std::move(done));
    });
}

Status QueueClient::change_priority(std::string_view id, int priority, bool lifo) {
    if (Status s = base::check_options({.priority = priority}); !s) return s;
    return ask_about<Status>(id, Repeat::always, [&](contract::JobStore& store, auto done) {
        store.change_priority(ref(id), priority, lifo, std::move(done));
    });
}

// ---- the whole queue --------------------------------------------------------------------------

Result<std::size_t> QueueClient::retry_all(JobState from) {
    if (from != JobState::failed && from != JobState::completed && from != JobState::delayed)
        return refused("only failed, completed and delayed jobs can be put back");
    const Result<JobCounts> before = counts();
    if (!before) return before.error();
    // As many as there were at the start: jobs that fail again meanwhile do not make it endless.
    std::size_t left = from == JobState::failed      ? before->failed
                       : from == JobState::completed ? before->completed
                                                     : before->delayed;
    std::size_t total = 0;
    while (left > 0) {
        const std::size_t step = std::min(left, jobs_per_step);
        auto put_back = ask<Result<std::size_t>>(
            Repeat::when_unchanged, [&](contract::JobStore& store, auto done) {
                store.retry_all({.queue = name_, .from = from, .count = step}, std::move(done));
            });
        if (!put_back) return put_back.error();
        total += *put_back;
        if (*put_back < step) break;
        left -= step;
    }
    return total;
}

Status QueueClient::pause(PauseStyle style) {
    return ask<Status>(Repeat::always, [&](contract::JobStore& store, auto done) {
        store.pause(name_, to_contract(style), std::move(done));
    });
}

Status QueueClient::resume(PauseStyle style) {
    return ask<Status>(Repeat::always, [&](contract::JobStore& store, auto done) {
        store.resume(name_, to_contract(style), std::move(done));
    });
}

Result<std::size_t> QueueClient::drain(bool delayed_too) {
    std::size_t total = 0;
    for (;;) {
        auto removed = ask<Result<std::size_t>>(
            Repeat::when_unchanged, [&](contract::JobStore& store, auto done) {
                store.drain(name_, delayed_too, std::move(done));
            });
        if (!removed) return removed.error();
        total += *removed;
        if (*removed < jobs_per_step) return total;
    }
}

Result<std::vector<JobId>> QueueClient::clean(JobState state, Millis age, std::size_t jobs_max) {
    if (state == JobState::unknown || state == JobState::waiting_children)
        return refused("jobs of state \"" + std::string(to_string(state)) + "\" cannot be cleaned");
    if (age < Millis{0}) return refused("the age of jobs to clean must not be negative");
    std::vector<JobId> all;
    for (;;) {
        const std::size_t left = jobs_max == 0 ? jobs_per_step : jobs_max - all.size();
        const std::size_t step = std::min(left, jobs_per_step);
        if (step == 0) return all;
        auto removed = ask<Result<std::vector<JobId>>>(
            Repeat::when_unchanged, [&](contract::JobStore& store, auto done) {
                store.clean({.queue = name_, .state = state, .older_than = age, .count = step},
                            std::move(done));
            });
        if (!removed) return removed.error();
        all.insert(all.end(), removed->begin(), removed->end());
        if (removed->size() < step) return all;
    }
}

Status QueueClient::obliterate(bool force) {
    for (;;) {
        auto more = ask<Result<bool>>(Repeat::always, [&](contract::JobStore& store, auto done) {
            store.obliterate(name_, force, std::move(done));
        });
        if (!more || !*more) return as_status(std::move(more));
    }
}

}  // namespace toril::queue
