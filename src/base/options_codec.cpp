#include "base/options_codec.hpp"

#include "base/parent.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace toril::base {
namespace {

namespace json = boost::json;

Error refused(std::string message) {
    return {ErrorCode::invalid_argument, std::move(message)};
}

// ---- writing ----------------------------------------------------------------------------

json::value keep_to_json(const KeepJobs& keep) {
    if (!keep.count && !keep.age) return false;
    if (!keep.age) return *keep.count == 0 ? json::value(true) : json::value(*keep.count);
    json::object object{{"age", keep.age->count() / 1000}};
    if (keep.count) object["count"] = *keep.count;
    return object;
}

json::value backoff_to_json(const Backoff& backoff) {
    json::object object;
    switch (backoff.kind) {
        case Backoff::Kind::exponential: object["type"] = "exponential"; break;
        case Backoff::Kind::custom: object["type"] = backoff.type; break;
        default: object["type"] = "fixed"; break;
    }
    object["delay"] = backoff.delay.count();
    if (backoff.jitter > 0) object["jitter"] = backoff.jitter;
    return object;
}

json::object deduplication_to_json(const Deduplication& deduplication) {
    json::object object{{"id", deduplication.id}};
    if (deduplication.ttl > Millis{0}) object["ttl"] = deduplication.ttl.count();
    if (deduplication.extend) object["extend"] = true;
    if (deduplication.replace) object["replace"] = true;
    if (deduplication.reschedule) object["reschedule"] = true;
    if (deduplication.keep_last_if_active) object["keepLastIfActive"] = true;
    return object;
}

json::object other_members(const Json& other) {
    json::parse_options deep;
    deep.max_depth = Json::depth_max;
    json::error_code failure;
    json::value value = json::parse(other.text(), failure, {}, deep);
    return failure || !value.is_object() ? json::object{} : std::move(value.get_object());
}

// ---- reading ----------------------------------------------------------------------------

// Collects the first thing that a strict reader would refuse; a tolerant one ignores it.
class Reader {
public:
    const std::string& complaint() const { return complaint_; }

    template <class Integer>
    void integer(std::string_view name, const json::value& value, Integer& into) {
        json::error_code inexact;
        if (value.is_number()) {
            const double number = value.to_number<double>();
            const auto low = static_cast<double>(std::numeric_limits<Integer>::min());
            const auto high = static_cast<double>(std::numeric_limits<Integer>::max());
            if (number >= low && number <= high && (number == std::floor(number) || tolerant_)) {
                into = static_cast<Integer>(number);
                return;
            }
        }
        complain(name, "a whole number");
    }

    void millis(std::string_view name, const json::value& value, Millis& into) {
        std::int64_t count = into.count();
        integer(name, value, count);
        into = Millis(count);
    }

    void flag(std::string_view name, const json::value& value, bool& into) {
        if (value.is_bool())
            into = value.get_bool();
        else
            complain(name, "true or false");
    }

    void keep(std::string_view name, const json::value& value, std::optional<KeepJobs>& into) {
        KeepJobs keep;
        if (value.is_bool()) {
            if (value.get_bool()) keep.count = 0;
        } else if (value.is_number()) {
            keep.count = 0;
            integer(name, value, *keep.count);
            if (*keep.count < 0) keep.count.reset();
        } else if (value.is_object()) {
            keep_object(name, value.get_object(), keep);
        } else {
            complain(name, "true, a number or {\"count\", \"age\"}");
            return;
        }
        into = keep;
    }

    void backoff(std::string_view name, const json::value& value, Backoff& into) {
        if (value.is_number()) {
            into.kind = Backoff::Kind::fixed;
            millis(name, value, into.delay);
        } else if (value.is_object()) {
            backoff_object(name, value.get_object(), into);
        } else {
            complain(name, "a number or {\"type\", \"delay\"}");
        }
    }

    void text(std::string_view name, const json::value& value, std::string& into) {
        if (value.is_string())
            into.assign(value.get_string().data(), value.get_string().size());
        else
            complain(name, "a string");
    }

    void deduplication(std::string_view name,
                       const json::value& value,
                       std::optional<Deduplication>& into) {
        if (!value.is_object()) return complain(name, "an object with \"id\"");
        Deduplication read;
        for (const auto& [key, member] : value.get_object()) {
            if (key == "id")
                text(name, member, read.id);
            else if (key == "ttl")
                millis(name, member, read.ttl);
            else if (key == "extend")
                flag(name, member, read.extend);
            else if (key == "replace")
                flag(name, member, read.replace);
            else if (key == "reschedule")
                flag(name, member, read.reschedule);
            else if (key == "keepLastIfActive")
                flag(name, member, read.keep_last_if_active);
            else
                complain(name, "without a member \"" + std::string(key) + "\"");
        }
        if (!read.id.empty())
            into = std::move(read);
        else
            complain(name, "an object whose \"id\" is a string that is not empty");
    }

    void parent(std::string_view name, const json::value& value, std::optional<ParentRef>& into) {
        ParentRef read;
        if (value.is_object()) {
            const json::object& object = value.get_object();
            if (const json::value* id = object.if_contains("id")) text(name, *id, read.id);
            if (const json::value* queue = object.if_contains("queue"))
                text(name, *queue, read.queue);
        }
        if (!read.id.empty() && !read.queue.empty())
            into = std::move(read);
        else
            complain(name, "an object with \"id\" and \"queue\"");
    }

    void policy(std::string_view name,
                const json::value& value,
                ParentPolicy policy,
                ParentPolicy& into) {
        bool wanted = false;
        flag(name, value, wanted);
        if (!wanted) return;
        if (into != ParentPolicy::none && into != policy)
            complain(name, "left out: there is another policy for a failed child");
        into = policy;
    }

    explicit Reader(bool tolerant) : tolerant_(tolerant) {}

private:
    void complain(std::string_view name, std::string_view expected) {
        if (complaint_.empty())
            complaint_ = "option \"" + std::string(name) + "\" must be " + std::string(expected);
    }

    void keep_object(std::string_view name, const json::object& object, KeepJobs& keep) {
        if (const json::value* count = object.if_contains("count")) {
            keep.count = 0;
            integer(name, *count, *keep.count);
            if (*keep.count < 0) keep.count.reset();
        }
        if (const json::value* age = object.if_contains("age")) {
            std::int64_t seconds = 0;
            integer(name, *age, seconds);
            keep.age = Millis(std::clamp<std::int64_t>(
                                  seconds, 0, std::numeric_limits<std::int64_t>::max() / 1000) *
                              1000);
        }
    }

    void backoff_object(std::string_view name, const json::object& object, Backoff& into) {
        if (const json::value* type = object.if_contains("type")) text(name, *type, into.type);
        into.kind = into.type == "fixed"         ? Backoff::Kind::fixed
                    : into.type == "exponential" ? Backoff::Kind::exponential
                                                 : Backoff::Kind::custom;
        if (into.kind != Backoff::Kind::custom) into.type.clear();
        if (const json::value* delay = object.if_contains("delay"))
            millis(name, *delay, into.delay);
        if (const json::value* jitter = object.if_contains("jitter"); jitter && jitter->is_number())
            into.jitter = std::clamp(jitter->to_number<double>(), 0.0, 1.0);
    }

    const bool tolerant_;
    std::string complaint_{};
};

constexpr std::array<std::pair<std::string_view, ParentPolicy>, 8> policy_keys{
    {{"fpof", ParentPolicy::fail_parent},
     {"failParentOnFailure", ParentPolicy::fail_parent},
     {"cpof", ParentPolicy::continue_parent},
     {"continueParentOnFailure", ParentPolicy::continue_parent},
     {"idof", ParentPolicy::ignore_dependency},
     {"ignoreDependencyOnFailure", ParentPolicy::ignore_dependency},
     {"rdof", ParentPolicy::remove_dependency},
     {"removeDependencyOnFailure", ParentPolicy::remove_dependency}}};

// Members about other jobs; false: not one of those.
bool read_link(Reader& read, std::string_view key, const json::value& value, JobOptions& into) {
    if (key == "de" || key == "deduplication" || key == "debounce") {
        read.deduplication(key, value, into.deduplication);
        return true;
    }
    if (key == "parent") {
        read.parent(key, value, into.parent);
        return true;
    }
    for (const auto& [name, policy] : policy_keys)
        if (key == name) {
            read.policy(key, value, policy, into.parent_policy);
            return true;
        }
    return false;
}

// One member of the options; false: not one of ours.
bool read_member(Reader& read, std::string_view key, const json::value& value, JobOptions& into) {
    const auto optional_int = [&](std::optional<int>& target) {
        int number = 0;
        read.integer(key, value, number);
        target = number;
    };
    if (key == "attempts")
        read.integer(key, value, into.attempts);
    else if (key == "backoff")
        read.backoff(key, value, into.backoff);
    else if (key == "delay")
        read.millis(key, value, into.delay);
    else if (key == "priority")
        read.integer(key, value, into.priority);
    else if (key == "lifo")
        read.flag(key, value, into.lifo);
    else if (key == "jobId")
        read.text(key, value, into.id);
    else if (key == "removeOnComplete")
        read.keep(key, value, into.remove_on_complete);
    else if (key == "removeOnFail")
        read.keep(key, value, into.remove_on_fail);
    else if (key == "sizeLimit")
        read.integer(key, value, into.payload_bytes_max);
    else if (key == "kl" || key == "keepLogs")
        optional_int(into.keep_logs);
    else if (key == "stackTraceLimit")
        optional_int(into.stack_trace_limit);
    else if (key == "timestamp") {
        Millis since{0};
        read.millis(key, value, since);
        into.timestamp = Timestamp(since);
    } else {
        return read_link(read, key, value, into);
    }
    return true;
}

JobOptions read_members(Reader& read, const json::object& object) {
    JobOptions options;
    json::object other;
    for (const auto& member : object) {
        const std::string_view key(member.key().data(), member.key().size());
        if (!member.value().is_null() && !read_member(read, key, member.value(), options))
            other[member.key()] = member.value();
    }
    options.attempts = std::max(options.attempts, 1);
    if (!other.empty()) options.other = Json::unchecked(json::serialize(other));
    return options;
}

json::object to_object(const JobOptions& options, std::string_view prefix) {
    json::object object;
    if (!options.other.is_null()) object = other_members(options.other);
    // BullMQ writes 0 where attempts were not given, and means one run by it.
    object["attempts"] = options.attempts == 1 ? 0 : options.attempts;
    if (options.backoff.kind != Backoff::Kind::none)
        object["backoff"] = backoff_to_json(options.backoff);
    if (options.delay > Millis{0}) object["delay"] = options.delay.count();
    if (options.priority > 0) object["priority"] = options.priority;
    if (options.lifo) object["lifo"] = true;
    if (!options.id.empty()) object["jobId"] = options.id;
    if (options.remove_on_complete)
        object["removeOnComplete"] = keep_to_json(*options.remove_on_complete);
    if (options.remove_on_fail) object["removeOnFail"] = keep_to_json(*options.remove_on_fail);
    if (options.payload_bytes_max > 0) object["sizeLimit"] = options.payload_bytes_max;
    if (options.keep_logs) object["kl"] = *options.keep_logs;
    if (options.stack_trace_limit) object["stackTraceLimit"] = *options.stack_trace_limit;
    if (options.timestamp != Timestamp{})
        object["timestamp"] = options.timestamp.time_since_epoch().count();
    if (options.deduplication) object["de"] = deduplication_to_json(*options.deduplication);
    if (options.parent)
        object["parent"] =
            json::object{{"id", options.parent->id},
                         {"queue", std::string(prefix) + ":" + options.parent->queue}};
    if (options.parent_policy != ParentPolicy::none)
        object[policy_flag(options.parent_policy)] = true;
    return object;
}

}  // namespace

std::string encode_options(const JobOptions& options, std::string_view prefix) {
    return json::serialize(to_object(options, prefix));
}

std::string encode_template_options(const JobOptions& options) {
    json::object object = to_object(options, {});
    if (options.attempts == 1) object.erase("attempts");
    return json::serialize(object);
}

JobOptions decode_options(std::string_view text) {
    json::error_code failure;
    const json::value value = json::parse(json::string_view(text.data(), text.size()), failure);
    if (failure || !value.is_object()) return {};
    Reader tolerant(true);
    return read_members(tolerant, value.get_object());
}

Result<JobOptions> options_from_user(const Json& text) {
    if (text.is_null()) return JobOptions{};
    json::error_code failure;
    const json::value value = json::parse(text.text(), failure);
    if (failure || !value.is_object()) return refused("job options must be a JSON object");
    Reader strict(false);
    JobOptions options = read_members(strict, value.get_object());
    if (!strict.complaint().empty()) return refused(strict.complaint());
    if (Status s = check_options(options); !s) return s.error();
    return options;
}

}  // namespace toril::base
