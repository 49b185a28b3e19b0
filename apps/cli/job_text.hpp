#pragma once

#include "output.hpp"

#include <toril/job.hpp>

namespace toril::cli {

/// One job for a person: a line a fact, without those it does not have.
void print_job(Output& out, const Job& job);

}  // namespace toril::cli
