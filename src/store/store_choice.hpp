#pragma once

// Which store a program opens: the first that is set of several settings, by level.

#include <toril/config.hpp>
#include <toril/result.hpp>

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace toril::store {

/// How strong a value is: a flag beats the environment, that a file, that the default.
enum class Level : unsigned char { flag, environment, file, initial };

struct FoundSetting {
    const SettingSpec* spec = nullptr;
    std::string value{};  // as given, secrets included
    std::string origin{};
    Level level = Level::initial;
};

struct StoreChoice {
    std::string url{};  // with its password
    std::string origin{};
    std::vector<std::string> warnings{};
    std::string disabled_redis{};  // what REDIS_DISABLED passed over; masked
    bool is_default = false;
};

using Environment = std::function<std::optional<std::string>(std::string_view)>;

/// `found`: one a spec, in the order of setting_specs().
Result<StoreChoice> choose_store(std::span<const FoundSetting> found,
                                 const Environment& environment);

}  // namespace toril::store
