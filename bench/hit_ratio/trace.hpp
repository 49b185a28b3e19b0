#pragma once

// Traces of real caches: a list of keys in the order in which they were asked for.

#include <cstdint>
#include <string>
#include <vector>

namespace toril::bench {

using Trace = std::vector<std::uint64_t>;

/// By the end of the name, .gz, .xz and .zst unpacked on the way:
///
///     *.trace, with "lirs-" in front     one number a line, '*' ignored
///     *.trace, with "cache2k-" or "cloud_physics-" in front     big-endian 32 bits
///     *.trace, with "scarab-" in front, and "corda-" files      big-endian 64 bits
///     *.lis                              first block, number of blocks, two more: ARC's
///
/// Throws std::runtime_error for a file that cannot be read.
Trace read_trace(const std::string& path);

/// Made up, the same each time: skewed, a loop, a scan over a hot set, writes that are read once.
Trace zipf_trace(std::size_t requests, std::uint64_t keys, double exponent);
Trace loop_trace(std::size_t requests, std::uint64_t keys);
Trace scan_trace(std::size_t requests, std::uint64_t hot_keys);
Trace shifting_trace(std::size_t requests, std::uint64_t keys);

}  // namespace toril::bench
