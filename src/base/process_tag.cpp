#include "base/process_tag.hpp"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <limits>
#include <optional>

namespace toril::base {
namespace {

constexpr int digits_base = 36;
constexpr std::size_t host_bytes = 8;

std::string read_file(const std::string& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::string read_link(const char* path) {
    std::array<char, 64> target{};
    const ssize_t length = ::readlink(path, target.data(), target.size());
    return length <= 0 ? std::string() : std::string(target.data(), std::size_t(length));
}

std::string in_base_36(std::uint64_t value) {
    std::array<char, 16> digits{};
    const auto end = std::to_chars(digits.begin(), digits.end(), value, digits_base).ptr;
    return {digits.data(), end};
}

std::optional<std::uint64_t> number_of(std::string_view text, int base) {
    std::uint64_t value = 0;
    const char* const end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, value, base);
    if (text.empty() || read.ec != std::errc{} || read.ptr != end) return std::nullopt;
    return value;
}

// FNV-1a. Not std::hash, which another build may do differently.
std::uint64_t hash_of(std::string_view text) {
    std::uint64_t hash = 14'695'981'039'346'656'037u;
    for (const char c : text)
        hash = (hash ^ static_cast<unsigned char>(c)) * 1'099'511'628'211u;
    return hash;
}

// What /proc says of a process.
struct ProcessStat {
    std::uint64_t pid = 0;
    char state = '?';
    std::uint64_t threads = 0;
    std::uint64_t start = 0;  // ticks since the boot

    bool is_over() const noexcept {
        // A zombie whose other threads still run is none.
        return state == 'X' || (state == 'Z' && threads <= 1);
    }
};

// pid (name) state ...: the name may hold anything, so what follows is counted from its end.
std::optional<ProcessStat> stat_of(const std::string& process) {
    const std::string text = read_file("/proc/" + process + "/stat");
    const std::size_t name = text.find(" (");
    const std::size_t behind = text.rfind(") ");
    if (name == text.npos || behind == text.npos) return std::nullopt;
    constexpr std::size_t state_field = 3, threads_field = 20, start_field = 22;
    std::array<std::string_view, start_field + 1> fields{};
    std::string_view rest = std::string_view(text).substr(behind + 2);
    for (std::size_t i = state_field; i <= start_field; ++i) {
        const std::size_t end = rest.find(' ');
        if (end == rest.npos) return std::nullopt;
        fields[i] = rest.substr(0, end);
        rest.remove_prefix(end + 1);
    }
    const auto pid = number_of(std::string_view(text).substr(0, name), 10);
    const auto threads = number_of(fields[threads_field], 10);
    const auto start = number_of(fields[start_field], 10);
    if (!pid || !threads || !start || fields[state_field].size() != 1) return std::nullopt;
    return ProcessStat{
        .pid = *pid, .state = fields[state_field][0], .threads = *threads, .start = *start};
}

bool is_tag_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

}  // namespace

std::string host_tag() {
    const std::string boot = read_file("/proc/sys/kernel/random/boot_id");
    const std::string pids = read_link("/proc/self/ns/pid");
    if (boot.empty() || pids.empty()) return {};
    // In another time namespace the same process has another start.
    const std::string hash = in_base_36(hash_of(boot + pids + read_link("/proc/self/ns/time")));
    return (std::string(host_bytes, '0') + hash).substr(hash.size()) + ".";
}

std::string process_tag() {
    const std::string host = host_tag();
    const auto self = stat_of("self");
    // Otherwise /proc is that of another namespace, and its numbers are not ours.
    if (host.empty() || !self || self->pid != static_cast<std::uint64_t>(::getpid())) return {};
    std::string tag = host + in_base_36(self->pid) + "." + in_base_36(self->start) + ".";
    return tag.size() <= process_tag_bytes_max ? tag : std::string();
}

std::string_view leading_process_tag(std::string_view text) noexcept {
    std::size_t at = 0;
    for (int part = 0; part < 3; ++part) {
        const std::size_t from = at;
        while (at < text.size() && is_tag_character(text[at]))
            ++at;
        if (at == from || at == text.size() || text[at] != '.') return {};
        if (part == 0 && at != host_bytes) return {};
        ++at;
    }
    return at <= process_tag_bytes_max ? text.substr(0, at) : std::string_view{};
}

bool is_proved_dead(std::string_view tag) {
    if (tag.empty() || leading_process_tag(tag) != tag) return false;
    if (process_tag().empty() || !tag.starts_with(host_tag())) return false;
    const std::string_view numbers = tag.substr(host_bytes + 1);
    const std::size_t dot = numbers.find('.');
    const auto pid = number_of(numbers.substr(0, dot), digits_base);
    const auto start = number_of(numbers.substr(dot + 1, numbers.size() - dot - 2), digits_base);
    if (!pid || !start || *pid == 0 || *pid > std::uint64_t{std::numeric_limits<pid_t>::max()})
        return false;
    // /proc may hide the processes of others; the kernel's own answer does not.
    if (::kill(static_cast<pid_t>(*pid), 0) != 0 && errno == ESRCH) return true;
    const auto now = stat_of(std::to_string(*pid));
    return now && (now->start != *start || now->is_over());
}

}  // namespace toril::base
