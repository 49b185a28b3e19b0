#pragma once

// What <toril/typed.hpp> must show of its workings: thin templates over src/typed/. Include
// that header instead. Pure: no I/O, any thread.

#include <toril/detail/typed_view.hpp>
#include <toril/json.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace toril {

// Where the fields are found.
template <class Struct>
struct FieldsOf {};
template <class Struct>
requires requires {
    Struct::toril_fields;
}
struct FieldsOf<Struct> {
    static constexpr const auto& value = Struct::toril_fields;
};

template <class Struct>
concept Described = requires {
    FieldsOf<Struct>::value;
};

namespace detail {

template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;
template <class T>
inline constexpr bool is_vector = false;
template <class T>
inline constexpr bool is_vector<std::vector<T>> = true;
template <class T>
inline constexpr bool is_map = false;
template <class T>
inline constexpr bool is_map<std::map<std::string, T>> = true;
template <class T>
concept Integer = std::integral<T> && !std::same_as<T, bool> && !std::same_as<T, char>;
template <class T>
inline constexpr bool unsupported = false;

template <class T>
void write(std::string& out, const T& value);

template <class Range, class Write>
void write_each(std::string& out, char open, char close, const Range& range, Write write_one) {
    out += open;
    bool first = true;
    for (const auto& one : range) {
        if (!first) out += ',';
        first = false;
        write_one(one);
    }
    out += close;
}

template <class T>
void write_struct(std::string& out, const T& value) {
    out += '{';
    const auto write_field = [&](const auto& field) {
        const auto& member = value.*field.member;
        if constexpr (is_optional<std::remove_cvref_t<decltype(member)>>)
            if (!member) return;  // absent, as JSON.stringify leaves out undefined
        if (out.back() != '{') out += ',';
        write_text(out, field.name);
        out += ':';
        write(out, member);
    };
    std::apply([&](const auto&... field) { (write_field(field), ...); }, FieldsOf<T>::value);
    out += '}';
}

template <class T>
void write(std::string& out, const T& value) {
    if constexpr (std::same_as<T, bool>)
        out += value ? "true" : "false";
    else if constexpr (std::floating_point<T>)
        write_number(out, static_cast<double>(value));
    else if constexpr (Integer<T> && std::is_signed_v<T>)
        write_number(out, static_cast<std::int64_t>(value));
    else if constexpr (Integer<T>)
        write_number(out, static_cast<std::uint64_t>(value));
    else if constexpr (std::same_as<T, std::string>)
        write_text(out, value);
    else if constexpr (std::same_as<T, Json>)
        out += value.text();
    else if constexpr (is_optional<T>)
        value ? write(out, *value) : void(out += "null");
    else if constexpr (is_vector<T>)
        write_each(
            out, '[', ']', value, [&](const typename T::value_type& one) { write(out, one); });
    else if constexpr (is_map<T>)
        write_each(out, '{', '}', value, [&](const auto& entry) {
            write_text(out, entry.first);
            out += ':';
            write(out, entry.second);
        });
    else if constexpr (Described<T>)
        write_struct(out, value);
    else
        static_assert(unsupported<T>, "describe this struct with toril_fields, or use Json");
}

template <class T>
Fit read(const JsonView& view, T& target);

template <class T>
Fit read_struct(const JsonView& view, T& target) {
    std::size_t size = 0;
    if (Fit fit = view.expect_object(size)) return fit;
    Fit result;
    const auto read_field = [&](const auto& field) {
        auto& member = target.*field.member;
        constexpr bool optional = is_optional<std::remove_cvref_t<decltype(member)>>;
        if (const std::optional<JsonView> found = view.member(field.name))
            result = below(field.name, read(*found, member));
        else if (!optional && !field.may_be_absent)
            result = absent(field.name);
        return !result;
    };
    std::apply([&](const auto&... field) { (void)(read_field(field) && ...); }, FieldsOf<T>::value);
    return result;
}

template <class T>
Fit read_vector(const JsonView& view, std::vector<T>& target) {
    std::size_t size = 0;
    if (Fit fit = view.expect_array(size)) return fit;
    target.clear();
    target.reserve(size);
    for (std::size_t i = 0; i < size; ++i) {
        T one{};
        if (Fit fit = below(i, read(view.element(i), one))) return fit;
        target.push_back(std::move(one));
    }
    return {};
}

template <class T>
Fit read_map(const JsonView& view, std::map<std::string, T>& target) {
    std::size_t size = 0;
    if (Fit fit = view.expect_object(size)) return fit;
    target.clear();
    for (std::size_t i = 0; i < size; ++i) {
        auto [name, value] = view.entry(i);
        if (Fit fit = below(name, read(value, target[name]))) return fit;
    }
    return {};
}

template <class T>
Fit read_integer(const JsonView& view, T& target) {
    using Limits = std::numeric_limits<T>;
    if constexpr (std::is_signed_v<T>) {
        std::int64_t value = 0;
        if (Fit fit = view.read_integer(value, Limits::min(), Limits::max())) return fit;
        target = static_cast<T>(value);
    } else {
        std::uint64_t value = 0;
        if (Fit fit = view.read_unsigned(value, Limits::max())) return fit;
        target = static_cast<T>(value);
    }
    return {};
}

template <class T>
Fit read(const JsonView& view, T& target) {
    if constexpr (std::same_as<T, bool> || std::same_as<T, std::string> || std::same_as<T, Json>) {
        return view.read(target);
    } else if constexpr (std::floating_point<T>) {
        double value = 0;
        Fit fit = view.read(value);
        if (!fit) target = static_cast<T>(value);
        return fit;
    } else if constexpr (Integer<T>) {
        return read_integer(view, target);
    } else if constexpr (is_optional<T>) {
        target.reset();
        return view.is_null() ? Fit{} : read(view, target.emplace());
    } else if constexpr (is_vector<T>) {
        return read_vector(view, target);
    } else if constexpr (is_map<T>) {
        return read_map(view, target);
    } else if constexpr (Described<T>) {
        return read_struct(view, target);
    } else {
        static_assert(unsupported<T>, "describe this struct with toril_fields, or use Json");
    }
}

}  // namespace detail

}  // namespace toril
