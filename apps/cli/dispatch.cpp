#include "dispatch.hpp"

#include "arguments.hpp"
#include "command.hpp"
#include "config_file.hpp"
#include "printable.hpp"
#include "session.hpp"
#include "suggest.hpp"
#include "terminal.hpp"

#include <algorithm>
#include <cstdio>
#include <optional>

namespace toril::cli {
namespace {

Exit usage_error(const std::string& message, std::string_view help_for = {}) {
    print_error(message);
    const std::string command = help_for.empty() ? "" : " " + std::string(help_for);
    std::fprintf(stderr, "See: toril%s --help\n", command.c_str());
    return Exit::usage;
}

// The words of the command line: the command's name, and everything else in order.
struct Split {
    std::vector<std::string> name{};  // one word, two for a group; none was found: empty
    std::vector<std::string> rest{};
};

// An option that every command knows may come before the command, with its value.
Split split(const std::vector<std::string>& words) {
    Split result;
    std::size_t at = 0;
    const auto take_option = [&] {
        const std::string& option = words[at];
        result.rest.push_back(words[at++]);
        if (is_global_option_with_value(option) && at < words.size())
            result.rest.push_back(words[at++]);
    };
    const std::size_t wanted_max = 2;
    while (at < words.size() && words[at] != "--") {
        if (words[at].starts_with('-')) {
            take_option();
            continue;
        }
        if (result.name.size() == wanted_max ||
            (result.name.size() == 1 && !is_command_group(result.name.front())))
            break;
        result.name.push_back(words[at++]);
    }
    for (; at < words.size(); ++at)
        result.rest.push_back(words[at]);
    return result;
}

std::string joined(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words)
        text += (text.empty() ? "" : " ") + word;
    return text;
}

// "queue" and what it may be followed by, or all commands.
std::vector<std::string> names_after(const std::string& group) {
    std::vector<std::string> names;
    for (const CommandEntry& entry : commands()) {
        const std::string name(entry.name);
        if (!group.empty() && !name.starts_with(group + " ")) continue;
        names.push_back(group.empty() ? name.substr(0, name.find(' '))
                                      : name.substr(group.size() + 1));
    }
    return names;
}

Exit unknown_command(const std::vector<std::string>& name) {
    const std::string group = is_command_group(name.front()) ? name.front() : "";
    const std::vector<std::string> known = names_after(group);
    if (name.size() == 1 && !group.empty()) {
        std::string list;
        for (const std::string& each : known)
            list += (list.empty() ? "" : "|") + each;
        return usage_error("toril " + group + " needs one of: " + list);
    }
    std::string message = "there is no command " + in_quotes(joined(name));
    const std::string meant = closest(name.back(), known);
    if (!meant.empty())
        message += "; did you mean \"toril " + (group.empty() ? "" : group + " ") + meant + "\"?";
    return usage_error(message);
}

Result<Settings> load_settings(const Arguments& arguments) {
    Result<ConfigFile> file = read_config_file(arguments.config_path());
    if (!file) return file.error();
    return Settings::load({.flags = arguments.settings(),
                           .file = std::move(file->values),
                           .file_path = std::move(file->path)});
}

Exit run(const CommandEntry& entry, std::vector<std::string> words) {
    const std::unique_ptr<Command> command = entry.make();
    Arguments arguments("toril " + std::string(entry.name), entry.summary, entry.examples);
    command->declare(arguments);
    if (Status s = arguments.parse(std::move(words)); !s)
        return usage_error(s.error().message(), entry.name);
    if (arguments.wants_help()) {
        std::fputs(arguments.help().c_str(), stdout);
        return Exit::ok;
    }
    if (const auto& colour = arguments.colour();
        colour && *colour != "auto" && *colour != "always" && *colour != "never")
        return usage_error("--color is " + in_quotes(*colour) +
                           "; it must be auto, always or never");

    Result<Settings> settings = load_settings(arguments);
    if (!settings) {
        print_error(settings.error().message());
        return exit_for(settings.error().code());
    }
    const Format format = arguments.jsonl()  ? Format::jsonl
                          : arguments.json() ? Format::json
                                             : Format::text;
    Session session(std::move(*settings),
                    {.format = format,
                     .colour = wants_colour(stderr, arguments.colour()),
                     .is_service = entry.name == "work"});
    Result<Exit> exit = command->run(session);
    if (Status written = session.out().flush(); !written && exit)
        return session.report(written.error());
    return exit ? *exit : session.report(exit.error());
}

}  // namespace

std::string overview() {
    std::string text =
        "Background jobs on an embedded store or on Redis, beside BullMQ.\n\n"
        "Usage: toril COMMAND [ARGUMENTS] [OPTIONS]\n\nCommands:\n";
    for (const CommandEntry& entry : commands()) {
        std::string line = "  " + std::string(entry.name);
        line.resize(std::max<std::size_t>(line.size() + 1, 20), ' ');
        text.append(line).append(entry.summary).append("\n");
    }
    return text +
           "\nThe store: --store URL, TORIL_STORE, REDIS_URL or REDIS_HOST; else a file of yours.\n"
           "  memory: | sqlite:PATH[?durability=fsync|buffered] | redis://[user[:pass]@]host[:port]"
           "[/db]\n"
           "Exit codes: 0 ok, 1 failure, 2 usage, 3 not found, 4 refused, 5 store unreachable,\n"
           "  6 authentication, 7 timed out or outcome unknown, 8 partly done,\n  9 doctor found "
           "problems.\n"
           "More: toril COMMAND --help, toril config explain\n";
}

Exit dispatch(const std::vector<std::string>& words) {
    Split found = split(words);
    const auto has = [&](const char* word) {
        return std::find(found.rest.begin(), found.rest.end(), word) != found.rest.end();
    };
    if (!found.name.empty() && found.name.front() == "help") {
        // `toril help queue ls` is `toril queue ls --help`.
        found = split(std::vector<std::string>(words.begin() + 1, words.end()));
        found.rest.assign(1, "--help");
    }
    if (found.name.empty()) {
        if (has("--version") || has("-V")) return run(*find_command("version"), {});
        std::fputs(overview().c_str(), has("--help") || has("-h") ? stdout : stderr);
        return has("--help") || has("-h") ? Exit::ok : Exit::usage;
    }
    if (const CommandEntry* entry = find_command(joined(found.name)))
        return run(*entry, std::move(found.rest));
    return unknown_command(found.name);
}

}  // namespace toril::cli
