#pragma once

// What tests of the Redis client share: signals to wait on, and a log that can be asked.

#include <toril/redis/connection.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <initializer_list>
#include <memory>
#include <mutex>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace toril::redis {

inline void PrintTo(LinkState state, std::ostream* out) {
    *out << to_string(state);
}

}  // namespace toril::redis

namespace toril::redis::testing {

inline constexpr std::chrono::seconds patience{20};

/// A value that other threads change and a test waits for.
template <class T>
class Watched {
public:
    template <class Change>
    void change(Change&& what) {
        const std::lock_guard lock(mutex_);
        what(value_);
        changed_.notify_all();  // with the lock: the waiter may destroy this as soon as it has it
    }

    /// False: it did not come true in time.
    template <class Condition>
    bool wait_until(Condition&& condition) {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, patience, [&] { return condition(value_); });
    }

    T copy() {
        const std::lock_guard lock(mutex_);
        return value_;
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    T value_{};
};

/// A sink that keeps every record.
class Log {
public:
    LogSink sink() {
        return [this](const LogRecord& record) {
            records_.change([&](auto& records) { records.push_back(record); });
        };
    }
    std::size_t count(std::string_view event) {
        const auto records = records_.copy();
        return static_cast<std::size_t>(std::count_if(
            records.begin(), records.end(), [&](const auto& r) { return r.event == event; }));
    }
    bool shows(std::string_view text) {
        for (const LogRecord& record : records_.copy()) {
            if (record.message.find(text) != std::string::npos) return true;
            for (const auto& [name, value] : record.fields)
                if (value.find(text) != std::string::npos) return true;
        }
        return false;
    }

private:
    Watched<std::vector<LogRecord>> records_;
};

/// Follows the states of one connection.
class States {
public:
    explicit States(Connection& connection) {
        connection.on_state([seen = seen_](LinkState state, const std::string&) {
            seen->change([&](auto& states) { states.push_back(state); });
        });
    }
    /// Waits until `state` has been entered `times` times since this began.
    bool wait_for(LinkState state, std::ptrdiff_t times = 1) {
        return seen_->wait_until([&](const auto& states) {
            return std::count(states.begin(), states.end(), state) >= times;
        });
    }
    /// Waits until `state` is the one it is in.
    bool wait_until_in(LinkState state) {
        return seen_->wait_until(
            [&](const auto& states) { return !states.empty() && states.back() == state; });
    }

private:
    std::shared_ptr<Watched<std::vector<LinkState>>> seen_ =
        std::make_shared<Watched<std::vector<LinkState>>>();
};

/// Counts answers, and waits for a number of them.
class Answers {
public:
    OnReply one() {
        return [got = got_](Result<Reply> answer) {
            got->change([&](auto& list) { list.push_back(std::move(answer)); });
        };
    }
    bool wait_for(std::size_t count) {
        return got_->wait_until([&](const auto& list) { return list.size() >= count; });
    }
    /// "OK", "42", "-ERR ..." or "!unavailable", in the order of arrival.
    std::vector<std::string> texts() {
        std::vector<std::string> result;
        got_->change([&](auto& list) {
            for (auto& answer : list)
                result.push_back(text_of(answer));
        });
        return result;
    }
    static std::string text_of(const Result<Reply>& answer) {
        if (!answer) return "!" + std::string(to_string(answer.error().code()));
        const Value root = answer->root();
        if (root.type() == ReplyType::integer) return std::to_string(root.integer());
        return (root.is_error() ? "-" : "") + std::string(root.text());
    }

private:
    std::shared_ptr<Watched<std::vector<Result<Reply>>>> got_ =
        std::make_shared<Watched<std::vector<Result<Reply>>>>();
};

inline Request request(std::initializer_list<std::string_view> words) {
    Request made;
    bool first = true;
    for (const std::string_view word : words) {
        if (first)
            made.command(word);
        else
            made.arg(word);
        first = false;
    }
    return made;
}

}  // namespace toril::redis::testing
