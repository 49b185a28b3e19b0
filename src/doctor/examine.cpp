#include "contract/job_store.hpp"
#include "queue/asker.hpp"

#include <toril/doctor.hpp>
#include <toril/store.hpp>

#include <algorithm>
#include <utility>

namespace toril {
namespace {

// It reads every key of the prefix, in steps; the store's own timeout is for each of them.
constexpr Millis patience{600'000};

bool is_away(ErrorCode code) {
    return code == ErrorCode::unavailable || code == ErrorCode::timed_out ||
           code == ErrorCode::cancelled;
}

}  // namespace

Result<std::vector<Finding>> examine(const Store& store, const ExamineOptions& options) {
    if (options.block_timeout < Millis{0})
        return Error(ErrorCode::invalid_argument, "the block timeout must not be negative");
    queue::StoreAccess access = queue::access_to(store);
    const contract::ExamineParams params{.repair = options.repair,
                                         .block_timeout = options.block_timeout};
    // A store that is away is given up after the usual time, not after all the patience.
    const auto there = queue::Asker(access).ask<Result<contract::QueueInfo>>(
        queue::Repeat::always,
        [](contract::JobStore& jobs, auto done) { jobs.info("doctor", std::move(done)); });
    if (!there && is_away(there.error().code())) return there.error();
    access.timeout = std::max(access.timeout, patience);
    return queue::Asker(access).ask<Result<std::vector<Finding>>>(
        options.repair ? queue::Repeat::when_unchanged : queue::Repeat::always,
        [&](contract::JobStore& jobs, auto done) { jobs.examine(params, std::move(done)); });
}

}  // namespace toril
