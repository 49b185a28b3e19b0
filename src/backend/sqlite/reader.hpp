#pragma once

// The thread that answers questions, on a connection of its own: they wait for no fsync. What
// was acknowledged before a question is seen by it, because the log is read as it is then.

#include "backend/sqlite/work.hpp"

namespace toril::sqlite {

class Reader {
public:
    explicit Reader(Session& session) : session_(session) {}

    WorkQueue& queue() { return queue_; }

    /// The thread: until the queue is closed and empty.
    void run();

private:
    Session& session_;
    WorkQueue queue_{};
};

/// Runs `step` on one state of the database, which nobody changes meanwhile.
Status in_read_transaction(Session& session, const std::function<void()>& step);

}  // namespace toril::sqlite
