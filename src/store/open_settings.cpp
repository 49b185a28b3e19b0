#include <toril/config.hpp>

#include <algorithm>

namespace toril {

Result<Store> open_store(const Settings& settings,
                         StoreOptions options,
                         Millis command_timeout_max) {
    options.prefix = settings.text("prefix");
    options.command_timeout = settings.duration("command-timeout");
    if (command_timeout_max > Millis{0})
        options.command_timeout = std::min(options.command_timeout, command_timeout_max);
    return Store::open(settings.store_url(), options);
}

}  // namespace toril
