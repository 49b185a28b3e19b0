#include "arguments.hpp"

#include "printable.hpp"
#include "suggest.hpp"

#include <toril/config.hpp>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <deque>

namespace toril::cli {
namespace {

constexpr std::array<std::string_view, 10> global_with_value{"--store",
                                                             "--store-file",
                                                             "--prefix",
                                                             "--command-timeout",
                                                             "--password",
                                                             "--password-file",
                                                             "--config",
                                                             "--log-level",
                                                             "--log-format",
                                                             "--color"};

constexpr std::size_t words_max = 64;
constexpr const char* global_group = "Everywhere";

const SettingSpec* find_spec(std::string_view name) {
    for (const SettingSpec& spec : setting_specs())
        if (spec.name == name) return &spec;
    return nullptr;
}

// What CLI11 says when a converter refuses a value.
[[noreturn]] void refuse(std::string_view flag, const Error& error) {
    throw CLI::ValidationError(std::string(flag), error.message());
}

std::int64_t to_number(std::string_view flag, const std::string& text, Range range) {
    std::int64_t number = 0;
    const char* const last = text.data() + text.size();
    const auto [end, failure] = std::from_chars(text.data(), last, number);
    if (failure != std::errc{} || end != last || number < range.low || number > range.high)
        refuse(flag,
               {ErrorCode::invalid_argument,
                in_quotes(text) + " must be a whole number from " + std::to_string(range.low) +
                    " to " + std::to_string(range.high)});
    return number;
}

}  // namespace

class Arguments::Impl {
public:
    explicit Impl(std::string_view title, std::string_view summary)
        : app(std::string(summary), std::string(title)) {
        app.set_help_flag();
        app.option_defaults()->multi_option_policy(CLI::MultiOptionPolicy::Throw);
    }

    CLI::Option* option(std::string_view flag,
                        std::string_view help,
                        std::function<void(const std::string&)> take) {
        return app.add_option_function<std::string>(
            std::string(flag), std::move(take), std::string(help));
    }

    // CLI11 keeps a reference to the text, so it must not move.
    struct FlagValue {
        std::string text{};
        CLI::Option* option = nullptr;
        std::optional<std::string>* into = nullptr;
    };

    CLI::App app;
    std::deque<FlagValue> flag_values{};
};

Arguments::Arguments(std::string_view title, std::string_view summary, std::string_view examples)
    : impl_(std::make_unique<Impl>(title, summary)) {
    if (!examples.empty()) impl_->app.footer("Examples:\n" + std::string(examples));
    for (const char* name :
         {"store", "prefix", "command-timeout", "redis.password", "log-level", "log-format"})
        setting(name);
    text("--config",
         "configuration file (./toril.toml, ~/.config/toril/toril.toml, ...)",
         config_path_);
    text("--color", "auto, always or never", colour_);
    flag("-h,--help", "this page", wants_help_);
    for (CLI::Option* each : impl_->app.get_options())
        each->group(global_group);
}

Arguments::~Arguments() = default;

void Arguments::word(std::string_view name, std::string_view help, std::string& into) {
    impl_->option(name, help, [&into](const std::string& text) { into = text; })
        ->required()
        ->type_name("");
}

void Arguments::optional_word(std::string_view name,
                              std::string_view help,
                              std::optional<std::string>& into) {
    impl_->option(name, help, [&into](const std::string& text) { into = text; })->type_name("");
}

void Arguments::words(std::string_view name,
                      std::string_view help,
                      std::vector<std::string>& into) {
    // One option a word: CLI11's own list takes a word in brackets for a list of words.
    const auto take = [&into](const std::string& text) { into.push_back(text); };
    impl_->option(name, help, take)->required()->type_name("");
    for (std::size_t i = 2; i <= words_max; ++i)
        impl_->option(std::string(name) + std::to_string(i), "", take)->group("");
}

void Arguments::optional_words(std::string_view name,
                               std::string_view help,
                               std::vector<std::string>& into) {
    const auto take = [&into](const std::string& text) { into.push_back(text); };
    impl_->option(name, help, take)->type_name("");
    for (std::size_t i = 2; i <= words_max; ++i)
        impl_->option(std::string(name) + std::to_string(i), "", take)->group("");
}

void Arguments::command_line(std::vector<std::string>& into) {
    command_line_ = &into;
}

void Arguments::text(std::string_view flag,
                     std::string_view help,
                     std::optional<std::string>& into) {
    impl_->option(flag, help, [&into](const std::string& text) { into = text; })->type_name("TEXT");
}

void Arguments::texts(std::string_view flag,
                      std::string_view help,
                      std::vector<std::string>& into) {
    impl_->option(flag, help, [&into](const std::string& text) { into.push_back(text); })
        ->type_name("TEXT")
        ->trigger_on_parse()
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

void Arguments::number(std::string_view flag,
                       std::string_view help,
                       Range range,
                       std::optional<std::int64_t>& into) {
    impl_
        ->option(flag,
                 help,
                 [=, &into](const std::string& text) { into = to_number(flag, text, range); })
        ->type_name("N");
}

void Arguments::duration(std::string_view flag,
                         std::string_view help,
                         std::optional<Millis>& into) {
    impl_
        ->option(flag,
                 help,
                 [flag, &into](const std::string& text) {
                     Result<Millis> duration = parse_duration(text);
                     if (!duration) refuse(flag, duration.error());
                     into = *duration;
                 })
        ->type_name("DURATION");
}

void Arguments::flag(std::string_view flag, std::string_view help, bool& into) {
    impl_->app.add_flag(std::string(flag), into, std::string(help));
}

void Arguments::flag_or_value(std::string_view flag,
                              std::string_view help,
                              std::optional<std::string>& into) {
    Impl::FlagValue& value = impl_->flag_values.emplace_back();
    value.into = &into;
    value.option = impl_->app.add_flag(std::string(flag), value.text, std::string(help));
}

void Arguments::setting(std::string_view name) {
    const SettingSpec* const spec = find_spec(name);
    std::string help(spec->help);
    if (!spec->initial.empty()) help.append(" [").append(spec->initial).append("]");
    const auto take = [this](std::string key) {
        return [this, key = std::move(key)](const std::string& text) { settings_[key] = text; };
    };
    impl_->option(spec->flag, help, take(std::string(name)))->type_name("");
    if (!spec->may_be_in_file()) return;
    impl_
        ->option(std::string(spec->flag) + "-file",
                 "a file that holds it",
                 take(std::string(name) + "-file"))
        ->type_name("FILE")
        ->excludes(std::string(spec->flag));
}

void Arguments::output(bool is_list) {
    flag("--json", "one JSON document", json_);
    if (is_list) flag("--jsonl", "one JSON document a line", jsonl_);
}

Status Arguments::parse(std::vector<std::string> words) {
    // A help flag wins over whatever else is wrong, but not behind "--".
    const auto end = std::find(words.begin(), words.end(), "--");
    wants_help_ = std::any_of(words.begin(), end, [](const std::string& word) {
        return word == "-h" || word == "--help";
    });
    if (wants_help_) return {};
    if (command_line_ != nullptr) {
        if (end == words.end() || end + 1 == words.end())
            return Error(ErrorCode::invalid_argument, "give the command to run after --");
        command_line_->assign(end + 1, words.end());
        words.erase(end, words.end());
    }
    std::reverse(words.begin(), words.end());
    try {
        impl_->app.parse(std::move(words));
    } catch (const CLI::ExtrasError& error) {
        std::string message = printable(error.what());
        for (const std::string& word : impl_->app.remaining()) {
            std::vector<std::string> known;
            for (const CLI::Option* option : impl_->app.get_options())
                for (const std::string& name : option->get_lnames())
                    known.push_back("--" + name);
            const std::string meant = word.starts_with("--") ? closest(word, known) : "";
            if (!meant.empty()) message += "; did you mean " + meant + "?";
        }
        return Error(ErrorCode::invalid_argument, message);
    } catch (const CLI::ParseError& error) {
        return Error(ErrorCode::invalid_argument, printable(error.what()));
    }
    for (const Impl::FlagValue& value : impl_->flag_values)
        if (value.option->count() > 0) *value.into = value.text;
    return {};
}

std::string Arguments::help() const {
    std::string text = impl_->app.help();
    // By hand: CLI11 of Debian 12 has no way to set the line, and no word for what is behind "--".
    if (command_line_ != nullptr)
        if (const std::size_t usage = text.find("Usage: "); usage != std::string::npos)
            text.insert(std::min(text.find('\n', usage), text.size()), " -- COMMAND...");
    // The further words of a list have no name: "queues [] [] []" is "queues...".
    const std::string_view nameless = " []";
    const std::size_t first = text.find(nameless);
    if (first == std::string::npos) return text;
    while (text.compare(first, nameless.size(), nameless) == 0)
        text.erase(first, nameless.size());
    return text.insert(first, "...");
}

bool is_global_option_with_value(std::string_view flag) {
    return std::find(global_with_value.begin(), global_with_value.end(), flag) !=
           global_with_value.end();
}

}  // namespace toril::cli
