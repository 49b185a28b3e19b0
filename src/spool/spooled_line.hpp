#pragma once

// The thread of one queue with a spool: sends adds to the store while it answers, keeps them while
// it does not, and forwards them. SpoolFsm decides; this does.

#include "contract/spool_log.hpp"
#include "spool/inbox.hpp"
#include "spool/spool_fsm.hpp"
#include "spool/spool_report.hpp"

#include <toril/spool.hpp>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace toril::spool {

struct LineOptions {
    std::string queue{};
    SpoolTiming timing{};
    /// A spool in memory: how long its end waits for the store.
    Millis closing_max{15'000};
    contract::SpoolBounds bounds{};
};

/// Threads: that of `run`, but for the inbox.
class SpooledLine {
public:
    SpooledLine(std::shared_ptr<contract::JobStore> store,
                std::unique_ptr<contract::SpoolLog> log,
                std::shared_ptr<Inbox> inbox,
                LineOptions options,
                SpoolReport report);

    /// Until the inbox is closed, and what it held is answered.
    void run();

private:
    // Jobs of callers that went to the store, or are about to.
    struct Batch {
        contract::AddParams params{};
        std::vector<PendingAdd> callers{};  // their jobs are in `params`
        bool under_way = false;
        // An attempt ended unknown: a later "nothing was changed" is true of that attempt only.
        bool may_have_happened = false;
        Error error{ErrorCode::timed_out, "no answer from the store"};  // the latest
    };
    // How many of the jobs are in the spool, and why the others are not.
    struct Kept {
        std::size_t jobs = 0;
        Error error;
    };
    struct Calls {
        std::string token{};
        std::uint64_t sequence = 0;  // the latest under the token
        std::uint64_t number = 0;    // of the latest call; answers to others are dropped
    };

    struct Ending {
        std::optional<SteadyTime> at{};  // once the inbox is closed
        bool store_closed = false;       // for good: nothing is forwarded any more
    };

    bool is_over(const News& news, SteadyTime now);
    void act(const Step& step, SteadyTime now);

    void look(SteadyTime now);
    void send(SteadyTime now);
    void call(const contract::AddParams& params);
    void on_answer(StoreAnswer answer, SteadyTime now);
    void answer_callers(StoreAnswer answer);

    void spool_batch(SteadyTime now);
    void append();
    Kept keep(std::vector<contract::AddJob>& jobs, const contract::SpoolAttempt* sent);
    void tell(std::vector<PendingAdd>& callers,
              std::vector<contract::AddJob>& jobs,
              const Kept& kept);
    Result<std::size_t> append_all(std::span<const contract::AddJob> jobs, Timestamp now);
    Error full() const;

    void forward(SteadyTime now);
    bool has_turn(SteadyTime now);
    void on_forwarded(StoreAnswer answer, SteadyTime now);
    void publish(bool sizes);

    // Constant after construction.
    const std::shared_ptr<contract::JobStore> store_;
    const std::unique_ptr<contract::SpoolLog> log_;
    const std::shared_ptr<Inbox> inbox_;
    const LineOptions options_;

    SpoolReport report_;
    SpoolFsm fsm_;
    Calls calls_{};
    std::optional<Batch> batch_{};
    std::optional<contract::SpoolBatch> forward_{};
    bool turn_ = false;
    Published published_{};
    Ending ending_{};
};

}  // namespace toril::spool
