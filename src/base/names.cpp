#include "base/names.hpp"

#include <toril/job.hpp>

#include <algorithm>
#include <array>
#include <string>

namespace toril::base {
namespace {

// Suffixes of a queue's own keys: bullmq-compatibility.md, "Keys". `delay` and `priority`
// are those of BullMQ 4 and older.
constexpr std::array<std::string_view, 22> queue_keys{
    "wait",      "paused", "active",           "prioritized",   "pc",       "delayed", "marker",
    "completed", "failed", "stalled",          "stalled-check", "limiter",  "events",  "repeat",
    "meta",      "id",     "waiting-children", "delay",         "priority", "metrics", "de",
    "dn"};

// Suffixes of a job's own keys.
constexpr std::array<std::string_view, 6> job_keys{
    "lock", "logs", "dependencies", "processed", "failed", "unsuccessful"};

template <class List>
bool contains(const List& list, std::string_view text) {
    return std::find(list.begin(), list.end(), text) != list.end();
}

bool is_control(char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
}

bool has_control(std::string_view text) {
    return std::any_of(text.begin(), text.end(), is_control);
}

bool is_digits(std::string_view text) {
    return !text.empty() &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// The decimal text of an integer, as JavaScript prints it: "12", "-5", "0"; not "007".
bool is_integer(std::string_view text) {
    std::string_view digits = text.starts_with('-') ? text.substr(1) : text;
    return is_digits(digits) && (digits.size() == 1 || digits.front() != '0');
}

// Control characters are shown as '?': a message must not move a terminal's cursor.
std::string quoted(std::string_view text) {
    std::string shown(text.substr(0, 60));
    std::replace_if(shown.begin(), shown.end(), is_control, '?');
    return "\"" + shown + (text.size() > 60 ? "...\"" : "\"");
}

Error refused(std::string message) {
    return {ErrorCode::invalid_argument, std::move(message)};
}

Status check_text(std::string_view what, std::string_view text, std::size_t bytes_max) {
    if (text.size() > bytes_max)
        return refused(std::string(what) + " is " + std::to_string(text.size()) +
                       " bytes long; at most " + std::to_string(bytes_max) + " are allowed");
    if (has_control(text))
        return refused(std::string(what) + " " + quoted(text) + " has a control character in it");
    return {};
}

Error reserved(std::string_view id) {
    return refused("job id " + quoted(id) +
                   " is reserved: BullMQ keeps the queue's own data under it; choose another");
}

}  // namespace

Status check_queue_name(std::string_view name) {
    if (name.empty()) return refused("a queue name must not be empty");
    if (Status s = check_text("queue name", name, queue_name_bytes_max); !s) return s;
    if (name.find(':') != std::string_view::npos)
        return refused("queue name " + quoted(name) + " must not contain ':'");
    return {};
}

Status check_job_name(std::string_view name) {
    return check_text("job name", name, job_name_bytes_max);
}

Status check_new_job_id(std::string_view id) {
    if (Status s = check_text("job id", id, job_id_bytes_max); !s) return s;
    if (id.find(':') != std::string_view::npos)
        return refused("job id " + quoted(id) + " must not contain ':'");
    if (is_integer(id))
        return refused("job id " + quoted(id) +
                       " is an integer; those are made by the queue itself");
    if (contains(queue_keys, id)) return reserved(id);
    return {};
}

Status check_job_id(std::string_view id) {
    if (id.empty()) return refused("a job id must not be empty");
    if (Status s = check_text("job id", id, job_id_bytes_max); !s) return s;
    if (contains(queue_keys, id)) return reserved(id);
    const std::size_t first = id.find(':');
    if (first == std::string_view::npos) return {};
    const std::size_t last = id.rfind(':');
    if (id.starts_with("repeat:") && last > first && is_digits(id.substr(last + 1))) return {};
    if (contains(queue_keys, id.substr(0, first)) || contains(job_keys, id.substr(last + 1)) ||
        id.starts_with("toril:"))
        return reserved(id);
    return {};
}

Status check_deduplication_id(std::string_view id) {
    if (id.empty()) return refused("a deduplication id must not be empty");
    return check_text("deduplication id", id, job_id_bytes_max);
}

Status check_prefix(std::string_view prefix) {
    if (prefix.empty()) return refused("the key prefix must not be empty");
    return check_text("key prefix", prefix, queue_name_bytes_max);
}

}  // namespace toril::base
