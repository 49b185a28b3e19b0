#include "base/clock.hpp"
#include "base/mutex.hpp"
#include "base/object_writer.hpp"
#include "health/iso_time.hpp"
#include "health/mask.hpp"

#include <toril/flight_recorder.hpp>

#include <algorithm>
#include <deque>
#include <string_view>
#include <utility>
#include <vector>

namespace toril {
namespace {

constexpr std::size_t bytes_least = 4u * 1024;

std::string_view name_of(LogLevel level) {
    switch (level) {
        case LogLevel::debug: return "debug";
        case LogLevel::info: return "info";
        case LogLevel::warning: return "warning";
        case LogLevel::error: break;
    }
    return "error";
}

// A line break in a record would forge another one.
void append_line(std::string& text, std::string_view part) {
    for (const char c : part)
        text += static_cast<unsigned char>(c) < 0x20 || c == 0x7F ? ' ' : c;
}

struct Kept {
    Timestamp at{};
    LogLevel level = LogLevel::info;
    std::string event{};
    std::string message{};
    std::vector<std::pair<std::string, std::string>> fields{};
    std::size_t bytes = 0;  // all that it costs
};

// Cut to `bytes_max` of text: one huge record must not push out all the others.
Kept kept_of(const LogRecord& record, std::size_t bytes_max) {
    std::size_t left = bytes_max;
    const auto take = [&left](std::string_view text) {
        std::string masked =
            health::masked(text);  // before the cut: half a URL is not known as one
        if (masked.size() > left) masked.resize(left);
        masked.shrink_to_fit();
        left -= masked.size();
        return masked;
    };
    Kept kept{.at = base::wall_now(), .level = record.level, .event = take(record.event)};
    kept.message = take(record.message);
    kept.bytes = sizeof(Kept) + kept.event.capacity() + kept.message.capacity();
    for (const auto& [key, value] : record.fields) {
        if (left == 0) break;
        const auto& [name, text] = kept.fields.emplace_back(take(key), take(value));
        kept.bytes += sizeof(kept.fields.front()) + name.capacity() + text.capacity();
    }
    return kept;
}

}  // namespace

class FlightRecorder::Impl {
public:
    explicit Impl(std::size_t bytes_max) : bytes_max_(std::max(bytes_max, bytes_least)) {}

    void record(const LogRecord& record) {
        Kept kept = kept_of(record, bytes_max_ / 8);
        base::MutexLock lock(mutex_);
        bytes_ += kept.bytes;
        records_.push_back(std::move(kept));
        while (bytes_ > bytes_max_ && !records_.empty()) {
            bytes_ -= records_.front().bytes;
            records_.pop_front();
        }
    }

    std::deque<Kept> records() const {
        base::MutexLock lock(mutex_);
        return records_;
    }

private:
    const std::size_t bytes_max_;
    mutable base::Mutex mutex_{};
    std::deque<Kept> records_ TORIL_GUARDED_BY(mutex_){};
    std::size_t bytes_ TORIL_GUARDED_BY(mutex_) = 0;
};

FlightRecorder::FlightRecorder(std::size_t bytes_max) : impl_(std::make_shared<Impl>(bytes_max)) {}

LogSink FlightRecorder::sink(LogSink next, LogLevel level) const {
    return [impl = impl_, next = std::move(next), level](const LogRecord& record) {
        impl->record(record);
        if (next && record.level >= level) next(record);
    };
}

void FlightRecorder::record(const LogRecord& record) const {
    impl_->record(record);
}

std::string FlightRecorder::text() const {
    std::string text;
    for (const Kept& kept : impl_->records()) {
        text.append(health::iso_time(kept.at)).append(" ").append(name_of(kept.level));
        text += ' ';
        append_line(text, kept.event);
        text += ' ';
        append_line(text, kept.message);
        for (const auto& [key, value] : kept.fields) {
            text += ' ';
            append_line(text, key);
            text += '=';
            append_line(text, value);
        }
        text += '\n';
    }
    return text;
}

Json FlightRecorder::json() const {
    std::string list = "[";
    for (const Kept& kept : impl_->records()) {
        base::ObjectWriter fields;
        for (const auto& [key, value] : kept.fields)
            fields.foreign(key, Json::string(value).text());
        base::ObjectWriter object;
        object.string("time", health::iso_time(kept.at));
        object.string("level", name_of(kept.level));
        object.string("event", kept.event);
        object.string("message", kept.message);
        object.raw("fields", std::move(fields).finish().text());
        if (list.size() > 1) list += ',';
        list += std::move(object).finish().text();
    }
    return Json::unchecked(list + "]");
}

}  // namespace toril
