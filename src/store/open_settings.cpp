#include "store/sqlite_url.hpp"

#include <toril/config.hpp>

#include <filesystem>
#include <system_error>

namespace toril {
namespace {

// Only the folder of the default file: a path that somebody wrote may be a mistake.
Status make_default_folder(const std::string& url) {
    namespace fs = std::filesystem;
    Result<store::SqliteUrl> parsed = store::parse_sqlite_url(url);
    if (!parsed) return parsed.error();
    const fs::path folder = fs::path(parsed->path).parent_path();
    std::error_code failure;
    if (fs::is_directory(folder, failure)) return {};
    fs::create_directories(folder, failure);
    if (!failure) fs::permissions(folder, fs::perms::owner_all, failure);
    if (failure)
        return Error(ErrorCode::unavailable,
                     "the folder " + folder.string() + " for the default store cannot be made: " +
                         failure.message() + "; give --store URL or set TORIL_STORE");
    return {};
}

}  // namespace

Result<Store> open_store(const Settings& settings, StoreOptions options) {
    if (settings.is_default_store())
        if (Status s = make_default_folder(settings.store_url()); !s) return s.error();
    options.prefix = settings.text("prefix");
    options.command_timeout = settings.duration("command-timeout");
    return Store::open(settings.store_url(), options);
}

}  // namespace toril
