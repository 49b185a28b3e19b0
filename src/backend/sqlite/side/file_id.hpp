#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

namespace toril::sqlite_side {

/// Which file is at a path. Deleted and made again, it is another.
struct FileId {
    dev_t device = 0;
    ino_t inode = 0;

    /// None: there is no file.
    static std::optional<FileId> of(const std::string& path);
    friend bool operator==(const FileId&, const FileId&) = default;
};

}  // namespace toril::sqlite_side
