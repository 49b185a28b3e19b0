#include "backend/sqlite/spool/sqlite_spool.hpp"

#include <toril/spool.hpp>

namespace toril {

Result<std::vector<SpoolLine>> read_spool(const std::string& path) {
    return sqlite_spool::read_lines(path);
}

}  // namespace toril
