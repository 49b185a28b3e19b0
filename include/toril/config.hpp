#pragma once

/// @file
/// Settings of a program, and where each of them comes from: flags, environment, a file,
/// defaults, in that order. The `toril` command is set up by this, and so may be yours:
///
///     Result<Settings> settings = Settings::load({});      // environment and defaults
///     if (!settings) return settings.error();
///     Result<Store> store = open_store(*settings);

#include <toril/fwd.hpp>
#include <toril/result.hpp>
#include <toril/store.hpp>
#include <toril/time.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace toril {

/// Reads `250ms`, `5s`, `2m`, `1h`, `1d`: a whole number and its unit, nothing else. `0` needs
/// no unit. Errors: `invalid_argument` for anything else, and beyond 100 years.
Result<Millis> parse_duration(std::string_view text);

/// The same spelling back: the largest unit that divides it, `"90s"` for instance.
std::string format_duration(Millis duration);

enum class SettingKind : unsigned char {
    text,
    secret,    ///< Never shown.
    url,       ///< Shown with its password masked.
    duration,  ///< As parse_duration reads it.
    seconds,   ///< The same; a number without a unit means seconds.
    integer,   ///< Between `low` and `high`.
    boolean,   ///< 1, true, yes, on, 0, false, no, off.
    choice,    ///< One of the words in `choices`.
};

/// What there is to set. All of them: `setting_specs()`.
struct SettingSpec {
    std::string_view name{};         ///< Also its key in a file: `redis.host` is `host` in [redis].
    std::string_view flag{};         ///< `--store`; empty: none.
    std::string_view environment{};  ///< `TORIL_STORE`; empty: none.
    SettingKind kind = SettingKind::text;
    std::string_view initial{};  ///< The default, as text; empty: none, or computed.
    std::string_view help{};
    std::int64_t low = 0;
    std::int64_t high = 0;
    std::string_view choices{};  ///< Words with a space between.

    /// A secret or a URL may also be given as the name of a file that holds it: in
    /// `<environment>_FILE`, with `<flag>-file`, or under `<name>-file` in a configuration file.
    bool may_be_in_file() const noexcept {
        return kind == SettingKind::secret || kind == SettingKind::url;
    }
};

std::span<const SettingSpec> setting_specs();

/// One setting as it is in force.
struct Setting {
    std::string name{};
    std::string value{};   ///< Secrets in it are replaced by `***`: safe to show.
    std::string origin{};  ///< `"flag --store"`, `"environment REDIS_URL"`, `"default"`, ...
};

/// What `Settings::load` reads. All of it optional.
struct SettingSources {
    /// Values from the command line, by setting name (or `<name>-file`).
    std::map<std::string, std::string> flags{};
    /// Values from a configuration file, by setting name, and the file's path for messages.
    /// `redis.url` is `url` under `[redis]`.
    std::map<std::string, std::string> file{};
    std::string file_path{};
    /// How to look up an environment variable. Empty (the default): the process's own.
    std::function<std::optional<std::string>(std::string_view)> environment{};
};

/// All settings with their origins. A value: copies are independent.
///
/// The store is the first that is set of `--store`, `TORIL_STORE`, `REDIS_URL`, `REDIS_HOST`
/// (with `REDIS_PORT`, `REDIS_USERNAME`, `REDIS_PASSWORD`, `REDIS_DB`), the same in a file, else
/// `sqlite:` under `$STATE_DIRECTORY`, `$XDG_STATE_HOME/toril` or `~/.local/state/toril`.
/// `REDIS_DISABLED=1` passes over every Redis that is not given as a flag.
class Settings {
public:
    /// Reads and checks them; opens nothing.
    ///
    /// Errors: `invalid_argument` that names the setting, its origin and what is accepted; an
    /// unknown key of the file, with the key that was probably meant.
    static Result<Settings> load(const SettingSources& sources);

    /// The store to open, **with its password**. `store` among `all()` has it masked.
    const std::string& store_url() const noexcept { return store_url_; }
    /// Whether nobody chose a store, so that it is the default file.
    bool is_default_store() const noexcept { return is_default_store_; }
    /// The Redis that would be used were it not for `REDIS_DISABLED`; masked; empty: none.
    const std::string& disabled_redis() const noexcept { return disabled_redis_; }

    /// The value of one setting; empty: not set. Not for secrets. REQUIRES: a known name.
    const std::string& text(std::string_view name) const;
    /// REQUIRES: the setting is a duration, a whole number.
    Millis duration(std::string_view name) const;
    std::int64_t number(std::string_view name) const;

    const std::vector<Setting>& all() const noexcept { return all_; }
    /// Sentences about choices that may surprise, without secrets.
    const std::vector<std::string>& warnings() const noexcept { return warnings_; }

private:
    class Loader;
    Settings() = default;

    std::vector<Setting> all_{};
    std::vector<std::string> warnings_{};
    std::string store_url_{};
    std::string disabled_redis_{};
    bool is_default_store_ = false;
};

/// `url` with its password as `***`. For text that is no URL: unchanged.
std::string masked_url(std::string_view url);

/// Opens the store that the settings name. `options.prefix` and `options.command_timeout` are
/// taken from the settings, the latter no longer than `command_timeout_max` (0, the default: as
/// long as it is). Errors: those of Store::open.
Result<Store> open_store(const Settings& settings,
                         StoreOptions options = {},
                         Millis command_timeout_max = Millis{0});

}  // namespace toril
