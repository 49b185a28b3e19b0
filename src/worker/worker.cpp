#include "base/logger.hpp"
#include "contract/backend.hpp"
#include "worker/start.hpp"

#include <toril/store.hpp>
#include <toril/worker.hpp>

#include <utility>

namespace toril {

class Worker::Impl {
public:
    explicit Impl(std::shared_ptr<worker::Engine> started) : engine(std::move(started)) {}
    ~Impl() { engine->close(Millis{0}); }
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;

    const std::shared_ptr<worker::Engine> engine;  // shared with answers that are due
};

Worker::Worker(std::unique_ptr<Impl> impl) noexcept : impl_(std::move(impl)) {}
Worker::Worker(Worker&&) noexcept = default;
Worker& Worker::operator=(Worker&&) noexcept = default;
Worker::~Worker() = default;

Result<Worker> Worker::start(const Store& store,
                             std::string_view queue,
                             Handler handler,
                             const WorkerOptions& options) {
    auto engine = worker::start_engine({.store = store.backend().jobs,
                                        .queue = std::string(queue),
                                        .options = options,
                                        .command_timeout = store.options().command_timeout,
                                        .log = base::Logger(store.options().log)},
                                       std::move(handler));
    if (!engine) return engine.error();
    return Worker(std::make_unique<Impl>(std::move(*engine)));
}

void Worker::pause() {
    impl_->engine->pause();
}

void Worker::resume() {
    impl_->engine->resume();
}

Status Worker::wait_until_idle(Millis due_within, Millis patience) {
    return impl_->engine->wait_until_idle(due_within, patience);
}

std::size_t Worker::close(Millis grace) {
    return impl_->engine->close(grace);
}

bool Worker::cancel_job(std::string_view id, std::string_view reason) {
    return impl_->engine->cancel_job(id, reason);
}

void Worker::cancel_all_jobs(std::string_view reason) {
    impl_->engine->cancel_all_jobs(reason);
}

WorkerStats Worker::stats_approx() const {
    return impl_->engine->stats();
}

std::function<WorkerStats()> Worker::stats_source() const {
    return [engine = impl_->engine] { return engine->stats(); };
}

}  // namespace toril
