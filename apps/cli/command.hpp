#pragma once

// A command: declares its arguments, then runs. One file each, listed in commands.cpp.

#include "exit_code.hpp"

#include <toril/result.hpp>

#include <memory>
#include <span>
#include <string_view>

namespace toril::cli {

class Arguments;
class Session;

class Command {
public:
    virtual ~Command() = default;

    virtual void declare(Arguments& arguments) = 0;

    /// An Error becomes one sentence on stderr and the exit code that belongs to it.
    virtual Result<Exit> run(Session& session) = 0;
};

struct CommandEntry {
    std::string_view name{};  // "add", "queue ls"
    std::string_view summary{};
    std::string_view examples{};
    std::unique_ptr<Command> (*make)() = nullptr;
};

/// In the order in which help shows them.
std::span<const CommandEntry> commands();

/// The entry of that name, or nothing.
const CommandEntry* find_command(std::string_view name);

/// Whether `name` is the first word of commands, "queue" for instance.
bool is_command_group(std::string_view name);

}  // namespace toril::cli
