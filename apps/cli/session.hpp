#pragma once

// What a command runs with: its settings, its output, the store when it asks for it.

#include "exit_code.hpp"
#include "logs.hpp"
#include "output.hpp"

#include <toril/config.hpp>
#include <toril/queue.hpp>
#include <toril/result.hpp>
#include <toril/store.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace toril::cli {

class Session {
public:
    struct Options {
        Format format = Format::text;
        bool colour = false;
        /// A long-running program logs what happens; the others only what goes wrong.
        bool is_service = false;
    };

    Session(Settings settings, const Options& options);
    ~Session();
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    const Settings& settings() const noexcept { return settings_; }
    Output& out() noexcept { return out_; }
    Logs& logs() noexcept { return logs_; }

    /// Opens the store, once. See toril::open_store.
    Result<Store> store(Millis command_timeout_max = Millis{0});
    Result<Queue> queue(std::string_view name);
    /// With the spool of the settings, if there is one.
    Result<Queue> queue_with_spool(std::string_view name);

    /// One line of talk on stderr.
    void say(std::string_view text) const;

    /// Prints the error as one sentence, with what to do about it.
    Exit report(const Error& error) const;

private:
    Settings settings_;
    Output out_;
    Logs logs_;
    std::optional<Store> store_{};
};

/// `toril: error: ...` on stderr.
void print_error(std::string_view message);

}  // namespace toril::cli
