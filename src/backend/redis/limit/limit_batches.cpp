#include "backend/redis/limit/limit_batches.hpp"

#include "backend/redis/limit/limit_codec.hpp"
#include "backend/redis/script_errors.hpp"
#include "redis_limit_scripts.hpp"

#include <algorithm>
#include <utility>

namespace toril::redis_store {
namespace {

const redis::Script& decide_script() {
    static const redis::Script script{"limit/decide", limit_lua::decide};
    return script;
}

Result<LimitAnswers> answers_of(std::size_t asks, const Result<redis::Reply>& reply) {
    if (!reply) return reply.error();
    if (reply->root().is_error()) return error_of(reply->root().text());
    return limit_answers(reply->root(), asks);
}

}  // namespace

std::string LimitBatches::key_of(std::string_view key) const {
    std::string name;
    name.reserve(key_begin_.size() + key.size() + 1);
    return name.append(key_begin_).append(key).append("}");
}

void LimitBatches::submit(contract::LimitParams params, Done done) {
    const Clock::time_point deadline = Clock::now() + params.timeout;
    Batch batch;
    bool closed = false;
    bool full = false;
    {
        base::MutexLock lock(mutex_);
        closed = closed_;
        full = waiting_.size() >= waiting_max;
        if (!closed && !full && calls_ >= calls_max) {
            waiting_.push_back({std::move(params), std::move(done), deadline});
            return;
        }
        if (!closed && !full) ++calls_;
    }
    if (closed) return done(Error(ErrorCode::cancelled, "the store is closed"));
    if (full) return done(Error(ErrorCode::limit_reached, "too many asks wait for the store"));
    batch.push_back({std::move(params), std::move(done), deadline});
    send(std::move(batch));
}

void LimitBatches::close() {
    base::MutexLock lock(mutex_);
    closed_ = true;
}

// The first that wait, with the same time: that of the call.
LimitBatches::Batch LimitBatches::next_batch(Clock::time_point now, Batch& late) {
    Batch batch;
    std::size_t asks = 0;
    while (!waiting_.empty()) {
        Waiting& first = waiting_.front();
        asks += first.params.asks.size();
        const bool fits =
            batch.empty() || (asks <= asks_max && batch.front().params.now == first.params.now);
        if (!fits) break;
        if (first.deadline <= now) {
            asks -= first.params.asks.size();
            late.push_back(std::move(first));
        } else {
            batch.push_back(std::move(first));
        }
        waiting_.pop_front();
    }
    return batch;
}

void LimitBatches::send(Batch batch) {
    std::vector<std::string> names;
    std::string records;
    Clock::time_point deadline = Clock::time_point::max();
    for (const Waiting& waiting : batch) {
        for (const contract::RateAsk& ask : waiting.params.asks)
            names.push_back(key_of(ask.key));
        append_records(records, waiting.params.kind, waiting.params.asks);
        deadline = std::min(deadline, waiting.deadline);
    }
    const std::vector<std::string_view> keys(names.begin(), names.end());
    const std::string now = std::to_string(batch.front().params.now.count());
    const std::string_view args[]{now, records};
    const auto left = std::chrono::ceil<Millis>(deadline - Clock::now());
    const redis::SendOptions options{.timeout = std::max(left, Millis{1})};
    // In a shared_ptr, as a callback is copyable and a batch is not cheap to copy.
    auto sent = std::make_shared<const Batch>(std::move(batch));
    connection_.run(
        decide_script(),
        keys,
        args,
        [self = shared_from_this(), sent](const Result<redis::Reply>& reply) {
            self->answered(*sent, reply);
        },
        options);
}

void LimitBatches::answered(const Batch& batch, const Result<redis::Reply>& reply) {
    Batch next;
    Batch late;
    {
        base::MutexLock lock(mutex_);
        next = next_batch(Clock::now(), late);
        if (next.empty()) --calls_;
    }
    // First, so that the server works while we read.
    if (!next.empty()) send(std::move(next));
    std::size_t asks = 0;
    for (const Waiting& waiting : batch)
        asks += waiting.params.asks.size();
    const Result<LimitAnswers> answers = answers_of(asks, reply);
    std::size_t first = 0;
    for (const Waiting& waiting : batch) {
        waiting.done(answers ? limit_reply(*answers, waiting.params, first)
                             : Result<contract::LimitReply>(answers.error()));
        first += waiting.params.asks.size();
    }
    for (const Waiting& waiting : late)
        waiting.done(Error(ErrorCode::unavailable, "the store was too busy: not sent in time"));
}

}  // namespace toril::redis_store
