#include "backend/sqlite/job_table.hpp"

#include "base/json_strings.hpp"
#include "base/parent.hpp"
#include "toril/sqlite/statements.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace toril::sqlite {
namespace {

// Bytes of JSON. Up to this a payload is in the job's row, and costs no second look-up.
constexpr std::size_t inline_bytes_max = 4096;

Timestamp time_from(std::int64_t ms) {
    return Timestamp(Millis(ms));
}

JobState state_of(List list, std::int64_t rank) {
    switch (list) {
        case List::ready: return rank == 0 ? JobState::waiting : JobState::prioritized;
        case List::delayed: return JobState::delayed;
        case List::completed: return JobState::completed;
        case List::failed: return JobState::failed;
        case List::waiting_children: return JobState::waiting_children;
    }
    return JobState::unknown;
}

int extras_of(const contract::AddJob& job, bool big) {
    int bits = big ? extras::big_payload : 0;
    if (job.parent || job.deduplication || !job.repeat_job_key.empty()) bits |= extras::linked;
    if (job.has_children) bits |= extras::parent;
    // Its options decide later on, as for a job that BullMQ retries.
    if (job.lifo && job.opts.find(R"("lifo":true)") != std::string::npos) bits |= extras::lifo;
    return bits;
}

}  // namespace

JobState JobHead::state() const {
    return lease ? JobState::active : state_of(place.list, place.rank);
}

Range range_of(std::int64_t start, std::int64_t end, std::int64_t total) {
    if (start < 0) start = std::max<std::int64_t>(0, total + start);
    if (end < 0) end += total;
    end = std::min(end, total - 1);
    return end < start ? Range{} : Range{end - start + 1, start};
}

struct JobTable::Statements {
    explicit Statements(Database& connection) : db(connection) {}

    Database& db;
    Statement insert{db, sql::job, "insert"};
    Statement head{db, sql::job, "head"};
    Statement full{db, sql::job, "full"};
    Statement erase{db, sql::job, "erase"};
    Statement moved{db, sql::job, "moved"};
    Statement promoted{db, sql::job, "promoted"};
    Statement delayed_anew{db, sql::job, "delayed_anew"};
    Statement completed{db, sql::job, "completed"};
    Statement failed{db, sql::job, "failed"};
    Statement cancelled{db, sql::job, "cancelled"};
    Statement retried{db, sql::job, "retried"};
    Statement given_back{db, sql::job, "given_back"};
    Statement revived_completed{db, sql::job, "revived_completed"};
    Statement revived_failed{db, sql::job, "revived_failed"};
    Statement reset_attempts{db, sql::job, "reset_attempts"};
    Statement defer_failure{db, sql::job, "defer_failure"};
    Statement add_extras{db, sql::job, "add_extras"};
    Statement return_value{db, sql::job, "return_value"};
    Statement put_link{db, sql::job, "put_link"};
    Statement link{db, sql::job, "link"};
    Statement erase_link{db, sql::job, "erase_link"};
    Statement set_delay{db, sql::job, "set_delay"};
    Statement prioritize{db, sql::job, "prioritize"};
    Statement set_data{db, sql::job, "set_data"};
    Statement set_progress{db, sql::job, "set_progress"};
    Statement set_log_rows{db, sql::job, "set_log_rows"};
    Statement payload{db, sql::job, "payload"};
    Statement put_payload{db, sql::job, "put_payload"};
    Statement erase_payload{db, sql::job, "erase_payload"};
    Statement by_custom_id{db, sql::job, "by_custom_id"};
    Statement put_custom_id{db, sql::job, "put_custom_id"};
    Statement erase_custom_id{db, sql::job, "erase_custom_id"};
    Statement add_log{db, sql::job, "add_log"};
    Statement trim_log{db, sql::job, "trim_log"};
    Statement log_rows{db, sql::job, "log_rows"};
    Statement log_rows_newest_first{db, sql::job, "log_rows_newest_first"};
    Statement count_log{db, sql::job, "count_log"};
    Statement erase_log{db, sql::job, "erase_log"};
};

JobTable::JobTable(Database& db, std::string_view prefix)
    : prefix_(prefix), sql_(std::make_unique<Statements>(db)) {}
JobTable::~JobTable() = default;

std::optional<std::int64_t> JobTable::find(std::int64_t queue, std::string_view id) {
    // "12" is the job with that number, unless a producer gave the number as an id of its own.
    std::int64_t number = 0;
    const auto [end, failure] = std::from_chars(id.data(), id.data() + id.size(), number);
    const bool is_number = failure == std::errc() && end == id.data() + id.size() && number > 0 &&
                           number < (std::int64_t{1} << number_bits) && id.front() != '0';
    if (is_number) {
        const auto found = head(job_key(queue, number));
        if (found && !found->has_custom_id) return found->key;
    }
    Cursor row = sql_->by_custom_id.rows(queue, id);
    if (!row.next()) return std::nullopt;
    return row.number(0);
}

std::optional<JobHead> JobTable::head(std::int64_t key) {
    Cursor row = sql_->head.rows(key);
    if (!row.next()) return std::nullopt;
    JobHead head;
    head.key = key;
    head.has_custom_id = !row.is_null(0);
    head.id = head.has_custom_id ? row.text(0) : number_text(key);
    head.place = {static_cast<List>(row.small(1)), row.number(2), row.number(3)};
    head.priority = row.small(4);
    head.attempts_made = row.small(5);
    head.stalled_counter = row.small(7);
    head.log_rows = row.number(8);
    head.extras = row.small(9);
    head.timestamp_ms = row.number(10);
    head.delay_ms = row.number(11);
    head.processed_on_ms = row.number(12);
    if (!row.is_null(13))
        head.lease = LeaseRow{row.text(13), row.number(14), row.number(15), row.text(16)};
    return head;
}

std::optional<Job> JobTable::full(std::int64_t key, const std::string& queue) {
    Job job;
    int bits = 0;
    {
        Cursor row = sql_->full.rows(key);
        if (!row.next()) return std::nullopt;
        const bool active = !row.is_null(21);
        job.id = row.is_null(0) ? number_text(key) : row.text(0);
        job.queue = queue;
        job.state =
            active ? JobState::active : state_of(static_cast<List>(row.small(1)), row.number(2));
        job.priority = row.small(3);
        job.attempts_made = row.small(4);
        job.attempts_started = row.small(5) + (active ? 1 : 0);
        job.stalled_counter = row.small(6);
        bits = row.small(7);
        job.timestamp = time_from(row.number(8));
        job.delay = Millis(row.number(9));
        job.processed_on = time_from(row.number(active ? 21 : 10));
        job.finished_on = time_from(row.number(11));
        job.deferred_failure = row.text(12);
        job.processed_by = active && !row.text(22).empty() ? row.text(22) : row.text(13);
        if (!row.text(14).empty()) job.progress = Json::unchecked(row.text(14));
        if (!row.is_null(15)) job.return_value = Json::unchecked(row.text(15));
        job.failed_reason = row.text(16);
        job.stacktrace = base::strings_from_json(row.text(17));
        job.name = row.text(18);
        job.opts = Json::unchecked(row.text(19));
        job.data = Json::unchecked(row.text(20));
    }
    if ((bits & extras::big_payload) != 0) job.data = Json::unchecked(payload(key));
    if ((bits & extras::linked) == 0) return job;
    JobLinks linked = links(key);
    if (const auto& parent = linked.parent) {
        job.parent_key = base::job_key(prefix_, parent->queue, parent->id);
        job.parent =
            Json::unchecked(base::parent_json(prefix_, parent->queue, parent->id, parent->policy));
    }
    job.deduplication_id = std::move(linked.deduplication_id);
    job.repeat_job_key = std::move(linked.repeat_job_key);
    return job;
}

void JobTable::insert(std::int64_t key,
                      const contract::AddJob& job,
                      const Place& at,
                      Timestamp timestamp) {
    const bool big = job.data.size() > inline_bytes_max;
    std::optional<std::string_view> custom_id;
    if (!job.id.empty()) custom_id = job.id;
    sql_->insert.run(key,
                     custom_id,
                     static_cast<int>(at.list),
                     at.rank,
                     at.seq,
                     job.priority,
                     extras_of(job, big),
                     timestamp.time_since_epoch().count(),
                     std::max<std::int64_t>(0, job.delay.count()),
                     job.name,
                     job.opts,
                     big ? std::string_view() : std::string_view(job.data));
    if (big) sql_->put_payload.run(key, job.data);
    if ((extras_of(job, big) & extras::linked) != 0)
        put_links(key,
                  {job.parent,
                   job.deduplication ? job.deduplication->id : std::string(),
                   job.repeat_job_key});
    if (custom_id) sql_->put_custom_id.run(queue_of(key), job.id, key);
}

void JobTable::erase(const JobHead& job) {
    sql_->erase.run(job.key);
    if ((job.extras & extras::big_payload) != 0) sql_->erase_payload.run(job.key);
    if (job.is_linked()) sql_->erase_link.run(job.key);
    if (job.log_rows > 0) sql_->erase_log.run(job.key);
    if (job.has_custom_id) sql_->erase_custom_id.run(queue_of(job.key), job.id);
}

std::string JobTable::payload(std::int64_t key) {
    Cursor row = sql_->payload.rows(key);
    return row.next() ? row.text(0) : std::string("null");
}

std::string JobTable::return_value(std::int64_t key) {
    Cursor row = sql_->return_value.rows(key);
    return row.next() && !row.is_null(0) ? row.text(0) : std::string("null");
}

JobLinks JobTable::links(const JobHead& job) {
    return job.is_linked() ? links(job.key) : JobLinks{};
}

JobLinks JobTable::links(std::int64_t key) {
    JobLinks found;
    Cursor row = sql_->link.rows(key);
    if (!row.next()) return found;
    if (!row.text(1).empty())
        found.parent = {row.text(0), row.text(1), static_cast<ParentPolicy>(row.small(2))};
    found.deduplication_id = row.text(3);
    found.repeat_job_key = row.text(4);
    return found;
}

void JobTable::put_links(std::int64_t key, const JobLinks& links) {
    const contract::ParentLink parent = links.parent.value_or(contract::ParentLink{});
    sql_->put_link.run(key,
                       parent.queue,
                       parent.id,
                       static_cast<int>(parent.policy),
                       links.deduplication_id,
                       links.repeat_job_key);
}

void JobTable::complete(std::int64_t key, int extras, contract::TakenJob& job) {
    if ((extras & extras::big_payload) != 0) job.data = payload(key);
    if ((extras & extras::linked) == 0) return;
    JobLinks linked = links(key);
    if (const auto& parent = linked.parent) {
        job.parent_key = base::job_key(prefix_, parent->queue, parent->id);
        job.parent = base::parent_json(prefix_, parent->queue, parent->id, parent->policy);
    }
    job.deduplication_id = std::move(linked.deduplication_id);
    job.repeat_job_key = std::move(linked.repeat_job_key);
}

void JobTable::set_parent(const JobHead& job, const std::optional<contract::ParentLink>& parent) {
    JobLinks linked = links(job);
    linked.parent = parent;
    put_links(job.key, linked);
    if (!job.is_linked()) sql_->add_extras.run(job.key, extras::linked);
}

void JobTable::mark_as_parent(const JobHead& job) {
    if (!job.has_children()) sql_->add_extras.run(job.key, extras::parent);
}

void JobTable::moved(std::int64_t key, const Place& to) {
    sql_->moved.run(key, static_cast<int>(to.list), to.rank, to.seq);
}

void JobTable::promoted(std::int64_t key, const Place& to) {
    sql_->promoted.run(key, static_cast<int>(to.list), to.rank, to.seq);
}

void JobTable::delayed_anew(std::int64_t key, const Place& to, Millis delay) {
    sql_->delayed_anew.run(key, to.rank, to.seq, delay.count());
}

void JobTable::completed(const JobHead& job, const Ending& end) {
    sql_->completed.run(
        job.key, end.at_ms, end.value, job.lease->processed_on_ms, job.lease->processed_by);
}

void JobTable::failed(const JobHead& job, const Ending& end) {
    sql_->failed.run(job.key,
                     end.at_ms,
                     end.value,
                     job.lease->processed_on_ms,
                     job.lease->processed_by,
                     end.stacktrace);
}

void JobTable::cancelled(const JobHead& job, std::string_view reason, std::int64_t at_ms) {
    sql_->cancelled.run(job.key, at_ms, reason);
}

void JobTable::retried(const JobHead& job, const Place& to, const Ending& end, Millis delay) {
    std::optional<std::int64_t> new_delay;
    if (to.list == List::delayed) new_delay = delay.count();
    sql_->retried.run(job.key,
                      static_cast<int>(to.list),
                      to.rank,
                      to.seq,
                      end.value,
                      end.stacktrace,
                      job.lease->processed_on_ms,
                      job.lease->processed_by,
                      new_delay);
}

void JobTable::given_back(const JobHead& job,
                          const Place& to,
                          bool stalled,
                          std::string_view deferred_failure) {
    sql_->given_back.run(job.key,
                         static_cast<int>(to.list),
                         to.rank,
                         to.seq,
                         job.lease->processed_on_ms,
                         job.lease->processed_by,
                         stalled,
                         deferred_failure);
}

void JobTable::revived(const JobHead& job, const Place& to) {
    Statement& statement =
        job.place.list == List::completed ? sql_->revived_completed : sql_->revived_failed;
    statement.run(job.key, static_cast<int>(to.list), to.rank, to.seq);
}

void JobTable::reset_attempts(std::int64_t key) {
    sql_->reset_attempts.run(key);
}

void JobTable::defer_failure(std::int64_t key, std::string_view reason) {
    sql_->defer_failure.run(key, reason);
}

void JobTable::set_delay(std::int64_t key, Millis delay) {
    sql_->set_delay.run(key, delay.count());
}

void JobTable::set_priority(std::int64_t key, int priority) {
    sql_->prioritize.run(key, priority);
}

void JobTable::set_data(const JobHead& job, std::string_view data) {
    const bool big = data.size() > inline_bytes_max;
    const int other = job.extras & ~extras::big_payload;
    sql_->set_data.run(
        job.key, big ? std::string_view() : data, other | (big ? extras::big_payload : 0));
    if (big)
        sql_->put_payload.run(job.key, data);
    else if (job.extras != other)
        sql_->erase_payload.run(job.key);
}

void JobTable::set_progress(std::int64_t key, std::string_view progress) {
    sql_->set_progress.run(key, progress);
}

std::uint64_t JobTable::add_log(const JobHead& job, std::string_view row, std::optional<int> keep) {
    std::int64_t rows = job.log_rows + 1;
    sql_->add_log.run(job.key, row);
    if (keep && *keep >= 0 && rows > *keep) {
        sql_->trim_log.run(job.key, *keep);
        rows = *keep;
    }
    sql_->set_log_rows.run(job.key, rows);
    return static_cast<std::uint64_t>(rows);
}

contract::LogPage JobTable::logs(std::int64_t key, const contract::LogPageParams& page) {
    contract::LogPage found;
    {
        Cursor row = sql_->count_log.rows(key);
        if (row.next()) found.total = static_cast<std::uint64_t>(row.number(0));
    }
    const Range range = range_of(page.start, page.end, static_cast<std::int64_t>(found.total));
    Cursor row = (page.ascending ? sql_->log_rows : sql_->log_rows_newest_first)
                     .rows(key, range.limit, range.offset);
    while (row.next())
        found.rows.push_back(row.text(0));
    return found;
}

}  // namespace toril::sqlite
