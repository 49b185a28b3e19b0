#pragma once

// What a transaction does besides its tasks: it sweeps a few rows that ended, and keeps the file
// within its size, the oldest cache entries first.

#include "backend/sqlite/side/session.hpp"

#include <cstdint>

namespace toril::sqlite_side {

/// Threads: the worker only.
class Upkeep {
public:
    Upkeep(Session& session, std::uint64_t bytes_max);

    /// Inside a write transaction, after its tasks.
    void run();

private:
    void sweep();
    void make_room();

    Session& session_;
    const std::uint64_t bytes_max_;
    std::uint64_t transactions_ = 0;
    std::uint64_t sweeps_ = 0;
};

}  // namespace toril::sqlite_side
