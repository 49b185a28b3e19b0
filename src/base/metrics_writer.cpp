#include <toril/metrics.hpp>

#include <algorithm>
#include <array>
#include <cassert>
#include <charconv>
#include <cmath>

namespace toril {
namespace {

std::string number(double value) {
    if (std::isnan(value)) return "NaN";
    if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
    std::array<char, 40> digits{};
    // Whole numbers as such: 1e+06 is right too, and nobody can read it.
    constexpr double whole_max = 1e15;
    const bool is_whole = value == std::trunc(value) && std::fabs(value) < whole_max;
    const auto end = is_whole ? std::to_chars(digits.begin(), digits.end(), std::int64_t(value))
                              : std::to_chars(digits.begin(), digits.end(), value);
    return {digits.data(), end.ptr};
}

void append_escaped(std::string& text, std::string_view value, bool quotes_too) {
    for (const char c : value) {
        if (c == '\n') {
            text += "\\n";
            continue;
        }
        if (c == '\\' || (quotes_too && c == '"')) text += '\\';
        text += c;
    }
}

// `{a="1", b="2"}`, with the blank as BullMQ's; nothing without labels.
std::string label_text(const MetricsWriter::Labels& labels, std::string_view bound = {}) {
    if (labels.empty() && bound.empty()) return {};
    std::string text = "{";
    for (const auto& [name, value] : labels) {
        if (text.size() > 1) text += ", ";
        text.append(name).append("=\"");
        append_escaped(text, value, true);
        text += '"';
    }
    if (!bound.empty()) {
        if (text.size() > 1) text += ", ";
        text.append("le=\"").append(bound).append("\"");
    }
    return text + "}";
}

}  // namespace

MetricsWriter::Family& MetricsWriter::family(std::string_view name,
                                             std::string_view help,
                                             std::string_view type) {
    const auto found = places_.find(name);
    if (found != places_.end()) {
        assert(families_[found->second].type == type);
        return families_[found->second];
    }
    places_.emplace(name, families_.size());
    return families_.emplace_back(
        Family{.name = std::string(name), .help = std::string(help), .type = type});
}

void MetricsWriter::counter(std::string_view name,
                            std::string_view help,
                            double value,
                            const Labels& labels) {
    assert(name.ends_with("_total"));
    family(name, help, "counter")
        .samples.append(name)
        .append(label_text(labels))
        .append(" ")
        .append(number(value))
        .append("\n");
}

void MetricsWriter::gauge(std::string_view name,
                          std::string_view help,
                          double value,
                          const Labels& labels) {
    family(name, help, "gauge")
        .samples.append(name)
        .append(label_text(labels))
        .append(" ")
        .append(number(value))
        .append("\n");
}

void MetricsWriter::histogram(std::string_view name,
                              std::string_view help,
                              std::span<const double> bounds,
                              std::span<const std::uint64_t> counts,
                              double sum,
                              const Labels& labels) {
    assert(counts.size() == bounds.size() + 1);
    std::string& samples = family(name, help, "histogram").samples;
    std::uint64_t total = 0;
    for (std::size_t i = 0; i < counts.size(); ++i) {
        total += counts[i];
        const std::string bound = i < bounds.size() ? number(bounds[i]) : "+Inf";
        samples.append(name).append("_bucket").append(label_text(labels, bound));
        samples.append(" ").append(std::to_string(total)).append("\n");
    }
    const std::string plain = label_text(labels);
    samples.append(name).append("_sum").append(plain).append(" ").append(number(sum));
    samples.append("\n").append(name).append("_count").append(plain);
    samples.append(" ").append(std::to_string(total)).append("\n");
}

std::string MetricsWriter::text() const {
    std::string text;
    for (const Family& family : families_) {
        text.append("# HELP ").append(family.name).append(" ");
        append_escaped(text, family.help, false);
        text.append("\n# TYPE ").append(family.name).append(" ").append(family.type);
        text.append("\n").append(family.samples);
    }
    return text;
}

}  // namespace toril
