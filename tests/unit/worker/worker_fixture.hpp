#pragma once

// A worker on a memory store, with the queue that feeds it.

#include "backend/memory/memory_store.hpp"
#include "queue/queue_client.hpp"
#include "support/signal.hpp"
#include "worker/start.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace toril::worker {

/// Things noted on any thread, looked at when they are all there.
class Notes {
public:
    void add(std::string note) {
        {
            const std::lock_guard lock(mutex_);
            notes_.push_back(std::move(note));
        }
        added_.raise();
    }
    bool wait(std::size_t count) { return added_.wait(count); }
    std::vector<std::string> all() const {
        const std::lock_guard lock(mutex_);
        return notes_;
    }

private:
    mutable std::mutex mutex_;
    std::vector<std::string> notes_;
    support::Signal added_;
};

/// A worker that is closed before what its handler uses ends: declare it after that.
class [[nodiscard]] Started {
public:
    explicit Started(std::shared_ptr<Engine> engine) : engine_(std::move(engine)) {}
    Started(Started&&) = default;
    ~Started() {
        if (engine_) engine_->close(Millis{0});
    }
    Engine* operator->() const { return engine_.get(); }
    Engine& operator*() const { return *engine_; }

private:
    std::shared_ptr<Engine> engine_;
};

class WorkerTest : public testing::Test {
protected:
    Started start(Handler handler, WorkerOptions options = {}) {
        return start_on(store_, std::move(handler), std::move(options));
    }

    Started start_on(std::shared_ptr<contract::JobStore> store,
                     Handler handler,
                     WorkerOptions options = {}) {
        auto engine = start_engine({.store = std::move(store),
                                    .queue = "q",
                                    .options = std::move(options),
                                    .command_timeout = Millis{5'000}},
                                   std::move(handler));
        return Started(std::move(engine.value()));
    }

    JobId add(const JobOptions& options = {}) {
        return queue_.add("n", Json::unchecked("{}"), options).value().id;
    }
    Job job(const JobId& id) { return queue_.job(id).value(); }
    Job finished(const JobId& id) {
        return queue_.wait_until_finished(id, support::test_deadline).value();
    }
    void wait_until_idle(Engine& engine) {
        ASSERT_TRUE(engine.wait_until_idle(Millis{0}, Millis{5'000}));
    }

    std::shared_ptr<contract::JobStore> store_ = memory::open_memory();
    queue::QueueClient queue_{{.jobs = store_, .timeout = Millis{5'000}}, "q"};
};

inline Result<Json> nothing(JobContext&) {
    return Json{};
}

}  // namespace toril::worker
