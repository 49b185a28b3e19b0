#include "backend/sqlite/side/file_id.hpp"

#include <sys/stat.h>

namespace toril::sqlite_side {

std::optional<FileId> FileId::of(const std::string& path) {
    struct stat found {};
    if (::stat(path.c_str(), &found) != 0) return std::nullopt;
    return FileId{found.st_dev, found.st_ino};
}

}  // namespace toril::sqlite_side
