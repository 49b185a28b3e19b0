#pragma once

#include "output.hpp"

#include <toril/scheduler.hpp>

#include <string>

namespace toril::cli {

/// "every 5m", "0 3 * * * (Europe/Berlin)".
std::string repeat_text(const Repeat& repeat);

/// One scheduler for a person: a line a fact, without those it does not have.
void print_scheduler(Output& out, const JobScheduler& scheduler);

}  // namespace toril::cli
