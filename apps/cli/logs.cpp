#include "logs.hpp"

#include "collapser.hpp"
#include "json_object.hpp"
#include "printable.hpp"

#include <spdlog/logger.h>
#include <spdlog/sinks/ansicolor_sink.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <ctime>
#include <mutex>

namespace toril::cli {
namespace {

constexpr std::uint64_t lines_max = 10;
constexpr Millis window{1'000};

Timestamp wall_now() {
    return std::chrono::floor<Millis>(std::chrono::system_clock::now());
}

spdlog::level::level_enum to_spdlog(LogLevel level) {
    switch (level) {
        case LogLevel::debug: return spdlog::level::debug;
        case LogLevel::warning: return spdlog::level::warn;
        case LogLevel::error: return spdlog::level::err;
        default: return spdlog::level::info;
    }
}

std::string_view name_of(LogLevel level) {
    switch (level) {
        case LogLevel::debug: return "debug";
        case LogLevel::warning: return "warning";
        case LogLevel::error: return "error";
        default: return "info";
    }
}

std::shared_ptr<spdlog::logger> make_logger(const LogOptions& options) {
    auto sink = std::make_shared<spdlog::sinks::ansicolor_stderr_sink_mt>(
        options.colour ? spdlog::color_mode::always : spdlog::color_mode::never);
    auto logger = std::make_shared<spdlog::logger>("toril", std::move(sink));
    logger->set_pattern(options.json ? "%v" : "%H:%M:%S.%e %^%-7l%$ %v");
    logger->set_level(to_spdlog(options.level));
    logger->flush_on(spdlog::level::debug);
    return logger;
}

}  // namespace

class Logs::Impl {
public:
    explicit Impl(const LogOptions& options)
        : level(options.level), json(options.json), logger(make_logger(options)) {}

    const LogLevel level;
    const bool json;
    std::shared_ptr<spdlog::logger> logger;  // has a lock of its own
    std::mutex mutex;
    Collapser collapser{lines_max, window};  // guarded by mutex
};

Logs::Logs(const LogOptions& options) : impl_(std::make_unique<Impl>(options)) {}
Logs::~Logs() = default;

bool Logs::admits(LogLevel level, std::string_view event) {
    if (level < impl_->level) return false;
    std::lock_guard lock(impl_->mutex);
    return impl_->collapser.admit(event, wall_now());
}

void Logs::print(const LogRecord& record) {
    const std::string line = impl_->json ? as_json(record, wall_now()) : as_text(record);
    impl_->logger->log(to_spdlog(record.level), spdlog::string_view_t(line.data(), line.size()));
}

void Logs::print_rests(bool all) {
    std::vector<Collapser::Rest> rests;
    {
        std::lock_guard lock(impl_->mutex);
        rests = impl_->collapser.take_rests(wall_now(), all);
    }
    for (const Collapser::Rest& rest : rests)
        print({.event = rest.key,
               .message = "and " + std::to_string(rest.count) + " more",
               .fields = {{"count", std::to_string(rest.count)},
                          {"during_ms", std::to_string(rest.during.count())}}});
}

LogSink Logs::sink() {
    return [this](const LogRecord& record) { write(record); };
}

LogLevel log_level_from(std::string_view text) noexcept {
    if (text == "debug") return LogLevel::debug;
    if (text == "warning") return LogLevel::warning;
    if (text == "error") return LogLevel::error;
    return LogLevel::info;
}

std::string as_text(const LogRecord& record) {
    std::string line(record.event);
    if (!record.message.empty()) line += "  " + printable(record.message);
    for (const auto& [name, value] : record.fields) {
        const std::string shown = printable(value);
        const bool is_word = !shown.empty() && shown.find_first_of(" \"=") == std::string::npos;
        line.append(" ").append(name).append("=");
        line += is_word ? shown : Json::string(shown).text();
    }
    return line;
}

std::string as_json(const LogRecord& record, Timestamp now) {
    JsonObject object;
    object.put("ts", iso_time(now)).put("level", name_of(record.level));
    object.put("event", record.event).put("msg", record.message);
    for (const auto& [name, value] : record.fields)
        object.put(name, value);
    return object.json().text();
}

std::string iso_time(Timestamp time) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
    const std::time_t whole = std::chrono::system_clock::to_time_t(seconds);
    std::tm parts{};
    ::gmtime_r(&whole, &parts);
    char text[40];
    const std::size_t length = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
    char millis[16];
    std::snprintf(millis, sizeof millis, ".%03dZ", static_cast<int>((time - seconds).count()));
    return std::string(text, length) + millis;
}

}  // namespace toril::cli
