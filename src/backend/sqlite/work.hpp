#pragma once

// Operations on their way to a thread that runs them, many in one transaction.

#include "backend/sqlite/session.hpp"
#include "base/mutex.hpp"

#include <toril/result.hpp>

#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace toril::sqlite {

/// One operation of one caller. Either `answer` or `refuse` is called, once.
class Work {
public:
    virtual ~Work() = default;

    /// Inside a transaction; again if that transaction was rolled back.
    virtual void run(Session& session) = 0;
    /// The transaction was committed.
    virtual void answer() = 0;
    virtual void refuse(const Error& error) = 0;

    std::size_t jobs = 1;      // what it counts for the size of a transaction
    bool needs_space = false;  // it adds: not while the disk is full
};

/// Work made of a step and the caller's Done.
template <class Answer>
class Request final : public Work {
public:
    using Step = std::function<Answer(Session&)>;
    using Callback = std::function<void(Answer)>;

    Request(Step step, Callback done) : step_(std::move(step)), done_(std::move(done)) {}

    void run(Session& session) override { answer_.emplace(step_(session)); }
    void answer() override { done_(std::move(*answer_)); }
    void refuse(const Error& error) override { done_(error); }

private:
    Step step_;
    Callback done_;
    std::optional<Answer> answer_{};
};

using WorkGroup = std::vector<std::unique_ptr<Work>>;

/// What waits for one thread. Work leaves in the order in which it came.
/// How long to wait for company once there is work, and for how much.
struct Gather {
    std::size_t pieces = 1;
    std::chrono::microseconds at_most{0};
};

class WorkQueue {
public:
    /// After `close` it is refused on the spot: `cancelled`.
    void push(std::unique_ptr<Work> work);

    /// Waits for work, then for company, and takes all there is, up to `jobs_max` jobs but at
    /// least one piece. Empty: closed, and nothing is left.
    WorkGroup pop(std::size_t jobs_max, const Gather& gather = {});

    /// Refuses new work. What is there goes on until `deadline`, and is then refused.
    void close(std::chrono::steady_clock::time_point deadline);

private:
    base::Mutex mutex_;
    base::Condition changed_;
    std::deque<std::unique_ptr<Work>> waiting_ TORIL_GUARDED_BY(mutex_){};
    std::size_t wanted_ TORIL_GUARDED_BY(mutex_) = 1;  // pieces that wake who pops
    bool closed_ TORIL_GUARDED_BY(mutex_) = false;
};

}  // namespace toril::sqlite
