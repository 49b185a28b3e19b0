#pragma once

#include <toril/config.hpp>
#include <toril/result.hpp>

#include <string>
#include <string_view>

namespace toril::store {

/// Whether `value` is acceptable for the setting. The message says what is, and never shows a
/// secret; it begins with the value ("\"x\" is no ...").
Status check_setting(const SettingSpec& spec, std::string_view value);

/// REQUIRES: check_setting passed.
Millis setting_duration(const SettingSpec& spec, std::string_view value);
bool setting_boolean(std::string_view value);

/// The known name that is closest to a mistyped one; empty: none is close.
std::string_view closest_setting(std::string_view name);

}  // namespace toril::store
