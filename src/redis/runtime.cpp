#include "redis/runtime.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <pthread.h>

#include <thread>
#include <utility>

namespace toril::redis {
namespace {

namespace asio = boost::asio;

class AsioTimer final : public Timer {
public:
    AsioTimer(asio::io_context& context, std::function<void()> on_ring)
        : timer_(context), on_ring_(std::make_shared<std::function<void()>>(std::move(on_ring))) {}

    void arm(SteadyTime when) override {
        timer_.expires_at(when);
        timer_.async_wait([weak = std::weak_ptr(on_ring_)](const boost::system::error_code& code) {
            const auto on_ring = weak.lock();
            if (!code && on_ring) (*on_ring)();
        });
    }
    void cancel() override { timer_.cancel(); }

private:
    asio::steady_timer timer_;
    std::shared_ptr<std::function<void()>> on_ring_;  // handlers outlive the timer
};

}  // namespace

class Runtime::Impl {
public:
    asio::io_context context{1};
    asio::executor_work_guard<asio::io_context::executor_type> work{context.get_executor()};
    std::thread thread{};
};

// The thread shares what it runs on: it may outlive the Runtime, see `stop`.
Runtime::Runtime() : impl_(std::make_shared<Impl>()) {
    impl_->thread = std::thread([impl = impl_] {
        pthread_setname_np(pthread_self(), "toril-redis");
        impl->context.run();
    });
}

Runtime::~Runtime() {
    stop();
}

void Runtime::post(std::function<void()> work) {
    asio::post(impl_->context, std::move(work));
}

void Runtime::post_after(Millis wait, std::function<void()> work) {
    auto timer = std::make_shared<asio::steady_timer>(impl_->context, wait);
    timer->async_wait(
        [timer, work = std::move(work)](const boost::system::error_code&) { work(); });
}

bool Runtime::is_on_thread() const noexcept {
    return impl_->thread.get_id() == std::this_thread::get_id();
}

std::unique_ptr<Timer> Runtime::make_timer(std::function<void()> on_ring) {
    return std::make_unique<AsioTimer>(impl_->context, std::move(on_ring));
}

void Runtime::stop() {
    impl_->work.reset();
    if (!impl_->thread.joinable()) return;
    if (is_on_thread())
        impl_->thread.detach();
    else
        impl_->thread.join();
}

boost::asio::io_context& Runtime::context() noexcept {
    return impl_->context;
}

}  // namespace toril::redis
