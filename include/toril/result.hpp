#pragma once

#include <toril/error.hpp>

#include <optional>
#include <utility>
#include <variant>

namespace toril {

/// A value, or the Error that says why there is none.
///
///     Result<Job> job = queue.job("42");
///     if (!job) return job.error();
///     use(*job);
template <class T>
class [[nodiscard]] Result {
public:
    using value_type = T;

    Result(T value)
        : state_(std::in_place_index<0>, std::move(value)) {
    }  // NOLINT(google-explicit-constructor): `return value;` is the point
    Result(Error error)
        : state_(std::in_place_index<1>, std::move(error)) {
    }  // NOLINT(google-explicit-constructor): `return error;` is the point

    explicit operator bool() const noexcept { return state_.index() == 0; }

    /// REQUIRES: there is a value (undefined otherwise, as for std::optional).
    T& operator*() & noexcept { return *std::get_if<0>(&state_); }
    const T& operator*() const& noexcept { return *std::get_if<0>(&state_); }
    T&& operator*() && noexcept { return std::move(*std::get_if<0>(&state_)); }
    T* operator->() noexcept { return std::get_if<0>(&state_); }
    const T* operator->() const noexcept { return std::get_if<0>(&state_); }

    /// Throws toril::Exception when there is none.
    T& value() & {
        if (!*this) throw Exception(error());
        return **this;
    }
    /// By value: `for (auto& x : call().value())` must not outlive what it walks over.
    T value() && {
        if (!*this) throw Exception(error());
        return std::move(**this);
    }

    /// REQUIRES: there is no value.
    const Error& error() const noexcept { return *std::get_if<1>(&state_); }

private:
    std::variant<T, Error> state_;
};

/// Done, or the Error that says why not.
class [[nodiscard]] Status {
public:
    Status() = default;
    Status(Error error)
        : error_(std::move(error)) {
    }  // NOLINT(google-explicit-constructor): `return error;` is the point

    explicit operator bool() const noexcept { return !error_; }

    /// Throws toril::Exception unless done.
    void value() const {
        if (error_) throw Exception(*error_);
    }

    /// REQUIRES: not done.
    const Error& error() const noexcept { return *error_; }

private:
    std::optional<Error> error_{};
};

}  // namespace toril
