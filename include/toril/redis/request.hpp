#pragma once

#include <charconv>
#include <concepts>
#include <cstddef>
#include <string>
#include <string_view>

namespace toril::redis {

/// One or more commands, encoded as they are built.
///
///     Request request;
///     request.command("SET").arg(key).arg("1").arg("PX").arg(5000);
class Request {
public:
    Request() = default;
    explicit Request(std::string_view command) { this->command(command); }

    /// Begins the next command.
    Request& command(std::string_view name);
    Request& arg(std::string_view bytes);
    Request& arg(const char* text) { return arg(std::string_view(text)); }
    template <std::integral T>
    Request& arg(T value) {
        char digits[24];
        const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
        return arg(std::string_view(digits, static_cast<std::size_t>(end - digits)));
    }

    /// How many commands, which is how many replies.
    std::size_t commands() const noexcept { return commands_; }
    std::string_view name() const noexcept { return name_; }  ///< Of the first, for messages.
    bool empty() const noexcept { return commands_ == 0; }

    /// The finished bytes. The request is empty afterwards.
    std::string take_payload();

private:
    void finish_command();

    std::string payload_;  // finished commands, then the arguments of the open one
    std::string name_;
    std::size_t commands_ = 0;
    std::size_t arguments_ = 0;  // of the open command
    std::size_t open_from_ = 0;  // where its arguments begin
};

}  // namespace toril::redis
