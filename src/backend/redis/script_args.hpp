#pragma once

// The arguments of one script: views of texts that outlive the call, and the digits of numbers.

#include <toril/time.hpp>

#include <charconv>
#include <concepts>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace toril::redis_store {

class ScriptArgs {
public:
    /// `text` must live until the script was sent.
    ScriptArgs& text(std::string_view text) {
        views_.push_back(text);
        return *this;
    }
    ScriptArgs& owned(std::string text) {
        views_.emplace_back(kept_.emplace_back(std::move(text)));
        return *this;
    }
    template <std::integral T>
    ScriptArgs& number(T value) {
        if (value == T{0}) return text("0");  // by far the most frequent
        char digits[24];
        const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
        return owned(std::string(digits, end));
    }
    ScriptArgs& millis(Millis value) { return number(value.count()); }
    /// Milliseconds since 1970; the epoch is 0, which means the server's clock.
    ScriptArgs& time(Timestamp value) { return millis(value.time_since_epoch()); }
    ScriptArgs& flag(bool value) { return text(value ? "1" : "0"); }

    void reserve(std::size_t count) { views_.reserve(count); }
    std::span<const std::string_view> views() const noexcept { return views_; }

private:
    std::vector<std::string_view> views_{};
    std::deque<std::string> kept_{};  // a deque: views into it stay valid as it grows
};

}  // namespace toril::redis_store
