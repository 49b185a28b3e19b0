#pragma once

// A store is a bundle of contracts. store/open.cpp makes one from a URL.

#include "contract/job_store.hpp"

#include <memory>
#include <string>

namespace toril::contract {

struct Backend {
    std::shared_ptr<JobStore> jobs{};
    std::string url{};  // as given, secrets replaced; for messages
};

}  // namespace toril::contract
