#pragma once

// Requests of the kinds that tell policies apart, made from a seed; and what LRU would hit.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <list>
#include <random>
#include <unordered_map>
#include <vector>

namespace toril::cache {

using Trace = std::vector<std::uint64_t>;

inline Trace zipf_trace(std::size_t keys, double exponent, std::size_t length) {
    std::vector<double> sums(keys);
    double sum = 0;
    for (std::size_t i = 0; i < keys; ++i)
        sums[i] = sum += 1 / std::pow(static_cast<double>(i + 1), exponent);
    std::mt19937_64 random(7);
    std::uniform_real_distribution<double> any(0, sum);
    Trace trace(length);
    for (std::uint64_t& key : trace)
        key = static_cast<std::uint64_t>(std::lower_bound(sums.begin(), sums.end(), any(random)) -
                                         sums.begin());
    return trace;
}

// 0, 1, .. keys-1, 0, 1, ..
inline Trace loop_trace(std::size_t keys, std::size_t length, std::uint64_t first = 0) {
    Trace trace(length);
    for (std::size_t i = 0; i < length; ++i)
        trace[i] = first + i % keys;
    return trace;
}

// Each key is written, read once a few requests later, and never again: what a ledger does, and
// what a small window loses all of.
inline Trace write_then_read_trace(std::size_t length, std::size_t distance) {
    Trace trace;
    constexpr std::uint64_t first = std::uint64_t{1} << 40;
    for (std::uint64_t i = 0; trace.size() < length; ++i) {
        trace.push_back(first + i);
        if (i >= distance) trace.push_back(first + i - distance);
    }
    return trace;
}

inline void append(Trace& trace, const Trace& more) {
    trace.insert(trace.end(), more.begin(), more.end());
}

inline double lru_hit_rate(const Trace& trace, std::size_t capacity) {
    std::list<std::uint64_t> order;
    std::unordered_map<std::uint64_t, std::list<std::uint64_t>::iterator> entries;
    std::size_t hits = 0;
    for (const std::uint64_t key : trace) {
        if (const auto found = entries.find(key); found != entries.end()) {
            order.splice(order.begin(), order, found->second);
            ++hits;
            continue;
        }
        if (entries.size() == capacity) {
            entries.erase(order.back());
            order.pop_back();
        }
        order.push_front(key);
        entries.emplace(key, order.begin());
    }
    return static_cast<double>(hits) / static_cast<double>(trace.size());
}

}  // namespace toril::cache
