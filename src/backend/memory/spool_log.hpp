#pragma once

#include "contract/spool_log.hpp"

#include <memory>

namespace toril::memory {

/// A spool that ends with this object.
std::unique_ptr<contract::SpoolLog> open_spool_log();

}  // namespace toril::memory
