#include "queue/add_batcher.hpp"

#include "base/uuid.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <deque>
#include <thread>
#include <utility>
#include <vector>

namespace toril::queue {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr Millis backoff_first{50};
constexpr Millis backoff_longest{1'000};
// A store answers by its own deadline; this much later it will not answer any more.
constexpr Millis answer_margin{1'000};

struct Caller {
    std::shared_ptr<AddSink> sink;
    std::size_t index;
};

struct Batch {
    contract::AddParams params{};
    std::vector<Caller> callers{};
    SteadyClock::time_point deadline{};
    Millis backoff{backoff_first};
    std::size_t lane = 0;
    // An attempt ended unknown: a later "nothing was changed" is true of that attempt only.
    bool may_have_happened = false;
    Error error{ErrorCode::unavailable, ""};  // of the latest attempt
};
using BatchPtr = std::shared_ptr<Batch>;

struct Queued {
    PendingAdd add;
    SteadyClock::time_point deadline;
};

bool is_unknown(ErrorCode code) {
    return code == ErrorCode::outcome_unknown || code == ErrorCode::timed_out;
}

void answer_all(const Batch& batch, const Error& error) {
    for (const Caller& caller : batch.callers)
        caller.sink->added(caller.index, error);
}

Error final_error(const Batch& batch) {
    if (batch.may_have_happened && batch.error.code() == ErrorCode::unavailable)
        return {ErrorCode::outcome_unknown,
                "the store went away during the add and did not come back in time: " +
                    batch.error.message()};
    return batch.error;
}

}  // namespace

// Locks: `mutex_` is a leaf; the store and the sinks are called without it.
class AddBatcher::State : public std::enable_shared_from_this<State> {
public:
    State(std::shared_ptr<contract::JobStore> store, std::string queue, Millis timeout)
        : store_(std::move(store)),
          queue_name_(std::move(queue)),
          timeout_(timeout),
          token_(store_->capabilities().outcomes_get_lost ? base::make_uuid() : "") {}

    Status submit(std::span<PendingAdd> adds);
    void close();

private:
    void pump();
    bool may_send() const TORIL_REQUIRES(mutex_);
    BatchPtr next_batch() TORIL_REQUIRES(mutex_);
    void send(const BatchPtr& batch);
    void on_answer(const BatchPtr& batch, Result<std::vector<Result<contract::Added>>> answer);
    bool repeat_later(const BatchPtr& batch, const Error& error);
    void finished(const Batch& batch);
    void repeat_loop();

    // Constant after construction, but for close, which lets the store go when nobody sends.
    std::shared_ptr<contract::JobStore> store_;
    const std::string queue_name_;
    const Millis timeout_;
    const std::string token_;  // empty: no answer gets lost, so none needs to be kept

    base::Mutex mutex_;
    base::Condition changed_;
    std::deque<Queued> queued_ TORIL_GUARDED_BY(mutex_);
    std::vector<std::pair<SteadyClock::time_point, BatchPtr>> repeats_ TORIL_GUARDED_BY(mutex_);
    struct Counts {
        std::array<bool, batches_in_flight_max> lanes{};  // taken
        std::uint64_t batches = 0;
        std::size_t unanswered = 0;
        std::size_t in_flight = 0;  // batches sent or waiting to be repeated
        int sending = 0;            // threads inside the store's `add`
        bool closed = false;
    } counts_ TORIL_GUARDED_BY(mutex_);

    std::thread repeater_ TORIL_GUARDED_BY(mutex_);  // made when the first batch is to be repeated
};

Status AddBatcher::State::submit(std::span<PendingAdd> adds) {
    const auto deadline = SteadyClock::now() + timeout_;
    {
        base::MutexLock lock(mutex_);
        if (counts_.unanswered + adds.size() > unanswered_adds_max)
            return Error(ErrorCode::limit_reached,
                         "more than " + std::to_string(unanswered_adds_max) + " adds to queue \"" +
                             queue_name_ + "\" are unanswered");
        counts_.unanswered += adds.size();
        for (PendingAdd& add : adds)
            queued_.push_back({std::move(add), deadline});
    }
    pump();
    return {};
}

// Sends batches while there are jobs and room for a batch in flight.
void AddBatcher::State::pump() {
    for (;;) {
        BatchPtr batch;
        {
            base::MutexLock lock(mutex_);
            if (!may_send()) return;
            batch = next_batch();
            ++counts_.in_flight;
            ++counts_.sending;
        }
        send(batch);
    }
}

bool AddBatcher::State::may_send() const {
    if (counts_.closed || queued_.empty() || !repeats_.empty()) return false;
    if (counts_.in_flight == 0) return true;
    return counts_.in_flight < batches_in_flight_max && queued_.size() >= second_batch_min;
}

BatchPtr AddBatcher::State::next_batch() {
    auto batch = std::make_shared<Batch>();
    batch->params.queue = queue_name_;
    const auto lane = std::find(counts_.lanes.begin(), counts_.lanes.end(), false);
    *lane = true;
    batch->lane = static_cast<std::size_t>(lane - counts_.lanes.begin());
    if (!token_.empty()) {
        batch->params.repeat_token = token_ + "-" + std::to_string(batch->lane);
        batch->params.repeat_sequence = ++counts_.batches;
    }
    batch->deadline = queued_.front().deadline;
    const std::size_t most = std::min(queued_.size(), contract::batch_jobs_max);
    batch->params.jobs.reserve(most);
    batch->callers.reserve(most);
    std::size_t bytes = 0;
    while (batch->callers.size() < most && (bytes == 0 || bytes < batch_bytes_max)) {
        PendingAdd& add = queued_.front().add;
        bytes += spool::bytes_of(add.job) + 1;
        batch->params.jobs.push_back(std::move(add.job));
        batch->callers.push_back({std::move(add.sink), add.index});
        queued_.pop_front();
    }
    return batch;
}

// REQUIRES: counts_.sending was raised for this call.
void AddBatcher::State::send(const BatchPtr& batch) {
    // A copy: the same jobs may have to be sent again.
    store_->add(batch->params, [self = shared_from_this(), batch](auto answer) {
        self->on_answer(batch, std::move(answer));
    });
    base::MutexLock lock(mutex_);
    --counts_.sending;
    changed_.notify_all();
}

void AddBatcher::State::on_answer(const BatchPtr& batch,
                                  Result<std::vector<Result<contract::Added>>> answer) {
    if (!answer) {
        if (repeat_later(batch, answer.error())) return;
        answer_all(*batch, final_error(*batch));
    } else {
        for (std::size_t i = 0; i < batch->callers.size(); ++i) {
            const Caller& caller = batch->callers[i];
            if (i < answer->size())
                caller.sink->added(caller.index, std::move((*answer)[i]));
            else
                caller.sink->added(caller.index,
                                   Error(ErrorCode::corrupt, "the store answered too few adds"));
        }
    }
    finished(*batch);
    pump();
}

// False: it is no use, or no time is left.
bool AddBatcher::State::repeat_later(const BatchPtr& batch, const Error& error) {
    batch->error = error;
    if (is_unknown(error.code())) {
        batch->may_have_happened = true;
        if (token_.empty()) return false;
    } else if (error.code() != ErrorCode::unavailable) {
        return false;
    }
    const auto due = SteadyClock::now() + batch->backoff;
    batch->backoff = std::min(batch->backoff * 2, backoff_longest);
    if (due >= batch->deadline) return false;

    base::MutexLock lock(mutex_);
    if (counts_.closed) return false;
    repeats_.emplace_back(due, batch);
    if (!repeater_.joinable())
        repeater_ = std::thread([self = shared_from_this()] { self->repeat_loop(); });
    changed_.notify_all();
    return true;
}

void AddBatcher::State::finished(const Batch& batch) {
    base::MutexLock lock(mutex_);
    counts_.unanswered -= batch.callers.size();
    counts_.lanes[batch.lane] = false;
    --counts_.in_flight;
    changed_.notify_all();
}

void AddBatcher::State::repeat_loop() {
    const auto earlier = [](const auto& a, const auto& b) { return a.first < b.first; };
    for (;;) {
        BatchPtr batch;
        {
            std::unique_lock lock(mutex_);
            const auto first = std::min_element(repeats_.begin(), repeats_.end(), earlier);
            if (counts_.closed) return;
            if (first == repeats_.end()) {
                changed_.wait(lock);
                continue;
            }
            if (const auto due = first->first; due > SteadyClock::now()) {
                changed_.wait_until(lock, due);
                continue;
            }
            batch = std::move(first->second);
            repeats_.erase(first);
            ++counts_.sending;
        }
        send(batch);
    }
}

void AddBatcher::State::close() {
    std::deque<Queued> unsent;
    std::vector<std::pair<SteadyClock::time_point, BatchPtr>> unrepeated;
    std::thread repeater;
    {
        std::unique_lock lock(mutex_);
        changed_.wait_for(
            lock, timeout_ + answer_margin, [this] { return counts_.unanswered == 0; });
        counts_.closed = true;
        changed_.notify_all();
        changed_.wait(lock, [this] { return counts_.sending == 0; });
        unsent.swap(queued_);
        unrepeated.swap(repeats_);
        repeater.swap(repeater_);
    }
    if (repeater.joinable()) repeater.join();
    for (const Queued& queued : unsent)
        queued.add.sink->added(queued.add.index,
                               Error(ErrorCode::cancelled, "the queue was closed before the add"));
    for (const auto& [due, batch] : unrepeated)
        answer_all(*batch, final_error(*batch));
    // Not by a late answer: a store must not end on one of its own threads.
    store_.reset();
}

AddBatcher::AddBatcher(std::shared_ptr<contract::JobStore> store, std::string queue, Millis timeout)
    : state_(std::make_shared<State>(std::move(store), std::move(queue), timeout)) {}

AddBatcher::~AddBatcher() {
    state_->close();
}

Status AddBatcher::submit(std::span<PendingAdd> adds) {
    return state_->submit(adds);
}

}  // namespace toril::queue
