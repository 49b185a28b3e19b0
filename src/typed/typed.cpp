#include <toril/typed.hpp>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <array>
#include <charconv>
#include <cmath>

namespace toril::detail {
namespace {

namespace json = boost::json;

const json::value& value_at(const void* value) {
    return *static_cast<const json::value*>(value);
}

// What was found instead, short enough for one line of a log.
std::string found(const json::value& value) {
    constexpr std::size_t shown_max = 40;
    if (value.is_object()) return ", found an object";
    if (value.is_array()) return ", found an array";
    std::string text = json::serialize(value);
    if (text.size() > shown_max) text = text.substr(0, shown_max) + "...";
    return ", found " + text;
}

Fit mismatch(const char* expected, const json::value& value) {
    return Mismatch{.reason = std::string("expected ") + expected + found(value)};
}

template <class T>
std::string range_text(T low, T high) {
    return "a whole number from " + std::to_string(low) + " to " + std::to_string(high);
}

// 3.0 and 3e0 are whole numbers in JSON, where all numbers are one type.
template <class T>
std::optional<T> whole(const json::value& value) {
    json::error_code failure;
    const T result = value.to_number<T>(failure);
    if (failure) return std::nullopt;
    return result;
}

template <class T>
void append_number(std::string& out, T value) {
    std::array<char, 32> buffer{};
    out.append(buffer.data(),
               std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr);
}

}  // namespace

bool JsonView::is_null() const noexcept {
    return value_at(value_).is_null();
}

Fit JsonView::read(bool& target) const {
    const json::value& value = value_at(value_);
    if (!value.is_bool()) return mismatch("true or false", value);
    target = value.get_bool();
    return {};
}

Fit JsonView::read(double& target) const {
    const json::value& value = value_at(value_);
    if (!value.is_number()) return mismatch("a number", value);
    target = value.to_number<double>();
    return {};
}

Fit JsonView::read(std::string& target) const {
    const json::value& value = value_at(value_);
    if (!value.is_string()) return mismatch("a string", value);
    target.assign(value.get_string().data(), value.get_string().size());
    return {};
}

Fit JsonView::read(Json& target) const {
    target = Json::unchecked(json::serialize(value_at(value_)));
    return {};
}

Fit JsonView::read_integer(std::int64_t& target, std::int64_t low, std::int64_t high) const {
    const json::value& value = value_at(value_);
    const std::optional<std::int64_t> number = whole<std::int64_t>(value);
    if (!number || *number < low || *number > high)
        return mismatch(range_text(low, high).c_str(), value);
    target = *number;
    return {};
}

Fit JsonView::read_unsigned(std::uint64_t& target, std::uint64_t high) const {
    const json::value& value = value_at(value_);
    const std::optional<std::uint64_t> number = whole<std::uint64_t>(value);
    if (!number || *number > high)
        return mismatch(range_text(std::uint64_t{0}, high).c_str(), value);
    target = *number;
    return {};
}

Fit JsonView::expect_array(std::size_t& size) const {
    const json::value& value = value_at(value_);
    if (!value.is_array()) return mismatch("an array", value);
    size = value.get_array().size();
    return {};
}

Fit JsonView::expect_object(std::size_t& size) const {
    const json::value& value = value_at(value_);
    if (!value.is_object()) return mismatch("an object", value);
    size = value.get_object().size();
    return {};
}

JsonView JsonView::element(std::size_t index) const {
    return JsonView(&value_at(value_).get_array()[index]);
}

std::pair<std::string, JsonView> JsonView::entry(std::size_t index) const {
    const auto& entry =
        *(value_at(value_).get_object().begin() + static_cast<std::ptrdiff_t>(index));
    return {std::string(entry.key()), JsonView(&entry.value())};
}

std::optional<JsonView> JsonView::member(std::string_view name) const {
    const json::value* found =
        value_at(value_).get_object().if_contains({name.data(), name.size()});
    if (found == nullptr) return std::nullopt;
    return JsonView(found);
}

std::shared_ptr<const void> parse_document(const Json& json, Fit& fit) {
    json::parse_options options;
    options.max_depth = Json::depth_max;
    json::error_code failure;
    auto value = std::make_shared<json::value>(json::parse(json.text(), failure, {}, options));
    if (failure) fit = Mismatch{.reason = "not JSON: " + failure.message()};
    return value;
}

Error mismatch_error(const Mismatch& mismatch) {
    const std::string where = mismatch.path.empty() ? "" : mismatch.path + ": ";
    return {ErrorCode::invalid_argument, where + mismatch.reason};
}

Fit below(std::string_view member, Fit fit) {
    if (!fit) return fit;
    const bool dotted = !fit->path.empty() && fit->path.front() != '[';
    fit->path = std::string(member) + (dotted ? "." : "") + fit->path;
    return fit;
}

Fit below(std::size_t index, Fit fit) {
    return below("[" + std::to_string(index) + "]", std::move(fit));
}

Fit absent(std::string_view member) {
    return Mismatch{.path = std::string(member), .reason = "is missing"};
}

void write_text(std::string& out, std::string_view text) {
    out += Json::string(text).text();
}

void write_number(std::string& out, double value) {
    if (!std::isfinite(value))
        out += "null";
    else
        append_number(out, value);
}

void write_number(std::string& out, std::int64_t value) {
    append_number(out, value);
}

void write_number(std::string& out, std::uint64_t value) {
    append_number(out, value);
}

}  // namespace toril::detail
