#include "backend/sqlite/metric_table.hpp"

#include "backend/sqlite/job_table.hpp"
#include "toril/sqlite/statements.hpp"

#include <algorithm>
#include <charconv>
#include <string>

namespace toril::sqlite {
namespace {

constexpr std::int64_t minute_ms = 60'000;

std::string text_of(const std::vector<std::int64_t>& minutes) {
    std::string text;
    for (const std::int64_t jobs : minutes)
        text += (text.empty() ? "" : " ") + std::to_string(jobs);
    return text;
}

std::vector<std::int64_t> minutes_from(std::string_view text) {
    std::vector<std::int64_t> minutes;
    const char* const end = text.data() + text.size();
    for (const char* at = text.data(); at < end; ++at) {
        std::int64_t jobs = 0;
        const auto read = std::from_chars(at, end, jobs);
        if (read.ec != std::errc()) break;
        minutes.push_back(jobs);
        at = read.ptr;
    }
    return minutes;
}

}  // namespace

MetricTable::MetricTable(Database& db)
    : find_(db, sql::metric, "find"),
      put_(db, sql::metric, "put"),
      erase_all_(db, sql::metric, "erase_all") {}

MetricTable::Row MetricTable::find(std::int64_t queue, bool failed) {
    Row found;
    Cursor row = find_.rows(queue, failed);
    if (!row.next()) return found;
    found.sums.count = row.number(0);
    found.sums.previous_at = Timestamp(Millis(row.number(1)));
    found.sums.previous_count = row.number(2);
    found.minutes = minutes_from(row.text(3));
    return found;
}

// The minute that is under way is not in the list: its number is known when it is over. The jobs
// of a call all end at one time, so only the first of them can begin a minute. Minutes in which
// nothing ended stand in front of the one that is counted, as BullMQ has it.
void MetricTable::count(std::int64_t queue, const Finished& finished) {
    auto [sums, minutes] = find(queue, finished.failed);
    const std::int64_t before = sums.count;
    sums.count += finished.jobs;
    std::int64_t at_ms = sums.previous_at.time_since_epoch().count();
    const std::int64_t passed = at_ms == 0 ? 0 : finished.at_ms / minute_ms - at_ms / minute_ms;
    if (at_ms == 0) at_ms = finished.at_ms;
    if (passed > 0) {
        const auto points = std::min<std::int64_t>(passed, finished.points_max);
        minutes.insert(minutes.begin(), before - sums.previous_count);
        minutes.insert(minutes.begin(), static_cast<std::size_t>(points - 1), 0);
        if (minutes.size() > static_cast<std::size_t>(finished.points_max))
            minutes.resize(static_cast<std::size_t>(finished.points_max));
        sums.previous_count = before;
        at_ms = finished.at_ms;
    }
    put_.run(queue, finished.failed, sums.count, at_ms, sums.previous_count, text_of(minutes));
}

contract::Metrics MetricTable::page(std::int64_t queue, const contract::MetricsParams& params) {
    auto [found, minutes] = find(queue, params.failed);
    const Range range =
        range_of(params.start, params.end, static_cast<std::int64_t>(minutes.size()));
    found.points = minutes.size();
    const auto first = minutes.begin() + std::min<std::int64_t>(range.offset, std::ssize(minutes));
    found.data.assign(first, first + range.limit);
    return found;
}

void MetricTable::erase_all(std::int64_t queue) {
    erase_all_.run(queue);
}

}  // namespace toril::sqlite
