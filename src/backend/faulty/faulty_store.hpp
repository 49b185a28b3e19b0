#pragma once

// A store that fails on purpose, around one that does not: to test what stands above stores.

#include "contract/job_store.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string_view>

namespace toril::faulty {

/// What a call can meet on its way.
enum class Fault : unsigned char {
    none,
    refuse,  ///< `unavailable`, and nothing is done.
    forget,  ///< It is done, and the answer is `outcome_unknown`.
    delay,   ///< It is done; the answer comes later, on another thread.
};

enum class Operation : unsigned char {
    add,
    finish_and_take,
    renew,
    recover_stalled,
    look,    ///< queues, info, counts, page, job, logs
    change,  ///< one job, or a whole queue
};
std::string_view to_string(Operation operation) noexcept;

/// One call as a plan sees it. Numbers count from 1.
struct Call {
    Operation operation = Operation::add;
    std::uint64_t number = 1;        ///< of all calls of the store
    std::uint64_t of_operation = 1;  ///< of the calls of this operation
};

/// Decides what each call meets. Called one at a time, in the order of the calls.
using Plan = std::function<Fault(const Call&)>;

/// The first answer of every `add` and `finish_and_take` gets lost, the next one arrives, and
/// so on: for a caller that repeats what it lost, each call is done once and answered twice.
Plan forget_every_first_answer();

/// Chances from 0 to 1, drawn in this order. What is left is `none`.
struct Chances {
    double refuse = 0;
    double forget = 0;
    double delay = 0;
};

/// The same faults for the same seed and the same order of calls.
Plan seeded(std::uint64_t seed, Chances chances);

/// Faults by the number of the call; every other call meets none.
Plan scripted(std::map<std::uint64_t, Fault> by_number);

/// Wraps `inner`, which must not be null. Waiting is passed through as it is. After `close`
/// every call is refused with `cancelled`, whatever the plan says.
///
/// Threads: as the wrapped store; delayed answers come from one thread of the wrapper.
std::shared_ptr<contract::JobStore> inject_faults(std::shared_ptr<contract::JobStore> inner,
                                                  Plan plan,
                                                  Millis delay = Millis{2});

}  // namespace toril::faulty
