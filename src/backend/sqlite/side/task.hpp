#pragma once

// Operations on their way to the worker, many in one transaction.

#include "backend/sqlite/side/session.hpp"

#include <toril/result.hpp>
#include <toril/time.hpp>

#include <array>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

namespace toril::sqlite_side {

using SteadyTime = std::chrono::steady_clock::time_point;

/// Whose an operation is. Each is closed for itself.
enum class Part : unsigned char { cache, locks, limits, health };
inline constexpr std::size_t parts = 4;

/// One operation of one caller. Either `answer` or `refuse` is called, once.
class Task {
public:
    Task(Part part, Millis timeout);
    virtual ~Task() = default;

    /// In a read transaction. False: it is to change something.
    virtual bool look(Session& session) = 0;
    /// In a write transaction; again if that was rolled back.
    virtual void change(Session& session) = 0;
    virtual void answer() = 0;
    virtual void refuse(const Error& error) = 0;

    const Part part;
    const SteadyTime deadline;  // it is not begun after that
};

using TaskGroup = std::vector<std::unique_ptr<Task>>;

/// A task made of steps and the caller's Done.
template <class Answer>
class Request final : public Task {
public:
    using Look = std::function<std::optional<Answer>(Session&)>;
    using Change = std::function<Answer(Session&)>;
    using Callback = std::function<void(Answer)>;

    /// Without `look` it is always `change`.
    Request(Part of, Millis timeout, Look look, Change change, Callback done)
        : Task(of, timeout),
          look_(std::move(look)),
          change_(std::move(change)),
          done_(std::move(done)) {}

    bool look(Session& session) override {
        if (look_) answer_ = look_(session);
        return answer_.has_value();
    }
    void change(Session& session) override { answer_.emplace(change_(session)); }
    void answer() override { done_(std::move(*answer_)); }
    void refuse(const Error& error) override { done_(error); }

private:
    Look look_;
    Change change_;
    Callback done_;
    std::optional<Answer> answer_{};
};

/// What waits for the worker. Tasks leave in the order in which they came.
class TaskQueue {
public:
    /// After `close` of its part it is refused on the spot: `cancelled`; and when too many wait:
    /// `limit_reached`.
    void push(std::unique_ptr<Task> task);

    /// Waits for tasks and takes what there is, up to a bound. Empty: ended, and nothing is left.
    TaskGroup pop();
    /// What came since, without waiting.
    void pop_more(TaskGroup& group);
    /// So many that left were answered or refused.
    void done(const std::array<std::size_t, parts>& count);

    /// Refuses new tasks of `part`, waits for those that are there until `deadline`, and refuses
    /// what has not left by then.
    void close(Part part, SteadyTime deadline);
    /// `pop` gives what is left, and then nothing.
    void end();

    std::size_t size() const;

private:
    mutable std::mutex mutex_;  // guards all below
    std::condition_variable changed_;
    std::condition_variable answered_;
    std::deque<std::unique_ptr<Task>> waiting_{};
    std::array<std::size_t, parts> open_{};  // not answered yet
    std::array<bool, parts> closed_{};
    bool ended_ = false;
};

}  // namespace toril::sqlite_side
