#pragma once

// Answers of scripts as the contract's callbacks want them.

#include "backend/redis/script_runner.hpp"
#include "contract/job_store.hpp"

#include <utility>

namespace toril::redis_store {

/// Done unless there was an error.
inline ScriptRunner::Done as_status(contract::DoneStatus done) {
    return [done = std::move(done)](const Result<redis::Reply>& reply) {
        if (!reply) return done(reply.error());
        done({});
    };
}

}  // namespace toril::redis_store
