#pragma once

// Which cache a command works on, and how it opens it.

#include "arguments.hpp"
#include "session.hpp"

#include <toril/cache.hpp>

#include <optional>
#include <string>

namespace toril::cli {

class CacheArgument {
public:
    void declare(Arguments& arguments);
    /// Without a tier in memory: what it finds is what the store has.
    ///
    /// Errors: `invalid_argument` for the name; `unavailable` when the store does not answer, as
    /// a program of one command has no memory to go on with.
    Result<Cache> open(Session& session) const;

private:
    std::optional<std::string> name_{};
};

/// Fails when the store was away in what `cache` did: nothing was read or changed then.
Status check_store_answered(const Cache& cache);

}  // namespace toril::cli
