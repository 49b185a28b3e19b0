#pragma once

// Which jobs the producers add and what the handlers do with them, the same in every process.

#include "chaos/crash/ledger.hpp"

#include <toril/queue.hpp>
#include <toril/worker.hpp>

#include <string>

namespace toril::crash {

/// One job in five fails its first attempt.
bool is_flaky(const std::string& job);

NewJob planned_job(const std::string& prefix, int number);

/// Writes its start and its end into the ledger, with a few milliseconds between.
Handler planned_handler(const LedgerWriter& ledger);

/// Short locks, so that a killed worker is noticed soon on Redis; no limit on stalls, so that a
/// job that meets several kills is still done.
WorkerOptions planned_worker(const LedgerWriter& ledger);

}  // namespace toril::crash
