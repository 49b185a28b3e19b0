#include "redis/connection_impl.hpp"
#include "redis/encode.hpp"
#include "redis/waiter.hpp"

#include <toril/redis/connection.hpp>

#include <cassert>
#include <utility>

namespace toril::redis {

Connection::Connection(std::shared_ptr<Impl> impl) noexcept : impl_(std::move(impl)) {}
Connection::Connection(Connection&&) noexcept = default;

Connection& Connection::operator=(Connection&& other) noexcept {
    if (this != &other) {
        if (impl_) impl_->close(Millis{0});
        impl_ = std::move(other.impl_);
    }
    return *this;
}

Connection::~Connection() {
    if (impl_) impl_->close(Millis{0});
}

void Connection::send(Request request, OnReply on_reply, const SendOptions& options) {
    assert(request.commands() == 1);
    Command command;
    command.payload = request.take_payload();
    command.on_reply = std::move(on_reply);
    command.timeout = impl_->timeout_of(options);
    command.idempotent = options.idempotent;
    impl_->submit(std::move(command));
}

void Connection::send_all(Request requests, OnReplies on_replies, const SendOptions& options) {
    if (requests.empty()) {
        if (on_replies) on_replies(std::vector<Reply>{});
        return;
    }
    Command command;
    command.replies_left = static_cast<std::uint32_t>(requests.commands());
    command.payload = requests.take_payload();
    command.batch = std::make_unique<Batch>();
    command.batch->replies.reserve(command.replies_left);
    command.batch->on_replies = std::move(on_replies);
    command.timeout = impl_->timeout_of(options);
    command.idempotent = options.idempotent;
    impl_->submit(std::move(command));
}

void Connection::run(const Script& script,
                     std::span<const std::string_view> keys,
                     std::span<const std::string_view> args,
                     OnReply on_reply,
                     const SendOptions& options) {
    // EVAL or EVALSHA, and the text or the digest, come in front when it is sent: only then is
    // it known what the server at the other end remembers.
    Command command;
    append_bulk(command.payload, std::to_string(keys.size()));
    for (const std::string_view key : keys)
        append_bulk(command.payload, key);
    for (const std::string_view arg : args)
        append_bulk(command.payload, arg);
    command.script = &script;
    command.script_arguments = static_cast<std::uint32_t>(3 + keys.size() + args.size());
    command.on_reply = std::move(on_reply);
    command.timeout = impl_->timeout_of(options);
    command.idempotent = options.idempotent;
    impl_->submit(std::move(command));
}

Result<Reply> Connection::call(Request request, const SendOptions& options) {
    assert(!impl_->setup().runtime->is_on_thread());
    Waiter* waiter = new Waiter;
    send(std::move(request), Waiter::callback(waiter), options);
    return waiter->wait();
}

void Connection::unblock(Connection& helper) {
    impl_->unblock(helper.impl_);
}

LinkState Connection::state() const noexcept {
    return impl_->front().figures.state.load(std::memory_order_relaxed);
}

void Connection::on_state(std::function<void(LinkState, const std::string&)> listener) {
    impl_->front().set_listener(ConnectionFront::OnState(std::move(listener)));
}

void Connection::on_push(std::function<void(const Reply&)> listener) {
    impl_->front().set_listener(ConnectionFront::OnPush(std::move(listener)));
}

const std::string& Connection::name() const noexcept {
    return impl_->setup().name;
}

ConnectionStats Connection::stats_approx() const {
    return impl_->front().stats();
}

ConnectionReport Connection::report() const {
    return impl_->report();
}

void Connection::close(Millis deadline) {
    impl_->close(deadline);
}

}  // namespace toril::redis
