#include "trace.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <memory>
#include <random>
#include <stdexcept>
#include <string_view>

namespace toril::bench {
namespace {

std::string name_of(const std::string& path) {
    return path.substr(path.find_last_of('/') + 1);
}

std::string unpacked(const std::string& path) {
    // The path becomes part of a shell command: one of ours has none of these.
    if (path.find_first_of("'\\\n") != std::string::npos)
        throw std::runtime_error("cannot read a path with a quote: " + path);
    const char* program = path.ends_with(".gz")    ? "gzip -dc"
                          : path.ends_with(".xz")  ? "xz -dc"
                          : path.ends_with(".zst") ? "zstd -dcq"
                                                   : "cat";
    const std::string command = std::string(program) + " '" + path + "'";
    const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), pclose);
    if (!pipe) throw std::runtime_error("cannot run " + command);
    std::string bytes;
    std::array<char, 65536> buffer{};
    while (const std::size_t got = std::fread(buffer.data(), 1, buffer.size(), pipe.get()))
        bytes.append(buffer.data(), got);
    if (bytes.empty()) throw std::runtime_error("nothing in " + path);
    return bytes;
}

Trace big_endian(std::string_view bytes, std::size_t width) {
    Trace trace;
    trace.reserve(bytes.size() / width);
    for (std::size_t at = 0; at + width <= bytes.size(); at += width) {
        std::uint64_t key = 0;
        for (std::size_t i = 0; i < width; ++i)
            key = key << 8 | static_cast<unsigned char>(bytes[at + i]);
        trace.push_back(key);
    }
    return trace;
}

std::vector<std::uint64_t> numbers_of(std::string_view line) {
    std::vector<std::uint64_t> numbers;
    const char* at = line.data();
    const char* const end = line.data() + line.size();
    while (at != end) {
        std::uint64_t number = 0;
        const auto [next, error] = std::from_chars(at, end, number);
        if (error == std::errc{}) numbers.push_back(number);
        at = next == at ? at + 1 : next;
    }
    return numbers;
}

template <class Add>
void each_line(std::string_view text, Add&& add) {
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        add(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
}

Trace one_a_line(std::string_view text) {
    Trace trace;
    each_line(text, [&](std::string_view line) {
        const auto numbers = numbers_of(line);
        if (!numbers.empty() && line.find('*') == line.npos) trace.push_back(numbers.front());
    });
    return trace;
}

Trace arc(std::string_view text) {
    Trace trace;
    each_line(text, [&](std::string_view line) {
        const auto numbers = numbers_of(line);
        if (numbers.size() < 2) return;
        for (std::uint64_t i = 0; i < numbers[1]; ++i)
            trace.push_back(numbers[0] + i);
    });
    return trace;
}

}  // namespace

Trace read_trace(const std::string& path) {
    const std::string name = name_of(path);
    const std::string bytes = unpacked(path);
    if (name.find(".lis") != name.npos) return arc(bytes);
    if (name.starts_with("lirs-")) return one_a_line(bytes);
    if (name.starts_with("scarab-") || name.starts_with("corda-")) return big_endian(bytes, 8);
    return big_endian(bytes, 4);
}

Trace zipf_trace(std::size_t requests, std::uint64_t keys, double exponent) {
    std::vector<double> up_to(keys);
    double sum = 0;
    for (std::uint64_t i = 0; i < keys; ++i)
        up_to[i] = sum += 1 / std::pow(static_cast<double>(i + 1), exponent);
    std::mt19937_64 random(1);
    std::uniform_real_distribution<double> any(0, sum);
    Trace trace(requests);
    for (std::uint64_t& key : trace) {
        const auto at = std::lower_bound(up_to.begin(), up_to.end(), any(random));
        // Spread, so that neighbours in rank are no neighbours in number.
        key = static_cast<std::uint64_t>(at - up_to.begin()) * 0x9E3779B97F4A7C15ull;
    }
    return trace;
}

Trace loop_trace(std::size_t requests, std::uint64_t keys) {
    Trace trace(requests);
    for (std::size_t i = 0; i < requests; ++i)
        trace[i] = i % keys;
    return trace;
}

Trace scan_trace(std::size_t requests, std::uint64_t hot_keys) {
    std::mt19937_64 random(2);
    Trace trace(requests);
    std::uint64_t scanned = 1'000'000;
    for (std::size_t i = 0; i < requests; ++i)
        trace[i] = i % (8 * hot_keys) < 4 * hot_keys ? random() % hot_keys : ++scanned;
    return trace;
}

Trace shifting_trace(std::size_t requests, std::uint64_t keys) {
    const Trace skewed = zipf_trace(requests, keys, 0.9);
    Trace trace(requests);
    for (std::size_t i = 0; i < requests; ++i)
        trace[i] = skewed[i] + i / (20 * keys);  // after a while other keys are the hot ones
    return trace;
}

}  // namespace toril::bench
