#pragma once

// A producer's spool in a SQLite file, for any number of processes of one host.

#include "contract/spool_log.hpp"

#include <toril/result.hpp>
#include <toril/spool.hpp>

#include <memory>
#include <string>
#include <vector>

namespace toril::sqlite_spool {

/// Errors: see SpoolFile::open.
Result<std::unique_ptr<contract::SpoolLog>> open_spool(const contract::SpoolOpening& opening);

/// What is in a file. Errors: `not_found` when there is none; see SpoolFile::open.
Result<std::vector<SpoolLine>> read_lines(const std::string& path);

}  // namespace toril::sqlite_spool
