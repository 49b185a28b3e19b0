#pragma once

// What a queue was promised, and what it has.

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace toril::testing {

/// Names of all jobs that wait in a queue, the oldest first.
std::vector<std::string> names_waiting(const std::string& store, const std::string& queue);

/// Whether each promised job is there exactly once, in the order of the promises. Others, whose
/// producer died before it was told, may be there once.
::testing::AssertionResult arrived_once_and_in_order(const std::vector<std::string>& promised,
                                                     const std::vector<std::string>& there);

}  // namespace toril::testing
