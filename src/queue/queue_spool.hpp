#pragma once

// The spool of a queue, made from what the user asked for.

#include "spool/spooled_adds.hpp"

#include <toril/result.hpp>
#include <toril/spool.hpp>
#include <toril/store.hpp>

#include <memory>
#include <string>

namespace toril::queue {

/// Errors: `invalid_argument` for the options; those of the file.
Result<std::unique_ptr<spool::SpooledAdds>> open_spool(const Store& store,
                                                       const std::string& queue,
                                                       const SpoolOptions& options);

}  // namespace toril::queue
