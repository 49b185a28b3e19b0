#include "backend/sqlite/job_search.hpp"

#include "base/job_matcher.hpp"
#include "toril/sqlite/statements.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>
#include <utility>

namespace toril::sqlite {
namespace {

constexpr std::int64_t lowest = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t highest = std::numeric_limits<std::int64_t>::max();

// Where jobs are looked for, one after another.
enum class Where : unsigned char { place, lease, anywhere };
struct Part {
    Where where = Where::place;
    List list = List::ready;
    std::int64_t low = lowest;
    std::int64_t high = highest;
};

// The job that was looked at last. cursor := part " " rank " " seq " " tie
struct Position {
    std::size_t part = 0;
    std::int64_t rank = lowest;
    std::int64_t seq = lowest;
    std::string tie{};
    bool begins = true;  // none was looked at in this part
};

std::optional<Part> part_of(JobState state, std::int64_t queue) {
    switch (state) {
        case JobState::waiting: return Part{.low = 0, .high = 0};
        case JobState::prioritized: return Part{.low = 1};
        case JobState::delayed: return Part{.list = List::delayed};
        case JobState::completed: return Part{.list = List::completed};
        case JobState::failed: return Part{.list = List::failed};
        case JobState::waiting_children: return Part{.list = List::waiting_children};
        case JobState::active:
            return Part{
                .where = Where::lease, .low = job_key(queue, 0), .high = job_key(queue + 1, 0) - 1};
        default: return std::nullopt;
    }
}

std::vector<Part> parts_of(std::vector<JobState> states, std::int64_t queue) {
    if (states.empty())
        return {{.where = Where::anywhere,
                 .low = job_key(queue, 0),
                 .high = job_key(queue + 1, 0) - 1}};
    std::sort(states.begin(), states.end());
    states.erase(std::unique(states.begin(), states.end()), states.end());
    std::vector<Part> parts;
    for (const JobState state : states)
        if (const auto part = part_of(state, queue)) parts.push_back(*part);
    return parts;
}

std::string cursor_of(const Position& at) {
    std::string text = std::to_string(at.part);
    if (at.begins) return text;
    return text + " " + std::to_string(at.rank) + " " + std::to_string(at.seq) + " " + at.tie;
}

std::optional<Position> position_of(std::string_view cursor) {
    Position at;
    if (cursor.empty()) return at;
    const char* const end = cursor.data() + cursor.size();
    auto read = std::from_chars(cursor.data(), end, at.part);
    if (read.ec != std::errc()) return std::nullopt;
    if (read.ptr == end) return at;
    at.begins = false;
    for (std::int64_t* number : {&at.rank, &at.seq}) {
        if (*read.ptr != ' ') return std::nullopt;
        read = std::from_chars(read.ptr + 1, end, *number);
        if (read.ec != std::errc() || read.ptr == end) return std::nullopt;
    }
    if (*read.ptr != ' ') return std::nullopt;
    at.tie.assign(read.ptr + 1, end);
    return at;
}

// The member of the data that SQLite is asked for. It reads `$."a"."b"` as we do as long as no
// name could be a position in an array too, and equals texts and whole numbers as we do.
struct Hint {
    std::optional<std::string> path{};
    std::optional<std::string> text{};
    std::optional<std::int64_t> number{};
};

std::optional<std::string> json_path(std::string_view path) {
    std::string result = "$";
    while (!path.empty()) {
        const std::size_t dot = path.find('.');
        const std::string_view name = path.substr(0, dot);
        const bool is_plain = !name.empty() && name.find_first_of("\"\\[]") == name.npos;
        if (!is_plain || name.find_first_not_of("0123456789") == name.npos) return std::nullopt;
        result += ".\"" + std::string(name) + "\"";
        if (dot == std::string_view::npos) return result;
        path.remove_prefix(dot + 1);
    }
    return std::nullopt;
}

Hint hint_of(const JobFilter::DataMember& member) {
    const auto path = json_path(member.path);
    const std::string_view value = member.value.text();
    if (!path) return {};
    if (value.size() >= 2 && value.front() == '"' && value.find('\\') == value.npos)
        return {.path = path, .text = std::string(value.substr(1, value.size() - 2))};
    std::int64_t number = 0;
    const auto read = std::from_chars(value.data(), value.data() + value.size(), number);
    if (read.ec != std::errc() || read.ptr != value.data() + value.size()) return {};
    return {.path = path, .number = number};
}

std::optional<std::string> if_any(const std::string& text) {
    return text.empty() ? std::nullopt : std::optional(text);
}

class JobSearch {
public:
    JobSearch(Session& session, const QueueRow& queue, const JobFilter& filter)
        : session_(session), queue_(queue), filter_(filter), matcher_(filter) {
        for (const auto& member : filter.data)
            if (hint_ = hint_of(member); hint_.path) break;
    }

    // Looks at `looks` jobs of a part at most, and moves on behind them. Answers how many.
    std::size_t look(const Part& part, Position& at, std::size_t looks, std::vector<Job>& jobs) {
        std::vector<std::int64_t> keys;
        std::size_t looked = 0;
        {
            Cursor row = rows(part, at, looks);
            while (row.next()) {
                ++looked;
                at.rank = row.number(0);
                at.seq = row.number(1);
                at.tie = row.text(2);
                at.begins = false;
                if (row.number(4) != 0) keys.push_back(row.number(3));
            }
        }
        for (const std::int64_t key : keys)
            if (auto job = session_.jobs.full(key, queue_.name); job && matcher_.matches(*job))
                jobs.push_back(std::move(*job));
        return looked;
    }

private:
    Cursor rows(const Part& part, const Position& at, std::size_t looks) {
        return hint_.text ? rows(part, at, looks, hint_.text) : rows(part, at, looks, hint_.number);
    }

    template <class Value>
    Cursor rows(const Part& part, const Position& at, std::size_t looks, const Value& value) {
        const std::int64_t rank = at.begins ? part.low : at.rank;
        const std::int64_t seq = at.begins ? lowest : at.seq;
        const auto limit = static_cast<std::int64_t>(looks);
        if (part.where == Where::place)
            return in_place_.rows(queue_.id,
                                  static_cast<int>(part.list),
                                  part.high,
                                  limit,
                                  name_,
                                  error_,
                                  hint_.path,
                                  value,
                                  rank,
                                  seq,
                                  at.tie);
        Statement& statement = part.where == Where::lease ? in_lease_ : anywhere_;
        return statement.rows(rank, part.high, limit, name_, error_, hint_.path, value);
    }

    Session& session_;
    const QueueRow& queue_;
    const JobFilter& filter_;
    const base::JobMatcher matcher_;
    Hint hint_{};
    const std::optional<std::string> name_ = if_any(filter_.name);
    const std::optional<std::string> error_ = if_any(filter_.error);
    Statement in_place_{session_.db, sql::search, "in_place"};
    Statement in_lease_{session_.db, sql::search, "in_lease"};
    Statement anywhere_{session_.db, sql::search, "anywhere"};
};

}  // namespace

Result<contract::Found> find_jobs(Session& session, const contract::FindParams& params) {
    contract::Found found;
    auto at = position_of(params.cursor);
    if (!at)
        return Error(ErrorCode::invalid_argument,
                     "\"" + params.cursor + "\" is not the cursor of a search");
    const QueueRow* queue = session.queues.find(params.queue);
    if (queue == nullptr) return found;
    const std::vector<Part> parts = parts_of(params.filter.states, queue->id);
    JobSearch search(session, *queue, params.filter);
    const std::size_t looks = std::max<std::size_t>(1, params.looks);
    while (at->part < parts.size() && found.looked < looks) {
        const std::size_t left = looks - found.looked;
        const std::size_t looked = search.look(parts[at->part], *at, left, found.jobs);
        found.looked += looked;
        if (looked < left) at = Position{.part = at->part + 1};
    }
    if (at->part < parts.size()) found.cursor = cursor_of(*at);
    return found;
}

}  // namespace toril::sqlite
