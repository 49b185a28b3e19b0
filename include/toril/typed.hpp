#pragma once

/// @file
/// Payloads as your own structs. Say once, inside the struct, what its members are called:
///
///     struct Resize {
///         std::string picture{};
///         int width = 0;
///         std::optional<std::string> format{};
///
///         static constexpr auto toril_fields =
///             std::tuple{toril::field("picture", &Resize::picture),
///                        toril::field("width", &Resize::width),
///                        toril::field("format", &Resize::format)};
///     };
///
///     queue.add("resize", to_json(Resize{.picture = "a.jpg", .width = 160}));
///     Worker::start(store, "pictures", typed<Resize>([](const Resize& job, JobContext&) {
///         return Result<std::string>(...);
///     }));
///
/// Members may be bool, integers, floating point, std::string, Json (any value), structs that
/// are described themselves, and std::optional, std::vector and std::map<std::string, ...> of
/// all these. For a struct that you cannot edit, specialise FieldsOf with a `value` like the
/// tuple above. Everything here is pure: no I/O, any thread.

#include <toril/detail/typed_io.hpp>
#include <toril/json.hpp>
#include <toril/result.hpp>
#include <toril/worker.hpp>

#include <concepts>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

namespace toril {

/// One member: its name in JSON, and where it is.
template <class Struct, class Member>
struct Field {
    std::string_view name;
    Member Struct::*member;
    bool may_be_absent;
};

/// A member that must be there, unless it is a std::optional.
template <class Struct, class Member>
constexpr Field<Struct, Member> field(std::string_view name, Member Struct::*member) {
    return {name, member, false};
}

/// A member that keeps its initial value when it is not there: for one that was added later,
/// while older programs still add jobs without it.
template <class Struct, class Member>
constexpr Field<Struct, Member> field_with_default(std::string_view name, Member Struct::*member) {
    return {name, member, true};
}

/// The value as JSON. An empty std::optional member is left out. NaN and the infinities become
/// `null`, as in JavaScript. Bytes of a string that are not UTF-8 become U+FFFD.
template <class T>
Json to_json(const T& value) {
    std::string text;
    detail::write(text, value);
    return Json::unchecked(std::move(text));
}

/// Reads a value. Members that T does not name are passed over.
///
/// Errors: `invalid_argument` that says where and why: `sizes[2].width: expected a whole number
/// from 0 to 65535, found "big"`.
template <class T>
Result<T> from_json(const Json& json) {
    detail::Fit fit;
    const std::shared_ptr<const void> document = detail::parse_document(json, fit);
    T value{};
    if (!fit) fit = detail::read(detail::JsonView(document.get()), value);
    if (fit) return detail::mismatch_error(*fit);
    return value;
}

/// A Handler of a function that takes the data as a `T` and answers Status, Result<Json>, or a
/// Result of anything that to_json takes. Data that is no `T` fails the job for good.
template <class T, class Function>
Handler typed(Function function) {
    return [function = std::move(function)](JobContext& context) -> Result<Json> {
        const Result<T> data = from_json<T>(context.data());
        if (!data) return Error(ErrorCode::unrecoverable, data.error().message());
        auto answer = function(*data, context);
        if (!answer) return answer.error();
        if constexpr (std::same_as<decltype(answer), Status>)
            return Json{};
        else
            return to_json(*answer);
    };
}

}  // namespace toril
