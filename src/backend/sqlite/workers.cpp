#include "backend/sqlite/workers.hpp"

#include <atomic>
#include <utility>

namespace toril::sqlite {
namespace {

// Rows of one process, made by any of its stores on this file: numbered in the process, so that
// none needs to wait for the writer to know its own.
std::int64_t next_number() {
    static std::atomic<std::int64_t> number{0};
    return ++number;
}

// Nobody waits for these writes, and a full disk or a closed store is no reason to fail.
void write(Engine& engine, std::function<void(Session&)> step) {
    engine.writer().push(std::make_unique<Request<Status>>(
        [step = std::move(step)](Session& session) -> Status {
            step(session);
            return {};
        },
        [](const Status&) {}));
}

class WorkerWatcher final : public contract::Watcher {
public:
    WorkerWatcher(const std::shared_ptr<Engine>& engine, contract::WatchParams params)
        : engine_(engine), number_(next_number()), watcher_(engine->watch(params)) {
        write(*engine, [params = std::move(params), number = number_](Session& session) {
            session.workers.put({.id = row_id(session, number),
                                 .process = session.process,
                                 .queue = params.queue,
                                 .name = params.name,
                                 .began_ms = session.ms({})});
        });
    }
    ~WorkerWatcher() override {
        if (const auto engine = engine_.lock())
            write(*engine, [number = number_](Session& session) {
                session.workers.erase(row_id(session, number));
            });
    }

    void wait(Millis at_most, contract::Done<Timestamp> done) override {
        watcher_->wait(at_most, std::move(done));
    }
    void interrupt() override { watcher_->interrupt(); }

private:
    static std::int64_t row_id(const Session& session, std::int64_t number) {
        return job_key(session.process, number);
    }

    const std::weak_ptr<Engine> engine_;
    const std::int64_t number_;
    const std::unique_ptr<contract::Watcher> watcher_;
};

}  // namespace

std::unique_ptr<contract::Watcher> watch(const std::shared_ptr<Engine>& engine,
                                         contract::WatchParams params) {
    if (params.what != contract::WatchFor::work) return engine->watch(std::move(params));
    return std::make_unique<WorkerWatcher>(engine, std::move(params));
}

std::vector<WorkerInfo> workers(Session& session, const Engine& engine, const std::string& queue) {
    std::vector<WorkerInfo> found;
    const std::int64_t now_ms = session.ms({});
    for (const WorkerRow& worker : session.workers.of_queue(queue)) {
        if (worker.process != session.process && !engine.is_alive(worker.process)) continue;
        found.push_back({.name = worker.name,
                         .address = "pid " + std::to_string(worker.pid),
                         .age = Millis(std::max<std::int64_t>(0, now_ms - worker.began_ms))});
    }
    return found;
}

}  // namespace toril::sqlite
