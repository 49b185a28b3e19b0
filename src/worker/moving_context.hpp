#pragma once

// Answers of a handler that are no failure: its job goes somewhere else, and no attempt is used
// up. The handler asks the context for such an answer and returns it; only then does it count.

#include <toril/error.hpp>
#include <toril/time.hpp>
#include <toril/worker.hpp>

#include <optional>
#include <utility>
#include <vector>

namespace toril::worker {

struct Move {
    enum class Kind : unsigned char {
        postpone,
        wait_children,
        rate_limit,
        hand_back,  // the worker's own
    };
    Kind kind = Kind::postpone;
    Millis delay{0};  // postpone, rate_limit

    friend bool operator==(const Move&, const Move&) = default;
};

/// A context that knows the answers it gave. Threads: the handler's own.
class MovingContext : public JobContext {
public:
    Error move_to_delayed(Millis delay) final;
    Error move_to_waiting_children() final;
    Error rate_limit(Millis duration) final;

    /// The move that `error` stands for. Empty: it is a failure.
    std::optional<Move> move_of(const Error& error) const;

private:
    Error note(const Move& move, std::string words);

    std::vector<std::pair<Error, Move>> given_{};  // each once
};

}  // namespace toril::worker
