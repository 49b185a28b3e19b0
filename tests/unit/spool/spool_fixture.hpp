#pragma once

// Spools of a test's own.

#include "backend/memory/spool_log.hpp"
#include "backend/sqlite/spool/sqlite_spool.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace toril::spool {

class TempFolder {
public:
    TempFolder() {
        std::string name = (std::filesystem::temp_directory_path() / "toril-spool-XXXXXX").string();
        path_ = ::mkdtemp(name.data());
    }
    ~TempFolder() {
        std::error_code failure;
        std::filesystem::remove_all(path_, failure);
    }
    TempFolder(const TempFolder&) = delete;
    TempFolder& operator=(const TempFolder&) = delete;

    const std::filesystem::path& path() const { return path_; }
    std::string file() const { return (path_ / "spool.db").string(); }

private:
    std::filesystem::path path_;
};

/// Empty path: in memory.
inline std::unique_ptr<contract::SpoolLog> open_log(const std::string& path,
                                                    const std::string& queue = "q") {
    if (path.empty()) return memory::open_spool_log();
    auto log = sqlite_spool::open_spool({.path = path, .prefix = "bull", .queue = queue});
    EXPECT_TRUE(log) << log.error().message();
    return log ? std::move(*log) : nullptr;
}

inline std::vector<contract::AddJob> jobs_of(const std::vector<std::string>& ids) {
    std::vector<contract::AddJob> jobs;
    for (const std::string& id : ids)
        jobs.push_back({.id = id, .name = "n", .data = "{}", .opts = "{}"});
    return jobs;
}

}  // namespace toril::spool
