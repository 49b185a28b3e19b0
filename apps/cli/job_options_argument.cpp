#include "job_options_argument.hpp"

#include "arguments.hpp"
#include "printable.hpp"

#include <toril/config.hpp>

#include <algorithm>
#include <charconv>
#include <limits>

namespace toril::cli {
namespace {

constexpr std::int64_t int_max = std::numeric_limits<int>::max();

Error refused(std::string message) {
    return {ErrorCode::invalid_argument, std::move(message)};
}

template <class Number>
std::optional<Number> parse_number(std::string_view text) {
    Number number{};
    const char* const last = text.data() + text.size();
    const auto [end, failure] = std::from_chars(text.data(), last, number);
    if (failure != std::errc{} || end != last) return std::nullopt;
    return number;
}

bool is_digits(std::string_view text) {
    return !text.empty() &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

Error with_flag(std::string_view flag, const Error& error) {
    return {error.code(), std::string(flag) + ": " + error.message()};
}

}  // namespace

void JobOptionsArgument::declare(Arguments& arguments) {
    arguments.text("--id", "your own id; adding it again adds nothing", id_);
    arguments.duration("--delay", "not before this long from now", delay_);
    arguments.number(
        "--priority", "1 is served first; 0 is none [0]", {0, priority_max}, priority_);
    arguments.number("--attempts", "how often it may run in all [1]", {1, int_max}, attempts_);
    arguments.text(
        "--backoff", "wait between attempts: fixed:1s, exponential:2s[:JITTER]", backoff_);
    arguments.flag("--lifo", "before the jobs that wait already", lifo_);
    arguments.flag_or_value(
        "--remove-on-complete", "keep none, or =N of them, or =AGE", keep_completed_);
    arguments.flag_or_value("--remove-on-fail", "keep none, or =N of them, or =AGE", keep_failed_);
    arguments.text(
        "--dedup", "add nothing while a job with this id is there: ID, or ID:TTL", dedup_);
    arguments.flag("--dedup-extend", "with a TTL: each such add begins it anew", dedup_extend_);
    arguments.flag(
        "--dedup-replace", "a job that is still delayed is replaced by this one", dedup_replace_);
    arguments.flag("--dedup-keep-last",
                   "while such a job runs, the last one added waits for its end",
                   dedup_keep_last_);
    arguments.number("--size-limit",
                     "refuse data of more bytes than this [67108864]",
                     {1, std::numeric_limits<std::int64_t>::max()},
                     size_limit_);
}

Result<JobOptions> JobOptionsArgument::options() const {
    JobOptions options{.id = id_.value_or(""),
                       .attempts = static_cast<int>(attempts_.value_or(1)),
                       .delay = delay_.value_or(Millis{0}),
                       .priority = static_cast<int>(priority_.value_or(0)),
                       .lifo = lifo_,
                       .payload_bytes_max = static_cast<std::size_t>(size_limit_.value_or(0))};
    if (id_ && id_->empty()) return refused("--id must not be empty");
    if (backoff_) {
        Result<Backoff> backoff = parse_backoff(*backoff_);
        if (!backoff) return with_flag("--backoff", backoff.error());
        options.backoff = std::move(*backoff);
    }
    const auto keep = [](std::string_view flag,
                         const std::optional<std::string>& text,
                         std::optional<KeepJobs>& into) -> Status {
        if (!text) return {};
        Result<KeepJobs> parsed = parse_keep(*text);
        if (!parsed) return with_flag(flag, parsed.error());
        into = *parsed;
        return {};
    };
    if (Status s = add_deduplication(options); !s) return s.error();
    if (Status s = keep("--remove-on-complete", keep_completed_, options.remove_on_complete); !s)
        return s.error();
    if (Status s = keep("--remove-on-fail", keep_failed_, options.remove_on_fail); !s)
        return s.error();
    return options;
}

// ID, or ID:TTL where TTL is a duration: "sync:eu" is an id, "sync:5s" has a TTL.
Status JobOptionsArgument::add_deduplication(JobOptions& options) const {
    if (!dedup_) {
        if (dedup_extend_ || dedup_replace_ || dedup_keep_last_)
            return refused("--dedup-extend, --dedup-replace and --dedup-keep-last need --dedup ID");
        return {};
    }
    Deduplication deduplication{.id = *dedup_,
                                .extend = dedup_extend_,
                                .replace = dedup_replace_,
                                .keep_last_if_active = dedup_keep_last_};
    const std::size_t colon = dedup_->rfind(':');
    if (colon != std::string::npos)
        if (Result<Millis> ttl = parse_duration(std::string_view(*dedup_).substr(colon + 1))) {
            deduplication.id.resize(colon);
            deduplication.ttl = *ttl;
        }
    if (deduplication.id.empty()) return refused("--dedup: the id must not be empty");
    options.deduplication = std::move(deduplication);
    return {};
}

bool JobOptionsArgument::is_set() const {
    return dedup_ || id_ || delay_ || priority_ || attempts_ || backoff_ || keep_completed_ ||
           keep_failed_ || size_limit_ || lifo_;
}

Result<Backoff> parse_backoff(std::string_view text) {
    const auto no_backoff = [text] {
        return refused(in_quotes(text) +
                       " is no backoff; write fixed:1s, exponential:2s or exponential:2s:0.5");
    };
    const std::size_t first = text.find(':');
    if (first == std::string_view::npos) return no_backoff();
    const std::size_t second = text.find(':', first + 1);
    const std::string_view kind = text.substr(0, first);
    Backoff backoff;
    if (kind == "fixed")
        backoff.kind = Backoff::Kind::fixed;
    else if (kind == "exponential")
        backoff.kind = Backoff::Kind::exponential;
    else
        return no_backoff();
    const std::size_t length =
        second == std::string_view::npos ? std::string_view::npos : second - first - 1;
    Result<Millis> delay = parse_duration(text.substr(first + 1, length));
    if (!delay) return delay.error();
    backoff.delay = *delay;
    if (second == std::string_view::npos) return backoff;
    const std::optional<double> jitter = parse_number<double>(text.substr(second + 1));
    if (!jitter || !(*jitter >= 0 && *jitter <= 1))
        return refused("the jitter must be from 0 to 1");
    backoff.jitter = *jitter;
    return backoff;
}

Result<KeepJobs> parse_keep(std::string_view text) {
    if (text == "true") return KeepJobs::none();
    if (text == "false") return KeepJobs{};
    if (is_digits(text)) {
        const std::optional<std::int64_t> count = parse_number<std::int64_t>(text);
        if (!count) return refused(in_quotes(text) + " is too large");
        return KeepJobs{.count = count};
    }
    Result<Millis> age = parse_duration(text);
    if (!age) return refused(in_quotes(text) + " must be a number of jobs or an age: 100, 1h, 7d");
    return KeepJobs{.age = *age};
}

}  // namespace toril::cli
