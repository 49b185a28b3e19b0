#include "report.hpp"

#include "jobs.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>

namespace thumbnails {
namespace {

using toril::Job;
using toril::JobState;

constexpr std::size_t columns = 6;
using Row = std::array<std::string, columns>;

std::string size_text(std::int64_t bytes) {
    std::array<char, 32> text{};
    if (bytes < 1'000'000)
        std::snprintf(text.data(), text.size(), "%.1f kB", static_cast<double>(bytes) / 1e3);
    else
        std::snprintf(text.data(), text.size(), "%.1f MB", static_cast<double>(bytes) / 1e6);
    return text.data();
}

std::string side_text(const std::vector<int>& size, std::int64_t bytes) {
    if (size.size() != 2) return "?";
    return std::to_string(size[0]) + "x" + std::to_string(size[1]) + "  " + size_text(bytes);
}

Row row_of(const Job& job) {
    const toril::Result<Order> order = toril::from_json<Order>(job.data);
    Row row{order ? std::filesystem::path(order->picture).filename().string() : job.id,
            order ? order->variant : "?",
            "-",
            "failed",
            "-",
            std::to_string(job.attempts_made)};
    if (job.state != JobState::completed || !job.return_value) return row;
    const toril::Result<Made> made = toril::from_json<Made>(*job.return_value);
    if (!made) return row;
    row[2] = side_text(made->size_before, made->bytes_before);
    row[3] = side_text(made->size_after, made->bytes_after);
    row[4] = std::to_string(made->duration_ms);
    return row;
}

void print_rows(const std::vector<Row>& rows) {
    std::array<std::size_t, columns> widths{};
    for (const Row& row : rows)
        for (std::size_t i = 0; i < columns; ++i)
            widths[i] = std::max(widths[i], row[i].size());
    for (const Row& row : rows) {
        std::string line;
        for (std::size_t i = 0; i < columns; ++i) {
            const std::string fill(widths[i] - row[i].size(), ' ');
            line += i < 4 ? row[i] + fill : fill + row[i];
            if (i + 1 < columns) line += "   ";
        }
        std::puts(line.c_str());
    }
}

}  // namespace

Progress::Progress(std::size_t jobs) : jobs_(jobs), is_shown_(isatty(STDERR_FILENO) == 1) {
    if (is_shown_) draw();
}

void Progress::finished(const toril::JobId& id) {
    const std::lock_guard lock(mutex_);
    if (finished_.insert(id).second && is_shown_) draw();
}

void Progress::clear() {
    if (is_shown_) std::fputs("\r\033[K", stderr);
}

void Progress::draw() const {
    constexpr std::size_t width = 30;
    const std::size_t done = std::min(finished_.size(), jobs_);
    const std::size_t filled = jobs_ == 0 ? width : done * width / jobs_;
    const std::string bar = std::string(filled, '#') + std::string(width - filled, '.');
    std::fprintf(stderr, "\r[%s] %zu of %zu", bar.c_str(), done, jobs_);
}

int print_table(const std::vector<Job>& jobs) {
    std::vector<Row> rows{{"file", "variant", "before", "after", "ms", "attempt"}};
    for (const Job& job : jobs)
        rows.push_back(row_of(job));
    print_rows(rows);
    int failed = 0;
    for (const Job& job : jobs) {
        if (job.state == JobState::completed) continue;
        if (failed++ == 0) std::puts("");
        std::printf("failed: job %s: %s\n", job.id.c_str(), job.failed_reason.c_str());
    }
    return failed;
}

}  // namespace thumbnails
