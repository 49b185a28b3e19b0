#include "conformance/event_log.hpp"

#include "base/sync.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace toril::conformance {
namespace {

constexpr Millis deadline{20'000};
constexpr const char* mark = "mark of the test";

std::pair<std::uint64_t, std::uint64_t> parts(const std::string& id) {
    char* rest = nullptr;
    const std::uint64_t ms = std::strtoull(id.c_str(), &rest, 10);
    return {ms, *rest == '-' ? std::strtoull(rest + 1, nullptr, 10) : 0};
}

}  // namespace

bool is_before(const std::string& one, const std::string& other) {
    return !other.empty() && (one.empty() || parts(one) < parts(other));
}

std::string to_line(const contract::Event& event) {
    auto fields = event.fields;
    std::sort(fields.begin(), fields.end());
    std::string line = event.name;
    for (const auto& [name, value] : fields)
        if (name == "jobId") line += " " + value;
    for (const auto& [name, value] : fields)
        if (name != "jobId") line += " " + name + "=" + value;
    return line;
}

EventLog::EventLog(std::shared_ptr<contract::JobStore> store, std::string queue)
    : store_(std::move(store)),
      queue_(std::move(queue)),
      reader_(store_->read_events({.queue = queue_, .after = "0"})) {}

Lines EventLog::next() {
    Lines lines;
    if (reader_ == nullptr) {
        ADD_FAILURE() << "the store has no events";
        return lines;
    }
    const auto marked = base::wait_for_answer<Status>(deadline, [&](auto done) {
        store_->publish_event({.queue = queue_, .name = mark}, std::move(done));
    });
    if (!marked) {
        ADD_FAILURE() << marked.error().message();
        return lines;
    }
    for (;;) {
        const auto read = base::wait_for_answer<Result<std::vector<contract::Event>>>(
            deadline, [&](auto done) { reader_->next(deadline, 1000, std::move(done)); });
        if (!read || read->empty()) {
            ADD_FAILURE() << (read ? "the mark did not come" : read.error().message());
            return lines;
        }
        for (const contract::Event& event : *read) {
            EXPECT_TRUE(is_before(last_id_, event.id)) << last_id_ << " then " << event.id;
            last_id_ = event.id;
            if (event.name == mark) return lines;
            lines.push_back(to_line(event));
        }
    }
}

}  // namespace toril::conformance
