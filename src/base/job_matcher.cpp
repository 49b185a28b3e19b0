#include "base/job_matcher.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>
#include <vector>

namespace toril::base {
namespace {

namespace json = boost::json;

std::optional<json::value> parsed(std::string_view text) {
    json::parse_options options;
    options.max_depth = Json::depth_max;
    json::error_code failure;
    json::value value = json::parse(text, failure, {}, options);
    if (failure) return std::nullopt;
    return value;
}

// ---- equal as JSON ------------------------------------------------------------------------

// Exact: an integer beyond 2^53 equals a decimal only if that is the same number.
template <class Integer>
bool equal_to_double(Integer integer, double number) {
    const auto low = static_cast<double>(std::numeric_limits<Integer>::min());
    // The largest value itself is no double; the power of two above it is.
    const double above = std::ldexp(1.0, std::numeric_limits<Integer>::digits);
    return number >= low && number < above && static_cast<double>(integer) == number &&
           static_cast<Integer>(number) == integer;
}

bool equal_numbers(const json::value& a, const json::value& b) {
    if (!a.is_double() && !b.is_double()) return a == b;
    if (a.is_double() && b.is_double()) return a.get_double() == b.get_double();
    const json::value& integer = a.is_double() ? b : a;
    const double number = a.is_double() ? a.get_double() : b.get_double();
    return integer.is_int64() ? equal_to_double(integer.get_int64(), number)
                              : equal_to_double(integer.get_uint64(), number);
}

bool equal(const json::value& a, const json::value& b);

bool equal_objects(const json::object& a, const json::object& b) {
    return a.size() == b.size() && std::all_of(a.begin(), a.end(), [&](const auto& member) {
               const json::value* other = b.if_contains(member.key());
               return other != nullptr && equal(member.value(), *other);
           });
}

bool equal(const json::value& a, const json::value& b) {
    if (a.is_number() && b.is_number()) return equal_numbers(a, b);
    if (a.is_object() && b.is_object()) return equal_objects(a.get_object(), b.get_object());
    if (a.is_array() && b.is_array())
        return std::equal(a.get_array().begin(),
                          a.get_array().end(),
                          b.get_array().begin(),
                          b.get_array().end(),
                          equal);
    return a == b;
}

// ---- paths --------------------------------------------------------------------------------

std::vector<std::string> split(std::string_view path) {
    std::vector<std::string> names;
    if (path.empty()) return names;
    for (;;) {
        const std::size_t dot = path.find('.');
        names.emplace_back(path.substr(0, dot));
        if (dot == std::string_view::npos) return names;
        path.remove_prefix(dot + 1);
    }
}

const json::value* step(const json::value& value, const std::string& name) {
    if (value.is_object()) return value.get_object().if_contains(name);
    if (!value.is_array()) return nullptr;
    std::size_t position = 0;
    const char* const end = name.data() + name.size();
    const auto read = std::from_chars(name.data(), end, position);
    if (read.ec != std::errc{} || read.ptr != end) return nullptr;
    return value.get_array().if_contains(position);
}

struct Member {
    std::vector<std::string> path;
    std::optional<json::value> value;  // empty: the filter's text is no JSON, nothing equals it
};

bool holds(const Member& member, const json::value& data) {
    const json::value* at = &data;
    for (const std::string& name : member.path)
        if (at = step(*at, name); at == nullptr) return false;
    return member.value && equal(*at, *member.value);
}

}  // namespace

struct JobMatcher::Wanted {
    std::vector<JobState> states;
    std::string name;
    std::string error;
    std::vector<Member> members;
};

JobMatcher::JobMatcher(const JobFilter& filter) {
    auto wanted = std::make_unique<Wanted>();
    wanted->states = filter.states;
    wanted->name = filter.name;
    wanted->error = filter.error;
    for (const JobFilter::DataMember& member : filter.data)
        wanted->members.push_back({split(member.path), parsed(member.value.text())});
    wanted_ = std::move(wanted);
}

JobMatcher::~JobMatcher() = default;

bool JobMatcher::matches(const Job& job) const {
    const auto& states = wanted_->states;
    if (!states.empty() && std::find(states.begin(), states.end(), job.state) == states.end())
        return false;
    if (!wanted_->name.empty() && job.name != wanted_->name) return false;
    if (job.failed_reason.find(wanted_->error) == std::string::npos) return false;
    if (wanted_->members.empty()) return true;
    const std::optional<json::value> data = parsed(job.data.text());
    return data && std::all_of(wanted_->members.begin(),
                               wanted_->members.end(),
                               [&](const Member& member) { return holds(member, *data); });
}

}  // namespace toril::base
