#pragma once

// The policies to compare with, as their papers describe them, counting entries.

#include <cstddef>
#include <cstdint>
#include <memory>

namespace toril::bench {

class Simulated {
public:
    virtual ~Simulated() = default;
    /// Whether `key` was there. It is afterwards if the policy admits it.
    virtual bool access(std::uint64_t key) = 0;
};

std::unique_ptr<Simulated> make_lru(std::size_t entries);

/// S3-FIFO (Yang et al., SOSP 2023): a tenth for newcomers, ghosts for as many as there are
/// entries, promoted when read again `promote_at` times.
std::unique_ptr<Simulated> make_s3_fifo(std::size_t entries, int promote_at);

/// W-TinyLFU (Einziger et al., ACM TOS 2017): a window of 1 %, the rest a segmented LRU behind a
/// sketch of 4-bit counts.
std::unique_ptr<Simulated> make_w_tiny_lfu(std::size_t entries);

/// The same with a window that climbs towards more hits (Einziger et al., Middleware 2018).
std::unique_ptr<Simulated> make_climbing_w_tiny_lfu(std::size_t entries);

}  // namespace toril::bench
