#pragma once

// What the words after a command mean. CLI11 does the work and stays in arguments.cpp.

#include <toril/result.hpp>
#include <toril/time.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace toril::cli {

struct Range {
    std::int64_t low = 0;
    std::int64_t high = 0;
};

class Arguments {
public:
    /// `title`: "toril add". The global options are declared already.
    Arguments(std::string_view title, std::string_view summary, std::string_view examples);
    ~Arguments();
    Arguments(const Arguments&) = delete;
    Arguments& operator=(const Arguments&) = delete;

    // The targets must live until `parse` has returned; it sets those that were given.
    void word(std::string_view name, std::string_view help, std::string& into);
    void optional_word(std::string_view name,
                       std::string_view help,
                       std::optional<std::string>& into);
    /// At least one word, at most 64.
    void words(std::string_view name, std::string_view help, std::vector<std::string>& into);
    /// Any number of words, at most 64.
    void optional_words(std::string_view name,
                        std::string_view help,
                        std::vector<std::string>& into);
    /// What stands behind `--`, as it is: at least one word.
    void command_line(std::vector<std::string>& into);
    void text(std::string_view flag, std::string_view help, std::optional<std::string>& into);
    /// May be given more than once.
    void texts(std::string_view flag, std::string_view help, std::vector<std::string>& into);
    void number(std::string_view flag,
                std::string_view help,
                Range range,
                std::optional<std::int64_t>& into);
    void duration(std::string_view flag, std::string_view help, std::optional<Millis>& into);
    void flag(std::string_view flag, std::string_view help, bool& into);
    /// `--flag` or `--flag=VALUE`; "true" without a value.
    void flag_or_value(std::string_view flag,
                       std::string_view help,
                       std::optional<std::string>& into);
    /// The flag of a setting (see toril::setting_specs).
    void setting(std::string_view name);

    /// `--json` and, for what is a list, `--jsonl`.
    void output(bool is_list = false);

    /// Reads the words after the command. Errors: `invalid_argument`.
    Status parse(std::vector<std::string> words);

    bool wants_help() const noexcept { return wants_help_; }
    bool json() const noexcept { return json_; }
    bool jsonl() const noexcept { return jsonl_; }
    std::string help() const;

    /// Settings that were given as flags, by setting name.
    const std::map<std::string, std::string>& settings() const noexcept { return settings_; }
    const std::optional<std::string>& config_path() const noexcept { return config_path_; }
    const std::optional<std::string>& colour() const noexcept { return colour_; }

private:
    class Impl;

    std::unique_ptr<Impl> impl_;  // never null
    std::vector<std::string>* command_line_ = nullptr;
    std::map<std::string, std::string> settings_{};
    std::optional<std::string> config_path_{};
    std::optional<std::string> colour_{};
    bool wants_help_ = false;
    bool json_ = false;
    bool jsonl_ = false;
};

/// Whether the flag is one of those that every command knows and takes a value: what follows
/// it is then not the command.
bool is_global_option_with_value(std::string_view flag);

}  // namespace toril::cli
