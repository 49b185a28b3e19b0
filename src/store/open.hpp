#pragma once

#include "contract/backend.hpp"

#include <toril/result.hpp>
#include <toril/store.hpp>

#include <string_view>

namespace toril::store {

/// Makes the backend that `url` names. See Store::open.
Result<contract::Backend> open_backend(std::string_view url, const StoreOptions& options);

}  // namespace toril::store
