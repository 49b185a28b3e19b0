#pragma once

#include "contract/job_store.hpp"

#include <toril/result.hpp>

#include <string>
#include <string_view>

namespace toril::store {

/// `sqlite:PATH[?durability=fsync|buffered]`, taken apart.
struct SqliteUrl {
    std::string path{};
    contract::Durability durability = contract::Durability::fsync;
};

/// PATH is relative to the working folder unless it begins with '/'; `sqlite:///path` is the
/// same as `sqlite:/path`. `%3F` stands for '?', `%25` for '%'.
Result<SqliteUrl> parse_sqlite_url(std::string_view url);

}  // namespace toril::store
