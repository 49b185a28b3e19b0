#include "redis/subscriptions.hpp"

#include <toril/redis/request.hpp>

#include <algorithm>
#include <charconv>
#include <cstddef>

namespace toril::redis {
namespace {

struct Kind {
    std::string_view subscribe;
    std::string_view unsubscribe;
    std::string_view message;
};
constexpr std::array<Kind, 3> kinds{{{"subscribe", "unsubscribe", "message"},
                                     {"psubscribe", "punsubscribe", "pmessage"},
                                     {"ssubscribe", "sunsubscribe", "smessage"}}};

// Servers take a command of any length, but not one that makes them pause.
constexpr std::size_t names_per_command_max = 1'000;

std::string lower(std::string_view text) {
    std::string result(text);
    std::transform(result.begin(), result.end(), result.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return result;
}

std::size_t read_count(std::string_view& rest) {
    std::size_t count = 0;
    const std::size_t line = rest.find("\r\n");
    std::from_chars(rest.data() + 1, rest.data() + line, count);
    rest.remove_prefix(line + 2);
    return count;
}

}  // namespace

std::vector<std::string_view> decode_command(std::string_view payload) {
    std::vector<std::string_view> arguments(read_count(payload));
    for (std::string_view& argument : arguments) {
        const std::size_t length = read_count(payload);
        argument = payload.substr(0, length);
        payload.remove_prefix(length + 2);
    }
    return arguments;
}

bool is_confirmation(const Value& message) noexcept {
    if (message.size() < 3) return false;
    const std::string_view word = message[0].text();
    return std::any_of(kinds.begin(), kinds.end(), [&](const Kind& kind) {
        return word == kind.subscribe || word == kind.unsubscribe;
    });
}

bool is_pubsub_message(const Value& reply) noexcept {
    if (reply.size() < 3) return false;
    const std::string_view word = reply[0].text();
    const auto is_word = [&](const Kind& kind) { return word == kind.message; };
    return std::any_of(kinds.begin(), kinds.end(), is_word) || is_confirmation(reply);
}

void Subscriptions::note(Command& command) {
    if (command.script != nullptr || command.batch) return;
    const std::vector<std::string_view> arguments = decode_command(command.payload);
    const std::string name = lower(arguments.front());
    for (std::size_t i = 0; i < kinds.size(); ++i) {
        const bool adds = name == kinds[i].subscribe;
        if (!adds && name != kinds[i].unsubscribe) continue;
        if (arguments.size() == 1) wanted_[i].clear();
        for (std::size_t k = 1; k < arguments.size(); ++k) {
            if (adds)
                wanted_[i].emplace(arguments[k]);
            else
                wanted_[i].erase(std::string(arguments[k]));
        }
        // Without arguments there is one for each channel, and one when there is none.
        command.confirmations =
            static_cast<std::uint32_t>(std::max<std::size_t>(1, arguments.size() - 1));
    }
}

std::vector<Command> Subscriptions::replay() const {
    std::vector<Command> commands;
    for (std::size_t i = 0; i < kinds.size(); ++i) {
        auto name = wanted_[i].begin();
        while (name != wanted_[i].end()) {
            Request request(kinds[i].subscribe);
            Command& command = commands.emplace_back();
            for (; name != wanted_[i].end() && command.confirmations < names_per_command_max;
                 ++name, ++command.confirmations)
                request.arg(*name);
            command.payload = request.take_payload();
        }
    }
    return commands;
}

}  // namespace toril::redis
