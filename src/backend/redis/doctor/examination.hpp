#pragma once

// One look over a Redis store: the server first, then queue by queue.

#include "backend/redis/doctor/server_findings.hpp"
#include "backend/redis/script_runner.hpp"
#include "contract/job_store.hpp"

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace toril::redis_store {

/// A chain of calls, each begun by the answer of the one before. `runner` and `store` must
/// outlive it. Threads: those of the connection's callbacks, one at a time.
class Examination : public std::enable_shared_from_this<Examination> {
public:
    Examination(ScriptRunner& runner,
                contract::JobStore& store,
                contract::ExamineParams params,
                contract::Done<std::vector<Finding>> done);

    void start();

private:
    using Reply = redis::Reply;

    void ask(redis::Request request, void (Examination::*then)(const Result<Reply>&));
    void on_info(const Result<Reply>& reply);
    void on_save(const Result<Reply>& reply);
    void on_timeout(const Result<Reply>& reply);
    void on_time(const Result<Reply>& reply);
    void on_rights(const Result<Reply>& reply);

    void next_queue();
    void on_queue(const Reply& reply);
    void scan_queue();
    void next_suffixes();
    void on_suffixes(const Reply& reply);
    void finish_queue();
    void next_scheduler();
    void restart_scheduler(contract::Scheduler scheduler);
    void finish();
    void fail(const Error& error) { done_(error); }

    ScriptRunner& runner_;
    contract::JobStore& store_;
    const contract::ExamineParams params_;
    const contract::Done<std::vector<Finding>> done_;
    ServerFacts facts_{};
    std::vector<Finding> findings_{};
    std::vector<std::string> queues_{};
    std::size_t at_ = 0;  // of the queue that is looked at
    // What is known of the queue that is looked at.
    struct OfQueue {
        std::vector<std::string> suffixes{};  // of keys that may be jobs which no list holds
        // Schedulers that are to be mended: their ids, and their places in findings_.
        std::vector<std::pair<std::string, std::size_t>> stalled{};
        bool is_damaged = false;
        std::int64_t orphans = 0;
        std::int64_t stale = 0;  // deduplication ids
        std::string orphan{};    // one of them
        std::string window{};    // one of them
    };
    OfQueue of_queue_{};
};

}  // namespace toril::redis_store
